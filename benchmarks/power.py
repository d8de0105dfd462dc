"""Computed power of a study against the share of simulated test sets in which DeLong's test finds the difference.

Two networks score the same simulated photos (binormal) with correlated errors. Power is computed once with the
correlation of the AUCs observed in the simulation, and once with the .5 that is assumed for a study. Run from the
checkout::

    python -m benchmarks.power [--samples 1000] [--seed 0]
"""

import argparse
import math
from statistics import NormalDist

import numpy as np

from benchmarks.statistics_coverage import draw_scores
from emotion_core.evaluation import delong_test, paired_auc_power

PER_CLASS = (24, 48, 100, 200)
PAIRS = ((0.90, 0.85), (0.85, 0.75), (0.80, 0.70))
CORRELATIONS = (0.3, 0.55, 0.8)  # of the scores


def _simulate(
    rng: np.random.Generator, per_class: int, aucs: tuple[float, float], correlation: float, samples: int
) -> tuple[float, float]:
    """Return the share of test sets in which the difference is found, and the correlation of the two AUCs."""
    tests = []
    for _ in range(samples):
        # Drawn without a distance between the classes; each network's own is added below.
        labels, scores = draw_scores(rng, per_class, 0.5, 2, correlation)
        distances = [math.sqrt(2) * NormalDist().inv_cdf(area) for area in aucs]
        tests.append(delong_test(labels, *(scores + np.outer(distances, labels))))
    areas = np.array([(test.auc_a, test.auc_b) for test in tests])
    return float(np.mean([test.p_value < 0.05 for test in tests])), float(np.corrcoef(areas.T)[0, 1])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    print(f"{'photos':>9} {'AUCs':>12} {'scores r':>9} {'AUCs r':>7} {'found':>7} {'computed':>9} {'with r .5':>10}")
    for per_class in PER_CLASS:
        for aucs in PAIRS:
            for correlation in CORRELATIONS:
                detected, observed = _simulate(rng, per_class, aucs, correlation, options.samples)
                computed = paired_auc_power(per_class, per_class, *aucs, correlation=observed)
                assumed = paired_auc_power(per_class, per_class, *aucs)
                print(
                    f"{per_class:>4}+{per_class:<4} {aucs[0]:>6.2f} {aucs[1]:.2f} {correlation:9.2f} {observed:7.2f} "
                    f"{detected:7.1%} {computed:9.1%} {assumed:10.1%}"
                )


if __name__ == "__main__":
    main()
