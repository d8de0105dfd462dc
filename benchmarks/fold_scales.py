"""What becomes of the AUC where the folds of a cross-validation are pooled whose answers are not on one scale?

Five folds of two equally good networks are simulated, with 24 + 24 test and 24 + 24 validation photos each. A fold's
log odds are those of its photos, moved and stretched by chance. Printed for each true AUC and each size of that chance:
how far the AUC is off on average, pooled as it is, pooled on one scale, and as the mean over the folds; and how often
the paired test finds a difference between the two networks at the 5 % level, pooled in both ways. Run from the
checkout::

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
# How much the log odds of a fold are moved, and the logarithm of how much they are stretched; standard deviations.
SPREADS = ((0.0, 0.0), (0.5, 0.0), (2.0, 0.0), (1.0, 0.5))
SHARED = 0.5  # of the variance of two networks' answers is the photo's own
LABELS = np.repeat([0, 1], FOLDS * EACH)
FOLD_OF = np.tile(np.repeat(np.arange(FOLDS), EACH), 2)


def _network(
    rng: np.random.Generator, photos: np.ndarray, true_auc: float, spread: tuple[float, float]
) -> list[Scores]:
    """Return what the folds of one network say of all photos; each validates with the photos of the next fold."""
    found = []
    for fold in range(FOLDS):
        own = rng.normal(size=len(LABELS))
        answers = np.sqrt(2) * norm.ppf(true_auc) * LABELS + np.sqrt(SHARED) * photos + np.sqrt(1 - SHARED) * own
        log_odds = rng.normal(0, spread[0]) + np.exp(rng.normal(0, spread[1])) * answers
        place = (FOLD_OF - fold) % FOLDS
        splits = np.select([place == 0, place == 1], ["test", "validation"], "train").tolist()
        found.append(Scores(("",) * len(LABELS), LABELS, tuple(splits), 1 / (1 + np.exp(-log_odds))))
    return found


def _as_they_are(folds: Sequence[Scores]) -> np.ndarray:
    """Return P(sad) of all photos, each by the fold that tests it."""
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
                one, other = (_network(rng, photos, true_auc, spread) for _ in range(2))
                raw, scaled = ([way(folds) for folds in (one, other)] for way in (_as_they_are, _scaled))
                rows.append(
                    (
                        auc(LABELS, raw[0]) - true_auc,
                        auc(LABELS, scaled[0]) - true_auc,
                        float(np.mean([auc(*scores.of("test")) for scores in one])) - true_auc,
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
