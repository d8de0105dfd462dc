"""A stack of layers with random weights: a signal sent through it, and the gradient that comes back, by NumPy alone.

Every layer is ``z = W h`` and ``h' = f(z)``, as wide as all others, without biases. The weights are drawn with mean 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from emotion_core.network import Activation, Values

MOST_LAYERS = 10
# Numbers around 0, which is not among them for there lie the kinks, and how often each comes in a normal distribution.
_Z = np.linspace(-9, 9, 18_000)
_SHARE = np.exp(-(_Z**2) / 2)


class WeightRule(NamedTuple):
    """How the weights of a layer are drawn.

    Attributes:
        title: for a person.
        note: a sentence, with its source.
        variance: of a weight, from the number of a layer's inputs and outputs.
    """

    title: str
    note: str
    variance: Callable[[int, int], float]


WEIGHT_RULES = {
    "unit": WeightRule(
        "Unit gain",
        "Variance 1/n for n inputs: a layer without activation passes on as much as it gets (LeCun et al., 1998).",
        lambda inputs, outputs: 1 / inputs,
    ),
    "lecun": WeightRule(
        "LeCun", "Variance 1/n, the same as unit gain (LeCun et al., 1998).", lambda inputs, outputs: 1 / inputs
    ),
    "glorot": WeightRule(
        "Glorot",
        "Variance 2/(inputs + outputs), which in layers of equal width is 1/n too (Glorot & Bengio, 2010).",
        lambda inputs, outputs: 2 / (inputs + outputs),
    ),
    "he": WeightRule(
        "He",
        "Variance 2/n, which makes up for the half that ReLU cuts off (He et al., 2015).",
        lambda inputs, outputs: 2 / inputs,
    ),
}


@dataclass(frozen=True)
class GradientProfile:
    """What went through a stack and what came back, as root mean squares over all draws and units.

    Attributes:
        gradient: float64 of shape ``(depth + 1,)``: the gradient in front of each layer, from the stack's input to its
            output, as a share of the gradient at the output; the last is 1.
        signal: float64 of shape ``(depth + 1,)``: the size of what each layer hands on, the input first.
        slopes_alone: what the slopes leave of the gradient where each layer's ``z`` is normal, as ``kept_by_slopes``.
    """

    gradient: Values
    signal: Values
    slopes_alone: Values


class Pass(NamedTuple):
    """One way through a stack.

    Attributes:
        inputs: of each layer, and the output; each of shape ``(draws, width)``.
        z: of each layer, in front of its activation; each of shape ``(draws, width)``.
    """

    inputs: list[Values]
    z: list[Values]


def forward(activation: Activation, weights: Sequence[Values], x: Values, *, even: bool = False) -> Pass:
    """Send inputs through a stack.

    Args:
        activation: of every layer.
        weights: of each layer: ``(draws, width, width)``, for each draw its own.
        x: ``(draws, width)``.
        even: scale what a layer gets to a root mean square of 1 first, so that every ``z`` is spread like the first.
    """
    inputs, z = [x], []
    for matrix in weights:
        h = inputs[-1]
        if even:
            h = h / np.maximum(np.sqrt((h**2).mean(axis=1, keepdims=True)), np.finfo(float).tiny)
        z.append((matrix @ h[:, :, None])[:, :, 0])
        inputs.append(activation.value(z[-1]))
    return Pass(inputs, z)


def backward(activation: Activation, weights: Sequence[Values], way: Pass, gradient: Values) -> list[Values]:
    """Send a gradient back by the chain rule: through each slope, then through the transposed weights.

    Where the way was evened out, that scale is left out on the way back, so that the slopes alone are seen.

    Args:
        activation: of every layer.
        weights: as in ``forward``.
        way: what ``forward`` gave.
        gradient: at the output, ``(draws, width)``.

    Returns:
        The gradients at the places of ``way.inputs``, in their order.
    """
    gradients = [gradient]
    for matrix, z in zip(reversed(weights), reversed(way.z), strict=True):
        at_z = gradients[-1] * activation.derivative(z)
        gradients.append((at_z[:, None, :] @ matrix)[:, 0])
    return gradients[::-1]


def read_stack(
    activation: Activation,
    depth: int,
    rule: str = "unit",
    *,
    width: int = 128,
    draws: int = 128,
    even: bool = False,
    seed: int = 0,
) -> GradientProfile:
    """Send random inputs through random stacks and random gradients back, and measure both in front of every layer.

    Args:
        activation: of every layer.
        depth: number of layers, 1 to ``MOST_LAYERS``.
        rule: a name in ``WEIGHT_RULES``.
        width: units of every layer.
        draws: how many stacks, each with an input and a gradient of its own, all standard normal.
        even: scale what each layer gets to a root mean square of 1, which shows the slopes alone.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    variance = WEIGHT_RULES[rule].variance(width, width)
    weights = [rng.normal(0, np.sqrt(variance), (draws, width, width)) for _ in range(depth)]
    way = forward(activation, weights, rng.normal(size=(draws, width)), even=even)
    gradients = backward(activation, weights, way, rng.normal(size=(draws, width)))
    came_back = np.array([_root_mean_square(gradient) for gradient in gradients])
    signal = np.array([_root_mean_square(h) for h in way.inputs])
    alone = [kept_by_slopes(activation, count, width * variance) for count in range(depth, -1, -1)]
    return GradientProfile(came_back / came_back[-1], signal, np.array(alone))


def kept_by_slopes(activation: Activation, depth: int, gain: float = 1.0) -> float:
    """Return what is left of a gradient behind so many layers whose ``z`` is normal with mean 0.

    A layer multiplies the mean square of the gradient by the gain, n times the variance of its weights, and by the mean
    square of its slopes (Glorot & Bengio, 2010, equation 6; He et al., 2015, equation 14). With ``z`` of variance 1:
    ``sqrt(mean of f'(z)^2) ** depth`` at unit gain.

    Args:
        activation: of every layer.
        depth: number of layers.
        gain: of each layer; also the variance of its ``z``.

    Returns:
        The root mean square of the gradient at the input, as a share of that at the output.

    >>> from emotion_core.network import HIDDEN_ACTIVATIONS as known
    >>> [round(kept_by_slopes(known[name], 5), 4) for name in ("sigmoid", "tanh", "relu")]
    [0.0004, 0.147, 0.1768]
    >>> round(kept_by_slopes(known["relu"], 5, gain=2.0), 4)
    1.0
    """
    mean_square = np.average(activation.derivative(np.sqrt(gain) * _Z) ** 2, weights=_SHARE)
    return float((gain * mean_square) ** (depth / 2))


def _root_mean_square(values: Values) -> float:
    return float(np.sqrt((values**2).mean()))
