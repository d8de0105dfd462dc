"""ROC curves of several seeds are averaged vertically, with their range."""

import numpy as np
import pytest

from emotion_core.errors import StatisticsError
from emotion_core.evaluation import roc_band, roc_points


def test_one_curve_is_its_own_band():
    """A single seed's mean, low and high are its curve; a vertical step counts with its upper end."""
    band = roc_band([roc_points([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])])

    assert band.false_positive_rate == pytest.approx(np.arange(101) / 100)
    assert band.mean.tolist() == band.low.tolist() == band.high.tolist()
    assert (band.mean[0], band.mean[49], band.mean[50], band.mean[100]) == (0.5, 0.5, 1, 1)
    assert (band.auc_low, band.auc_mean, band.auc_high) == (0.75, 0.75, 0.75)


def test_mean_and_range_of_three():
    """At each false positive rate stand the mean and the range of the curves; so do the AUCs."""
    labels = np.repeat([0, 1], 4)
    perfect, reversed_, constant = (roc_points(labels, scores) for scores in (labels, -labels, np.zeros(8)))
    band = roc_band([perfect, reversed_, constant])

    assert (band.low[30], band.mean[30], band.high[30]) == pytest.approx((0, 1.3 / 3, 1))
    assert (band.auc_low, band.auc_mean, band.auc_high) == (0, 0.5, 1)


def test_no_curve():
    """Without a curve there is no band."""
    with pytest.raises(StatisticsError, match=r"Received: curves=\[\]"):
        roc_band([])
