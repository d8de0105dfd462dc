"""The precision-recall curve is that of its thresholds, and its area that of its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.errors import StatisticsError
from emotion_core.evaluation import confusion, precision_recall


@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_points_are_those_of_their_thresholds(n, seed):
    """Each point has the precision and recall of the confusion counts, and the area is the sum of its steps."""
    rng = np.random.default_rng(seed)
    labels, scores = np.append(rng.integers(0, 2, n), [0, 1]), np.round(rng.random(n + 2), 1)
    curve = precision_recall(labels, scores)

    assert (curve.recall[0], curve.precision[0], curve.thresholds[0]) == (0, 1, np.inf)
    assert len(curve.recall) == len(curve.precision) == len(curve.thresholds)
    for recall, precision, threshold in zip(curve.recall[1:], curve.precision[1:], curve.thresholds[1:], strict=True):
        counts = confusion(labels, scores, float(threshold))
        assert (recall, precision) == pytest.approx((counts.recall, counts.precision))
    assert curve.recall[-1] == 1
    assert curve.average_precision == pytest.approx(np.sum(np.diff(curve.recall) * curve.precision[1:]))


def test_one_class():
    """Without happy photos there is no curve, and the message says so."""
    with pytest.raises(StatisticsError, match="Received: 0 happy, 2 sad"):
        precision_recall([1, 1], [0.1, 0.2])
