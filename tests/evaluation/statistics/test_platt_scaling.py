"""Platt scaling: the curve of scikit-learn's logistic regression, whatever the scores look like."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from emotion_core.errors import StatisticsError
from emotion_core.evaluation import auc, calibration_of, platt_scaling
from emotion_core.evaluation.statistics import class_weights

CASES = ("usual", "saturated", "apart", "imbalanced", "zeros and ones")


def drawn(case: str, count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and P(sad) of a kind of network."""
    rng = np.random.default_rng(5)
    n_sad = count // 6 if case == "imbalanced" else count // 2
    labels = np.repeat([0, 1], [count - n_sad, n_sad])
    spread, gap = {"saturated": (8, 9), "apart": (1, 30)}.get(case, (1, 1.5))
    p_sad = 1 / (1 + np.exp(-(spread * rng.normal(size=count) + gap * (labels - 0.5))))
    return labels, np.round(p_sad) if case == "zeros and ones" else p_sad.astype(np.float32).astype(np.float64)


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_curve_is_that_of_logistic_regression(case: str, balanced: bool) -> None:
    """Slope and intercept maximize the likelihood, also where the classes lie apart or outputs are 0 and 1."""
    labels, p_sad = drawn(case)
    n_sad = labels.sum()
    targets = np.where(labels == 1, (n_sad + 1) / (n_sad + 2), 1 / (len(labels) - n_sad + 2))
    weights = class_weights(labels) if balanced else np.ones(len(labels))
    clipped = np.clip(p_sad, 1e-6, 1 - 1e-6)
    logits = np.log(clipped / (1 - clipped))[:, np.newaxis]
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(
        np.concatenate([logits, logits]),
        np.repeat([1, 0], len(labels)),
        sample_weight=np.concatenate([weights * targets, weights * (1 - targets)]),
    )
    curve = platt_scaling(labels, p_sad, weights=weights)
    assert curve == pytest.approx((model.coef_[0, 0], model.intercept_[0]), rel=1e-3, abs=1e-4)
    if case != "zeros and ones":  # whose curve passes .3 where no output lies
        assert curve.probability(curve.p_sad_at(0.3)) == pytest.approx(0.3)


@pytest.mark.parametrize("case", CASES)
def test_calibration_keeps_the_order_of_the_photos(case: str) -> None:
    """A rising curve moves no photo past another, so the AUC stays."""
    labels, p_sad = drawn(case)
    curve = calibration_of(labels, p_sad)
    assert curve is not None
    assert auc(labels, curve.probability(p_sad)) == auc(labels, p_sad)


def test_few_photos_and_falling_scores_are_not_calibrated() -> None:
    """With fewer than 48 photos, or where sad photos get lower scores, P(sad) stays as it is."""
    labels, p_sad = drawn("usual")
    assert calibration_of(labels[6:-7], p_sad[6:-7]) is None
    assert calibration_of(labels, 1 - p_sad) is None
    assert calibration_of(labels, np.full(len(labels), 0.4)) is None


def test_one_class_is_refused() -> None:
    """Without photos of a class there is nothing to fit."""
    with pytest.raises(StatisticsError, match="One class is missing"):
        platt_scaling([0, 0], [0.1, 0.2])
