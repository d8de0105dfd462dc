"""The ROC curve, the threshold chosen on it, and what a threshold does to the photos.

A photo is called sad when its score is at or above the threshold. Sad is the positive class throughout.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.statistics.auc import auc
from emotion_core.evaluation.statistics.validation import FloatArray, IntArray, checked_classes, checked_photos

CONSTANT_SPREAD = 1e-3  # predictions that differ by less are one constant for every photo

NEUTRAL_THRESHOLD = 0.5


@dataclass(frozen=True, eq=False)
class RocCurve:
    """A ROC curve as three float64 arrays of shape (k,), ordered from (0, 0) to (1, 1), with its AUC.

    Element i is the point reached by calling a photo sad when its score >= thresholds[i]. Thresholds fall;
    thresholds[0] is infinity: no photo is called sad.
    """

    false_positive_rate: FloatArray
    true_positive_rate: FloatArray
    thresholds: FloatArray
    auc: float


@dataclass(frozen=True)
class ConfusionCounts:
    """How many photos were called what: `false_sad` counts happy photos called sad, `false_happy` the reverse."""

    true_happy: int
    false_sad: int
    false_happy: int
    true_sad: int

    @property
    def accuracy(self) -> float | None:
        """Share of photos called rightly; None without photos."""
        right = self.true_happy + self.true_sad
        return _ratio(right, right + self.false_sad + self.false_happy)

    @property
    def precision(self) -> float | None:
        """Share of sad photos among those called sad; None when none was called sad."""
        return _ratio(self.true_sad, self.true_sad + self.false_sad)

    @property
    def recall(self) -> float | None:
        """Share of the sad photos that were called sad; None when there are no sad photos."""
        return _ratio(self.true_sad, self.true_sad + self.false_happy)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; None when no photo is sad and none was called sad."""
        return _ratio(2 * self.true_sad, 2 * self.true_sad + self.false_sad + self.false_happy)


def roc_points(labels: ArrayLike, scores: ArrayLike, *, drop_intermediate: bool = False) -> RocCurve:
    """Return the ROC curve of scores.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1.
        scores: P(sad), shape (n,), finite.
        drop_intermediate: Leave out points on a straight line between their neighbours; the drawing stays the same.

    Returns:
        The curve, one point for each distinct score and the start (0, 0).

    Raises:
        StatisticsError: A class is missing, or labels and scores do not fit together.

    >>> curve = roc_points([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> curve.false_positive_rate.tolist(), curve.true_positive_rate.tolist()
    ([0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0, 1.0])
    """
    # Imported here: pages that draw no curve need not wait a second for scikit-learn.
    from sklearn.metrics import roc_curve

    label_array, score_array = checked_classes(labels, scores)
    false_rate, true_rate, thresholds = roc_curve(label_array, score_array, drop_intermediate=drop_intermediate)
    return RocCurve(false_rate, true_rate, thresholds, auc(label_array, score_array))


def youden_threshold(labels: ArrayLike, scores: ArrayLike) -> float:
    """Return the threshold with the largest true positive rate minus false positive rate (Youden 1950, Cancer 3:32).

    It lies midway between two neighbouring scores, so that no photo sits on it. Among equally good thresholds the one
    nearest to .5 is taken. Where no threshold does better than guessing, as for equal scores, it is .5.
    Choose it on validation photos, never on the test photos it is judged by.

    Args:
        labels: True labels of the validation photos, shape (n,), happy 0 and sad 1.
        scores: Their P(sad), shape (n,), finite.

    Raises:
        StatisticsError: A class is missing, or labels and scores do not fit together.

    >>> youden_threshold([0, 0, 1, 1], [0.1, 0.3, 0.4, 0.9])
    0.35
    """
    cuts = _cuts(*checked_classes(labels, scores))
    # Whole numbers, so that equally good thresholds compare equal: (recall - false positive rate) * n_sad * n_happy.
    gain = cuts.happy_below * cuts.sad_below[-1] - cuts.sad_below * cuts.happy_below[-1]
    return _nearest_neutral(cuts.thresholds[gain == gain.max()]) if gain.max() > 0 else NEUTRAL_THRESHOLD


def cost_threshold(labels: ArrayLike, scores: ArrayLike, cost_ratio: float) -> float:
    """Return the threshold with the least cost: cost_ratio * (sad photos called happy) + (happy photos called sad).

    It may call every photo sad, or none. Photos are counted as they are: with cost ratio 1 it has the highest
    accuracy, and is Youden's only where the ratio is that of happy to sad photos. It lies midway between two
    neighbouring scores, or between an end of 0 to 1 and the nearest score; among equally good ones the nearest to
    .5 is taken. Choose it on validation photos, never on the test photos it is judged by.

    Args:
        labels: True labels of the validation photos, shape (n,), happy 0 and sad 1.
        scores: Their P(sad), shape (n,), finite.
        cost_ratio: What calling a sad photo happy costs, where calling a happy photo sad costs 1; above 0.

    Raises:
        StatisticsError: A class is missing, labels and scores do not fit together, or cost_ratio is not above 0.

    >>> [round(cost_threshold([0, 1, 0, 1], [0.2, 0.4, 0.6, 0.8], ratio), 2) for ratio in (0.5, 2)]
    [0.7, 0.3]
    """
    if not (math.isfinite(cost_ratio) and cost_ratio > 0):
        raise StatisticsError(
            "cost_ratio is out of range. A number above 0 was expected. "
            f"Received: cost_ratio={cost_ratio!r}. Use 1 where both errors are equally bad."
        )
    cuts = _cuts(*checked_classes(labels, scores))
    cost = cost_ratio * cuts.sad_below + (cuts.happy_below[-1] - cuts.happy_below)
    return _nearest_neutral(cuts.thresholds[np.isclose(cost, cost.min(), rtol=1e-12)])


def confusion(labels: ArrayLike, scores: ArrayLike, threshold: float) -> ConfusionCounts:
    """Count photos by true label and by what the threshold calls them.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1; one class alone is allowed.
        scores: P(sad), shape (n,), finite.
        threshold: A photo is called sad when its score is at or above it; finite.

    Raises:
        StatisticsError: Labels and scores do not fit together, or the threshold is not finite.

    >>> confusion([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], 0.5)
    ConfusionCounts(true_happy=1, false_sad=1, false_happy=1, true_sad=1)
    """
    label_array, score_array = checked_photos(labels, scores)
    if not np.isfinite(threshold):
        raise StatisticsError(
            "The threshold is not a finite number. A score between the photos' scores was expected. "
            f"Received: threshold={threshold!r}. Choose one with `youden_threshold`, or use 0.5."
        )
    called_sad = (score_array >= threshold).astype(np.int64)
    counts = np.bincount(2 * label_array + called_sad, minlength=4)
    return ConfusionCounts(*counts.tolist())


class _Cuts(NamedTuple):
    """Every way to part k distinct scores by a threshold, shape (k + 1,), and how many photos then lie below it."""

    thresholds: FloatArray
    sad_below: FloatArray
    happy_below: FloatArray


def _cuts(labels: IntArray, scores: FloatArray) -> _Cuts:
    values, position = np.unique(scores, return_inverse=True)
    n_sad = np.bincount(position, weights=labels)
    n_happy = np.bincount(position, weights=1 - labels)
    lowest, highest = min(0.0, values[0]), max(1.0, values[-1])
    below, above = np.append(lowest, values), np.append(values, highest)
    middles = below / 2 + above / 2
    # Between neighbouring floats there is no middle; the upper one still parts the photos rightly.
    middles = np.where(middles > below, middles, above)
    if values[-1] == highest:  # nothing but the next float lies above all scores
        middles[-1] = np.nextafter(highest, np.inf)
    return _Cuts(middles, np.append(0, np.cumsum(n_sad)), np.append(0, np.cumsum(n_happy)))


def _nearest_neutral(thresholds: FloatArray) -> float:
    return float(thresholds[np.argmin(np.abs(thresholds - NEUTRAL_THRESHOLD))])


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def is_constant(scores: ArrayLike) -> bool:
    """Tell whether a predictor gives practically one score to all photos: a spread below .001.

    Args:
        scores: P(sad), shape (n,); without scores the answer is False.
    """
    array = np.asarray(scores, dtype=np.float64)
    return bool(array.size and np.ptp(array) < CONSTANT_SPREAD)
