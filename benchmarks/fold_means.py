"""How often a cross-validated study names a winner that there is not, and how honest the figure of its champion is.

    python -m benchmarks.fold_means [--studies 1000] [--seed 0]

Three activations are equal by construction. Each seed draws its own five folds, the same for all activations, and every
fold is another trained network: its true AUC moves by a given standard deviation, either for each fold by itself or for
all folds of a seed together, and its scores are on a scale of their own. The scores of two networks for a photo
correlate by .5. Counted are studies in which the answer tells two activations apart, and 95 % intervals of a difference
that hold 0, all from the means of the folds' AUCs.

Then the champion of eight equal networks of one seed, in studies where a network makes of a photo in one fold half of
what it makes of it in the others: how far its own test AUC lies above its true one, how far the AUC lies above where
the champion is chosen inside each fold, and how often the interval of that holds the truth.
"""

import argparse
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from emotion_core.evaluation import auc
from emotion_core.evaluation.answer import Cell, StudyAnswer, answer_cells
from emotion_core.evaluation.comparison import RunScores
from emotion_core.evaluation.comparison.chosen_in_folds import chosen_in_folds
from emotion_core.evaluation.statistics import FloatArray, IntArray, fold_mean
from emotion_core.training.checks import SplitPredictions

ACTIVATIONS = ("relu", "tanh", "elu")
FOLDS = 5
PHOTO_CORRELATION = 0.5
NETWORKS = 8


class Design(NamedTuple):
    """One simulated kind of study; photos of each class in each fold, true AUC, seeds, and luck in training."""

    photos: int
    area: float
    seeds: int
    sd: float
    by_fold: bool


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=1000, help="simulated studies of each design")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    print("photos      AUC  seeds     sd  of each    false winners  coverage")
    for design in designs():
        answers = [study_answer(design, rng) for _ in range(options.studies)]
        false = np.mean([any(pair.is_significant for pair in answer.contrasts) for answer in answers])
        covered = np.mean([(pair.low or 0) <= 0 <= (pair.high or 0) for answer in answers for pair in answer.contrasts])
        total = design.photos * FOLDS
        print(
            f"{total:3} + {total:<3}  {design.area:.2f}  {design.seeds:5}  {design.sd:.3f}  "
            f"{'fold' if design.by_fold else 'seed':<7}  {100 * false:13.1f} %  {100 * covered:6.1f} %",
            flush=True,
        )
    print("\nchampion of 8: photos      AUC     sd   its own  chosen inside folds  coverage")
    for photos, area in ((5, 0.8), (10, 0.8), (24, 0.8), (10, 0.9)):
        for sd in (0.0, 0.035):
            rows = np.array([champion_errors(photos, area, sd, rng) for _ in range(options.studies)])
            own, inside, covered = rows.mean(axis=0)
            total = photos * FOLDS
            print(
                f"{total:19} + {total:<4}  {area:.2f}  {sd:.3f}  {own:+8.3f}  {inside:+19.3f}  {100 * covered:6.1f} %",
                flush=True,
            )


def designs() -> list[Design]:
    """Return the designs of the first table."""
    return [
        Design(photos, area, seeds, sd, by_fold)
        for photos, area in ((5, 0.8), (10, 0.8), (10, 0.9))
        for seeds in (3, 5)
        for sd, by_fold in ((0.0, True), (0.035, True), (0.05, True), (0.035, False))
    ]


def study_answer(design: Design, rng: np.random.Generator) -> StudyAnswer:
    """Return the answer of one simulated study.

    Args:
        design: what is simulated.
        rng: source of the draws.
    """
    labels = np.tile([0, 1], design.photos * FOLDS)
    shared = rng.normal(size=len(labels))
    folds = np.array([draw_folds(len(labels), rng) for _ in range(design.seeds)])
    cells = []
    for name in ACTIVATIONS:
        luck = rng.normal(size=(design.seeds, FOLDS if design.by_fold else 1)) * np.ones(FOLDS)
        areas = np.take_along_axis(np.clip(design.area + design.sd * luck, 0.02, 0.98), folds, axis=1)
        own = rng.normal(size=folds.shape)
        noise = np.sqrt(PHOTO_CORRELATION) * shared + np.sqrt(1 - PHOTO_CORRELATION) * own
        shift, stretch = rng.normal(size=(design.seeds, FOLDS)), rng.lognormal(size=(design.seeds, FOLDS))
        scores = labels * np.sqrt(2) * norm.ppf(areas) + noise
        scores = np.take_along_axis(stretch, folds, axis=1) * scores + np.take_along_axis(shift, folds, axis=1)
        cells.append(Cell({"activation": name, "depth": 3}, scores, np.ones(design.seeds, dtype=bool), folds))
    return answer_cells(labels, cells)


def draw_folds(n_photos: int, rng: np.random.Generator) -> IntArray:
    """Return balanced folds of photos of alternating labels.

    Args:
        n_photos: twice a multiple of the number of folds.
        rng: source of the draws.
    """
    folds = np.empty(n_photos, dtype=np.int64)
    for label in (0, 1):
        folds[label::2] = rng.permutation(np.arange(n_photos // 2) % FOLDS)
    return folds


def champion_errors(photos: int, area: float, sd: float, rng: np.random.Generator) -> tuple[float, float, bool]:
    """Return how far two figures of the champion lie above the truth, and whether the second one's interval holds it.

    Args:
        photos: of each class in each fold.
        area: mean true AUC.
        sd: standard deviation of a trained network's true AUC.
        rng: source of the draws.
    """
    labels = np.tile([0, 1], photos * FOLDS)
    folds, shared = draw_folds(len(labels), rng), rng.normal(size=len(labels))
    areas = np.clip(area + sd * rng.normal(size=(NETWORKS, FOLDS)), 0.02, 0.98)
    networks = [_network(labels, folds, shared, areas[number], number, rng) for number in range(NETWORKS)]
    best = int(np.argmax([network.validation_auc or 0.0 for network in networks]))
    own = fold_mean(*networks[best].test, folds).auc - areas[best].mean()
    inside = chosen_in_folds(networks)
    if inside is None:
        raise ValueError("Several networks share their folds, so there is a choice inside each. Received: none.")
    names = [network.name for network in networks]
    truth = float(np.mean([areas[names.index(name), fold] for fold, name in enumerate(inside.chosen)]))
    return float(own), inside.auc - truth, (inside.low or 0.0) <= truth <= (inside.high or 0.0)


def _network(
    labels: IntArray, folds: IntArray, shared: FloatArray, areas: FloatArray, number: int, rng: np.random.Generator
) -> RunScores:
    """Return a network over its folds, each of which validates with the photos that the next one tests."""
    habit, fresh = rng.normal(size=len(labels)), rng.normal(size=(FOLDS, len(labels)))
    noise = np.sqrt(PHOTO_CORRELATION) * shared + np.sqrt(1 - PHOTO_CORRELATION) * (habit + fresh) / np.sqrt(2)
    runs = labels * np.sqrt(2) * norm.ppf(areas)[:, None] + noise
    rows = [np.flatnonzero(folds == (fold + 1) % FOLDS) for fold in range(FOLDS)]
    validation = [SplitPredictions(labels[row], runs[fold][row]) for fold, row in enumerate(rows)]
    return RunScores(
        f"r{number}",
        "relu",
        3,
        0,
        SplitPredictions(*(np.concatenate(columns) for columns in zip(*validation, strict=True))),
        SplitPredictions(labels, np.choose(folds, runs)),
        name=f"network {number}",
        validation_auc=float(np.mean([auc(*part) for part in validation])),
        folds=folds,
        validation_folds=np.repeat(np.arange(FOLDS), [len(row) for row in rows]),
        validation_rows=np.concatenate(rows),
    )


if __name__ == "__main__":
    main()
