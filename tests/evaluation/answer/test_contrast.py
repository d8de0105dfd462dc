"""Contrasts of cells over seeds and photos, against published reference values and direct computation."""

import math

import numpy as np
import pytest

from emotion_core.errors import StatisticsError
from emotion_core.evaluation import auc, contrast, delong_test
from emotion_core.evaluation.answer.auc_moments import auc_moments
from emotion_core.evaluation.answer.contrast import CellMoments, contrast_of

# Two modalities, five readers each (Van Dyke's data, areas from Wilcoxon), as published for MRMCaov and RJafroc.
FIRST = np.array([0.91964573, 0.85877617, 0.90386473, 0.97310789, 0.82979066])
SECOND = np.array([0.94782609, 0.90531401, 0.92173913, 0.99935588, 0.92995169])
JACKKNIFE = (0.000344074829, 0.000239028371)
DELONG = (0.000339526531, 0.000235849653)


def van_dyke(within: float, between: float) -> CellMoments:
    """Return the moments of the published study."""
    return CellMoments((FIRST, SECOND), np.array([[within, between], [between, within]]), 45)


def simulated(seeds: int = 4, n: int = 30) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return labels and the scores of two cells."""
    rng = np.random.default_rng(7)
    labels = np.repeat([0, 1], n)
    photos = rng.normal(size=2 * n)
    first, second = (labels * shift + photos + rng.normal(size=(seeds, 2 * n)) for shift in (1.5, 0.5))
    return labels, first, second


def test_a_nested_contrast_with_a_pooled_spread_has_the_published_numbers() -> None:
    """Difference, standard error, degrees of freedom, p-value and interval agree to the digits that are given."""
    jackknife = contrast_of(van_dyke(*JACKKNIFE), [1, -1], pooled=np.array([True, True]))
    assert jackknife.estimate == pytest.approx(-0.043800322, abs=5e-9)
    assert jackknife.standard_error == pytest.approx(0.032977857, abs=5e-9)
    assert jackknife.degrees_of_freedom == pytest.approx(12.289629, abs=5e-6)
    assert jackknife.p_value == pytest.approx(0.208260, abs=5e-6)
    assert (jackknife.low, jackknife.high) == pytest.approx((-0.115465540, 0.027864896), abs=5e-8)
    delong = contrast_of(van_dyke(*DELONG), [1, -1], pooled=np.array([True, True]))
    assert delong.standard_error == pytest.approx(0.032936300, abs=5e-9)
    assert delong.degrees_of_freedom == pytest.approx(12.227800, abs=5e-6)
    assert delong.p_value == pytest.approx(0.207842, abs=5e-6)
    assert (delong.low, delong.high) == pytest.approx((-0.115414361, 0.027813716), abs=5e-8)


@pytest.mark.parametrize(
    ("areas", "error", "freedom", "low", "high"),
    [
        (FIRST, 0.03317360, 12.74, 0.82522360, 0.96885048),
        (SECOND, 0.02156637, 12.71, 0.89413783, 0.98753689),
    ],
)
def test_one_cell_has_the_published_interval(
    areas: np.ndarray, error: float, freedom: float, low: float, high: float
) -> None:
    """A single cell's degrees of freedom and interval follow from its spread and its published standard error."""
    within = error**2 - areas.var(ddof=1) / 5
    cell = contrast_of(CellMoments((areas,), np.array([[within]]), 45), [1], pooled=np.array([False]))
    assert cell.degrees_of_freedom == pytest.approx(freedom, abs=0.005)
    assert (cell.low, cell.high) == pytest.approx((low, high), abs=2e-6)
    assert cell.p_value is None


def test_the_variance_is_that_of_the_formula() -> None:
    """Luck in training is MS / r of each cell; luck in photos comes from DeLong's covariances of distinct networks."""
    labels, first, second = simulated()
    difference = contrast(labels, [first, second], [1, -1])
    areas = [np.array([auc(labels, row) for row in cell]) for cell in (first, second)]
    assert difference.estimate == pytest.approx(areas[0].mean() - areas[1].mean())
    assert difference.seed_variance == pytest.approx(sum(cell.var(ddof=1) / 4 for cell in areas))

    def covariance(a: np.ndarray, b: np.ndarray) -> float:
        variances = [delong_test(labels, row, -0 * row).standard_error ** 2 for row in (a, b)]
        return (sum(variances) - delong_test(labels, a, b).standard_error ** 2) / 2

    within = [
        np.mean([covariance(cell[i], cell[j]) for i in range(4) for j in range(4) if i != j])
        for cell in (first, second)
    ]
    between = np.mean([covariance(a, b) for a in first for b in second])
    assert difference.photo_variance == pytest.approx(max(0.0, sum(within) - 2 * between))


def test_one_network_against_another_has_delongs_photo_variance_and_no_p_value() -> None:
    """With one seed luck in training is unknown, so there is no interval and no p-value."""
    labels, first, second = simulated(seeds=1)
    difference = contrast(labels, [first, second], [1, -1])
    test = delong_test(labels, first[0], second[0])
    assert difference.photo_variance == pytest.approx(test.standard_error**2)
    assert (difference.p_value, difference.low, difference.seed_variance) == (None, None, None)


def test_one_fold_of_all_photos_is_no_cross_validation() -> None:
    """Folds that are all one fold change nothing."""
    labels, first, second = simulated()
    folds = [np.zeros(first.shape, dtype=int)] * 2
    assert contrast(labels, [first, second], [1, -1], folds=folds) == contrast(labels, [first, second], [1, -1])


def test_over_folds_the_auc_is_the_mean_of_the_folds_and_its_variance_their_sum_over_the_square() -> None:
    """A network's AUC and variance over folds come from each fold's AUC and DeLong variance."""
    labels, first, _ = simulated(seeds=1)
    folds = np.arange(60)[None] % 3
    moments = auc_moments(labels, first, folds)
    tests = [delong_test(labels[f], first[0, f], np.zeros(f.sum())) for f in (folds[0] == k for k in range(3))]
    assert moments.aucs[0] == pytest.approx(np.mean([test.auc_a for test in tests]))
    variance = sum(test.standard_error**2 for test in tests) / 9
    assert (moments.influence @ moments.influence.T)[0, 0] == pytest.approx(variance)


def test_scales_of_the_folds_do_not_matter() -> None:
    """Folds whose scores are shifted against each other give the same AUC, since each is judged by itself."""
    labels, first, _ = simulated(seeds=2)
    folds = np.tile(np.arange(60) % 3, (2, 1))
    shifted = first + 100 * folds
    assert np.allclose(auc_moments(labels, first, folds).aucs, auc_moments(labels, shifted, folds).aucs)


def test_perfect_networks_have_an_interval_as_wide_as_the_photos_warrant() -> None:
    """Where no seed and no photo differs, the interval is exact and not a point."""
    perfect = [[0.1, 0.2, 0.3, 0.7, 0.8, 0.9]] * 3
    difference = contrast([0, 0, 0, 1, 1, 1], [perfect, perfect], [1, -1])
    assert (difference.estimate, difference.p_value) == (0, 1)
    assert difference.low == pytest.approx(-difference.high)
    assert difference.high > 0.5


def test_a_cell_of_zero_weight_may_have_one_seed() -> None:
    """A cell that takes no part in a contrast does not silence it."""
    labels, first, second = simulated()
    with_third = contrast(labels, [first, second, first[:1]], [1, -1, 0])
    assert with_third == contrast(labels, [first, second], [1, -1])


def test_an_interval_never_leaves_the_possible_differences() -> None:
    """Wide intervals end at -1 and 1, and those of a single cell at 0 and 1."""
    labels = np.repeat([0, 1], 2)
    cells = [[[0, 1, 1, 2], [2, 1, 1, 0]], [[0, 2, 1, 1], [1, 0, 2, 1]]]
    difference, single = contrast(labels, cells, [1, -1]), contrast(labels, cells[:1], [1])
    assert -1 <= difference.low < difference.high <= 1
    assert 0 <= single.low < single.high <= 1


def test_equal_copies_are_no_certain_difference() -> None:
    """A rounding error between the means of equal networks is no difference, however many copies there are."""
    labels, first, _ = simulated(seeds=1)
    difference = contrast(labels, [np.repeat(first, 3, axis=0), np.repeat(first, 7, axis=0)], [1, -1])
    assert abs(difference.estimate) < 1e-12
    assert difference.p_value > 0.9


@pytest.mark.parametrize("weights", [[-1, 0], [2, -1], [1, 1], [0.5, 0.5], [3, 0]])
def test_limits_of_other_weights_enclose_the_estimate_within_what_is_possible(weights: list[float]) -> None:
    """Whatever the weights, the limits are ordered, and no lower or higher than AUCs of 0 and 1 allow."""
    labels, first, second = simulated()
    perfect = np.tile(labels + np.linspace(0, 0.1, 60), (3, 1))
    lowest, highest = sum(min(w, 0) for w in weights), sum(max(w, 0) for w in weights)
    for cells in ([first, second], [perfect, perfect]):
        result = contrast(labels, cells, weights)
        assert lowest - 1e-9 <= result.low <= result.estimate <= result.high <= highest + 1e-9


@pytest.mark.parametrize(
    ("cells", "weights", "message"),
    [
        ([], [], "at least one cell"),
        ([[[0.1, 0.2, 0.3, 0.4]]], [1, -1], "one finite weight"),
        ([[[0.1, 0.2, 0.3, 0.4]]], [math.nan], "one finite weight"),
        ([[0.1, 0.2, 0.3, 0.4]], [1], "one row for each seed"),
        ([[[0.1, 0.2], [0.1]]], [1], "table of numbers"),
        ([[[0.1, 0.2, 0.3]]], [1], "differ in length"),
        ([[[0.1, 0.2, 0.3, math.nan]]], [1], "finite"),
    ],
)
def test_bad_input_is_named(cells: list, weights: list, message: str) -> None:
    """Shapes that do not fit together are refused with what was expected."""
    with pytest.raises(StatisticsError, match=f"(?i){message}"):
        contrast([0, 0, 1, 1], cells, weights)


def test_a_fold_with_one_photo_of_a_class_is_refused() -> None:
    """The spread over photos is unknown with a single photo of a class."""
    with pytest.raises(StatisticsError, match="of a fold"):
        contrast([0, 0, 1, 1], [[[0.1, 0.2, 0.3, 0.4]]], [1], folds=[[[1, 2, 1, 2]]])
