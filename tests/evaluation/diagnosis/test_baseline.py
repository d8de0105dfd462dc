"""The strongest shortcut of a study, and whether a network does better on the same photos."""

import numpy as np
import pytest

from emotion_core.evaluation import auc, delong_test
from emotion_core.evaluation.diagnosis import Baseline, Shortcut, against_baseline, strongest_baseline
from tests.evaluation.diagnosis.photo_numbers import drawn, photos


def made_baseline(seed: int = 0, per_class: int = 30) -> Baseline:
    """Return the baseline of a number that says nothing of its photos."""
    labels = np.tile([0, 1], per_class)
    scores = np.random.default_rng(seed).normal(size=len(labels))
    ids = tuple(f"{number:03d}" for number in range(len(labels)))
    return Baseline(Shortcut("brightness", auc(labels, scores), 0.4, 0.7, len(labels), "darker"), ids, labels, scores)


def test_baseline_takes_its_direction_from_training_photos() -> None:
    """Where sad photos are darker in training and brighter in testing, brightness fails the test: AUC 0, not 1."""
    train = photos(brightness=lambda sad, _: 80.0 - sad)
    test = photos(20, brightness=lambda sad, _: 80.0 + sad)
    baseline = strongest_baseline(train, test)
    assert baseline is not None
    assert (baseline.shortcut.name, baseline.shortcut.auc, baseline.shortcut.direction) == ("brightness", 0.0, "darker")


def test_baseline_is_chosen_on_training_photos() -> None:
    """The number that is best in testing only is not the one that is drawn."""
    train = photos(brightness=lambda sad, _: 80.0 + sad, sharpness=drawn(1))
    test = photos(20, brightness=drawn(2), sharpness=lambda sad, _: float(sad))
    baseline = strongest_baseline(train, test)
    assert baseline is not None
    assert baseline.shortcut.name == "brightness"
    assert baseline.shortcut.auc < 0.9


def test_baseline_of_a_kind_scores_by_training_shares() -> None:
    """A host counts as sad as it was in training; one never seen counts as usual."""
    train = photos(source=lambda sad, _: f"{'a' if sad else 'b'}.example")
    test = photos(12, source=lambda sad, number: f"{'new' if number < 2 else 'a' if sad else 'b'}.example")
    baseline = strongest_baseline(train, test)
    assert baseline is not None
    assert baseline.shortcut.auc == auc(baseline.labels, baseline.scores) > 0.9
    assert baseline.scores[:2].tolist() == [0.5, 0.5]
    assert baseline.photo_ids == tuple(photo.photo_id for photo in test)


def test_baseline_needs_something_known_of_both() -> None:
    """A number that no test photo has is passed over; where none is left there is no baseline."""
    train = photos(brightness=lambda sad, _: 80.0 + sad)
    assert strongest_baseline(train, photos(20)) is None
    assert strongest_baseline([], []) is None


def test_network_and_number_are_compared_on_the_same_photos() -> None:
    """The test is DeLong's on the photos of the baseline, whatever the order and number of the network's."""
    baseline = made_baseline()
    p_sad = np.random.default_rng(1).random(80) + np.append(baseline.labels * 0.6, np.zeros(20))
    ids = [*baseline.photo_ids, *(f"other {number}" for number in range(20))]
    mixed = np.random.default_rng(2).permutation(80)
    against = against_baseline(baseline, [ids[row] for row in mixed], p_sad[mixed])
    assert against is not None
    assert against.p_sad.tolist() == p_sad[:60].tolist()
    assert against.delong == delong_test(baseline.labels, p_sad[:60], baseline.scores)
    assert against.is_better


@pytest.mark.parametrize("skill", [0.0, -5.0])
def test_a_network_that_is_not_ahead_is_not_better(skill: float) -> None:
    """No difference, and one in favor of the number however clear, are no merit of the network."""
    baseline = made_baseline()
    against = against_baseline(baseline, baseline.photo_ids, baseline.scores + skill * baseline.labels)
    assert against is not None
    assert not against.is_better
    assert (against.delong.p_value < 0.05) == (skill < 0)


def test_a_network_that_was_not_tested_on_these_photos_is_not_compared() -> None:
    """Where a photo of the baseline has no prediction there is no test."""
    baseline = made_baseline()
    assert against_baseline(baseline, baseline.photo_ids[1:], baseline.scores[1:]) is None
