"""Gradient descent on functions of two variables, shown as landscapes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from emotion_core.network import Values

# Farther out a walk counts as diverged: no landscape brings it back.
FAR_AWAY = 1e3
_Heights = Callable[[Values, Values], Values]


class Landscape(NamedTuple):
    """A function of two variables, x and y.

    Attributes:
        title: display name.
        formula: in mathematical notation.
        note: what the landscape demonstrates.
        height: the function, for arrays of x and y of one shape.
        slope: its gradient at one point, of shape ``(2,)``.
        start: first point of a walk.
        span: the drawn part: minimum and maximum of x, then of y.
        learning_rate: default that demonstrates what the note says.
    """

    title: str
    formula: str
    note: str
    height: _Heights
    slope: Callable[[Values], Values]
    start: tuple[float, float]
    span: tuple[float, float, float, float]
    learning_rate: float


@dataclass(frozen=True)
class Walk:
    """The path of gradient descent.

    Attributes:
        points: float64 of shape ``(steps + 1, 2)``, the start first.
        heights: float64 of shape ``(steps + 1,)``, the function's values at the points.
        diverged: whether the walk diverged, and so ended early.
    """

    points: Values
    heights: Values
    diverged: bool


def _unit(w: Values, b: Values) -> tuple[Values, Values]:
    """Return a sigmoid unit's outputs for a sad photo at x = 1 and for a happy photo at x = -1."""
    return expit(w + b), expit(b - w)


def _squared_error(w: Values, b: Values) -> Values:
    sad, happy = _unit(w, b)
    error: Values = ((sad - 1) ** 2 + happy**2) / 2
    return error


def _squared_error_slope(at: Values) -> Values:
    sad, happy = _unit(*at)
    from_sad, from_happy = (sad - 1) * sad * (1 - sad), happy * happy * (1 - happy)
    return np.array([from_sad - from_happy, from_sad + from_happy])


def _cross_entropy(w: Values, b: Values) -> Values:
    loss: Values = (np.logaddexp(0, -(w + b)) + np.logaddexp(0, b - w)) / 2
    return loss


def _cross_entropy_slope(at: Values) -> Values:
    sad, happy = _unit(*at)
    return np.array([sad - 1 - happy, sad - 1 + happy]) / 2


LANDSCAPES = {
    "bowl": Landscape(
        "A bowl",
        "½ (x² + y²)",
        "The same slope in every direction. Above a learning rate of 2, each step lands higher than the last.",
        lambda x, y: (x**2 + y**2) / 2,
        lambda at: at.copy(),
        (-3.4, 2.6),
        (-4, 4, -4, 4),
        0.2,
    ),
    "valley": Landscape(
        "A narrow valley",
        "½ (x² + 20 y²)",
        "Twenty times steeper across than along. A rate that is safe across (below 0.1) is slow along; momentum helps.",
        lambda x, y: (x**2 + 20 * y**2) / 2,
        lambda at: at * (1.0, 20.0),
        (-3.6, 1.4),
        (-4, 4, -2, 2),
        0.09,
    ),
    "wells": Landscape(
        "A double well",
        "¼ (x² − 1)² + 0.1 x + ½ y²",
        "Two minima, the left one lower. Where the walk ends depends on start, learning rate and momentum.",
        lambda x, y: (x**2 - 1) ** 2 / 4 + 0.1 * x + y**2 / 2,
        lambda at: np.array([at[0] * (at[0] ** 2 - 1) + 0.1, at[1]]),
        (1.9, 1.1),
        (-2, 2, -1.5, 1.5),
        0.2,
    ),
    "plateau": Landscape(
        "A plateau: sigmoid with squared error",
        "½ [(σ(w + b) − 1)² + σ(b − w)²]",
        "One sigmoid unit that is wrong about both of its photos, and confident. It is saturated, so its slope is tiny "
        "and it barely learns. Output and loss do not match.",
        _squared_error,
        _squared_error_slope,
        (-4.5, 1.0),
        (-6, 6, -4, 4),
        2.0,
    ),
    "matched": Landscape(
        "The same unit with cross-entropy",
        "½ [−ln σ(w + b) − ln(1 − σ(b − w))]",
        "The loss that matches a sigmoid: its slope is the error itself, steepest where the unit is most wrong.",
        _cross_entropy,
        _cross_entropy_slope,
        (-4.5, 1.0),
        (-6, 6, -4, 4),
        2.0,
    ),
}


def descend(landscape: Landscape, learning_rate: float, momentum: float = 0.0, steps: int = 60) -> Walk:
    """Run gradient descent on a landscape from its start.

    The update is that of Keras' SGD: ``v = momentum v - learning_rate gradient``, then the point moves by v (Polyak,
    1964).

    Args:
        landscape: one of ``LANDSCAPES``.
        learning_rate: above 0.
        momentum: at least 0, below 1.
        steps: maximum number of steps; a diverged walk ends earlier.
    """
    points = [np.array(landscape.start, dtype=np.float64)]
    velocity = np.zeros(2)
    while len(points) <= steps and np.abs(points[-1]).max() < FAR_AWAY:
        velocity = momentum * velocity - learning_rate * landscape.slope(points[-1])
        points.append(points[-1] + velocity)
    path = np.array(points)
    return Walk(path, landscape.height(path[:, 0], path[:, 1]), bool(np.abs(path[-1]).max() >= FAR_AWAY))
