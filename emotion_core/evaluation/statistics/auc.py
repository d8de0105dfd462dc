"""How well scores tell sad photos from happy ones, and how sure that is: AUC, its interval, and the paired test.

The AUC is the share of (happy, sad) pairs of photos in which the sad photo scores higher, ties counting half.
Its standard error is DeLong's, computed from midranks in O(n log n).

DeLong gives no answer when every pair is ordered alike (AUC 0 or 1), when all scores are equal, or when a class has a
single photo. There the bounds of `exact_limits` take over: the Clopper-Pearson interval, and a sign test of the pairs.

References:
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44:837-845: the standard error and the paired test.
    Sun & Xu (2014), IEEE Signal Processing Letters 21:1389-1393: the same from midranks.
    Pepe (2003), The Statistical Evaluation of Medical Tests, section 5.2: the interval on the logit scale.
    Hanley & McNeil (1982), Radiology 143:29-36: the standard error expected before there are scores.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.statistics.exact_limits import auc_limits, difference_limits, hoeffding_limits
from emotion_core.evaluation.statistics.validation import FloatArray, IntArray, check_share, checked_classes


@dataclass(frozen=True)
class AucInterval:
    """An AUC with its confidence interval; all numbers in [0, 1].

    `method` is "delong-logit", or "exact" where DeLong's standard error is zero or undefined.
    """

    auc: float
    low: float
    high: float
    standard_error: float
    method: Literal["delong-logit", "exact"]


@dataclass(frozen=True)
class DelongTest:
    """Two AUCs on the same photos; `difference` is a minus b, `low` and `high` enclose it within [-1, 1]."""

    auc_a: float
    auc_b: float
    difference: float
    standard_error: float
    z: float
    p_value: float
    low: float
    high: float


class Placements(NamedTuple):
    """For each photo, how many photos of the other class it is ordered rightly with; ties count half.

    These are multiples of 1/2, exact as floats, so that comparing them with `==` is safe.
    """

    of_sad: FloatArray  # shape (n_sad,), 0..n_happy
    of_happy: FloatArray  # shape (n_happy,), 0..n_sad

    @property
    def auc(self) -> float:
        """The AUC."""
        return float(self.of_sad.sum() / (len(self.of_sad) * len(self.of_happy)))

    @property
    def n_rarer(self) -> int:
        """Number of photos of the rarer class."""
        return min(len(self.of_sad), len(self.of_happy))

    @property
    def is_constant(self) -> bool:
        """Whether the photos of each class are all placed alike, so that nothing varies."""
        return bool(np.ptp(self.of_sad) == 0 and np.ptp(self.of_happy) == 0)

    @property
    def standard_error(self) -> float:
        """DeLong's standard error of the AUC."""
        sad, happy = self.of_sad / len(self.of_happy), self.of_happy / len(self.of_sad)
        return math.sqrt(np.var(sad, ddof=1) / len(sad) + np.var(happy, ddof=1) / len(happy))

    def minus(self, other: "Placements") -> "Placements":
        """Return the differences of the placements, photo by photo."""
        return Placements(self.of_sad - other.of_sad, self.of_happy - other.of_happy)


def auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Return the area under the ROC curve: the chance that a sad photo scores above a happy one, ties half.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1.
        scores: P(sad), shape (n,); any finite numbers will do, only their order counts.

    Returns:
        The AUC in [0, 1]; .5 is guessing.

    Raises:
        StatisticsError: A class is missing, or labels and scores do not fit together.

    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    return placements_of(*checked_classes(labels, scores)).auc


def auc_interval(labels: ArrayLike, scores: ArrayLike, *, confidence: float = 0.95) -> AucInterval:
    """Return the AUC with a confidence interval that stays within [0, 1].

    Usually DeLong's standard error on the logit scale. An exact bound takes over where all pairs are ordered alike or
    a class has one photo: with t = ((1 - confidence) / 2) ** (1 / r), r photos in the rarer class, it runs from
    auc * t to 1 - (1 - auc) * t. At AUC 1 or 0 this is the Clopper-Pearson interval for r or 0 hits in r trials, since
    no distribution of AUC a separates the photos perfectly with a higher probability than a ** r.

    Equal scores for all photos give AUC .5 and the interval .5 * t to 1 - .5 * t, not .5 to .5. A predictor *known* to
    be constant has AUC .5 on any data, but equal scores on r pairs only show that ties are common: one tied pair
    of photos proves nothing, and the interval says so.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1.
        scores: P(sad), shape (n,), finite.
        confidence: Chance that the interval holds the true AUC, in (0, 1).

    Returns:
        The AUC with its interval. With one photo of a class the standard error is the largest possible one,
        sqrt(auc * (1 - auc)).

    Raises:
        StatisticsError: A class is missing, labels and scores do not fit together, or confidence is out of range.

    >>> interval = auc_interval([0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.6, 0.3, 0.7, 0.8])
    >>> f"{interval.auc:.3f} {interval.low:.3f} {interval.high:.3f} {interval.method}"
    '0.889 0.261 0.995 delong-logit'
    """
    check_share(confidence, "confidence", "0.95")
    placements = placements_of(*checked_classes(labels, scores))
    area = placements.auc
    if placements.n_rarer == 1 or placements.is_constant:
        error = 0.0 if placements.is_constant else math.sqrt(area * (1 - area))
        return AucInterval(area, *auc_limits(area, placements.n_rarer, confidence), error, "exact")
    error = placements.standard_error
    return AucInterval(area, *logit_limits(area, error, confidence), error, "delong-logit")


def logit_limits(area: float, error: float, confidence: float) -> tuple[float, float]:
    """Return the ends of the interval of an AUC that is symmetric on the logit scale, so it stays within (0, 1).

    Args:
        area: the AUC, in (0, 1).
        error: its standard error, above 0.
        confidence: chance that the interval holds the true AUC, in (0, 1).
    """
    center = math.log(area / (1 - area))
    reach = _normal_quantile(confidence) * error / (area * (1 - area))
    return _expit(center - reach), _expit(center + reach)


def delong_test(labels: ArrayLike, scores_a: ArrayLike, scores_b: ArrayLike, *, confidence: float = 0.95) -> DelongTest:
    """Test whether two AUCs measured on the same photos differ: paired, two-sided.

    Where the standard error is zero or undefined an exact bound takes over, and z is the normal deviate of its p-value.
    Scores that order all pairs of photos alike have difference 0, z 0, p 1 and standard error 0; so have two perfect
    networks. Their interval is as wide as the number of photos warrants: two networks that agree on few photos may
    still differ.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1.
        scores_a: Scores of the first network, shape (n,), finite.
        scores_b: Scores of the second network for the same photos in the same order, shape (n,), finite.
        confidence: Chance that the interval holds the true difference, in (0, 1).

    Returns:
        Both AUCs, their difference a - b, its standard error and interval, z and the two-sided p-value. With one
        photo of a class the standard error is the largest possible one, sqrt(1 - difference ** 2).

    Raises:
        StatisticsError: A class is missing, labels and scores do not fit together, or confidence is out of range.

    >>> test = delong_test([0, 0, 0, 1, 1, 1], [1, 2, 5, 4, 6, 7], [1, 4, 6, 3, 5, 7])
    >>> f"{test.difference:.3f} {test.standard_error:.3f} {test.z:.2f} {test.p_value:.3f}"
    '0.222 0.157 1.41 0.157'
    """
    check_share(confidence, "confidence", "0.95")
    label_array, first = checked_classes(labels, scores_a, name="scores_a")
    _, second = checked_classes(labels, scores_b, name="scores_b")
    a, b = placements_of(label_array, first), placements_of(label_array, second)
    if a.n_rarer == 1 or a.minus(b).is_constant:
        return _exact_test(a, b, confidence)
    difference = a.auc - b.auc
    error = a.minus(b).standard_error
    z = difference / error
    reach = _normal_quantile(confidence) * error
    low, high = max(-1.0, difference - reach), min(1.0, difference + reach)
    return DelongTest(a.auc, b.auc, difference, error, z, math.erfc(abs(z) / math.sqrt(2)), low, high)


def expected_standard_error(area: float, n_happy: int, n_sad: int) -> float:
    """Return the standard error that an AUC will have on so many photos, before there are any scores.

    Args:
        area: The AUC that is expected, in (0, 1).
        n_happy: Happy photos, at least 1.
        n_sad: Sad photos, at least 1.

    Returns:
        Hanley and McNeil's standard error.

    Raises:
        StatisticsError: The AUC is not in (0, 1), or a class has no photo.

    >>> round(expected_standard_error(0.75, 48, 48), 4)
    0.0499
    """
    check_share(area, "area", "0.75")
    if n_happy < 1 or n_sad < 1:
        raise StatisticsError(
            "A class has no photos. At least one happy and one sad photo were expected. "
            f"Received: n_happy={n_happy}, n_sad={n_sad}. Take a larger split."
        )
    excess_sad = area / (2 - area) - area**2
    excess_happy = 2 * area**2 / (1 + area) - area**2
    variance = area * (1 - area) + (n_sad - 1) * excess_sad + (n_happy - 1) * excess_happy
    return math.sqrt(variance / (n_happy * n_sad))


def placements_of(labels: IntArray, scores: FloatArray) -> Placements:
    """Return the placements of the photos of both classes.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1, checked.
        scores: P(sad), shape (n,), finite, checked.
    """
    sad, happy = scores[labels == 1], scores[labels == 0]
    ranks = midranks(scores)
    # A photo's rank among all, less its rank within its class, counts the photos of the other class below it.
    of_sad = ranks[labels == 1] - midranks(sad)
    of_happy = len(sad) - (ranks[labels == 0] - midranks(happy))
    return Placements(of_sad, of_happy)


def midranks(values: FloatArray) -> FloatArray:
    """Return the rank of each value from 1, equal values sharing the middle of theirs."""
    # Equal to scipy.stats.rankdata, whose import costs the web process half a second.
    _, position, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle: FloatArray = np.cumsum(counts) - (counts - 1) / 2
    return middle[position]


def _exact_test(a: Placements, b: Placements, confidence: float) -> DelongTest:
    difference = a.auc - b.auc
    # A zero standard error says that all pairs agree if the difference is 0 or both AUCs are 0, .5 or 1; two staggered
    # orderings (h s h s against s h s h) have one although pairs disagree.
    alike = difference == 0 or a.n_rarer == 1 or (a.is_constant and b.is_constant)
    limits = difference_limits if alike else hoeffding_limits
    low, high, p_value = limits(difference, a.n_rarer, confidence)
    # The floor keeps a p-value that underflowed within the domain of the quantile.
    z = math.copysign(NormalDist().inv_cdf(max(p_value / 2, 1e-300)), difference)
    error = 0.0 if a.minus(b).is_constant else math.sqrt(1 - difference**2)
    return DelongTest(a.auc, b.auc, difference, error, z, p_value, low, high)


def _normal_quantile(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _expit(value: float) -> float:
    return 0.5 * (1 + math.tanh(value / 2))
