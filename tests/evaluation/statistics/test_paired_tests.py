"""McNemar's test and the exchange test: against brute force, against SciPy, and their rates of false alarms."""

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, rankdata

from benchmarks.statistics_coverage import draw_scores
from emotion_core.errors import StatisticsError
from emotion_core.evaluation import auc, exchange_test, mcnemar


@st.composite
def photos(draw, largest_class=9):
    """Draw labels with both classes and the scores of two networks with many ties."""
    n_happy, n_sad = draw(st.integers(1, largest_class)), draw(st.integers(1, largest_class))
    labels = draw(st.permutations([0] * n_happy + [1] * n_sad))
    values = st.lists(st.integers(-4, 4), min_size=len(labels), max_size=len(labels))
    return np.array(labels), np.array(draw(values)), np.array(draw(values))


def count_all_ways(labels, scores_a, scores_b):
    """Exchange the ranks of every subset of photos, and count those that show a larger difference."""
    a, b = rankdata(scores_a), rankdata(scores_b)
    observed = abs(auc(labels, a) - auc(labels, b))
    sizes = []
    for exchanged in itertools.product([False, True], repeat=len(labels)):
        sizes.append(abs(auc(labels, np.where(exchanged, b, a)) - auc(labels, np.where(exchanged, a, b))))
    equal = np.isclose(sizes, observed, atol=1e-9)
    return float(np.mean((np.array(sizes) > observed) & ~equal) + np.mean(equal) / 2)


class TestMcNemar:
    """Two networks' answers at their thresholds."""

    @given(st.lists(st.tuples(st.integers(0, 1), st.booleans(), st.booleans()), min_size=1, max_size=40))
    def test_equals_the_sign_test(self, rows):
        """The p-value is SciPy's two-sided binomial one of the photos on which one network alone is right."""
        labels, a, b = (np.array(column) for column in zip(*rows, strict=True))
        found = mcnemar(labels, a, b)
        only_a = int(((a == labels) & (b != labels)).sum())
        only_b = int(((b == labels) & (a != labels)).sum())

        assert (found.only_a_right, found.only_b_right) == (only_a, only_b)
        expected = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
        assert found.p_value == pytest.approx(expected, abs=1e-12)

    def test_tens_of_thousands_of_photos(self):
        """Where the numbers of ways are too large for a float, the p-value is SciPy's still."""
        labels, a, b = np.random.default_rng(3).integers(0, 2, (3, 40_000))
        found = mcnemar(labels, a, b)

        n = found.only_a_right + found.only_b_right
        assert n > 10_000
        assert found.p_value == pytest.approx(binomtest(found.only_a_right, n).pvalue, rel=1e-6)

    def test_answers_for_other_photos(self):
        """A network that answers for fewer photos is refused by name."""
        with pytest.raises(StatisticsError, match="labels and called_sad_b differ in length"):
            mcnemar([0, 1], [0, 1], [1])


class TestExchange:
    """Two networks' AUCs."""

    @given(photos(largest_class=4))
    def test_equals_counting_all_ways(self, drawn):
        """The sum over photos with random signs has the distribution of all exchanges of ranks."""
        labels, a, b = drawn
        if auc(labels, a) == auc(labels, b):
            assert exchange_test(labels, a, b) == 1.0
        else:
            assert exchange_test(labels, a, b) == pytest.approx(count_all_ways(labels, a, b), abs=1e-12)

    @given(photos())
    def test_only_the_order_counts(self, drawn):
        """Monotone transforms, exchanged networks, swapped labels and another order of photos change nothing."""
        labels, a, b = drawn
        p_value = exchange_test(labels, a, b)

        assert 0 < p_value <= 1
        assert exchange_test(labels, np.exp(a / 3), 5 * b - 2) == p_value
        assert exchange_test(labels, b, a) == pytest.approx(p_value, abs=1e-12)
        assert exchange_test(1 - labels, a, b) == pytest.approx(p_value, abs=1e-12)
        assert exchange_test(labels[::-1], a[::-1], b[::-1]) == pytest.approx(p_value, abs=1e-12)

    def test_two_perfect_networks(self):
        """Networks with AUC 1, whatever their scores, are not told apart."""
        assert exchange_test([0, 0, 1, 1], [1, 2, 3, 4], [2, 1, 9, 8]) == 1.0

    def test_perfect_against_reversed(self):
        """Of 2 ** 20 ways two show so large a difference, and count half."""
        labels = np.repeat([0, 1], 10)

        assert exchange_test(labels, np.arange(20), -np.arange(20)) == pytest.approx(2**-20)

    def test_one_class(self):
        """Without sad photos there is nothing to compare, and the message says so."""
        with pytest.raises(StatisticsError, match="Received: 2 happy, 0 sad"):
            exchange_test([0, 0], [0.1, 0.2], [0.2, 0.1])

    def test_raises_the_false_alarms_it_promises(self):
        """Of equal networks with AUC .95 on 48 photos 4 to 6 % are told apart, where DeLong's test finds 2 %."""
        rng = np.random.default_rng(5)
        alarms = []
        for _ in range(2000):
            labels, scores = draw_scores(rng, 24, 0.95, 2, 0.6)
            alarms.append(exchange_test(labels, *scores) < 0.05)

        assert 0.04 <= np.mean(alarms) <= 0.06

    def test_many_photos(self):
        """Beyond 200 photos the normal distribution takes over, and agrees with counting."""
        labels, (a, b) = draw_scores(np.random.default_rng(1), 100, 0.8, 2, 0.5)
        b = b + 0.2 * labels
        more = [np.append(array, array[[0, -1]]) for array in (labels, a, b)]

        assert 0.1 < exchange_test(labels, a, b) < 0.5
        assert exchange_test(*more) == pytest.approx(exchange_test(labels, a, b), abs=0.03)

    def test_memory_for_tens_of_thousands_of_photos(self):
        """Memory grows with the photos, not with their pairs, of which there are 100 million here."""
        rng = np.random.default_rng(2)
        labels = np.repeat([0, 1], 10_000)
        tracemalloc.start()
        try:
            p_value = exchange_test(labels, rng.normal(size=20_000), rng.normal(size=20_000))
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

        assert 0 < p_value < 1
        assert peak_bytes < 20e6
