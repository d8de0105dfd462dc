"""Many tests at once: Holm's adjustment of their p-values, and the confidence at which intervals agree with it.

References:
    Holm (1979), Scandinavian Journal of Statistics 6:65-70.
"""

from collections.abc import Sequence

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.statistics.validation import check_share


def holm_adjust(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for their number, so that the chance of any false alarm among them stays at the level of one.

    Args:
        p_values: p-values in [0, 1], in any order; may be empty.

    Returns:
        The adjusted p-values in the order given, each in [0, 1] and none below its own p-value.

    Raises:
        StatisticsError: A value is not in [0, 1].

    >>> holm_adjust([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(_ascending(p_values)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = float(largest)
    return adjusted


def holm_confidences(p_values: Sequence[float], *, confidence: float = 0.95) -> list[float]:
    """Return the confidence at which the interval of each test agrees with its Holm-adjusted p-value.

    Holm's method tests the smallest of m p-values at the level alpha / m, the next at alpha / (m - 1), and stops at the
    first that is not below its level; those that follow share that level. An interval at 1 minus that level leaves the
    null value out exactly where the adjusted p-value is below alpha, if it belongs to the same test. The confidence
    is never below the one asked for, so each interval covers its value at least that often.

    Args:
        p_values: p-values in [0, 1], in any order; may be empty.
        confidence: 1 minus the level alpha of the whole family, in (0, 1).

    Returns:
        A confidence for each p-value, in the order given.

    Raises:
        StatisticsError: A p-value is not in [0, 1], or confidence is out of range.

    >>> [round(level, 4) for level in holm_confidences([0.001, 0.2, 0.04])]
    [0.9833, 0.975, 0.975]
    """
    check_share(confidence, "confidence", "0.95")
    alpha = 1 - confidence
    confidences = [confidence] * len(p_values)
    remaining = len(p_values)
    for index in _ascending(p_values):
        confidences[index] = 1 - alpha / remaining
        if p_values[index] * remaining < alpha:
            remaining -= 1
    return confidences


def _ascending(p_values: Sequence[float]) -> list[int]:
    for p_value in p_values:
        if not 0 <= p_value <= 1:
            raise StatisticsError(
                f"A p-value is out of range. Numbers from 0 to 1 were expected. Received: p_value={p_value!r}. "
                "Leave tests that could not be made out of the list."
            )
    return sorted(range(len(p_values)), key=lambda index: p_values[index])
