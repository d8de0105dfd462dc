"""How often numbers that mean nothing are called a shortcut, how often a real one is found, and what intervals cover.

Photos have seven or ten numbers, as real ones do: brightness and the like are continuous, two thirds of the photos have
a face, and a format (two kinds, one of them in a fifth of the photos) and a source (eight sites, the largest with a
third of the photos) have no order. None depends on the label. For the power, sad photos are darker by a given distance,
or come from one of two sites more often. "Claims" are catalogs in which any number is said to differ after Holm;
"without Holm" are those with any p-value below .05. Intervals are those of one number alone. Run from the checkout::

    python -m benchmarks.shortcut_nulls [--samples 1000] [--seed 0]
"""

import argparse
import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from emotion_core.evaluation import holm_adjust
from emotion_core.evaluation.statistics import AucTest, kind_test, number_test

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


def _measures(count: int, first: Draw) -> list[Draw]:
    """Return the first measure and as many others without meaning, two of them kinds and one binary."""
    return [first, _has_face, _kinds(np.array([0.8, 0.2])), _kinds(SITES), *[_continuous()] * (count - 4)]


def _claims(
    measures: list[Draw], per_class: int, samples: int, rng: np.random.Generator
) -> tuple[float, float, float, float]:
    """Return in percent: any claim, the first measure claimed, any p below .05, and each measure's p below .05."""
    labels = np.repeat([0, 1], per_class)
    p_values = np.array([[draw(rng, labels).p_value for draw in measures] for _ in range(samples)])
    claimed = np.array([holm_adjust(row.tolist()) for row in p_values]) < 0.05
    low = p_values < 0.05
    shares = (claimed.any(axis=1), claimed[:, 0], low.any(axis=1), low)
    any_claim, first, any_low, each = (100 * float(share.mean()) for share in shares)
    return any_claim, first, any_low, each


def _coverage(draw: Draw, true_auc: float, per_class: int, samples: int, rng: np.random.Generator) -> float:
    """Return in percent how often the 95 % interval holds the true AUC."""
    labels = np.repeat([0, 1], per_class)
    limits = [draw(rng, labels).limits(0.95) for _ in range(samples)]
    return 100 * float(np.mean([low <= true_auc <= high for low, high in limits]))


def _distance(area: float) -> float:
    return math.sqrt(2) * NormalDist().inv_cdf(area)


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=1000, help="simulated catalogs for each row (default 1000)")
    parser.add_argument("--seed", type=int, default=0, help="of the simulation (default 0)")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    print(
        f"{options.samples} catalogs a row; 5 % is known to +- {196 * math.sqrt(0.05 * 0.95 / options.samples):.1f}\n"
    )

    print("numbers that mean nothing")
    print("photos     numbers  claims %  without Holm %  each number alone %")
    for per_class in PER_CLASS:
        for count in NUMBERS:
            claims, _, unadjusted, each = _claims(_measures(count, _continuous()), per_class, options.samples, rng)
            print(f"{per_class}+{per_class:<6} {count:8}  {claims:8.1f}  {unadjusted:14.1f}  {each:19.1f}", flush=True)

    print("\none of ten numbers is real: found after Holm, in percent")
    print("photos     brightness of AUC .65 and .75, source of AUC .65 and .75")
    for per_class in PER_CLASS:
        firsts = [*(_continuous(_distance(area)) for area in REAL_AUCS), *(_source(area) for area in REAL_AUCS)]
        found = [_claims(_measures(10, first), per_class, options.samples // 4, rng)[1] for first in firsts]
        print(f"{per_class}+{per_class:<6} " + "  ".join(f"{share:6.1f}" for share in found), flush=True)

    print("\n95 % interval of one number alone, in percent")
    print("photos     brightness of AUC .50, .65, .75, .90; source of AUC .65, .75")
    for per_class in PER_CLASS:
        cases = [(_continuous(_distance(area)), area) for area in (0.5, 0.65, 0.75, 0.9)]
        cases += [(_source(area), area) for area in REAL_AUCS]
        covered = [_coverage(draw, area, per_class, options.samples // 2, rng) for draw, area in cases]
        print(f"{per_class}+{per_class:<6} " + "  ".join(f"{share:6.1f}" for share in covered), flush=True)


def _source(area: float) -> Draw:
    """Return two sites of which the first has more sad photos, so that the site alone reaches the AUC."""
    shares = np.array([0.3, 0.7])
    return _kinds(shares, 2 * (area - 0.5) / (1 - shares[0]))


if __name__ == "__main__":
    main()
