"""Activation functions and their slopes on arrays: float64 in, float64 out, any shape, no overflow.

At a kink the slope is that of the flatter side; a leaky function has its slope below zero there.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtr

LEAKY_SLOPE = 0.2  # of the Keras function leaky_relu; the Keras layer of the same name has 0.3
PRELU_SLOPE = 0.25  # before training; He et al. (2015), section 2
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. (2017), equation 14

Values = npt.NDArray[np.float64]
Function = Callable[[Values], Values]


class Curve(NamedTuple):
    """A function and its slope.

    Attributes:
        value: ``f(x)``.
        derivative: ``f'(x)``.
    """

    value: Function
    derivative: Function


def _bent(below: float, upper: float = np.inf) -> Curve:
    """Return ``below * x`` for negative x, and ``min(x, upper)`` otherwise."""
    return Curve(
        lambda x: np.where(x > 0, np.minimum(x, upper), below * x),
        lambda x: np.where(x > 0, np.where(x < upper, 1.0, 0.0), below),
    )


def _exponential(alpha: float = 1.0, scale: float = 1.0) -> Curve:
    """Return ``scale * x`` for positive x, and ``scale * alpha * (exp(x) - 1)`` for negative x."""
    # np.where computes both branches: the minimum keeps exp from overflowing where x is large.
    return Curve(
        lambda x: scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
        lambda x: scale * np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0))),
    )


def _ramp(start: float, end: float, low: float, high: float) -> Curve:
    """Return a straight line from ``low`` at ``start`` to ``high`` at ``end``, flat outside."""
    return Curve(
        lambda x: np.interp(x, (start, end), (low, high)),
        lambda x: np.where((start < x) & (x < end), (high - low) / (end - start), 0.0),
    )


def _softplus(x: Values) -> Values:
    return np.logaddexp(0.0, x)


def _sigmoid_slope(x: Values) -> Values:
    sigmoid: Values = expit(x) * expit(-x)
    return sigmoid


def _tanh_slope(x: Values) -> Values:
    return 1 - np.tanh(x) ** 2


def _mish_slope(x: Values) -> Values:
    softplus = _softplus(x)
    slope: Values = np.tanh(softplus) + x * _tanh_slope(softplus) * expit(x)
    return slope


def _normal_density(x: Values) -> Values:
    density: Values = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return density


CURVES: dict[str, Curve] = {
    "relu": _bent(0.0),
    "leaky_relu": _bent(LEAKY_SLOPE),
    "prelu": _bent(PRELU_SLOPE),
    "relu6": _bent(0.0, 6.0),
    "elu": _exponential(),
    "celu": _exponential(),
    "selu": _exponential(SELU_ALPHA, SELU_SCALE),
    "gelu": Curve(lambda x: x * ndtr(x), lambda x: ndtr(x) + x * _normal_density(x)),
    "silu": Curve(lambda x: x * expit(x), lambda x: expit(x) + x * _sigmoid_slope(x)),
    "mish": Curve(lambda x: x * np.tanh(_softplus(x)), _mish_slope),
    "softplus": Curve(_softplus, expit),
    "softsign": Curve(lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2),
    "squareplus": Curve(lambda x: (x + np.hypot(x, 2)) / 2, lambda x: (1 + x / np.hypot(x, 2)) / 2),
    "tanh": Curve(np.tanh, _tanh_slope),
    "hard_tanh": _ramp(-1.0, 1.0, -1.0, 1.0),
    "sigmoid": Curve(expit, _sigmoid_slope),
    "hard_sigmoid": _ramp(-3.0, 3.0, 0.0, 1.0),
    "hard_silu": Curve(
        lambda x: x * np.clip(x + 3, 0, 6) / 6,
        lambda x: np.where(x > -3, np.where(x < 3, x / 3 + 0.5, 1.0), 0.0),
    ),
    "tanh_shrink": Curve(lambda x: x - np.tanh(x), lambda x: np.tanh(x) ** 2),
    "linear": Curve(np.copy, np.ones_like),
}
