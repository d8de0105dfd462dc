"""Bins, Brier score and calibration error: against scikit-learn, at the edges, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from emotion_core.errors import StatisticsError
from emotion_core.evaluation import reliability


@given(st.integers(2, 200), st.integers(0, 2**32 - 1))
def test_equals_scikit_learn(n, seed):
    """Shares, mean scores and the Brier score are those of scikit-learn."""
    rng = np.random.default_rng(seed)
    labels, scores = np.append(rng.integers(0, 2, n), [0, 1]), rng.random(n + 2)
    found = reliability(labels, scores)
    share_sad, mean_score = calibration_curve(labels, scores, n_bins=10)

    assert [one.share_sad for one in found.bins] == pytest.approx(share_sad)
    assert [one.mean_score for one in found.bins] == pytest.approx(mean_score)
    assert found.brier == pytest.approx(brier_score_loss(labels, scores))
    assert sum(one.count for one in found.bins) == n + 2


def test_interval_of_a_share_is_wilsons():
    """Each bin's share has the interval that SciPy calls Wilson's."""
    [one] = reliability([1] * 7 + [0] * 3, [0.75] * 10).bins
    expected = binomtest(7, 10).proportion_ci(method="wilson")

    assert (one.low, one.high, one.count, one.share_sad) == (0.7, 0.8, 10, 0.7)
    assert (one.share_low, one.share_high) == pytest.approx((expected.low, expected.high))


def test_calibration_error_by_hand():
    """Three photos at .1, one of them sad, and one sad photo at 1 are off by (3 * 7 / 30 + 0) / 4."""
    found = reliability([0, 0, 1, 1], [0.1, 0.1, 0.1, 1.0])

    assert found.expected_calibration_error == pytest.approx(3 / 4 * (1 / 3 - 0.1))


def test_score_between_two_bins_lies_in_the_upper_one():
    """A bin holds its lower end, not its upper one."""
    assert [one.low for one in reliability([0, 1], [0.3, 0.7]).bins] == [0.3, 0.7]


def test_ends_and_a_single_class():
    """Scores of exactly 0 and 1 lie in the first and last bin; photos of one class are compared too."""
    found = reliability([1, 1], [0.0, 1.0])

    assert [(one.low, one.high) for one in found.bins] == [(0.0, 0.1), (0.9, 1.0)]
    assert (found.brier, found.expected_calibration_error) == (0.5, 0.5)
    assert all(0 <= one.share_low <= one.share_sad <= one.share_high <= 1 for one in found.bins)


def drawn(n: int, seed: int | np.random.Generator, *, exaggeration: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return labels drawn from P(sad), and P(sad) with its log odds exaggerated."""
    rng = np.random.default_rng(seed)
    p_sad = rng.beta(1.5, 1.5, n)
    odds = (p_sad / (1 - p_sad)) ** exaggeration
    return (rng.random(n) < p_sad).astype(int), odds / (1 + odds)


def test_error_of_a_calibrated_network_is_that_of_labels_drawn_from_its_scores():
    """Its mean and 95th percentile are those of the errors of 400 test sets whose labels follow P(sad)."""
    rng = np.random.default_rng(5)
    _, scores = drawn(96, 0)
    found = reliability(rng.random(96) < scores, scores)
    errors = [reliability(rng.random(96) < scores, scores).expected_calibration_error for _ in range(400)]

    assert found.calibrated_error == pytest.approx(np.mean(errors), abs=0.006)
    assert found.calibrated_error_limit == pytest.approx(np.quantile(errors, 0.95), abs=0.02)
    assert 0.08 < found.calibrated_error < 0.13


def test_calibrated_networks_are_rarely_doubted_and_exaggerating_ones_are():
    """Of 600 calibrated networks some 5 % exceed the limit; with log odds times four on 480 photos all do."""
    rng = np.random.default_rng(0)
    calibrated = [reliability(*drawn(96, rng)).is_calibration_plausible for _ in range(600)]
    exaggerated = [reliability(*drawn(480, seed, exaggeration=4)).is_calibration_plausible for seed in range(20)]

    assert 0.92 < np.mean(calibrated) < 0.98
    assert not any(exaggerated)


def test_sentence_says_whether_the_error_is_within_what_calibration_shows():
    """The error stands beside what a perfectly calibrated network shows on as many photos."""
    within, larger = reliability(*drawn(96, 1)).sentence, reliability(*drawn(96, 1, exaggeration=6)).sentence

    assert "on 96 photos a perfectly calibrated network would show ." in within
    assert within.endswith("in 95 of 100 test sets: within that, so nothing shows that P(sad) is off.")
    assert larger.endswith("larger than that, which speaks against this P(sad).")


def test_more_photos_show_less_error_of_a_calibrated_network():
    """The error that calibration itself shows falls with the number of photos, and is the same at every call."""
    few, many = (reliability(*drawn(n, 2)) for n in (24, 960))

    assert few.calibrated_error > 3 * many.calibrated_error
    assert reliability(*drawn(24, 2)) == few
    certain = reliability([0, 1], [0.0, 1.0])
    assert (certain.calibrated_error, certain.calibrated_error_limit) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("scores", "bins", "message"),
    [
        ([-0.1, 0.5], 10, "Received: scores from -0.1 to 0.5"),
        ([0.5, 1.1], 10, "Received: scores from 0.5 to 1.1"),
        ([0.1, 0.2], 0, "Received: bins=0"),
        ([0.1], 10, "Received: 2 labels, 1 scores"),
    ],
)
def test_refuses(scores, bins, message):
    """Scores that are no probabilities and unusable bins are named."""
    with pytest.raises(StatisticsError, match=message):
        reliability([0, 1], scores, bins)
