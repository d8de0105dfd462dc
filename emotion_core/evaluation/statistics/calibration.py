"""Whether P(sad) is a probability: of the photos that got about .8, are about eight in ten sad?

References:
    Brier (1950), Monthly Weather Review 78:1-3: the mean squared error of a probability.
    Naeini, Cooper & Hauskrecht (2015), AAAI 29:2901-2907: the expected calibration error.
    Wilson (1927), Journal of the American Statistical Association 22:209-212: the interval of a share.
    Bröcker & Smith (2007), Weather and Forecasting 22:651-661: what reliable probabilities show on so few cases.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.statistics.validation import FloatArray, IntArray, checked_photos
from emotion_core.formatting import share_text

MOST_BINS = 100
LABELLINGS = 1000  # drawn to see what calibrated probabilities show; the 95th percentile is known to about .004
SEED = 0
MAX_DRAWN = 2_000_000  # labels that are held at once


@dataclass(frozen=True)
class ReliabilityBin:
    """The photos whose P(sad) lies from `low` up to `high`; the last bin holds its upper end too.

    `mean_score` is their mean P(sad), `share_sad` how many of them are sad, from `share_low` to `share_high` with
    95 % confidence (Wilson).
    """

    low: float
    high: float
    count: int
    mean_score: float
    share_sad: float
    share_low: float
    share_high: float


@dataclass(frozen=True)
class Reliability:
    """The bins that hold photos, in ascending order, and two figures over all photos; 0 is perfect for both.

    `brier` is the mean of (P(sad) - label) squared; always answering .5 has .25. `expected_calibration_error` is the
    mean distance of `mean_score` from `share_sad`, weighted by the photos in each bin.

    On few photos that distance is never 0, however well calibrated a network is. `calibrated_error` is its mean where
    photos are sad exactly as often as these P(sad) say, `calibrated_error_limit` the value that it then exceeds in 5 %
    of test sets.
    """

    bins: tuple[ReliabilityBin, ...]
    brier: float
    expected_calibration_error: float
    calibrated_error: float
    calibrated_error_limit: float

    @property
    def is_calibration_plausible(self) -> bool:
        """Whether a perfectly calibrated network may well show such an error on so many photos."""
        return self.expected_calibration_error <= self.calibrated_error_limit

    @property
    def sentence(self) -> str:
        """What the calibration error says at this number of photos."""
        usual, limit = share_text(self.calibrated_error), share_text(self.calibrated_error_limit)
        result = (
            f"ECE {share_text(self.expected_calibration_error)}; on {sum(bin_.count for bin_ in self.bins):,} photos a "
            f"perfectly calibrated network would show {usual} on average, and up to {limit} in 95 of 100 test sets"
        )
        if self.is_calibration_plausible:
            return f"{result}: within that, so nothing shows that P(sad) is off."
        return f"{result}: larger than that, which speaks against this P(sad)."


def reliability(labels: ArrayLike, scores: ArrayLike, bins: int = 10) -> Reliability:
    """Compare P(sad) with the share of photos that are sad, in bins of equal width.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1; one class alone is allowed.
        scores: P(sad), shape (n,), 0 to 1.
        bins: How many bins there are from 0 to 1, 1 to 100; those without photos are left out.

    Raises:
        StatisticsError: Labels and scores do not fit together, a score is no probability, or bins is out of range.

    >>> diagram = reliability([0, 0, 1, 1], [0.1, 0.1, 0.9, 0.5])
    >>> [(b.count, b.mean_score, b.share_sad) for b in diagram.bins], round(diagram.brier, 3)
    ([(2, 0.1, 0.0), (1, 0.5, 1.0), (1, 0.9, 1.0)], 0.07)
    """
    label_array, score_array = checked_photos(labels, scores)
    _check(float(score_array.min()), float(score_array.max()), bins)
    edges = np.arange(bins + 1) / bins
    bin_of = np.searchsorted(edges[1:-1], score_array, side="right")
    filled = tuple(
        _bin(float(edges[k]), float(edges[k + 1]), label_array[bin_of == k], score_array[bin_of == k])
        for k in np.unique(bin_of)
    )
    gaps = [bin_.count * abs(bin_.mean_score - bin_.share_sad) for bin_ in filled]
    brier = float(np.mean((score_array - label_array) ** 2))
    errors = _calibrated_errors(score_array, bin_of)
    limit = float(np.quantile(errors, 0.95))
    return Reliability(filled, brier, sum(gaps) / len(label_array), float(errors.mean()), limit)


def wilson_interval(hits: int, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval of a share.

    Args:
        hits: 0 to n.
        n: At least 1.
        confidence: Chance that it holds the true share, in (0, 1).

    >>> [round(limit, 3) for limit in wilson_interval(8, 10)]
    [0.49, 0.943]
    """
    # Imported here: SciPy's statistics take half a second, and pages that draw no interval need not wait for them.
    from scipy.stats import binomtest

    interval = binomtest(hits, n).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def _bin(low: float, high: float, labels: IntArray, scores: FloatArray) -> ReliabilityBin:
    sad, count = int(labels.sum()), len(labels)
    return ReliabilityBin(low, high, count, float(scores.mean()), sad / count, *wilson_interval(sad, count))


def _calibrated_errors(scores: FloatArray, bin_of: IntArray) -> FloatArray:
    """Return the calibration error for labels drawn from the scores themselves, shape (LABELLINGS,)."""
    rng = np.random.default_rng(SEED)
    order = np.argsort(bin_of, kind="stable")
    scores, starts = scores[order], np.unique(bin_of[order], return_index=True)[1]
    step = max(1, MAX_DRAWN // len(scores))
    errors = []
    for start in range(0, LABELLINGS, step):
        labels = rng.random((min(step, LABELLINGS - start), len(scores))) < scores
        errors.append(np.abs(np.add.reduceat(labels - scores, starts, axis=1)).sum(axis=1) / len(scores))
    return np.concatenate(errors)


def _check(lowest: float, highest: float, bins: int) -> None:
    if lowest < 0 or highest > 1:
        raise StatisticsError(
            "A score is no probability. Numbers from 0 to 1 were expected. "
            f"Received: scores from {lowest:g} to {highest:g}. Pass P(sad)."
        )
    if not 1 <= bins <= MOST_BINS:
        raise StatisticsError(
            f"The number of bins is out of range. 1 to {MOST_BINS} were expected. Received: bins={bins!r}. "
            "Ten are usual."
        )
