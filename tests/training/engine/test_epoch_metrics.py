"""Metrics of an epoch, against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, precision_score, recall_score, roc_auc_score

from emotion_core.training.engine.epoch_metrics import Metrics


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_metrics_are_those_of_scikit_learn(levels: int) -> None:
    """With few different values, and so many ties, as with many."""
    rng = np.random.default_rng(levels)
    labels = rng.integers(0, 2, 80)
    p_sad = (rng.integers(0, levels, 80) / levels).astype(np.float32)
    called = p_sad > 0.5
    wanted = [accuracy_score(labels, called), precision_score(labels, called, zero_division=np.nan)]
    wanted += [recall_score(labels, called), roc_auc_score(labels, p_sad)]
    metrics = [np.nan if rate is None else rate for rate in Metrics.of(labels, p_sad)]
    np.testing.assert_allclose(metrics, wanted)


@pytest.mark.parametrize(
    ("labels", "p_sad", "wanted"),
    [([0, 1], [0.0, 0.0], (0.5, None, 0.0, 0.5)), ([0, 0], [0.1, 0.9], (0.5, 0.0, None, None))],
)
def test_undefined_metrics_are_none(labels: list[int], p_sad: list[float], wanted: tuple[float | None, ...]) -> None:
    """A network that classifies no photo as sad has no precision; without sad photos there is no recall and no AUC."""
    assert Metrics.of(np.array(labels), np.array(p_sad, dtype=np.float32)) == wanted
