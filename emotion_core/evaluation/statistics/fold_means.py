"""AUC of a cross-validated network: the mean of its folds' AUCs, its interval, and paired tests of two networks.

Each fold is another trained network, and its scores are comparable only with one another. So a pair of photos counts
within a fold only, and no fold is brought to the scale of another. The variance of the mean is the sum of the folds'
DeLong variances over the square of their number, which is LeDell's influence-curve variance up to n / (n - 1).

Written with one number per photo, its influence on the mean, the variance is the sum of the squared influences; so the
paired test also holds for two networks whose folds are drawn differently. Where it is zero, or a fold has a single
photo of a class, bounds of `exact_limits` take over: the folds hold k times r (happy, sad) pairs that share no photo, r
being the photos of the rarer class in the smallest fold.

The folds' networks share most of their training photos. No interval here covers how much another training set would
change (Bengio & Grandvalet 2004, Journal of Machine Learning Research 5:1089: there is no unbiased estimate of it).

References:
    LeDell, Petersen & van der Laan (2015), Electronic Journal of Statistics 9:1583-1607: the variance.
    Airola et al. (2011), Computational Statistics & Data Analysis 55:1828-1844: why pooled scores mislead.
    Fawcett (2006), Pattern Recognition Letters 27:861-874: averaging ROC curves vertically.
"""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.statistics.auc import AucInterval, DelongTest, logit_limits, placements_of
from emotion_core.evaluation.statistics.exact_limits import auc_limits, difference_limits, hoeffding_limits
from emotion_core.evaluation.statistics.precision_recall import (
    PrecisionRecallCurve,
    precision_recall,
    precisions_at_recalls,
)
from emotion_core.evaluation.statistics.roc import RocCurve, roc_points
from emotion_core.evaluation.statistics.validation import FloatArray, IntArray, check_share, checked_classes

ROUNDING = 1e-12  # influences are sums of fractions; what is smaller is a rounding error


class FoldMean(NamedTuple):
    """The mean of the folds' AUCs and what each photo contributes to its variance.

    Attributes:
        auc: mean of ``fold_aucs``.
        fold_aucs: AUC of each fold in the order of their numbers, shape ``(k,)``.
        influences: of each row, shape ``(n,)``; the sum of their squares is the variance of ``auc``.
        n_rarer: photos of the rarer class in the fold that has fewest of them.
    """

    auc: float
    fold_aucs: FloatArray
    influences: FloatArray
    n_rarer: int

    @property
    def n_pairs(self) -> int:
        """Number of (happy, sad) pairs that share no photo, the same in each fold."""
        return self.n_rarer * len(self.fold_aucs)


def fold_mean(labels: ArrayLike, scores: ArrayLike, folds: ArrayLike) -> FoldMean:
    """Return the mean of the folds' AUCs and the influence of each photo on it.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1.
        scores: P(sad) of each photo by the network of its fold, shape (n,), finite.
        folds: Number of the fold that scored each photo, shape (n,), whole numbers.

    Raises:
        StatisticsError: A fold has photos of one class only, or the arrays do not fit together.

    >>> fold_mean([0, 1, 0, 1], [0.1, 0.2, 0.9, 0.8], [1, 1, 2, 2]).auc
    0.5
    """
    truth, score_array = checked_classes(labels, scores)
    parts = _rows_of_folds(folds, len(truth))
    aucs, influences = np.empty(len(parts)), np.zeros(len(truth))
    n_rarer = len(truth)
    for number, rows in enumerate(parts):
        sad = rows[truth[rows] == 1]
        happy = rows[truth[rows] == 0]
        placements = placements_of(*checked_classes(truth[rows], score_array[rows]))
        aucs[number] = placements.auc
        n_rarer = min(n_rarer, placements.n_rarer)
        influences[sad] = _influences(placements.of_sad / len(happy), placements.auc, len(parts))
        influences[happy] = _influences(placements.of_happy / len(sad), placements.auc, len(parts))
    return FoldMean(float(aucs.mean()), aucs, influences, n_rarer)


def fold_auc_interval(
    labels: ArrayLike, scores: ArrayLike, folds: ArrayLike, *, confidence: float = 0.95
) -> AucInterval:
    """Return the mean of the folds' AUCs with a confidence interval that stays within [0, 1].

    The interval is on the logit scale, as that of a single network. It counts the luck of the photos; other seeds and
    other training photos would change the folds' networks, which it does not count.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1.
        scores: P(sad) of each photo by the network of its fold, shape (n,), finite.
        folds: Number of the fold that scored each photo, shape (n,), whole numbers.
        confidence: Chance that the interval holds the true mean, in (0, 1).

    Raises:
        StatisticsError: A fold has photos of one class only, the arrays do not fit together, or confidence is out of
            range.

    >>> interval = fold_auc_interval([0, 0, 1, 1] * 2, [1, 3, 2, 4, 11, 12, 13, 14], [1, 1, 1, 1, 2, 2, 2, 2])
    >>> f"{interval.auc:.3f} {interval.low:.3f} {interval.high:.3f} {interval.method}"
    '0.875 0.228 0.994 delong-logit'
    """
    check_share(confidence, "confidence", "0.95")
    mean = fold_mean(labels, scores, folds)
    error = _standard_error(mean.influences)
    if mean.n_rarer > 1 and error > 0:
        return AucInterval(mean.auc, *logit_limits(mean.auc, error, confidence), error, "delong-logit")
    if mean.n_rarer == 1:  # the largest error that the mean of k numbers from 0 to 1 can have
        error = math.sqrt(mean.auc * (1 - mean.auc) / len(mean.fold_aucs))
    if np.ptp(mean.fold_aucs) == 0 and mean.auc in (0, 0.5, 1):
        return AucInterval(mean.auc, *auc_limits(mean.auc, mean.n_pairs, confidence), error, "exact")
    low, high, _ = hoeffding_limits(2 * mean.auc - 1, mean.n_pairs, confidence)
    return AucInterval(mean.auc, (1 + low) / 2, (1 + high) / 2, error, "exact")


def fold_delong_test(a: FoldMean, b: FoldMean, *, confidence: float = 0.95) -> DelongTest:
    """Test whether two cross-validated networks differ in the mean of their folds' AUCs: paired by photo, two-sided.

    The folds of the two may differ. The test is about these trained networks: other seeds are not counted.

    Args:
        a: The first network's mean, with its influences in a photo order that both share.
        b: The second one's, on the same photos.
        confidence: Chance that the interval holds the true difference, in (0, 1).

    Raises:
        StatisticsError: The two have different numbers of photos, or confidence is out of range.
    """
    check_share(confidence, "confidence", "0.95")
    if len(a.influences) != len(b.influences):
        raise StatisticsError(
            "The two networks were tested on different photos. One order of the same photos was expected. "
            f"Received: {len(a.influences)} and {len(b.influences)} photos. Compare networks of one study only."
        )
    difference = a.auc - b.auc
    error = _standard_error(a.influences - b.influences)
    if min(a.n_rarer, b.n_rarer) == 1 or error == 0:
        return _bounded_test(a, b, error, confidence)
    z = difference / error
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * error
    low, high = max(-1.0, difference - reach), min(1.0, difference + reach)
    return DelongTest(a.auc, b.auc, difference, error, z, math.erfc(abs(z) / math.sqrt(2)), low, high)


def fold_roc_points(labels: ArrayLike, scores: ArrayLike, folds: ArrayLike) -> RocCurve:
    """Return the vertical average of the folds' ROC curves, whose area is the mean of their AUCs.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1.
        scores: P(sad) of each photo by the network of its fold, shape (n,), finite.
        folds: Number of the fold that scored each photo, shape (n,), whole numbers.

    Returns:
        The curve; its thresholds are NaN, because a point has another threshold in each fold.

    Raises:
        StatisticsError: A fold has photos of one class only, or the arrays do not fit together.

    >>> curve = fold_roc_points([0, 1, 0, 1], [0.1, 0.2, 0.9, 0.8], [1, 1, 2, 2])
    >>> curve.false_positive_rate.tolist(), curve.true_positive_rate.tolist(), curve.auc
    ([0.0, 0.0, 1.0, 1.0], [0.0, 0.5, 0.5, 1.0], 0.5)
    """
    truth, score_array = checked_classes(labels, scores)
    curves = [roc_points(truth[rows], score_array[rows]) for rows in _rows_of_folds(folds, len(truth))]
    grid = np.unique(np.concatenate([curve.false_positive_rate for curve in curves]))
    # Where a curve rises straight up, `interp` takes its upper end, and its lower end from the other side.
    upper = [np.interp(grid, curve.false_positive_rate, curve.true_positive_rate) for curve in curves]
    lower = [np.interp(-grid, -curve.false_positive_rate[::-1], curve.true_positive_rate[::-1]) for curve in curves]
    heights = np.stack([np.mean(lower, axis=0), np.mean(upper, axis=0)], axis=1).ravel()
    area = float(np.mean([curve.auc for curve in curves]))
    return RocCurve(np.repeat(grid, 2), heights, np.full(len(heights), np.nan), area)


def fold_precision_recall(labels: ArrayLike, scores: ArrayLike, folds: ArrayLike) -> PrecisionRecallCurve:
    """Return the mean of the folds' precisions at each recall; the average precision is the mean of the folds'.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1.
        scores: P(sad) of each photo by the network of its fold, shape (n,), finite.
        folds: Number of the fold that scored each photo, shape (n,), whole numbers.

    Returns:
        The curve; its thresholds are NaN, because a point has another threshold in each fold.

    Raises:
        StatisticsError: A fold has photos of one class only, or the arrays do not fit together.
    """
    truth, score_array = checked_classes(labels, scores)
    curves = [precision_recall(truth[rows], score_array[rows]) for rows in _rows_of_folds(folds, len(truth))]
    grid, precisions = precisions_at_recalls(curves)
    area = float(np.mean([curve.average_precision for curve in curves]))
    return PrecisionRecallCurve(grid, precisions.mean(axis=0), np.full(len(grid), np.nan), area)


def _rows_of_folds(folds: ArrayLike, n_photos: int) -> list[IntArray]:
    """Return the rows of each fold, in the order of the folds' numbers."""
    numbers = np.asarray(folds)
    if numbers.shape != (n_photos,) or not np.issubdtype(numbers.dtype, np.integer):
        raise StatisticsError(
            "folds do not fit the labels. One whole number for each photo was expected. "
            f"Received: shape {numbers.shape}, {numbers.dtype}, for {n_photos} labels. "
            "Pass the number of the fold that scored each photo."
        )
    return [np.flatnonzero(numbers == number) for number in np.unique(numbers)]


def _influences(shares: FloatArray, area: float, n_folds: int) -> FloatArray:
    """Return what the photos of one class and fold contribute; their squares sum to DeLong's part over k squared."""
    n = len(shares)
    if n == 1:  # a single photo shows no spread; the callers fall back on bounds
        return np.zeros(1)
    influences: FloatArray = (shares - area) / (n_folds * math.sqrt(n * (n - 1)))
    return influences


def _standard_error(influences: FloatArray) -> float:
    error = math.sqrt(float(influences @ influences))
    return error if error > ROUNDING else 0.0


def _bounded_test(a: FoldMean, b: FoldMean, error: float, confidence: float) -> DelongTest:
    difference, n_pairs = a.auc - b.auc, min(a.n_pairs, b.n_pairs)
    if error == 0 and difference == 0 and len(a.fold_aucs) == len(b.fold_aucs):
        low, high, p_value = difference_limits(0.0, n_pairs, confidence)
    else:
        # Half of the risk for each network: their folds may differ, and then they share no pairs of photos.
        low, high, p_value = hoeffding_limits(difference, n_pairs, (1 + confidence) / 2)
        p_value = min(1.0, 2 * p_value)
        error = error or math.sqrt((1 - difference**2) / len(a.fold_aucs))
    z = math.copysign(NormalDist().inv_cdf(max(p_value / 2, 1e-300)), difference)
    return DelongTest(a.auc, b.auc, difference, error, z, p_value, low, high)
