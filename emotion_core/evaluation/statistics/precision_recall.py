"""The precision-recall curve: how many of the photos called sad are sad, for each share of sad photos found."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from emotion_core.evaluation.statistics.validation import FloatArray, checked_classes


@dataclass(frozen=True, eq=False)
class PrecisionRecallCurve:
    """A precision-recall curve as three float64 arrays of shape (k,), in order of rising recall.

    Element i comes from calling a photo sad when its score >= thresholds[i]. Thresholds fall; the first is infinity:
    no photo is called sad, recall is 0 and precision 1 by convention. `average_precision` is the sum over the
    points of the rise in recall times the precision there; without any skill it is about the share of sad photos.
    """

    recall: FloatArray
    precision: FloatArray
    thresholds: FloatArray
    average_precision: float


def precision_recall(labels: ArrayLike, scores: ArrayLike) -> PrecisionRecallCurve:
    """Return the precision-recall curve of scores, sad being the class that is looked for.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1.
        scores: P(sad), shape (n,), finite.

    Raises:
        StatisticsError: A class is missing, or labels and scores do not fit together.

    >>> curve = precision_recall([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> curve.recall.tolist(), curve.precision.round(2).tolist()
    ([0.0, 0.5, 0.5, 1.0, 1.0], [1.0, 1.0, 0.5, 0.67, 0.5])
    """
    # Imported here: pages that draw no curve need not wait a second for scikit-learn.
    from sklearn.metrics import average_precision_score, precision_recall_curve

    label_array, score_array = checked_classes(labels, scores)
    precision, recall, thresholds = precision_recall_curve(label_array, score_array)
    area = float(average_precision_score(label_array, score_array))
    return PrecisionRecallCurve(recall[::-1], precision[::-1], np.append(np.inf, thresholds[::-1]), area)


def precisions_at_recalls(curves: Sequence[PrecisionRecallCurve]) -> tuple[FloatArray, FloatArray]:
    """Return the precisions of several curves at the same recalls: what is averaged over folds or seeds.

    Args:
        curves: At least one.

    Returns:
        The recalls of all curves, rising, shape (k,), and the precision of each curve there, shape (curves, k). Up to
        the next point of a curve, its precision is that of the point.

    >>> curves = [precision_recall([0, 1, 1], scores) for scores in ([0.1, 0.4, 0.35], [0.4, 0.1, 0.5])]
    >>> recalls, precisions = precisions_at_recalls(curves)
    >>> recalls.tolist(), precisions.round(2).tolist()
    ([0.0, 0.5, 1.0], [[1.0, 1.0, 1.0], [1.0, 1.0, 0.67]])
    """
    # Recalls are whole shares of the sad photos; rounding joins those that differ by their last bit.
    recalls = [np.round(curve.recall, 12) for curve in curves]
    grid = np.unique(np.concatenate(recalls))
    steps = [np.searchsorted(recall, grid, "left") for recall in recalls]
    return grid, np.array([curve.precision[step] for curve, step in zip(curves, steps, strict=True)])
