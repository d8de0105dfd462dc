"""The ROC curves of one network with several seeds as one: their mean, and how far they lie apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.statistics.roc import RocCurve
from emotion_core.evaluation.statistics.validation import FloatArray

GRID = 101


@dataclass(frozen=True, eq=False)
class RocBand:
    """Mean, lowest and highest true positive rate at each of 101 false positive rates; float64 arrays, shape (101,).

    The limits are the range over the seeds: they say how much training varies, not how sure the test photos are.
    """

    false_positive_rate: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    auc_mean: float
    auc_low: float
    auc_high: float


def roc_band(curves: Sequence[RocCurve]) -> RocBand:
    """Average ROC curves vertically (Fawcett 2006, Pattern Recognition Letters 27:861-874, algorithm 3).

    Args:
        curves: At least one, for instance those of a network's seeds on the same photos.

    Raises:
        StatisticsError: There is no curve.
    """
    if not curves:
        raise StatisticsError(
            "There is no curve to average. One ROC curve or more was expected. Received: curves=[]. "
            "Wait until a run has finished."
        )
    grid = np.linspace(0, 1, GRID)
    # Where a curve rises straight up, `interp` takes its upper end, as the algorithm does.
    heights = np.array([np.interp(grid, curve.false_positive_rate, curve.true_positive_rate) for curve in curves])
    areas = [curve.auc for curve in curves]
    return RocBand(
        grid,
        heights.mean(axis=0),
        heights.min(axis=0),
        heights.max(axis=0),
        float(np.mean(areas)),
        min(areas),
        max(areas),
    )
