"""Holm's adjustment, and the confidence at which intervals agree with it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.errors import StatisticsError
from emotion_core.evaluation import delong_test, holm_adjust
from emotion_core.evaluation.statistics import holm_confidences


class TestHolm:
    """The adjustment for many tests."""

    def test_known_case(self):
        """The example of the method: times 4, times 3, carried, carried; in the order given."""
        assert holm_adjust([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])

    def test_none(self):
        """No tests need no adjustment."""
        assert holm_adjust([]) == []

    @given(st.lists(st.floats(0, 1), max_size=20))
    def test_properties(self, p_values):
        """Adjusted values are no smaller, at most 1, and keep the order."""
        adjusted = holm_adjust(p_values)
        order = np.argsort(p_values, kind="stable")

        assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))
        assert np.all(np.diff(np.array(adjusted)[order]) >= 0)

    @pytest.mark.parametrize("broken", [-0.1, 1.1, math.nan])
    def test_refuses(self, broken):
        """A p-value outside [0, 1] is refused."""
        with pytest.raises(StatisticsError, match=r"from 0 to 1 were expected\. Received: p_value="):
            holm_adjust([0.5, broken])


class TestHolmConfidences:
    """Which interval goes with an adjusted p-value."""

    def test_known_case(self):
        """Of three tests the first is made at .05 / 3; the second fails at .05 / 2, and the third shares its level."""
        assert holm_confidences([0.04, 0.001, 0.2]) == pytest.approx([1 - 0.05 / 2, 1 - 0.05 / 3, 1 - 0.05 / 2])

    def test_one_test_keeps_its_confidence(self):
        """A single test needs no adjustment, and no tests give no intervals."""
        assert holm_confidences([0.3], confidence=0.9) == [0.9]
        assert holm_confidences([]) == []

    @given(st.lists(st.floats(0, 1), max_size=20))
    def test_agrees_with_the_adjusted_p_value(self, p_values):
        """A p-value is below 1 minus its confidence exactly where the adjusted one is below .05."""
        confidences = holm_confidences(p_values)

        assert all(0.95 <= confidence < 1 for confidence in confidences)
        for p_value, adjusted, confidence in zip(p_values, holm_adjust(p_values), confidences, strict=True):
            if abs(adjusted - 0.05) > 1e-9:
                assert (p_value < 1 - confidence) == (adjusted < 0.05)

    @given(st.integers(2, 6), st.integers(0, 2**32 - 1))
    def test_intervals_of_many_networks_never_contradict_their_p_values(self, networks, seed):
        """DeLong's intervals at these confidences leave 0 out exactly where the adjusted p-value is below .05."""
        rng = np.random.default_rng(seed)
        labels = np.repeat([0, 1], 15)
        scores = [rng.normal(size=30) + rng.uniform(0, 2) * labels for _ in range(networks)]
        pairs = [(a, b) for index, a in enumerate(scores) for b in scores[index + 1 :]]
        p_values = [delong_test(labels, a, b).p_value for a, b in pairs]

        for pair, adjusted, confidence in zip(pairs, holm_adjust(p_values), holm_confidences(p_values), strict=True):
            test = delong_test(labels, *pair, confidence=confidence)
            assert (test.low > 0 or test.high < 0) == (adjusted < 0.05)

    @pytest.mark.parametrize(("p_values", "confidence"), [([0.5, 1.1], 0.95), ([0.5], 1.0)])
    def test_refuses(self, p_values, confidence):
        """A p-value outside [0, 1] and a confidence outside (0, 1) are refused."""
        with pytest.raises(StatisticsError, match="out of range"):
            holm_confidences(p_values, confidence=confidence)
