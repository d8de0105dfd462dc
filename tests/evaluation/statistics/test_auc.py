"""AUC, its interval, the paired test and Holm's adjustment, against published numbers and by properties."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from emotion_core.errors import StatisticsError
from emotion_core.evaluation import auc, auc_interval, delong_test, expected_standard_error

# Hanley & McNeil 1982, table 1: ratings 1 to 5 of 58 normal and 51 abnormal scans.
NORMAL, ABNORMAL = (33, 6, 6, 11, 2), (3, 2, 2, 11, 33)
HANLEY_LABELS = [0] * sum(NORMAL) + [1] * sum(ABNORMAL)
HANLEY_SCORES = [*np.repeat(range(1, 6), NORMAL), *np.repeat(range(1, 6), ABNORMAL)]

PERFECT_LABELS = [0] * 10 + [1] * 12
PERFECT_SCORES = list(range(22))


@st.composite
def photos(draw, n_scores=1, smallest_class=1):
    """Draw labels with both classes and scores of so few values that ties are common."""
    n_happy = draw(st.integers(smallest_class, 9))
    n_sad = draw(st.integers(smallest_class, 9))
    labels = draw(st.permutations([0] * n_happy + [1] * n_sad))
    values = st.lists(st.integers(-4, 4), min_size=len(labels), max_size=len(labels))
    return np.array(labels), *(np.array(draw(values)) for _ in range(n_scores))


def brute_force_auc(labels, scores):
    """Count the pairs one by one."""
    sad, happy = scores[labels == 1], scores[labels == 0]
    points = [Fraction(int(np.sign(s - h)) + 1, 2) for s, h in itertools.product(sad, happy)]
    return float(sum(points) / len(points))


def brute_force_error(labels, scores_a, scores_b=None):
    """Compute DeLong's standard error from the full matrix of pairs."""

    def kernel(scores):
        return (np.sign(scores[labels == 1][:, None] - scores[labels == 0][None, :]) + 1) / 2

    matrix = kernel(scores_a) - (0 if scores_b is None else kernel(scores_b))
    parts = [np.var(matrix.mean(axis=axis), ddof=1) / matrix.shape[1 - axis] for axis in (0, 1)]
    return math.sqrt(sum(parts))


class TestAuc:
    """The area itself."""

    @given(photos())
    def test_equals_brute_force(self, drawn):
        """The AUC is the share of pairs ordered rightly, ties half."""
        labels, scores = drawn

        assert auc(labels, scores) == pytest.approx(brute_force_auc(labels, scores), abs=1e-12)

    @given(st.integers(2, 300), st.integers(0, 2**32 - 1))
    def test_equals_scikit_learn(self, n, seed):
        """The AUC agrees with scikit-learn to 1e-12 on scores with and without ties."""
        rng = np.random.default_rng(seed)
        labels = np.append(rng.integers(0, 2, n), [0, 1])
        scores = np.round(rng.random(n + 2), int(rng.integers(1, 9)))

        assert auc(labels, scores) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)

    @given(photos())
    def test_only_the_order_counts(self, drawn):
        """A monotone transform of the scores changes nothing."""
        labels, scores = drawn

        assert auc(labels, scores) == auc(labels, np.exp(scores / 3) - 100)

    @given(photos())
    def test_swapped_labels_mirror_it(self, drawn):
        """Swapping happy and sad gives one minus the AUC."""
        labels, scores = drawn

        assert auc(1 - labels, scores) == pytest.approx(1 - auc(labels, scores), abs=1e-12)

    def test_plain_lists_and_booleans(self):
        """Labels may be truth values and scores plain floats."""
        assert auc([False, True, True], [0.2, 0.3, 0.2]) == 0.75

    def test_float32_scores_of_a_network(self):
        """Scores as Keras gives them, float32, are accepted."""
        assert auc(np.array([0, 1], dtype=np.int8), np.array([0.1, 0.2], dtype=np.float32)) == 1.0


class TestAucInterval:
    """The area with its interval."""

    def test_hanley_and_mcneil(self):
        """The published data give the published AUC, with DeLong's error and logit interval."""
        found = auc_interval(HANLEY_LABELS, HANLEY_SCORES)

        assert found.auc == pytest.approx(0.8931711, abs=5e-8)
        assert found.standard_error == pytest.approx(0.0307244, abs=5e-8)
        assert (found.low, found.high) == pytest.approx((0.816443, 0.940176), abs=5e-7)
        assert found.method == "delong-logit"

    @given(photos(smallest_class=2))
    def test_standard_error_equals_brute_force(self, drawn):
        """Midranks give the standard error that the full matrix of pairs gives."""
        labels, scores = drawn

        assert auc_interval(labels, scores).standard_error == pytest.approx(
            brute_force_error(labels, scores), abs=1e-12
        )

    @given(photos(), st.floats(0.5, 0.999))
    def test_always_within_bounds(self, drawn, confidence):
        """0 <= low <= auc <= high <= 1 on any photos, ties and single photos included."""
        found = auc_interval(*drawn, confidence=confidence)

        assert 0 <= found.low <= found.auc <= found.high <= 1
        assert math.isfinite(found.standard_error)

    @given(photos(smallest_class=2))
    def test_more_confidence_is_wider(self, drawn):
        """The 99 % interval holds the 90 % interval."""
        narrow, wide = (auc_interval(*drawn, confidence=confidence) for confidence in (0.9, 0.99))

        assert wide.low < narrow.low or narrow.low == 0
        assert narrow.high < wide.high or narrow.high == 1

    @given(photos(smallest_class=2))
    def test_mirrored_with_the_labels(self, drawn):
        """Swapping happy and sad mirrors the interval at one half."""
        labels, scores = drawn
        found, mirrored = auc_interval(labels, scores), auc_interval(1 - labels, scores)

        assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-9)

    def test_perfect_separation_is_clopper_pearson(self):
        """At AUC 1 the interval is Clopper-Pearson's for ten of ten, the size of the rarer class."""
        found = auc_interval(PERFECT_LABELS, PERFECT_SCORES)

        assert (found.auc, found.high, found.standard_error, found.method) == (1.0, 1.0, 0.0, "exact")
        assert found.low == pytest.approx(0.6915029, abs=1e-7)

    def test_perfectly_wrong(self):
        """At AUC 0 the interval is that of AUC 1 turned over."""
        found = auc_interval(PERFECT_LABELS, PERFECT_SCORES[::-1])

        assert (found.auc, found.low) == (0.0, 0.0)
        assert found.high == pytest.approx(1 - 0.6915029, abs=1e-7)

    def test_no_distribution_beats_the_exact_limit(self):
        """A distribution of that AUC in which few sad photos lie wholly wrong is perfect in one sample of forty."""
        low = auc_interval(PERFECT_LABELS, PERFECT_SCORES).low

        assert low**10 == pytest.approx(0.025)

    def test_equal_scores_are_a_half_but_not_for_sure(self):
        """Equal scores have AUC .5, in an interval that narrows with the number of photos."""
        few, many = (auc_interval([0, 1] * n, [0.3] * (2 * n)) for n in (1, 500))

        assert (few.auc, few.method, few.standard_error) == (0.5, "exact", 0.0)
        assert (few.low, few.high) == pytest.approx((0.0125, 0.9875))
        assert (many.low, many.high) == pytest.approx((0.5, 0.5), abs=0.004)
        assert many.low < 0.5 < many.high

    def test_single_photo_of_a_class(self):
        """One sad photo leaves the AUC nearly unknown, with the largest possible standard error."""
        found = auc_interval([0, 0, 0, 0, 1], [1, 2, 3, 5, 4])

        assert (found.auc, found.method) == (0.75, "exact")
        assert (found.low, found.high) == pytest.approx((0.75 * 0.025, 1 - 0.25 * 0.025))
        assert found.standard_error == pytest.approx(math.sqrt(0.75 * 0.25))


class TestDelongTest:
    """The paired test of two areas."""

    @given(photos(n_scores=2, smallest_class=2))
    def test_equals_brute_force(self, drawn):
        """Difference and standard error are those of the full matrix of pairs."""
        labels, a, b = drawn
        found = delong_test(labels, a, b)

        assert found.difference == pytest.approx(brute_force_auc(labels, a) - brute_force_auc(labels, b), abs=1e-12)
        assert found.standard_error == pytest.approx(brute_force_error(labels, a, b), abs=1e-12)

    @given(photos(n_scores=2), st.floats(0.5, 0.999))
    def test_always_finite_and_within_bounds(self, drawn, confidence):
        """No photos, however few or tied, give NaN or leave the bounds."""
        found = delong_test(*drawn, confidence=confidence)

        assert all(math.isfinite(number) for number in vars(found).values())
        assert -1 <= found.low <= found.difference <= found.high <= 1
        assert 0 <= found.p_value <= 1
        assert 0 <= min(found.auc_a, found.auc_b) <= max(found.auc_a, found.auc_b) <= 1

    @given(photos(n_scores=2))
    def test_swapping_the_networks_flips_the_sign(self, drawn):
        """Swapping the networks turns the difference over and keeps the p-value."""
        labels, a, b = drawn
        forth, back = delong_test(labels, a, b), delong_test(labels, b, a)

        assert (back.difference, back.z, back.p_value) == pytest.approx((-forth.difference, -forth.z, forth.p_value))
        assert (back.low, back.high) == pytest.approx((-forth.high, -forth.low))

    @given(photos())
    def test_identical_networks(self, drawn):
        """Scores against themselves, or a monotone transform, differ by nothing: z 0, p 1, standard error 0."""
        labels, scores = drawn
        for other in (scores, np.exp(scores / 2), 5 + 3 * scores):
            found = delong_test(labels, scores, other)

            assert (found.difference, found.z, found.p_value, found.standard_error) == (0, 0, 1, 0)
            assert found.low < 0 < found.high

    def test_known_case(self):
        """A hand-made case: matrix of pairs on paper, var(1/3, 0, 1/3) / 3 twice."""
        found = delong_test([0, 0, 0, 1, 1, 1], [1, 2, 5, 4, 6, 7], [1, 4, 6, 3, 5, 7])

        assert found.difference == pytest.approx(2 / 9)
        assert found.standard_error == pytest.approx(math.sqrt(2 / 81))
        assert found.z == pytest.approx(math.sqrt(2))
        assert found.p_value == pytest.approx(0.1572992)

    def test_two_perfect_networks(self):
        """Two perfect networks cannot be told apart, and ten photos do not prove them equal."""
        found = delong_test(PERFECT_LABELS, PERFECT_SCORES, np.square(PERFECT_SCORES) + np.tile([0, 0.5], 11))

        assert (found.auc_a, found.auc_b, found.p_value, found.z) == (1.0, 1.0, 1.0, 0.0)
        assert (found.low, found.high) == pytest.approx((-0.3084971, 0.3084971), abs=1e-7)

    def test_perfect_against_perfectly_wrong_is_the_sign_test(self):
        """Where every pair speaks for one network, p is that of a coin thrown once a photo of the rarer class."""
        found = delong_test(PERFECT_LABELS, PERFECT_SCORES, PERFECT_SCORES[::-1])

        assert (found.difference, found.high) == (1.0, 1.0)
        assert found.p_value == pytest.approx(2 * 0.5**10)
        assert math.erfc(found.z / math.sqrt(2)) == pytest.approx(found.p_value)

    def test_single_photo_of_a_class(self):
        """One sad photo proves nothing: p is 1 and the interval nearly all there is."""
        found = delong_test([0, 0, 0, 0, 1], [1, 2, 3, 5, 4], [1, 2, 3, 5, 0])

        assert (found.difference, found.p_value, found.z) == (0.75, 1.0, 0.0)
        assert (found.low, found.high) == pytest.approx((1.75 * 0.025 - 1, 1 - 0.25 * 0.025))
        assert found.standard_error == pytest.approx(math.sqrt(1 - 0.75**2))

    def test_staggered_orderings_get_the_wider_bound(self):
        """A zero standard error although pairs disagree is judged by Hoeffding's inequality."""
        found = delong_test([0, 0, 1, 1] * 12, [2, 3, 1, 2.5] * 12, [1, 3, 2, 4] * 12)

        assert (found.difference, found.standard_error) == (-0.5, 0.0)
        assert found.p_value == pytest.approx(2 * math.exp(-24 * 0.25 / 2))

    def test_very_many_photos(self):
        """A p-value too small for a float is 0, with a finite z."""
        labels = np.repeat([0, 1], 2000)
        found = delong_test(labels, labels, -labels)

        assert found.p_value == 0.0
        assert math.isfinite(found.z)


class TestPlanning:
    """What to expect before there are scores."""

    def test_hanley_and_mcneil_error(self):
        """Their paper works out .0325 for AUC .893 with 58 and 51 scans."""
        assert expected_standard_error(0.893, 58, 51) == pytest.approx(0.0325, abs=5e-5)

    def test_refuses_an_empty_class(self):
        """Without photos of a class there is nothing to plan."""
        with pytest.raises(StatisticsError, match="Received: n_happy=0, n_sad=5"):
            expected_standard_error(0.7, 0, 5)


class TestRefusals:
    """Input that cannot answer."""

    @pytest.mark.parametrize(
        ("labels", "scores", "message"),
        [
            ([], [], "There are no photos"),
            ([0, 0], [0.1, 0.2], "Received: 2 happy, 0 sad. Add photos"),
            ([1], [0.1], "Received: 0 happy, 1 sad"),
            ([0, 1], [0.1], "Received: 2 labels, 1 scores"),
            ([0, 2], [0.1, 0.2], "Happy is 0 and sad is 1. Received: 2 among"),
            ([0, math.nan], [0.1, 0.2], "Received: nan among"),
            (["happy", "sad"], [0.1, 0.2], "labels are not numbers"),
            ([0, 1], [0.1, math.nan], "Received: 1 of 2 are NaN or infinite"),
            ([0, 1], [-math.inf, math.inf], "Received: 2 of 2"),
            ([0, 1], [[0.1], [0.2]], r"Received: shape \(2, 1\). Flatten"),
            ([0, 1], 0.5, r"Received: shape \(\)"),
            ([0, 1], [[0.1], [0.2, 0.3]], "scores are not numbers"),
        ],
    )
    def test_photos_that_cannot_answer(self, labels, scores, message):
        """Each kind of unusable input is named, with what was received."""
        with pytest.raises(StatisticsError, match=message):
            auc(labels, scores)
        with pytest.raises(StatisticsError, match=message):
            auc_interval(labels, scores)

    def test_names_the_second_network(self):
        """The message says which network's scores are broken."""
        with pytest.raises(StatisticsError, match="scores_b are not all finite"):
            delong_test([0, 1], [0.1, 0.2], [0.1, math.nan])

    @pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, math.nan])
    def test_confidence(self, confidence):
        """A confidence outside (0, 1) is refused by both."""
        with pytest.raises(StatisticsError, match=r"strictly between 0 and 1 was expected\. Received: confidence="):
            auc_interval([0, 1], [0, 1], confidence=confidence)
        with pytest.raises(StatisticsError, match="Received: confidence="):
            delong_test([0, 1], [0, 1], [0, 1], confidence=confidence)
