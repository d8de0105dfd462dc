"""Fold means: the mean of the folds' AUCs, its variance, paired tests, and curves that have that area."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from emotion_core.errors import StatisticsError
from emotion_core.evaluation import (
    auc,
    auc_interval,
    delong_test,
    fold_auc_interval,
    fold_delong_test,
    fold_mean,
    fold_precision_recall,
    fold_roc_points,
    precision_recall,
)


def study(rng: np.random.Generator, sizes: list[tuple[int, int]], true_auc: float = 0.8, scaled: bool = True):
    """Return labels, scores of networks of equal quality, and folds of the given numbers of happy and sad photos."""
    labels = np.concatenate([np.repeat([0, 1], size) for size in sizes])
    folds = np.repeat(np.arange(1, len(sizes) + 1), [sum(size) for size in sizes])
    order = rng.permutation(len(labels))
    labels, folds = labels[order], folds[order]
    photos = rng.normal(size=len(labels))
    skill = math.sqrt(2) * norm.ppf(true_auc)
    scores = skill * labels + (photos + rng.normal(size=(2, len(labels)))) / math.sqrt(2)
    # Each fold has a scale of its own, which must not matter.
    stretch, shift = rng.lognormal(size=(2, 2, len(sizes))) if scaled else np.ones((2, 2, len(sizes)))
    return labels, [stretch[k][folds - 1] * row - shift[k][folds - 1] for k, row in enumerate(scores)], folds


def test_variance_is_the_sum_of_delongs_over_k_squared() -> None:
    """The mean is that of the folds' AUCs; interval and influences have the folds' DeLong variances."""
    labels, [scores, _], folds = study(np.random.default_rng(1), [(12, 10), (11, 11), (12, 9)])
    alone = [auc_interval(labels[folds == fold], scores[folds == fold]) for fold in (1, 2, 3)]
    error = math.sqrt(sum(interval.standard_error**2 for interval in alone)) / 3
    mean, interval = fold_mean(labels, scores, folds), fold_auc_interval(labels, scores, folds)
    assert mean.auc == interval.auc == pytest.approx(np.mean([interval.auc for interval in alone]))
    assert interval.standard_error == pytest.approx(error)
    logit = math.log(mean.auc / (1 - mean.auc))
    reach = norm.ppf(0.975) * error / (mean.auc * (1 - mean.auc))
    assert interval.low == pytest.approx(1 / (1 + math.exp(reach - logit)))
    assert interval.high == pytest.approx(1 / (1 + math.exp(-reach - logit)))


def test_one_fold_is_a_test_set() -> None:
    """With all photos in one fold, the figures are those of a single network."""
    labels, [a, b], folds = study(np.random.default_rng(2), [(20, 17)])
    assert vars(fold_auc_interval(labels, a, folds)) == pytest.approx(vars(auc_interval(labels, a)))
    ours, theirs = fold_delong_test(fold_mean(labels, a, folds), fold_mean(labels, b, folds)), delong_test(labels, a, b)
    assert vars(ours) == pytest.approx(vars(theirs))


def test_paired_variance_is_the_sum_over_the_folds() -> None:
    """Two networks with the same folds: the variance is that of DeLong's paired test in each fold, over k squared."""
    labels, [a, b], folds = study(np.random.default_rng(3), [(10, 12), (11, 12), (10, 11), (9, 12)])
    test = fold_delong_test(fold_mean(labels, a, folds), fold_mean(labels, b, folds))
    alone = [delong_test(labels[folds == f], a[folds == f], b[folds == f]) for f in range(1, 5)]
    assert test.difference == pytest.approx(np.mean([one.difference for one in alone]))
    assert test.standard_error == pytest.approx(math.sqrt(sum(one.standard_error**2 for one in alone)) / 4)
    assert test.low == pytest.approx(test.difference - norm.ppf(0.975) * test.standard_error)


def test_the_scale_of_a_fold_changes_nothing() -> None:
    """Scores are ranked within their fold: any rising function of one fold's scores leaves every figure."""
    labels, [a, _], folds = study(np.random.default_rng(4), [(10, 10), (10, 10)])
    moved = np.where(folds == 2, np.exp(a) + 40, a)
    assert fold_auc_interval(labels, moved, folds) == fold_auc_interval(labels, a, folds)


def test_networks_with_folds_drawn_differently_are_paired_by_photo() -> None:
    """Over folds of their own, the same photos make the difference surer, and the test keeps its level."""
    rng = np.random.default_rng(5)
    p_values, errors, alone = [], [], []
    for _ in range(400):
        labels, [a, b], folds = study(rng, [(16, 16)] * 3, scaled=False)
        other = np.empty_like(folds)
        for label in (0, 1):
            other[labels == label] = rng.permutation(np.repeat([1, 2, 3], 16))
        first, second = fold_mean(labels, a, folds), fold_mean(labels, b, other)
        test = fold_delong_test(first, second)
        p_values.append(test.p_value)
        errors.append(test.standard_error)
        alone.append(math.hypot(*(math.sqrt(mean.influences @ mean.influences) for mean in (first, second))))
    assert np.mean(errors) < 0.9 * np.mean(alone)
    assert 0.02 < np.mean(np.array(p_values) < 0.05) < 0.09


def test_perfect_folds_have_the_exact_interval() -> None:
    """Where every fold separates its photos, the k * r pairs that share no photo bound the AUC, as Clopper-Pearson."""
    labels = np.tile([0, 0, 0, 1, 1, 1], 4)
    folds = np.repeat([1, 2, 3, 4], 6)
    interval = fold_auc_interval(labels, labels + 10.0 * folds, folds)
    assert (interval.auc, interval.high, interval.method) == (1, 1, "exact")
    assert interval.low == pytest.approx(0.025 ** (1 / 12))
    mean = fold_mean(labels, labels.astype(float), folds)
    same = fold_delong_test(mean, mean)
    assert (same.difference, same.p_value, same.z) == (0, 1, 0)
    assert same.low == -same.high < 0


def test_dead_and_perfect_folds_get_a_bound_that_holds_for_any_mixture() -> None:
    """A fold with one score for all and a perfect one have no variance: Hoeffding's bound, wider than none."""
    labels = np.tile([0, 0, 0, 0, 1, 1, 1, 1], 2)
    folds = np.repeat([1, 2], 8)
    interval = fold_auc_interval(labels, np.where(folds == 1, 0.5, labels), folds)
    reach = math.sqrt(math.log(2 / 0.05) / (2 * 8))
    assert (interval.auc, interval.method) == (0.75, "exact")
    assert (interval.low, interval.high) == (pytest.approx(0.75 - reach), 1)


def test_folds_with_one_photo_of_a_class_are_bounded() -> None:
    """One photo shows no spread, so DeLong's variance is undefined and the bounds of k independent pairs take over."""
    labels = np.tile([0, 0, 1], 5)
    folds = np.repeat(np.arange(5), 3)
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=(2, 15))
    interval = fold_auc_interval(labels, a, folds)
    assert interval.method == "exact"
    assert interval.standard_error == pytest.approx(math.sqrt(interval.auc * (1 - interval.auc) / 5))
    test = fold_delong_test(fold_mean(labels, a, folds), fold_mean(labels, b, folds))
    assert test.p_value == pytest.approx(min(1, 4 * math.exp(-5 * test.difference**2 / 2)))


def test_curves_have_the_area_of_the_mean() -> None:
    """The averaged ROC curve has the mean AUC as its area, and the averaged precision the mean average precision."""
    labels, [scores, _], folds = study(np.random.default_rng(9), [(12, 10), (11, 13), (7, 9)])
    scores = np.round(scores, 1)  # ties draw slopes
    roc, mean = fold_roc_points(labels, scores, folds), fold_mean(labels, scores, folds)
    assert roc.auc == pytest.approx(mean.auc) == np.trapezoid(roc.true_positive_rate, roc.false_positive_rate)
    assert (roc.false_positive_rate[[0, -1]].tolist(), roc.true_positive_rate[[0, -1]].tolist()) == ([0, 1], [0, 1])
    assert (np.diff(roc.true_positive_rate) >= -1e-12).all()
    curve = fold_precision_recall(labels, scores, folds)
    alone = [precision_recall(labels[folds == f], scores[folds == f]).average_precision for f in (1, 2, 3)]
    assert curve.average_precision == pytest.approx(np.mean(alone))
    assert (np.diff(curve.recall) * curve.precision[1:]).sum() == pytest.approx(np.mean(alone))


@pytest.mark.parametrize(
    ("folds", "message"),
    [([1, 1, 2], "folds do not fit"), ([1.0, 1.0, 2.0, 2.0], "whole number"), ([1, 2, 2, 2], "One class is missing")],
)
def test_folds_that_do_not_fit_are_refused(folds: list[float], message: str) -> None:
    """Another length, fractions, or a fold without one of the classes are errors."""
    with pytest.raises(StatisticsError, match=message):
        fold_mean([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4], folds)


def test_means_over_different_photos_are_not_compared() -> None:
    """A paired test needs the same photos."""
    means = [fold_mean([0, 1] * n, np.arange(2 * n), [1] * (2 * n)) for n in (4, 5)]
    with pytest.raises(StatisticsError, match="different photos"):
        fold_delong_test(*means)


def test_mean_of_folds_is_not_the_pooled_auc() -> None:
    """Folds on different scales: pooled, the AUC is too low; the mean is that of each fold."""
    labels, folds = np.tile([0, 1], 20), np.repeat([1, 2], 20)
    scores = labels + 5.0 * folds
    assert (auc(labels, scores), fold_mean(labels, scores, folds).auc) == (0.75, 1.0)
