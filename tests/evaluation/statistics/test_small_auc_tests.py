"""Tests of an AUC against .5: they keep their level with few photos, and their intervals agree with them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import brunnermunzel

from emotion_core.errors import StatisticsError
from emotion_core.evaluation import auc, auc_interval
from emotion_core.evaluation.statistics import kind_test, number_test


def drawn(seed: int, per_class: int = 12, ties: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return labels, and numbers that have nothing to do with them; a few values only where there are ties."""
    rng = np.random.default_rng(seed)
    numbers = rng.integers(0, ties, 2 * per_class) if ties else rng.normal(size=2 * per_class)
    return np.repeat([0, 1], per_class), numbers.astype(float)


@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.integers(0, 6), st.floats(0.5, 0.999))
def test_interval_and_p_value_of_a_number_agree(seed: int, per_class: int, ties: int, confidence: float) -> None:
    """The interval leaves .5 out exactly where the p-value is below its level, with ties and few photos too."""
    test = number_test(*drawn(seed, per_class, ties))
    low, high = test.limits(confidence)
    assert 0 <= low <= test.auc <= high <= 1
    if abs(test.p_value - (1 - confidence)) > 1e-6:
        assert (low > 0.5 or high < 0.5) == (test.p_value < 1 - confidence)


def test_number_has_the_auc_and_the_error_of_delong() -> None:
    """AUC and standard error are those of ``auc_interval``; the other direction mirrors them."""
    labels, numbers = drawn(3, 20)
    test, mirrored, interval = (
        number_test(labels, numbers),
        number_test(labels, -numbers),
        auc_interval(labels, numbers),
    )
    assert (test.auc, test.standard_error) == (pytest.approx(interval.auc), pytest.approx(interval.standard_error))
    assert test.auc == pytest.approx(auc(labels, numbers))
    assert (mirrored.auc, mirrored.p_value) == (pytest.approx(1 - test.auc), pytest.approx(test.p_value))
    assert mirrored.limits(0.9) == pytest.approx(tuple(1 - limit for limit in reversed(test.limits(0.9))))


def test_number_test_is_close_to_brunner_and_munzels() -> None:
    """Near .5 the arcsine changes little: SciPy's test of the same hypothesis gives nearly the same p-value."""
    labels, numbers = drawn(0, 200)
    expected = brunnermunzel(numbers[labels == 1], numbers[labels == 0]).pvalue
    assert number_test(labels, numbers).p_value == pytest.approx(expected, abs=0.002)


def test_numbers_that_separate_perfectly_have_an_exact_bound() -> None:
    """Without a standard error the bound of the rarer class takes over, and equal numbers say nothing."""
    test = number_test([0] * 12 + [1] * 12, range(24))
    assert (test.auc, test.p_value) == (1.0, 2 * 0.5**12)
    assert test.limits(0.95) == pytest.approx((0.025 ** (1 / 12), 1.0))
    assert number_test([0, 0, 1, 1], [5, 5, 5, 5]).p_value == 1.0
    assert number_test([0, 0, 0, 1], [1, 2, 3, 4]).p_value == 1.0


@pytest.mark.parametrize("per_class", [12, 48])
def test_number_test_keeps_its_level(per_class: int) -> None:
    """Of 2,000 numbers that mean nothing, at most 6 % have p < .05 and at most 1 % p < .005, as Holm needs it."""
    p_values = np.array([number_test(*drawn(seed, per_class)).p_value for seed in range(2000)])
    assert 0.025 < np.mean(p_values < 0.05) < 0.06
    assert np.mean(p_values < 0.005) < 0.01


@pytest.mark.parametrize("kinds", [2, 5])
def test_kind_test_keeps_its_level_and_agrees_with_its_interval(kinds: int) -> None:
    """Kinds that mean nothing are found in at most 7 % of 500 cases, always with an interval above .5."""
    found = []
    for seed in range(500):
        labels, kind = drawn(seed, 24, ties=kinds)
        test = kind_test(labels, kind)
        found.append(test.p_value < 0.05)
        assert (test.limits(0.95)[0] > 0.5 + 1e-9) == found[-1]
    assert 0.015 < np.mean(found) < 0.07


def test_kinds_that_say_something_are_found() -> None:
    """Where three in four photos of a site are sad and one in four of the other, 60 + 60 photos show it."""
    labels = np.repeat([0, 1], 60)
    site = np.where(np.arange(120) % 4 == 0, 1 - labels, labels)
    test = kind_test(labels, np.where(site, "a.example", "b.example"))
    assert test.auc == pytest.approx(0.75, abs=0.02)
    assert test.p_value < 0.001
    assert test.limits(0.95)[0] > 0.6


def test_kinds_that_separate_perfectly() -> None:
    """AUC 1 has the bound of the rarer class; a kind that all photos share says nothing."""
    labels = np.repeat([0, 1], 12)
    test = kind_test(labels, labels.astype(str))
    assert (test.auc, test.p_value) == (1.0, 2 * 0.5**12)
    assert kind_test(labels, np.full(24, "jpeg")).p_value == 1.0


def test_kinds_of_too_few_photos_are_refused() -> None:
    """Half of three photos of a class teaches nothing."""
    with pytest.raises(StatisticsError, match="Received: 3 of the rarer class"):
        kind_test([0] * 5 + [1] * 3, np.array(list("abababab")))
