"""Effect on the AUC of pooling cross-validation folds whose scores are on different scales.

Simulates five folds of two equally good networks, with 24 + 24 test and 24 + 24 validation photos each. A fold's log
odds are those of its photos, shifted and stretched at random. Prints for each true AUC and each spread: the mean error
of the AUC pooled without scaling, pooled on one scale, and averaged over the folds; and how often the paired test finds
a difference between the two networks at the 5 % level, for both kinds of pooling. Run from the checkout::

    python -m benchmarks.fold_scales [--samples 1000] [--seed 0]
"""

import argparse
from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from emotion_core.evaluation import auc, delong_test
from emotion_core.evaluation.comparison import on_one_scale
from emotion_core.training import Scores

FOLDS = 5
EACH = 24
TRUE_AUCS = (0.6, 0.75, 0.9)
# Standard deviations of a fold's shift of the log odds, and of the logarithm of its stretch.
SPREADS = ((0.0, 0.0), (0.5, 0.0), (2.0, 0.0), (1.0, 0.5))
# Share of the variance of the scores that comes from the photo and is common to both networks.
SHARED = 0.5
LABELS = np.repeat([0, 1], FOLDS * EACH)
FOLD_OF = np.tile(np.repeat(np.arange(FOLDS), EACH), 2)


def _network(
    rng: np.random.Generator, photos: np.ndarray, true_auc: float, spread: tuple[float, float]
) -> list[Scores]:
    """Return each fold's scores of all photos for one network; a fold validates with the photos of the next fold."""
    scores = []
    for fold in range(FOLDS):
        own = rng.normal(size=len(LABELS))
        answers = np.sqrt(2) * norm.ppf(true_auc) * LABELS + np.sqrt(SHARED) * photos + np.sqrt(1 - SHARED) * own
        log_odds = rng.normal(0, spread[0]) + np.exp(rng.normal(0, spread[1])) * answers
        position = (FOLD_OF - fold) % FOLDS
        splits = np.select([position == 0, position == 1], ["test", "validation"], "train").tolist()
        scores.append(Scores(("",) * len(LABELS), LABELS, tuple(splits), 1 / (1 + np.exp(-log_odds))))
    return scores


def _as_they_are(folds: Sequence[Scores]) -> np.ndarray:
    """Return P(sad) of all photos, each from the fold that tests it."""
    return np.select([fold == FOLD_OF for fold in range(FOLDS)], [scores.p_sad for scores in folds])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print("true AUC  moved  stretched | off: as they are  one scale  mean | false alarms: as they are  one scale")
    for true_auc in TRUE_AUCS:
        for spread in SPREADS:
            rng = np.random.default_rng(options.seed)
            rows = []
            for _ in range(options.samples):
                photos = rng.normal(size=len(LABELS))
                first, second = (_network(rng, photos, true_auc, spread) for _ in range(2))
                raw, scaled = ([way(folds) for folds in (first, second)] for way in (_as_they_are, _scaled))
                rows.append(
                    (
                        auc(LABELS, raw[0]) - true_auc,
                        auc(LABELS, scaled[0]) - true_auc,
                        float(np.mean([auc(*scores.of("test")) for scores in first])) - true_auc,
                        float(delong_test(LABELS, *raw).p_value < 0.05),
                        float(delong_test(LABELS, *scaled).p_value < 0.05),
                    )
                )
            off = np.mean(rows, axis=0)
            print(
                f"{true_auc:8.2f} {spread[0]:6.1f} {spread[1]:10.1f} | {off[0]:+16.3f} {off[1]:+10.3f} {off[2]:+5.3f} |"
                f" {off[3]:25.1%} {off[4]:10.1%}"
            )


def _scaled(folds: Sequence[Scores]) -> np.ndarray:
    return on_one_scale(folds)[1][1]


if __name__ == "__main__":
    main()
