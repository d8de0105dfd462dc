"""The starter's calibration and limits, and the figures on its card, with networks whose numbers are known."""

import numpy as np
import pytest

from emotion_core.evaluation import reliability
from emotion_core.starter_measures import (
    NAMED_SHARE,
    THRESHOLD,
    Photos,
    Starter,
    calibrated,
    measured,
    numbers_of,
)

SLOPE, INTERCEPT = 2.0, -0.5


class Reads:
    """A network whose numbers are the photo's two pixels; it says nothing of neither with ``columns`` 1."""

    def __init__(self, columns: int) -> None:
        self._columns = columns

    def run(self, pixels: list[np.ndarray]) -> list[np.ndarray]:
        """Return the numbers of each photo."""
        return [np.stack([photo.reshape(-1)[: self._columns] for photo in pixels]).astype(np.float32)]


def photos(seed: int, count: int = 4000, neither: float = 0.2) -> Photos:
    """Return photos whose label follows their P(sad) but for a slope and a shift, half of them sad."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, count)
    labels = (rng.random(count) < 1 / (1 + np.exp(-logits))).astype(np.int64)
    numbers = np.stack([1 / (1 + np.exp(-(logits - INTERCEPT) / SLOPE)), rng.beta(1, 1 / neither - 1, count)], axis=1)
    return Photos(labels, numbers.reshape(count, 2, 1, 1))


def starter(columns: int) -> Starter:
    """Return one network with the calibration and limits from photos of its own."""
    return calibrated(Reads(columns), {"all": photos(0)})  # type: ignore[arg-type]


@pytest.mark.parametrize("columns", [1, 2])
def test_cautious_probabilities_are_calibrated(columns: int) -> None:
    """Slope and intercept are found, and on other photos P(sad) is then about as often right as it says."""
    chosen, others = starter(columns), photos(1)
    assert chosen.calibration == pytest.approx((SLOPE, INTERCEPT), abs=0.15)
    raw = numbers_of(chosen.network, others)
    before = reliability(raw.labels, raw.p_sad).expected_calibration_error
    after = measured(chosen, others, None)["ece"]
    assert after < 0.03 < before


def test_the_planned_share_of_happy_and_sad_faces_is_named() -> None:
    """P(neither) passes its limit as often as planned on other photos; a network without it names every face."""
    others = photos(1)
    named = {columns: numbers_of(starter(columns).network, others).p_neither for columns in (1, 2)}
    assert (named[2] < starter(2).neither_from).mean() == pytest.approx(NAMED_SHARE, abs=0.01)
    assert (named[1] < starter(1).neither_from).all()


def test_sure_answers_keep_to_the_limit_of_the_band() -> None:
    """On other photos at most about one in ten sure answers is wrong, and stricter limits have wider bands."""
    chosen = starter(1)
    assert chosen.decision.threshold == THRESHOLD
    assert measured(chosen, photos(1), None)["right_when_sure"] > 0.89
    ten, twenty, fifty = (chosen.decision.band(one_in).band for one_in in (10, 20, 50))
    assert fifty.low < twenty.low < ten.low < THRESHOLD < ten.high < twenty.high < fifty.high


def test_faces_of_neither_label_are_declined_as_far_as_they_are_told() -> None:
    """Their AUC is that of P(neither), and fewer of them are called happy or sad than of the others."""
    neither = photos(2, neither=0.7).pixels
    figures = measured(starter(2), photos(1), neither)
    assert 0.9 < figures["neither_auc"] < 1
    assert figures["neither_sure"] < 0.35 < figures["sure"]


def test_small_and_larger_photos_weigh_the_same() -> None:
    """A few larger photos that are told apart more clearly make P(sad) bolder than the many small ones alone do."""
    clear, network = photos(3, count=200), Reads(1)
    told = np.repeat(clear.labels, 2).reshape(clear.pixels.shape) * 0.4 + 0.3
    sets = {"all": photos(0), "small": photos(0)}
    small = calibrated(network, sets).calibration  # type: ignore[arg-type]
    both = calibrated(network, {**sets, "large": Photos(clear.labels, told)}).calibration  # type: ignore[arg-type]
    assert both.slope > small.slope
