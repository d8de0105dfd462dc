"""Whether an AUC differs from .5: tests and intervals that agree, and keep their level with a dozen photos of a class.

For numbers the test is Brunner and Munzel's: DeLong's standard error, and Student's t with Satterthwaite's degrees of
freedom. It is made on the scale of the arcsine of the square root, which keeps its level where the AUC itself finds too
much and the logit too little; `benchmarks/shortcut_nulls.py` measures that.

A kind, such as a file format, has no order. Each photo scores by the share of sad photos that its kind has in the other
half of the photos; the AUC is the mean of the two halves'. Each is judged by what the other one taught, so the two are
not independent, and no closed formula gives the error of their mean: the labels are permuted within the halves, and the
AUC in standard errors is compared with those of the permuted labels. Half of a few photos teaches little, so that this
AUC is below the one that all photos of a site would reach.

References:
    Brunner & Munzel (2000), Biometrical Journal 42:17-25: the test of an AUC of .5.
    Pauly, Asendorf & Konietschke (2016), Biometrical Journal 58:1319-1337: permuted AUCs in standard errors.
    Phipson & Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9:39: p-values of random draws.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.statistics.auc import midranks
from emotion_core.evaluation.statistics.exact_limits import auc_limits
from emotion_core.evaluation.statistics.validation import FloatArray, IntArray, checked_classes

DRAWS = 1999  # permutations; a p-value of .0005 can still be told after ten tests, and 200 kinds take half a second
SEED = 0
MIN_PER_CLASS = 4  # two in each half
MAX_CELLS = 1_000_000  # kinds times draws that are held at once
NO_ERROR = 1e-9  # a standard error below it is rounding


@dataclass(frozen=True)
class AucTest:
    """An AUC, and the p-value of its being .5; `limits` gives the interval of the same test."""

    auc: float
    p_value: float
    standard_error: float
    n_pairs: int
    critical: Callable[[float], float] = field(repr=False, compare=False)

    def limits(self, confidence: float) -> tuple[float, float]:
        """Return the interval that leaves .5 out where the p-value is below 1 minus the confidence."""
        if self.standard_error <= NO_ERROR:
            return auc_limits(self.auc, self.n_pairs, confidence)
        center, reach = _angle(self.auc), self.critical(confidence) * _angle_error(self.auc, self.standard_error)
        low, high = max(0.0, center - reach), min(math.pi / 2, center + reach)
        return math.sin(low) ** 2, math.sin(high) ** 2


def number_test(labels: ArrayLike, values: ArrayLike) -> AucTest:
    """Test whether a number is larger for sad photos as often as for happy ones: two-sided.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1.
        values: The number for each photo, shape (n,), finite; ties are allowed.

    Raises:
        StatisticsError: A class is missing, or labels and values do not fit together.

    >>> test = number_test([0, 0, 0, 0, 1, 1, 1, 1], [1, 2, 3, 6, 4, 5, 7, 8])
    >>> low, high = test.limits(0.95)
    >>> f"{test.auc:.3f} {low:.3f} {high:.3f} {test.p_value:.3f}"
    '0.875 0.358 1.000 0.112'
    """
    from scipy.special import stdtr, stdtrit

    truth, numbers = checked_classes(labels, values, name="values")
    ranks = midranks(numbers)
    sad, happy = ranks[truth == 1], ranks[truth == 0]
    n_sad, n_happy = len(sad), len(happy)
    of_sad = (sad - midranks(numbers[truth == 1])) / n_happy
    of_happy = 1 - (happy - midranks(numbers[truth == 0])) / n_sad
    area, n_rarer = float(of_sad.mean()), min(n_sad, n_happy)
    parts = [float(part.var(ddof=1)) / len(part) if len(part) > 1 else math.inf for part in (of_sad, of_happy)]
    error = math.sqrt(sum(parts)) if n_rarer > 1 else 0.0
    if error <= NO_ERROR:
        return _without_error(area, n_rarer)
    freedom = error**4 / sum(part**2 / (n - 1) for part, n in zip(parts, (n_sad, n_happy), strict=True))
    p_value = 2 * float(stdtr(freedom, -abs(_in_errors(area, error))))
    return AucTest(area, p_value, error, n_rarer, lambda confidence: float(stdtrit(freedom, (1 + confidence) / 2)))


def kind_test(labels: ArrayLike, kinds: ArrayLike) -> AucTest:
    """Test whether the kinds of photos say anything of their labels, by the AUC that one half teaches the other.

    Only an AUC above .5 counts as saying something, so the p-value is one-sided.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1, at least four of each.
        kinds: The kind of each photo, shape (n,).

    Raises:
        StatisticsError: A class has fewer than four photos, or labels and kinds do not fit together.
    """
    codes = np.unique(kinds, return_inverse=True)[1]
    truth, _ = checked_classes(labels, codes, name="kinds")
    n_rarer = int(np.bincount(truth).min())
    if n_rarer < MIN_PER_CLASS:
        raise StatisticsError(
            f"A class has too few photos to learn from one half of them. At least {MIN_PER_CLASS} happy and "
            f"{MIN_PER_CLASS} sad photos were expected. Received: {n_rarer} of the rarer class. Add photos."
        )
    rng = np.random.default_rng(SEED)
    half = _halves(truth, rng)
    n_kinds = int(codes.max()) + 1
    counts = np.array([np.bincount(codes[half == side], minlength=n_kinds) for side in (0, 1)])
    of_sad = np.array([np.bincount(codes[(half == side) & (truth == 1)], minlength=n_kinds) for side in (0, 1)])
    [area], [error] = _taught_aucs(of_sad[None], counts)
    if error <= NO_ERROR:
        return _without_error(float(area), n_rarer)
    drawn = np.sort(_drawn_in_errors(counts, of_sad.sum(axis=1), rng))[::-1]
    as_large = int((drawn >= _in_errors(float(area), float(error)) - NO_ERROR).sum())
    p_value = (1 + as_large) / (1 + DRAWS)
    return AucTest(float(area), p_value, float(error), n_rarer, lambda confidence: _quantile(drawn, confidence))


def _without_error(area: float, n_rarer: int) -> AucTest:
    # The p-value that goes with `auc_limits`, whose bound takes more than one pair only where all pairs agree.
    n_pairs = n_rarer if area in (0.0, 0.5, 1.0) else 1
    p_value = min(1.0, 2 * (0.5 / max(area, 1 - area)) ** n_pairs)
    return AucTest(area, p_value, 0.0, n_pairs, lambda confidence: math.nan)


def _angle(area: float) -> float:
    return math.asin(math.sqrt(area))


def _angle_error(area: float, error: float) -> float:
    return error / (2 * math.sqrt(area * (1 - area)))


def _in_errors(area: float, error: float) -> float:
    return (_angle(area) - math.pi / 4) / _angle_error(area, error)


def _quantile(drawn: FloatArray, confidence: float) -> float:
    """Return the value above which the p-value is below 1 minus the confidence; `drawn` descends."""
    # A value with k drawn ones above it has the p-value (1 + k) / (1 + number drawn). Rounded: 1 - .95 is above .05.
    too_many = math.ceil(round((1 - confidence) * (len(drawn) + 1), 9)) - 1
    return float(drawn[max(0, too_many - 1)])


def _halves(labels: IntArray, rng: np.random.Generator) -> IntArray:
    """Return 0 or 1 for each photo; both halves have equally many photos of each label, or one more."""
    order = rng.permutation(len(labels))
    half = np.empty(len(labels), dtype=np.int64)
    half[order[np.argsort(labels[order], kind="stable")]] = np.arange(len(labels)) % 2
    return half


def _drawn_in_errors(counts: IntArray, n_sad: IntArray, rng: np.random.Generator) -> FloatArray:
    """Return the AUCs of labels that are shuffled within each half, less .5, in their standard errors."""
    results = []
    step = max(1, MAX_CELLS // counts.size)
    for start in range(0, DRAWS, step):
        size = min(step, DRAWS - start)
        halves = [
            rng.multivariate_hypergeometric(kinds, sad, size=size) for kinds, sad in zip(counts, n_sad, strict=True)
        ]
        areas, errors = _taught_aucs(np.stack(halves, axis=1), counts)
        inside = (errors > NO_ERROR) & (areas > 0) & (areas < 1)
        # Labels that are told apart perfectly count as more than any others, those all alike as nothing.
        values = np.where(areas > 0.5, np.inf, np.where(areas < 0.5, -np.inf, 0.0))
        area = areas[inside]
        values[inside] = (np.arcsin(np.sqrt(area)) - np.pi / 4) * 2 * np.sqrt(area * (1 - area)) / errors[inside]
        results.append(values)
    return np.concatenate(results)


def _taught_aucs(of_sad: IntArray, counts: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean AUC of the two halves, each scored by the other one, and its error as if they were independent.

    Args:
        of_sad: Sad photos of each half and kind, shape (draws, 2, kinds).
        counts: All photos of each half and kind, shape (2, kinds).

    Returns:
        Both float64 of shape (draws,).
    """
    usual = of_sad[0].sum() / counts.sum()
    # One photo more, with the usual share: a kind of one photo proves nothing, and an unknown kind is like the others.
    scores = (of_sad[:, ::-1] + usual) / (counts[::-1] + 1)
    order = np.argsort(scores, axis=2)
    scores = np.take_along_axis(scores, order, axis=2)
    sad = np.take_along_axis(of_sad, order, axis=2)
    happy = np.take_along_axis(counts - of_sad, order, axis=2)
    n_sad, n_happy = (group.sum(axis=2, keepdims=True) for group in (sad, happy))
    right_of_sad, right_of_happy = _below(happy, scores) / n_happy, 1 - _below(sad, scores) / n_sad
    areas = (sad * right_of_sad).sum(axis=2, keepdims=True) / n_sad
    variances = [
        (group * (right - areas) ** 2).sum(axis=2) / ((n - 1) * n)[:, :, 0]
        for group, right, n in ((sad, right_of_sad, n_sad), (happy, right_of_happy, n_happy))
    ]
    return areas.mean(axis=(1, 2)), np.sqrt(sum(variances).sum(axis=1)) / 2


def _below(counts: IntArray, scores: FloatArray) -> FloatArray:
    """Return how many of the counted photos lie below each ascending score, those at the same score counting half."""
    upto, last_kind = np.cumsum(counts, axis=2), scores.shape[2] - 1
    position = np.broadcast_to(np.arange(last_kind + 1), scores.shape)
    # Equal shares are ties, whatever their last digit.
    is_next_higher = np.diff(scores, axis=2) > NO_ERROR
    starts = np.pad(is_next_higher, ((0, 0), (0, 0), (1, 0)), constant_values=True)
    ends = np.pad(is_next_higher, ((0, 0), (0, 0), (0, 1)), constant_values=True)
    first = np.maximum.accumulate(np.where(starts, position, 0), axis=2)
    last = np.minimum.accumulate(np.where(ends, position, last_kind)[:, :, ::-1], axis=2)[:, :, ::-1]
    before = np.take_along_axis(upto - counts, first, axis=2)
    return (before + np.take_along_axis(upto, last, axis=2)) / 2
