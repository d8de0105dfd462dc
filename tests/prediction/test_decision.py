"""The decision of a network: one set of numbers for page, card, export and command line, also from older exports."""

import json

import numpy as np
import pytest

from emotion_core.evaluation import balanced_threshold, calibration_of
from emotion_core.prediction import DEFAULT_ONE_IN, WRONG_ONE_IN, Decision, band_of, decision_of, threshold_of
from emotion_core.training import Scores


@pytest.fixture
def scores() -> Scores:
    """Return scores of 60 validation photos and as many others."""
    rng = np.random.default_rng(0)
    labels = np.tile([0, 1], 60)
    p_sad = 1 / (1 + np.exp(-(rng.normal(size=120) + 2 * labels - 1)))
    splits = ("validation",) * 60 + ("test",) * 60
    return Scores(tuple(f"p{row}" for row in range(120)), labels, splits, p_sad)


def test_decision_is_chosen_on_the_validation_photos(scores: Scores) -> None:
    """Threshold, band and calibration come from the validation photos alone."""
    decision, validation = decision_of(scores), scores.of("validation")
    assert decision.threshold == threshold_of(scores) == balanced_threshold(*validation)
    assert decision.threshold_low <= decision.threshold <= decision.threshold_high
    assert decision.band().band == band_of(scores)
    assert decision.band().one_in == DEFAULT_ONE_IN
    assert sorted(choice.one_in for choice in decision.bands) == sorted(WRONG_ONE_IN)
    assert decision.calibration == calibration_of(*validation)
    assert decision.calibrated(0.3) == pytest.approx(decision.calibration.probability(0.3))
    assert f"chosen on {decision.photos} validation photos" in decision.threshold_sentence


def test_decision_survives_the_export(scores: Scores) -> None:
    """What an export holds is what the app decides by."""
    decision = decision_of(scores)
    assert Decision.from_json(json.loads(json.dumps(decision.as_json()))) == decision


def test_export_of_an_earlier_version_is_still_read() -> None:
    """It has a threshold and one band; what it does not tell is not made up."""
    decision = Decision.from_json({"threshold": 0.4, "not_sure_low": 0.3, "not_sure_high": 0.6})
    assert decision.threshold_sentence == "0.400, chosen on validation photos"
    assert (decision.band(50).band.low, decision.band(50).band.high) == (0.3, 0.6)
    assert decision.band(50).one_in == 10
    assert decision.calibrated(0.3) is None
    assert "declined" not in decision.band().sentence
    assert "1 in 10 gets the other for sure" in decision.band().sentence
