"""The uncertainty band keeps the guarantee of conformal prediction, and covers everything without enough photos."""

import numpy as np
import pytest

from emotion_core.prediction import UncertaintyBand, uncertainty_band


def _drawn(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return P(sad) of happy and of sad photos that overlap."""
    return rng.beta(2, 4, count), rng.beta(4, 2, count)


def test_at_most_one_in_ten_of_each_label_is_surely_mistaken() -> None:
    """Over many draws of 60 validation photos of each label, new photos are sure and wrong in at most 10 %."""
    rng = np.random.default_rng(0)
    wrong = []
    for _ in range(400):
        happy, sad = _drawn(rng, 60)
        band = uncertainty_band([0] * 60 + [1] * 60, np.concatenate([happy, sad]), 0.5)
        new_happy, new_sad = _drawn(rng, 200)
        wrong.append((np.mean(new_happy > band.high), np.mean(new_sad < band.low)))
    shares = np.mean(wrong, axis=0)
    # The guarantee is exact up to 1 / (n + 1); far below ten per cent the band would be needlessly wide.
    assert np.all(shares <= 0.105), shares
    assert np.all(shares >= 0.08), shares


@pytest.mark.parametrize("count", [1, 5, 8])
def test_too_few_photos_of_a_label_make_it_always_plausible(count: int) -> None:
    """With fewer than nine photos nothing can be ruled out at ten per cent."""
    few = uncertainty_band([0] * 50 + [1] * count, [0.1] * 50 + [0.9] * count, 0.5)
    assert few.contains(0.0) is False or few.low == 0.0
    assert few.low == 0.0
    both = uncertainty_band([0] * count + [1] * count, [0.1] * count + [0.9] * count, 0.5)
    assert both == UncertaintyBand(0.0, 1.0)


def test_nine_photos_are_enough() -> None:
    """The ninth smallest of nine is the largest of them."""
    band = uncertainty_band([0] * 9 + [1] * 9, [*np.linspace(0.1, 0.7, 9), *np.linspace(0.3, 0.9, 9)], 0.5)
    assert (band.low, band.high) == pytest.approx((0.3, 0.7))


def test_labels_that_lie_apart_leave_no_band() -> None:
    """Where the validation photos are told apart, the network is sure of every photo."""
    band = uncertainty_band([0] * 20 + [1] * 20, [0.1] * 20 + [0.9] * 20, 0.5)
    assert band.empty
    assert not any(band.contains(p_sad) for p_sad in np.linspace(0, 1, 101))


def test_no_photo_is_surely_given_a_label_that_is_not_plausible() -> None:
    """Also where the threshold lies outside of what both labels share."""
    happy, sad = np.linspace(0.0, 0.3, 40), np.linspace(0.2, 1.0, 40)
    for threshold in (0.1, 0.25, 0.5, 0.8):
        band = uncertainty_band([0] * 40 + [1] * 40, [*happy, *sad], threshold)
        highest_happy, lowest_sad = np.sort(happy)[36], np.sort(sad)[3]
        for p_sad in np.linspace(0, 1, 501):
            plausible = {"happy": p_sad <= highest_happy, "sad": p_sad >= lowest_sad}
            label = "sad" if p_sad >= threshold else "happy"
            other = "happy" if label == "sad" else "sad"
            assert band.contains(p_sad) == plausible[other], (threshold, p_sad)


def test_network_that_says_the_same_of_all_is_never_sure() -> None:
    """One P(sad) for every photo is within its own band."""
    assert uncertainty_band([0] * 30 + [1] * 30, [0.5] * 60, 0.5).contains(0.5)
