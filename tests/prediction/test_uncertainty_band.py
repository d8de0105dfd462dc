"""The uncertainty band keeps the guarantee of conformal prediction, and covers everything without enough photos."""

import numpy as np
import pytest

from emotion_core.prediction import DEFAULT_ONE_IN, UncertaintyBand, band_choice, conformal_band, uncertainty_band


def _drawn(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return P(sad) of happy and of sad photos that overlap."""
    return rng.beta(2, 4, count), rng.beta(4, 2, count)


def test_at_most_one_in_ten_of_each_label_is_surely_mistaken() -> None:
    """Over many draws of 60 validation photos of each label, new photos are sure and wrong in at most 10 %."""
    rng = np.random.default_rng(0)
    wrong = []
    for _ in range(400):
        happy, sad = _drawn(rng, 60)
        band = conformal_band([0] * 60 + [1] * 60, np.concatenate([happy, sad]), 0.5, one_in=10)
        new_happy, new_sad = _drawn(rng, 200)
        wrong.append((np.mean(new_happy > band.high), np.mean(new_sad < band.low)))
    shares = np.mean(wrong, axis=0)
    # The guarantee is exact up to 1 / (n + 1); far below ten per cent the band would be needlessly wide.
    assert np.all(shares <= 0.105), shares
    assert np.all(shares >= 0.08), shares


@pytest.mark.parametrize("count", [1, 5, 8])
def test_too_few_photos_of_a_label_give_no_guarantee(count: int) -> None:
    """With fewer than nine photos nothing is promised at one in ten, and the sentence says how many it takes."""
    choice = band_choice([0] * 50 + [1] * count, [*np.linspace(0, 0.4, 50), *[0.9] * count], 0.5, one_in=10)
    assert not choice.is_guaranteed
    assert choice.is_whole or "takes 9 validation photos of each label" in choice.sentence


@pytest.mark.parametrize("labels", [[0] * 20, [1] * 20, []])
def test_a_label_without_photos_leaves_nothing_sure(labels: list[int]) -> None:
    """Without photos of a label nothing is known of it."""
    assert uncertainty_band(labels, [0.5] * len(labels), 0.5) == UncertaintyBand(0.0, 1.0)


def test_nine_photos_are_enough() -> None:
    """The ninth smallest of nine is the largest of them."""
    scores = [*np.linspace(0.1, 0.7, 9), *np.linspace(0.3, 0.9, 9)]
    band = conformal_band([0] * 9 + [1] * 9, scores, 0.5, one_in=10)
    assert (band.low, band.high) == pytest.approx((0.3, 0.7))


def test_labels_that_lie_apart_leave_doubt_in_the_middle_alone() -> None:
    """Where the validation photos are told apart, the network is sure of each of them, but not of a photo between."""
    labels, scores = [0] * 40 + [1] * 40, [0.1] * 40 + [0.9] * 40
    assert conformal_band(labels, scores, 0.5, one_in=10).empty
    choice = band_choice(labels, scores, 0.5)
    assert choice.declined == 0
    assert [choice.band.contains(p_sad) for p_sad in (0.1, 0.5, 0.9)] == [False, True, False]


@pytest.mark.parametrize("one_in", [10, 20, 50])
def test_of_the_sure_answers_about_so_many_are_wrong(one_in: int) -> None:
    """Over many draws of 100 validation photos of each label, wrong sure answers stay near the limit of the user."""
    rng, wrong, declined = np.random.default_rng(1), [], []
    for _ in range(60):
        happy, sad = _drawn(rng, 100)
        band = uncertainty_band([0] * 100 + [1] * 100, np.concatenate([happy, sad]), 0.5, one_in=one_in)
        new_happy, new_sad = _drawn(rng, 1000)
        errors = np.count_nonzero(new_happy > band.high) + np.count_nonzero(new_sad < band.low)
        sure = errors + np.count_nonzero(new_happy < band.low) + np.count_nonzero(new_sad > band.high)
        wrong.append(errors / max(int(sure), 1))
        declined.append(1 - sure / 2000)
    assert np.mean(wrong) <= 1.1 / one_in, np.mean(wrong)
    # Declining everything would keep any limit.
    assert np.mean(declined) < 0.9


def test_a_stricter_limit_declines_more_and_tells_how_much() -> None:
    """The share that is told is that of the validation photos, and each stricter band covers the one before."""
    rng = np.random.default_rng(2)
    labels, scores = [0] * 60 + [1] * 60, np.concatenate(_drawn(rng, 60))
    choices = [band_choice(labels, scores, 0.5, one_in=one_in) for one_in in (10, 20, 50)]
    for wide, narrow in zip(choices[1:], choices, strict=False):
        assert wide.band.low <= narrow.band.low
        assert wide.band.high >= narrow.band.high
    for choice in choices:
        assert choice.declined == pytest.approx(np.mean([choice.band.contains(p_sad) for p_sad in scores]))
        assert choice.is_whole or f"{100 * choice.declined:.0f} % declined" in choice.sentence
    assert choices[0].one_in == DEFAULT_ONE_IN


def test_a_good_network_is_not_sure_near_its_threshold() -> None:
    """A network that errs less often than the limit allows still doubts what it cannot tell."""
    rng = np.random.default_rng(3)
    scores = 1 / (1 + np.exp(-np.concatenate([rng.normal(-2, 1, 200), rng.normal(2, 1, 200)])))
    band = uncertainty_band([0] * 200 + [1] * 200, scores, 0.5)
    assert band.contains(0.5)
    assert np.mean((scores >= band.low) & (scores <= band.high)) < 0.05


def test_no_photo_is_surely_given_a_label_that_is_not_plausible() -> None:
    """Also where the threshold lies outside of what both labels share."""
    happy, sad = np.linspace(0.0, 0.3, 40), np.linspace(0.2, 1.0, 40)
    for threshold in (0.1, 0.25, 0.5, 0.8):
        band = conformal_band([0] * 40 + [1] * 40, [*happy, *sad], threshold, one_in=10)
        wide = uncertainty_band([0] * 40 + [1] * 40, [*happy, *sad], threshold, one_in=10)
        highest_happy, lowest_sad = np.sort(happy)[36], np.sort(sad)[3]
        for p_sad in np.linspace(0, 1, 501):
            plausible = {"happy": p_sad <= highest_happy, "sad": p_sad >= lowest_sad}
            label = "sad" if p_sad >= threshold else "happy"
            other = "happy" if label == "sad" else "sad"
            assert band.contains(p_sad) == plausible[other], (threshold, p_sad)
            assert wide.contains(p_sad) or not plausible[other], (threshold, p_sad)


def test_network_that_says_the_same_of_all_is_never_sure() -> None:
    """One P(sad) for every photo is within its own band."""
    assert uncertainty_band([0] * 30 + [1] * 30, [0.5] * 60, 0.5).contains(0.5)
