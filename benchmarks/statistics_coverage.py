"""Coverage of the 95 % interval of an AUC, and false alarms of the paired tests, in simulations.

Scores are drawn from two normal distributions with a known true AUC (binormal), with as many happy as sad photos. For
the paired tests, two networks with equal true AUC score the same photos with correlated errors. Also prints the
coverage of the plain interval AUC +- 1.96 standard errors, which is too narrow near 1, and how often the exact bound is
used. Compare tests pairs of networks with DeLong's test, Holm-adjusted over all pairs: the last table has how often it
finds any difference among equally good networks, and how often all intervals at Holm's confidences hold the true
difference 0. The exchange test is an alternative without an interval. Run from the checkout::

    python -m benchmarks.statistics_coverage [--samples 2000] [--seed 0]
"""

import argparse
import math
from collections.abc import Sequence
from itertools import combinations
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion_core.evaluation import AucInterval, auc_interval, delong_test, exchange_test, holm_adjust
from emotion_core.evaluation.statistics import holm_confidences

PER_CLASS = (12, 24, 48)
TRUE_AUCS = (0.7, 0.8, 0.9, 0.95)
CORRELATIONS = (0.0, 0.3, 0.6)
NETWORKS = (3, 6)


class Row(NamedTuple):
    """Shares of the samples, in percent, and the mean width of the interval."""

    covered: float
    below: float  # the whole interval below the true AUC
    above: float
    width: float
    plain_covered: float
    exact: float  # perfect separation, where DeLong has no answer


def draw_scores(
    rng: np.random.Generator, per_class: int, true_auc: float, n_networks: int, correlation: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Draw binormal scores of several networks for the same photos.

    Args:
        rng: source of the scores.
        per_class: number of photos per class.
        true_auc: AUC of every network's distribution, above 0 and below 1.
        n_networks: number of networks.
        correlation: correlation of the networks' errors, 0 to 1.

    Returns:
        Labels, int64 of shape ``(2 * per_class,)``, and scores, float64 of shape ``(n_networks, 2 * per_class)``.
    """
    labels = np.repeat([0, 1], per_class)
    shared = rng.normal(size=2 * per_class)
    own = rng.normal(size=(n_networks, 2 * per_class))
    distance = math.sqrt(2) * NormalDist().inv_cdf(true_auc)
    return labels, math.sqrt(correlation) * shared + math.sqrt(1 - correlation) * own + distance * labels


def _coverage(per_class: int, true_auc: float, n_samples: int, rng: np.random.Generator) -> Row:
    """Measure the interval on simulated photos."""
    intervals: list[AucInterval] = []
    for _ in range(n_samples):
        labels, scores = draw_scores(rng, per_class, true_auc, 1, 0.0)
        intervals.append(auc_interval(labels, scores[0]))
    below = [interval.high < true_auc for interval in intervals]
    above = [interval.low > true_auc for interval in intervals]
    return Row(
        covered=100 - _percent(below) - _percent(above),
        below=_percent(below),
        above=_percent(above),
        width=float(np.mean([interval.high - interval.low for interval in intervals])),
        plain_covered=_percent(
            [abs(interval.auc - true_auc) <= 1.96 * interval.standard_error for interval in intervals]
        ),
        exact=_percent([interval.method == "exact" for interval in intervals]),
    )


def _false_alarms(
    per_class: int, true_auc: float, correlation: float, n_samples: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Return how often DeLong's and the exchange test find a difference between equally good networks at 5 %."""
    alarms: list[tuple[bool, bool]] = []
    for _ in range(n_samples):
        labels, (a, b) = draw_scores(rng, per_class, true_auc, 2, correlation)
        alarms.append((delong_test(labels, a, b).p_value < 0.05, exchange_test(labels, a, b) < 0.05))
    delong, exchange = zip(*alarms, strict=True)
    return _percent(delong), _percent(exchange)


def _family_alarms(
    per_class: int, true_auc: float, n_networks: int, n_samples: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Return how often any pair of equally good networks is told apart after Holm, and all intervals hold 0."""
    alarms, covered = [], []
    for _ in range(n_samples):
        labels, scores = draw_scores(rng, per_class, true_auc, n_networks, 0.5)
        pairs = list(combinations(scores, 2))
        p_values = [delong_test(labels, a, b).p_value for a, b in pairs]
        alarms.append(min(holm_adjust(p_values)) < 0.05)
        tests = [
            delong_test(labels, a, b, confidence=confidence)
            for (a, b), confidence in zip(pairs, holm_confidences(p_values), strict=True)
        ]
        covered.append(all(test.low <= 0 <= test.high for test in tests))
    return _percent(alarms), _percent(covered)


def _percent(happened: Sequence[bool]) -> float:
    """Return the share of true values, in percent."""
    return 100 * float(np.mean(happened))


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=2000, help="simulated test sets for each row (default 2000)")
    parser.add_argument("--seed", type=int, default=0, help="of the simulation (default 0)")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    margin = 196 * math.sqrt(0.95 * 0.05 / options.samples)
    print(f"{options.samples} samples a row; a share near 95 or 5 % is known to +- {margin:.1f} points\n")

    print("95 % interval of an AUC")
    print("photos   true AUC  covered %  too low %  too high %  mean width  plain covered %  exact bound used %")
    for per_class in PER_CLASS:
        for true_auc in TRUE_AUCS:
            row = _coverage(per_class, true_auc, options.samples, rng)
            print(
                f"{per_class}+{per_class}    {true_auc:8.2f}  {row.covered:9.1f}  {row.below:9.1f}  {row.above:10.1f}"
                f"  {row.width:10.3f}  {row.plain_covered:15.1f}  {row.exact:18.1f}"
            )

    print("\npaired tests of two networks that are equally good, at the 5 % level: false alarms")
    print("photos   true AUC  correlation  DeLong %  exchange %")
    for per_class in PER_CLASS:
        for true_auc in TRUE_AUCS:
            for correlation in CORRELATIONS:
                delong, exchange = _false_alarms(per_class, true_auc, correlation, options.samples, rng)
                print(
                    f"{per_class}+{per_class}    {true_auc:8.2f}  {correlation:11.1f}  {delong:8.1f}  {exchange:10.1f}"
                )

    print("\nall pairs of equally good networks, DeLong's test after Holm: any false alarm; all intervals hold 0")
    print("photos   true AUC  networks  false alarm %  intervals %")
    for per_class in PER_CLASS:
        for true_auc in TRUE_AUCS:
            for n_networks in NETWORKS:
                alarm, covered = _family_alarms(per_class, true_auc, n_networks, options.samples // 4, rng)
                print(f"{per_class}+{per_class}    {true_auc:8.2f}  {n_networks:8}  {alarm:13.1f}  {covered:11.1f}")


if __name__ == "__main__":
    main()
