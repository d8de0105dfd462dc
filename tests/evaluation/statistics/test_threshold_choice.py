"""The chosen threshold: better than Youden's on few photos, Youden's where scores follow no curve, and its interval."""

import numpy as np
import pytest

from emotion_core.errors import StatisticsError
from emotion_core.evaluation import balanced_threshold, threshold_choice, youden_threshold


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-logits))."""
    return 1 / (1 + np.exp(-logits))


def drawn(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and P(sad) of ``count`` happy and as many sad photos, whose best threshold is .5."""
    return np.repeat([0, 1], count), sigmoid(np.concatenate([rng.normal(-1, 1, count), rng.normal(1, 1, count)]))


def test_threshold_of_few_photos_is_nearer_to_the_best_than_youdens() -> None:
    """On 24 photos of each label, the mean distance from the best threshold is much less than Youden's."""
    rng = np.random.default_rng(0)
    parts = [drawn(rng, 24) for _ in range(100)]
    balanced, youden = (
        np.mean([abs(rule(*part) - 0.5) for part in parts]) for rule in (balanced_threshold, youden_threshold)
    )
    assert balanced < 0.7 * youden


def test_many_photos_that_follow_no_curve_get_youdens_cut() -> None:
    """A network that is wrong with confidence bends no curve; enough photos show where the better cut is."""
    rng = np.random.default_rng(1)
    happy = np.where(rng.random(800) < 0.8, rng.normal(-2.5, 0.7, 800), rng.normal(1.5, 0.7, 800))
    sad = np.where(rng.random(800) < 0.75, rng.normal(2.5, 0.7, 800), rng.normal(-1, 0.7, 800))
    labels, p_sad = np.repeat([0, 1], 800), sigmoid(np.concatenate([happy, sad]))
    assert balanced_threshold(labels, p_sad) == pytest.approx(youden_threshold(labels, p_sad), abs=1e-6)


def test_both_labels_weigh_the_same_however_many_photos_each_has() -> None:
    """Three times as many happy photos do not move the threshold by more than chance."""
    rng = np.random.default_rng(2)
    happy, sad = rng.normal(-1, 1, 1500), rng.normal(1, 1, 500)
    threshold = balanced_threshold(np.repeat([0, 1], [1500, 500]), sigmoid(np.concatenate([happy, sad])))
    assert threshold == pytest.approx(0.5, abs=0.04)


def test_interval_holds_the_best_threshold_about_as_often_as_it_says() -> None:
    """Of 100 sets of 40 photos of each label, the 95 % interval misses the best threshold in a few."""
    rng = np.random.default_rng(3)
    choices = [threshold_choice(*drawn(rng, 40)) for _ in range(100)]
    held = np.mean([choice.low <= 0.5 <= choice.high for choice in choices])
    assert 0.88 <= held <= 0.995, held
    assert np.mean([choice.high - choice.low for choice in choices]) < 0.4
    assert all(choice.low <= choice.threshold <= choice.high for choice in choices)


@pytest.mark.parametrize("p_sad", [[0.4] * 40, [0.7] * 20 + [0.3] * 20], ids=["one score", "falling"])
def test_scores_that_say_nothing_bound_no_threshold(p_sad: list[float]) -> None:
    """Where sad photos do not get higher scores the threshold is .5, and its interval is everything."""
    assert threshold_choice([0] * 20 + [1] * 20, p_sad) == (0.5, 0.0, 1.0)


def test_outputs_of_zero_and_one_have_a_threshold_between_them() -> None:
    """A saturated network has scores without a logit; the threshold still parts them."""
    labels = [0] * 30 + [1] * 30
    choice = threshold_choice(labels, [0.0] * 27 + [1.0] * 3 + [0.0] * 4 + [1.0] * 26)
    assert 0 < choice.low <= choice.threshold <= choice.high < 1


def test_one_class_is_refused() -> None:
    """Without photos of a class there is no threshold."""
    with pytest.raises(StatisticsError, match="One class is missing"):
        threshold_choice([1, 1], [0.1, 0.2])
