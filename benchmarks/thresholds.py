"""What a threshold and a calibration that are chosen on few validation photos lose, and what a "not sure" costs.

    python -m benchmarks.thresholds [--draws 60] [--seed 0] [WORKSPACE...]

Scores of ten kinds are simulated: normal logits of four AUCs, three happy photos for one sad one, spreads that differ,
overconfident networks whose P(sad) is far too low, skewed and saturated scores, and networks that are wrong with
confidence. Counted are the points of balanced accuracy between the best threshold and the chosen one, for Youden's
index and for ``balanced_threshold``; how often the interval holds the threshold that endless photos would choose; and
the calibration error (the mean distance of a probability from the true share of sad photos) before and after a
temperature, Platt's curve and isotonic regression. Then, for each limit of wrong sure answers, how many photos are
declined, and how many of the sure answers are wrong.

With workspaces, the same comes from the validation and test photos of their finished runs: half of them choose, the
other half judges, in random halves.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from emotion_core.evaluation import (
    auc,
    balanced_threshold,
    platt_scaling,
    roc_points,
    threshold_choice,
    youden_threshold,
)
from emotion_core.evaluation.statistics import FloatArray, IntArray
from emotion_core.evaluation.statistics.platt_scaling import finite_logit
from emotion_core.prediction import WRONG_ONE_IN, uncertainty_band
from emotion_core.settings import open_workspace
from emotion_core.training import list_runs

SIZES = (24, 48, 96, 200, 500)
POPULATION = 10_000
LEARNED_AUC = 0.6


class Kind(NamedTuple):
    """Logits of P(sad) for normal deviates of happy and of sad photos, and the share of happy photos."""

    name: str
    happy: Callable[[FloatArray], FloatArray]
    sad: Callable[[FloatArray], FloatArray]
    share_happy: float = 0.5


def kinds() -> list[Kind]:
    """Return the simulated kinds of networks."""
    return [
        *(_normal(area, distance) for area, distance in ((0.65, 0.55), (0.76, 1.0), (0.9, 1.8), (0.98, 2.9))),
        Kind("3 happy : 1 sad", lambda e: e - 0.75, lambda e: e + 0.75, 0.75),
        Kind("spreads differ", lambda e: e - 1, lambda e: 2.2 * e + 1.2),
        Kind("P(sad) too low", lambda e: 1.5 * e - 4, lambda e: 1.5 * e - 2),
        Kind("skewed", lambda e: np.exp(e / 2) - 2.5, lambda e: np.exp(e / 2) * 2 - 2.5),
        Kind("saturated", lambda e: 6 * e - 6, lambda e: 6 * e + 5.4),
        Kind("confident errors", lambda e: np.where(e > 0.84, e, e - 3), lambda e: np.where(e < -0.67, e, e + 3)),
    ]


def _normal(area: float, distance: float) -> Kind:
    return Kind(f"normal, AUC {area}", lambda e: e - distance / 2, lambda e: e + distance / 2)


def drawn(kind: Kind, count: int, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
    """Return labels and P(sad) of ``count`` photos, rounded as a network's outputs are."""
    n_happy = round(kind.share_happy * count)
    logits = np.concatenate([kind.happy(rng.normal(size=n_happy)), kind.sad(rng.normal(size=count - n_happy))])
    labels = np.repeat([0, 1], [n_happy, count - n_happy])
    return labels, expit(logits).astype(np.float32).astype(np.float64)


def balanced_accuracy(labels: IntArray, p_sad: FloatArray, threshold: float) -> float:
    """Return the mean of the two rates of right answers."""
    called = p_sad >= threshold
    return float((np.mean(called[labels == 1]) + np.mean(~called[labels == 0])) / 2)


def best_accuracy(labels: IntArray, p_sad: FloatArray) -> float:
    """Return the highest balanced accuracy of any threshold."""
    curve = roc_points(labels, p_sad)
    return float((curve.true_positive_rate - curve.false_positive_rate).max() / 2 + 0.5)


def temperature(labels: IntArray, p_sad: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """Return the scaling of the logit by one factor with the highest likelihood."""
    factors = np.geomspace(0.05, 5, 200)[:, np.newaxis]
    losses = np.logaddexp(0, np.where(labels == 1, -1, 1) * finite_logit(p_sad) * factors).mean(axis=1)
    factor = float(factors[np.argmin(losses), 0])
    return lambda scores: expit(factor * finite_logit(scores))


MAPS: dict[str, Callable[[IntArray, FloatArray], Callable[[FloatArray], FloatArray]]] = {
    "as it is": lambda labels, p_sad: lambda scores: scores,
    "temperature": temperature,
    "Platt": lambda labels, p_sad: platt_scaling(labels, p_sad).probability,
    "isotonic": lambda labels, p_sad: IsotonicRegression(out_of_bounds="clip").fit(p_sad, labels).predict,
}


def calibration_error(labels: IntArray, probabilities: FloatArray, bins: int = 15) -> float:
    """Return the mean distance of probability and share of sad photos over bins of equal numbers of photos."""
    # Shuffled first, so that photos with one probability are not sorted by their label.
    shuffled = np.random.default_rng(0).permutation(len(labels))
    labels, probabilities = labels[shuffled], probabilities[shuffled]
    order = np.argsort(probabilities, kind="stable")
    parts = zip(np.array_split(labels[order], bins), np.array_split(probabilities[order], bins), strict=True)
    return float(np.mean([abs(part.mean() - p.mean()) for part, p in parts]))


class Losses(NamedTuple):
    """Of one choice: regrets of both rules, errors of each map, and declined and wrong shares for each limit."""

    youden: float
    balanced: float
    errors: list[float]
    declined: list[float]
    wrong: list[float]


def losses(chosen_on: tuple[IntArray, FloatArray], judged: tuple[IntArray, FloatArray], best: float) -> Losses:
    """Return what is lost on some photos with choices made on others."""
    regrets = [best - balanced_accuracy(*judged, rule(*chosen_on)) for rule in (youden_threshold, balanced_threshold)]
    errors = [calibration_error(judged[0], fit(*chosen_on)(judged[1])) for fit in MAPS.values()]
    threshold = balanced_threshold(*chosen_on)
    bands = [uncertainty_band(*chosen_on, threshold, one_in=one_in) for one_in in WRONG_ONE_IN]
    sure = [(judged[1] < band.low) | (judged[1] > band.high) for band in bands]
    is_wrong = (judged[1] >= threshold) != (judged[0] == 1)
    wrong = [float(is_wrong[rows].mean()) if rows.any() else 0.0 for rows in sure]
    return Losses(regrets[0], regrets[1], errors, [1 - float(rows.mean()) for rows in sure], wrong)


def print_losses(name: str, rows: list[Losses]) -> None:
    """Print the means of the rows, in per cent."""
    errors = "  ".join(f"{100 * value:4.1f}" for value in np.mean([row.errors for row in rows], axis=0))
    declined, wrong = (np.mean([getattr(row, part) for row in rows], axis=0) for part in ("declined", "wrong"))
    bands = "  ".join(f"{100 * a:3.0f} / {100 * b:4.1f}" for a, b in zip(declined, wrong, strict=True))
    youden, balanced = (100 * np.mean([getattr(row, rule) for row in rows]) for rule in ("youden", "balanced"))
    print(f"  {name:18} {youden:5.2f}  {balanced:5.2f}      {errors}      {bands}", flush=True)


def simulate(draws: int, rng: np.random.Generator) -> None:
    """Print a table for each number of validation photos."""
    for size in SIZES:
        print(f"{size} validation photos")
        everything: list[Losses] = []
        for kind in kinds():
            judged = drawn(kind, POPULATION, rng)
            best = best_accuracy(*judged)
            rows = [losses(drawn(kind, size, rng), judged, best) for _ in range(draws)]
            print_losses(kind.name, rows)
            everything += rows
        print_losses("all", everything)
        print(f"  the interval holds the threshold of endless photos in {100 * coverage(size, draws, rng):.0f} %")


def coverage(size: int, draws: int, rng: np.random.Generator) -> float:
    """Return how often the interval holds the threshold that 4,000 photos choose, over the kinds."""
    held = []
    for kind in kinds():
        target = balanced_threshold(*drawn(kind, 4000, rng))
        choices = [threshold_choice(*drawn(kind, size, rng)) for _ in range(draws)]
        held += [choice.low <= target <= choice.high for choice in choices]
    return float(np.mean(held))


def recorded(folders: list[Path]) -> Iterator[tuple[IntArray, FloatArray]]:
    """Yield labels and P(sad) of the validation and test photos of each finished run that has learned."""
    for folder in folders:
        for run in list_runs(open_workspace(folder)):
            scores = run.scores()
            if scores is None:
                continue
            rows = np.array(scores.splits) != "train"
            if auc(scores.labels[rows], scores.p_sad[rows]) >= LEARNED_AUC:
                yield scores.labels[rows], scores.p_sad[rows]


def judge_recorded(folders: list[Path], draws: int, rng: np.random.Generator) -> None:
    """Print a table for the runs of workspaces, each judged on the photos that did not choose."""
    everything: dict[int, list[Losses]] = {}
    for labels, p_sad in recorded(folders):
        for size in (size for size in SIZES if 2 * size <= len(labels)):
            for _ in range(draws):
                rows = [rng.permutation(np.flatnonzero(labels == label)) for label in (0, 1)]
                chosen, judged = (
                    np.concatenate([part[: size // 2] if first else part[size // 2 :] for part in rows])
                    for first in (True, False)
                )
                parts = (labels[chosen], p_sad[chosen]), (labels[judged], p_sad[judged])
                everything.setdefault(size, []).append(losses(*parts, best_accuracy(*parts[1])))
    for size, rows_of_size in everything.items():
        print_losses(f"{size} photos", rows_of_size)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspaces", nargs="*", type=Path, metavar="WORKSPACE", help="with finished runs")
    parser.add_argument("--draws", type=int, default=60, help="sets of validation photos of each kind and number")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    limits = "  ".join(f"1 in {one_in}" for one_in in WRONG_ONE_IN)
    print("Points of balanced accuracy lost: Youden, balanced. Calibration error in %: as it is, temperature, Platt,")
    print(f"isotonic. Declined / of the sure ones wrong, in %: {limits}.")
    if options.workspaces:
        judge_recorded(options.workspaces, options.draws, rng)
    else:
        simulate(options.draws, rng)


if __name__ == "__main__":
    main()
