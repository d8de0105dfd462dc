"""Exact limits for an AUC, and for the difference of two, where DeLong's standard error is zero or undefined.

That happens when every pair of photos is ordered alike (AUC 0 or 1), when all scores are equal, or when a class has a
single photo. Let r be the number of photos of the rarer class and a the true AUC. The photos hold r (happy, sad) pairs
that share no photo, so these pairs are independent. Each is ordered rightly with probability at most a, hence all are
with probability at most a**r; a distribution that has a fraction 1 - a of the rarer class wholly on the wrong side
reaches it. Solving a**r = (1 - confidence) / 2 for a gives the Clopper-Pearson limit for r hits in r trials.

With Markov's inequality in each pair the same argument holds when all pairs are tied, and, with r = 1, for any
AUC measured with a single photo of a class. For a difference it holds with (1 + difference) / 2 in place of the AUC.

References:
    Clopper & Pearson (1934), Biometrika 26:404-413.
    Hoeffding (1963), Journal of the American Statistical Association 58:13-30, section 5.
"""

import math


def auc_limits(area: float, n_rarer: int, confidence: float) -> tuple[float, float]:
    """Return the exact limits of an AUC.

    Args:
        area: the AUC, 0, .5 or 1, or any AUC where ``n_rarer`` is 1.
        n_rarer: photos of the rarer class, at least 1.
        confidence: chance that the limits enclose the true AUC, in (0, 1).

    >>> [round(limit, 3) for limit in auc_limits(1.0, 48, 0.95)]
    [0.926, 1.0]
    """
    tail = ((1 - confidence) / 2) ** (1 / n_rarer)
    return area * tail, 1 - (1 - area) * tail


def difference_limits(difference: float, n_rarer: int, confidence: float) -> tuple[float, float, float]:
    """Return exact limits and p-value of a difference that all pairs of photos show alike, or of r = 1 pair.

    The p-value is min(1, 2 * (1 + |difference|) ** -r): the largest chance that r independent pairs all favour one
    network by so much when the two are equally good. For a difference of 1 it is that of the sign test.

    Args:
        difference: of two AUCs on the same photos, -1 to 1.
        n_rarer: photos of the rarer class, at least 1.
        confidence: chance that the limits enclose the true difference, in (0, 1).

    Returns:
        Lower limit, upper limit, p-value.

    >>> [round(number, 3) for number in difference_limits(1.0, 6, 0.95)]
    [0.081, 1.0, 0.031]
    """
    low, high = auc_limits((1 + difference) / 2, n_rarer, confidence)
    return 2 * low - 1, 2 * high - 1, min(1.0, 2 * (1 + abs(difference)) ** -n_rarer)


def hoeffding_limits(difference: float, n_rarer: int, confidence: float) -> tuple[float, float, float]:
    """Return Hoeffding's limits and p-value of a difference: wider, but valid however the pairs differ.

    Args:
        difference: of two AUCs on the same photos, -1 to 1.
        n_rarer: photos of the rarer class, at least 1.
        confidence: chance that the limits enclose the true difference, in (0, 1).

    Returns:
        Lower limit, upper limit, p-value.

    >>> [round(number, 3) for number in hoeffding_limits(0.5, 48, 0.95)]
    [0.108, 0.892, 0.005]
    """
    reach = math.sqrt(2 * math.log(2 / (1 - confidence)) / n_rarer)
    p_value = min(1.0, 2 * math.exp(-n_rarer * difference**2 / 2))
    return max(-1.0, difference - reach), min(1.0, difference + reach), p_value
