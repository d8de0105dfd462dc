"""What a test set can show of two trained networks: the power of the paired test, and how many photos it takes.

This is one pair of networks, without adjustment. Another seed would have trained other networks: what a study can find
of activations, over seeds and photos, is planned in ``answer.planning``.

Two networks score the same photos, and the difference of their AUCs is tested with DeLong's test, two-sided at the 5 %
level. Its standard error is expected to be sqrt(a**2 + b**2 - 2 r a b), with Hanley and McNeil's standard errors a and
b, and r the correlation of the two AUCs over samples of photos.

The assumption is r = .5: two networks that learned from the same photos agree on many, the hard ones above all, and
Hanley and McNeil's table gives about .5 where their scores correlate by .55. With r = .3 a third more photos are
needed, with r = .8 less than half as many.

References:
    Hanley & McNeil (1982), Radiology 143:29-36: the standard error.
    Hanley & McNeil (1983), Radiology 148:839-843: the paired difference, and the table of r.
    Obuchowski & McClish (1997), Statistics in Medicine 16:1529-1542: sample sizes from it.
"""

import math
from bisect import bisect_left
from statistics import NormalDist

from emotion_core.evaluation.statistics.auc import expected_standard_error
from emotion_core.evaluation.statistics.validation import check_share

CORRELATION = 0.5
WANTED_POWER = 0.8
SIGNIFICANCE = 0.05
MOST_PHOTOS = 1_000_000  # of each class; more than this is no advice
STEP = 0.001


def paired_auc_power(
    n_happy: int, n_sad: int, auc_a: float, auc_b: float, *, correlation: float = CORRELATION
) -> float:
    """Return the chance that the paired test tells two networks apart.

    Args:
        n_happy: Happy test photos, at least 1.
        n_sad: Sad test photos, at least 1.
        auc_a: True AUC of the one network, in (0, 1).
        auc_b: True AUC of the other, in (0, 1).
        correlation: Of the two AUCs over samples of photos, in (0, 1).

    Returns:
        The power in (0, 1); .05, the rate of false alarms, where the AUCs are equal.

    Raises:
        StatisticsError: An AUC or the correlation is not in (0, 1), or a class has no photo.

    >>> f"{paired_auc_power(24, 24, 0.90, 0.85):.2f} {paired_auc_power(240, 240, 0.90, 0.85):.2f}"
    '0.16 0.86'
    """
    check_share(correlation, "correlation", "0.5")
    error_a, error_b = (expected_standard_error(area, n_happy, n_sad) for area in (auc_a, auc_b))
    error = math.sqrt(error_a**2 + error_b**2 - 2 * correlation * error_a * error_b)
    normal = NormalDist()
    critical, shift = normal.inv_cdf(1 - SIGNIFICANCE / 2), abs(auc_a - auc_b) / error
    return normal.cdf(shift - critical) + normal.cdf(-shift - critical)


def photos_needed(
    auc_a: float, auc_b: float, *, power: float = WANTED_POWER, correlation: float = CORRELATION
) -> int | None:
    """Return how many happy, and as many sad, test photos tell two networks apart with that power.

    Args:
        auc_a: True AUC of the one network, in (0, 1).
        auc_b: True AUC of the other, in (0, 1).
        power: Chance of finding the difference, in (0, 1).
        correlation: Of the two AUCs over samples of photos, in (0, 1).

    Returns:
        Photos of each class, or None where a million of each would not do.

    Raises:
        StatisticsError: A number is not in (0, 1).

    >>> photos_needed(0.90, 0.85), photos_needed(0.80, 0.80)
    (203, None)
    """
    check_share(power, "power", "0.8")
    photos = 1 + bisect_left(
        range(1, MOST_PHOTOS + 1), power, key=lambda n: paired_auc_power(n, n, auc_a, auc_b, correlation=correlation)
    )
    return photos if photos <= MOST_PHOTOS else None


def detectable_difference(
    area: float, n_happy: int, n_sad: int, *, power: float = WANTED_POWER, correlation: float = CORRELATION
) -> float | None:
    """Return how much worse a network must be for the paired test to tell it from one of this AUC.

    Args:
        area: True AUC of the better network, in (0, 1).
        n_happy: Happy test photos, at least 1.
        n_sad: Sad test photos, at least 1.
        power: Chance of finding the difference, in (0, 1).
        correlation: Of the two AUCs over samples of photos, in (0, 1).

    Returns:
        The smallest such difference in AUC, in steps of .001, or None where not even one that guesses is told from it.

    Raises:
        StatisticsError: A number is not in (0, 1), or a class has no photo.

    >>> detectable_difference(0.90, 48, 48), detectable_difference(0.60, 48, 48)
    (0.118, None)
    """
    check_share(power, "power", "0.8")
    steps = range(1, math.floor((area - 0.5) / STEP) + 1)
    index = bisect_left(
        steps,
        power,
        key=lambda step: paired_auc_power(n_happy, n_sad, area, area - step * STEP, correlation=correlation),
    )
    return round(steps[index] * STEP, 3) if index < len(steps) else None
