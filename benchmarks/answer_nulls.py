"""How often a study names a winner that there is not, and how often its intervals hold the truth.

    python -m benchmarks.answer_nulls [--studies 2000]

Three activations are equal by construction. Another seed moves a network's true AUC by a given standard deviation, and
the scores of two networks for a photo correlate by .5. Counted are studies in which the answer tells two activations
apart, and 95 % intervals of a difference that hold 0. In the variants the third activation is dead in 40 % or all of
its seeds (only the difference of the other two is then counted), or the activations have 3, 5 and 8 seeds. First it
prints how long one large answer takes.
"""

import argparse
import time
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from emotion_core.evaluation import answer_study
from emotion_core.evaluation.answer import StudyAnswer

ACTIVATIONS = ("relu", "tanh", "elu")
PHOTO_CORRELATION = 0.5


class Design(NamedTuple):
    """One simulated kind of study."""

    photos: int
    area: float
    seeds: tuple[int, int, int]
    sd: float
    dead_share: float = 0.0


def main() -> None:
    """Print the rates of every design."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=2000, help="simulated studies of each design")
    studies = parser.parse_args().studies
    rng = np.random.default_rng(18)
    print(f"4 activations, 3 depths, 10 seeds, 960 photos: {large_answer_seconds(rng):.2f} s")
    print("photos  AUC  seeds     sd    third     false winners  coverage")
    for design in designs():
        answers = [simulate(design, rng) for _ in range(studies)]
        false, covered = rates(answers, all_alike=not design.dead_share)
        seeds = "/".join(map(str, dict.fromkeys(design.seeds)))
        third = f"{100 * design.dead_share:.0f} % dead" if design.dead_share else "alike"
        print(
            f"{design.photos:3} + {design.photos:<3}  {design.area:.2f}  {seeds:<6}  {design.sd:.3f}  {third:<10}"
            f"  {100 * false:5.1f} %  {100 * covered:5.1f} %",
            flush=True,
        )


def large_answer_seconds(rng: np.random.Generator) -> float:
    """Return how long the answer of 120 networks on 960 photos takes, in seconds.

    Args:
        rng: source of the scores.
    """
    labels = np.repeat([0, 1], 480)
    cells = {
        (name, depth): labels + rng.normal(size=(10, 960)) for name in (*ACTIVATIONS, "gelu") for depth in (2, 3, 4)
    }
    begin = time.perf_counter()
    answer_study(labels, cells)
    return time.perf_counter() - begin


def designs() -> list[Design]:
    """Return the designs: all activations alike with 3 and 5 seeds, then the two variants."""
    sizes = [(24, 0.8), (48, 0.8), (48, 0.9), (240, 0.8)]
    spreads = (0.0, 0.02, 0.035, 0.05)
    alike = [Design(*size, (n, n, n), sd) for size in sizes for n in (3, 5) for sd in spreads]
    dead = [Design(48, 0.8, (n, n, n), sd, share) for share in (0.4, 1.0) for n in (3, 5) for sd in (0.02, 0.05)]
    unequal = [Design(*size, (3, 5, 8), sd) for size in sizes for sd in (0.02, 0.05)]
    return alike + dead + unequal


def simulate(design: Design, rng: np.random.Generator) -> StudyAnswer:
    """Return the answer of one simulated study.

    Args:
        design: what is simulated.
        rng: source of the draws.
    """
    labels = np.repeat([0, 1], design.photos)
    shared = rng.normal(size=len(labels))
    cells = {}
    for position, (name, seeds) in enumerate(zip(ACTIVATIONS, design.seeds, strict=True)):
        areas = np.clip(design.area + design.sd * rng.normal(size=(seeds, 1)), 0.02, 0.98)
        own = rng.normal(size=(seeds, len(labels)))
        noise = np.sqrt(PHOTO_CORRELATION) * shared + np.sqrt(1 - PHOTO_CORRELATION) * own
        scores = labels * np.sqrt(2) * norm.ppf(areas) + noise
        if position == len(ACTIVATIONS) - 1:
            scores[rng.random(seeds) < design.dead_share] = 0.5
        cells[name, 3] = scores
    return answer_study(labels, cells)


def rates(answers: list[StudyAnswer], *, all_alike: bool) -> tuple[float, float]:
    """Return the share of answers that tell equal activations apart, and the coverage of the true difference 0.

    Args:
        answers: of the simulated studies.
        all_alike: whether all activations are alike; otherwise only the first two are.
    """
    pairs = [answer.contrasts if all_alike else answer.contrasts[:1] for answer in answers]
    false = [any(pair.is_significant for pair in of_study) for of_study in pairs]
    covered = [(pair.low or 0) <= 0 <= (pair.high or 0) for of_study in pairs for pair in of_study]
    return float(np.mean(false)), float(np.mean(covered))


if __name__ == "__main__":
    main()
