"""How often numbers that mean nothing are called a shortcut, how often a real one is found, and what intervals cover.

Photos have seven or ten numbers, as real ones do: brightness and the like are continuous, two thirds of the photos have
a face, and a format (two kinds, one of them in a fifth of the photos) and a source (eight sites, the largest with a
third of the photos) have no order. None depends on the label. For the power, sad photos are darker by a given distance,
or come from one of two sites more often. "Claims" are catalogs in which any number is said to differ after Holm;
"without Holm" are those with any p-value below .05. Intervals are those of one number alone. Run from the checkout::

    python -m benchmarks.shortcut_nulls [--samples 1000] [--per-class 12 24] [--seed 0]
"""

import argparse
import math
from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion_core.evaluation import holm_adjust
from emotion_core.evaluation.statistics import SIGNIFICANCE, AucTest, kind_test, number_test

PER_CLASS = (12, 24, 48, 240)
NUMBERS = (7, 10)
REAL_AUCS = (0.65, 0.75)
SITES = np.array([0.33, 0.2, 0.15, 0.1, 0.08, 0.06, 0.05, 0.03])

Draw = Callable[[np.random.Generator, NDArray[np.int64]], AucTest]


def _continuous(distance: float = 0.0) -> Draw:
    return lambda rng, labels: number_test(labels, rng.normal(size=len(labels)) + distance * labels)


def _has_face(rng: np.random.Generator, labels: NDArray[np.int64]) -> AucTest:
    return number_test(labels, (rng.random(len(labels)) < 2 / 3).astype(float))


def _kinds(shares: NDArray[np.float64], more_of_first: float = 0.0) -> Draw:
    def draw(rng: np.random.Generator, labels: NDArray[np.int64]) -> AucTest:
        kinds = rng.choice(len(shares), size=len(labels), p=shares)
        kinds[(labels == 1) & (rng.random(len(labels)) < more_of_first)] = 0
        return kind_test(labels, kinds)

    return draw


def _brightness(area: float) -> Draw:
    """Return a number that alone reaches the AUC."""
    return _continuous(math.sqrt(2) * NormalDist().inv_cdf(area))


def _source(area: float) -> Draw:
    """Return two sites of which the first has more sad photos, so that the site alone reaches the AUC."""
    shares = np.array([0.3, 0.7])
    return _kinds(shares, 2 * (area - 0.5) / (1 - shares[0]))


class Claims(NamedTuple):
    """Shares of the simulated catalogs in percent, for a family of numbers."""

    any_claim: float
    without_holm: float
    alone: float  # p below .05, on average over the numbers


def _p_values(draws: list[Draw], per_class: int, samples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the p-value of each number in each simulated catalog, shape (samples, numbers)."""
    labels = np.repeat([0, 1], per_class)
    return np.array([[draw(rng, labels).p_value for draw in draws] for _ in range(samples)])


def _claims(p_values: NDArray[np.float64]) -> Claims:
    claimed, low = _is_claimed(p_values), p_values < SIGNIFICANCE
    shares = (claimed.any(axis=1), low.any(axis=1), low)
    return Claims(*(100 * float(share.mean()) for share in shares))


def _is_claimed(p_values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.array([holm_adjust(row.tolist()) for row in p_values]) < SIGNIFICANCE


def _coverage(draw: Draw, true_auc: float, per_class: int, samples: int, rng: np.random.Generator) -> float:
    """Return in percent how often the 95 % interval holds the true AUC."""
    labels = np.repeat([0, 1], per_class)
    limits = [draw(rng, labels).limits(0.95) for _ in range(samples)]
    return 100 * float(np.mean([low <= true_auc <= high for low, high in limits]))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=1000, help="simulated catalogs for each row (default 1000)")
    parser.add_argument("--per-class", type=int, nargs="+", default=PER_CLASS, help="photos (default 12 24 48 240)")
    parser.add_argument("--seed", type=int, default=0, help="of the simulation (default 0)")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    print(
        f"{options.samples} catalogs a row; 5 % is known to +- {196 * math.sqrt(0.05 * 0.95 / options.samples):.1f}\n"
    )

    print("numbers that mean nothing: claims %, without Holm %, each alone %")
    print("found: one of ten is real, brightness of AUC .65 and .75, source of AUC .65 and .75, in percent")
    nothing = [_has_face, _kinds(np.array([0.8, 0.2])), _kinds(SITES), *[_continuous()] * 7]
    real = [draw(area) for draw in (_brightness, _source) for area in REAL_AUCS]
    for per_class in options.per_class:
        p_values = _p_values([*nothing, *real], per_class, options.samples, rng)
        for numbers in NUMBERS:
            row = "  ".join(f"{share:5.1f}" for share in _claims(p_values[:, :numbers]))
            print(f"{per_class}+{per_class:<6}  {numbers:4} numbers  {row}", flush=True)
        # The real one takes the place of the first.
        found = [_is_claimed(p_values[:, [column, *range(1, 10)]])[:, 0].mean() for column in range(10, 14)]
        print(" " * 26 + "found  " + "  ".join(f"{100 * share:5.1f}" for share in found), flush=True)

    print("\n95 % interval of one number alone, in percent")
    print("photos     brightness of AUC .50, .65, .75, .90; source of AUC .65, .75")
    for per_class in options.per_class:
        cases = [(_brightness(area), area) for area in (0.5, 0.65, 0.75, 0.9)]
        cases += [(_source(area), area) for area in REAL_AUCS]
        covered = [_coverage(draw, area, per_class, options.samples // 2, rng) for draw, area in cases]
        print(f"{per_class}+{per_class:<6} " + "  ".join(f"{share:6.1f}" for share in covered), flush=True)


if __name__ == "__main__":
    main()
