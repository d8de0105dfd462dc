"""Gradient descent on functions of two numbers that can be seen as a landscape."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from emotion_core.network import Values

# Beyond this the path has left every landscape for good.
FAR_AWAY = 1e3
_Heights = Callable[[Values, Values], Values]


class Landscape(NamedTuple):
    """A function of two numbers x and y.

    Attributes:
        title: for a person.
        formula: as a person writes it.
        note: a sentence on what there is to see.
        height: the function, for arrays of x and y of one shape.
        slope: its gradient at one point, of shape ``(2,)``.
        start: where a walk begins.
        span: the part that is drawn: from and to, for x and for y.
        learning_rate: one that shows what there is to see.
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
    """The steps of gradient descent.

    Attributes:
        points: float64 of shape ``(steps + 1, 2)``, the start first.
        heights: float64 of shape ``(steps + 1,)``, of the function there.
        diverged: whether the walk ran away, where it ends early.
    """

    points: Values
    heights: Values
    diverged: bool


def _unit(w: Values, b: Values) -> tuple[Values, Values]:
    """Return what a sigmoid unit says of a sad photo at x = 1 and of a happy one at x = -1."""
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
        "The same slope in every direction. Beyond a learning rate of 2 each step lands higher than the one before.",
        lambda x, y: (x**2 + y**2) / 2,
        lambda at: at.copy(),
        (-3.4, 2.6),
        (-4, 4, -4, 4),
        0.2,
    ),
    "valley": Landscape(
        "A narrow valley",
        "½ (x² + 20 y²)",
        "Twenty times as steep across as along. What is safe across (below 0.1) is slow along; momentum helps.",
        lambda x, y: (x**2 + 20 * y**2) / 2,
        lambda at: at * (1.0, 20.0),
        (-3.6, 1.4),
        (-4, 4, -2, 2),
        0.09,
    ),
    "wells": Landscape(
        "A double well",
        "¼ (x² − 1)² + 0.1 x + ½ y²",
        "Two low points, the left one lower. Where the walk ends depends on its start, step and momentum.",
        lambda x, y: (x**2 - 1) ** 2 / 4 + 0.1 * x + y**2 / 2,
        lambda at: np.array([at[0] * (at[0] ** 2 - 1) + 0.1, at[1]]),
        (1.9, 1.1),
        (-2, 2, -1.5, 1.5),
        0.2,
    ),
    "plateau": Landscape(
        "A plateau: sigmoid with squared error",
        "½ [(σ(w + b) − 1)² + σ(b − w)²]",
        "One sigmoid unit that is wrong about both of its photos, and sure of it: where it saturates there is hardly a "
        "slope, so it hardly learns. Output unit and loss do not match.",
        _squared_error,
        _squared_error_slope,
        (-4.5, 1.0),
        (-6, 6, -4, 4),
        2.0,
    ),
    "matched": Landscape(
        "The same unit with cross-entropy",
        "½ [−ln σ(w + b) − ln(1 − σ(b − w))]",
        "The loss that fits a sigmoid: its slope is the error itself, so it is steepest where the unit is most wrong.",
        _cross_entropy,
        _cross_entropy_slope,
        (-4.5, 1.0),
        (-6, 6, -4, 4),
        2.0,
    ),
}


def descend(landscape: Landscape, learning_rate: float, momentum: float = 0.0, steps: int = 60) -> Walk:
    """Walk down a landscape from its start.

    Keras' SGD: ``v = momentum v - learning_rate gradient``, then the place moves by v (Polyak, 1964).

    Args:
        landscape: one of ``LANDSCAPES``.
        learning_rate: above 0.
        momentum: 0 to below 1.
        steps: how many at most; the walk ends where it has run away.
    """
    points = [np.array(landscape.start, dtype=np.float64)]
    velocity = np.zeros(2)
    while len(points) <= steps and np.abs(points[-1]).max() < FAR_AWAY:
        velocity = momentum * velocity - learning_rate * landscape.slope(points[-1])
        points.append(points[-1] + velocity)
    path = np.array(points)
    return Walk(path, landscape.height(path[:, 0], path[:, 1]), bool(np.abs(path[-1]).max() >= FAR_AWAY))
