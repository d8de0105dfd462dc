"""Where an activation is flat, so that hardly any gradient comes back through it."""

import numpy as np

from emotion_core.network import Activation, Values

# Below it a unit counts as saturated, as in the records of a run.
FLAT_SLOPE = 0.01
_INPUTS = np.arange(-1200, 1201) / 100
# Where a curve turns around, its slope passes through zero; that is no flat part.
_LEAST_WIDTH = 0.15


def flat_parts(activation: Activation) -> list[tuple[float, float]]:
    """Return the parts between -12 and 12 where the slope is within 0.01 of 0, from the left; infinite at the ends.

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
        if high - low >= _LEAST_WIDTH
    ]


def flat_text(activation: Activation) -> str:
    """Return where it is flat in words.

    >>> from emotion_core.network import HIDDEN_ACTIVATIONS
    >>> flat_text(HIDDEN_ACTIVATIONS["tanh"]), flat_text(HIDDEN_ACTIVATIONS["linear"])
    ('below −3.0 and above 3.0', 'nowhere')
    """
    return " and ".join(_in_words(*part) for part in flat_parts(activation)) or "nowhere"


def largest_slope(activation: Activation) -> float:
    """Return the largest slope between -12 and 12."""
    slopes: Values = activation.derivative(_INPUTS)
    return float(slopes.max())


def _in_words(low: float, high: float) -> str:
    if np.isinf(low):
        return f"below {_number(high)}"
    return f"above {_number(low)}" if np.isinf(high) else f"between {_number(low)} and {_number(high)}"


def _number(value: float) -> str:
    # Without "-0.0", and with the sign that stands as high as the digits.
    return f"{value + 0.0:.1f}".replace("-0.0", "0.0").replace("-", "−")
