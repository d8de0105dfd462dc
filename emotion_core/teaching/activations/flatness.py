"""Flat parts of an activation, through which almost no gradient flows back."""

import numpy as np

from emotion_core.network import Activation, Values

# Below it a unit counts as saturated, the same limit as in a run's records.
FLAT_SLOPE = 0.01
_INPUTS = np.arange(-1200, 1201) / 100
# At a minimum or maximum the slope only passes through zero; that is no flat part.
_MIN_WIDTH = 0.15


def flat_parts(activation: Activation) -> list[tuple[float, float]]:
    """Return the intervals between -12 and 12 where the slope is within 0.01 of 0; those at the ends are infinite.

    >>> from emotion_core.network import HIDDEN_ACTIVATIONS
    >>> flat_parts(HIDDEN_ACTIVATIONS["relu6"])
    [(-inf, 0.0), (6.0, inf)]
    """
    flat = np.abs(activation.derivative(_INPUTS)) < FLAT_SLOPE
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(int)))
    parts = [(_INPUTS[begin], _INPUTS[end - 1]) for begin, end in edges.reshape(-1, 2)]
    ends = {float(_INPUTS[0]): -np.inf, float(_INPUTS[-1]): np.inf}
    return [
        (ends.get(float(low), float(low)), ends.get(float(high), float(high)))
        for low, high in parts
        if high - low >= _MIN_WIDTH
    ]


def flat_text(activation: Activation) -> str:
    """Return the flat parts of an activation in words.

    >>> from emotion_core.network import HIDDEN_ACTIVATIONS
    >>> flat_text(HIDDEN_ACTIVATIONS["tanh"]), flat_text(HIDDEN_ACTIVATIONS["linear"])
    ('below −3.0 and above 3.0', 'nowhere')
    """
    return " and ".join(_interval_text(*part) for part in flat_parts(activation)) or "nowhere"


def largest_slope(activation: Activation) -> float:
    """Return the largest slope between -12 and 12."""
    slopes: Values = activation.derivative(_INPUTS)
    return float(slopes.max())


def _interval_text(low: float, high: float) -> str:
    if np.isinf(low):
        return f"below {_number_text(high)}"
    return f"above {_number_text(low)}" if np.isinf(high) else f"between {_number_text(low)} and {_number_text(high)}"


def _number_text(value: float) -> str:
    # Never "-0.0", and with a real minus sign, as in the formulas of the page.
    return f"{value + 0.0:.1f}".replace("-0.0", "0.0").replace("-", "−")
