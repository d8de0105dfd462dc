"""Forward and backward pass through a stack of random layers, in NumPy.

Every layer is ``z = W h`` and ``h' = f(z)``, of equal width and without bias. The weights are drawn with mean 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from emotion_core.network import Activation, Values

MAX_LAYERS = 10
# Grid for the mean over a standard normal z, and its weights. An even count leaves out 0, where the kinks lie.
_Z = np.linspace(-9, 9, 18_000)
_DENSITY = np.exp(-(_Z**2) / 2)


class WeightRule(NamedTuple):
    """A rule for drawing the weights of a layer.

    Attributes:
        title: display name.
        note: a sentence on the rule, with its source.
        variance: variance of a weight, given the layer's numbers of inputs and outputs.
    """

    title: str
    note: str
    variance: Callable[[int, int], float]


WEIGHT_RULES = {
    "unit": WeightRule(
        "Unit gain",
        "Variance 1/n for n inputs: a layer without activation keeps the signal's variance (LeCun et al., 1998).",
        lambda inputs, outputs: 1 / inputs,
    ),
    "lecun": WeightRule(
        "LeCun", "Variance 1/n, the same as unit gain (LeCun et al., 1998).", lambda inputs, outputs: 1 / inputs
    ),
    "glorot": WeightRule(
        "Glorot",
        "Variance 2/(inputs + outputs), which is also 1/n in layers of equal width (Glorot & Bengio, 2010).",
        lambda inputs, outputs: 2 / (inputs + outputs),
    ),
    "he": WeightRule(
        "He",
        "Variance 2/n, which compensates for the half that ReLU cuts off (He et al., 2015).",
        lambda inputs, outputs: 2 / inputs,
    ),
}


@dataclass(frozen=True)
class GradientProfile:
    """Signal and gradient in a stack, as root mean squares over all draws and units.

    Attributes:
        gradient: float64 of shape ``(depth + 1,)``: the gradient in front of each layer, from the stack's input to its
            output, as a share of the gradient at the output; the last is 1.
        signal: float64 of shape ``(depth + 1,)``: the size of each layer's input, then of the output.
        slopes_alone: float64 of shape ``(depth + 1,)``: ``expected_gradient`` in front of each layer.
    """

    gradient: Values
    signal: Values
    slopes_alone: Values


class ForwardPass(NamedTuple):
    """Values of a forward pass.

    Attributes:
        inputs: of each layer, then the output; each of shape ``(draws, width)``.
        z: of each layer, before its activation; each of shape ``(draws, width)``.
    """

    inputs: list[Values]
    z: list[Values]


def forward(activation: Activation, weights: Sequence[Values], x: Values, *, normalize: bool = False) -> ForwardPass:
    """Send inputs through a stack.

    Args:
        activation: of every layer.
        weights: of each layer, float64 of shape ``(draws, width, width)``; each draw has its own.
        x: float64 of shape ``(draws, width)``.
        normalize: whether to scale each layer's input to a root mean square of 1, so that every ``z`` has the spread of
            the first.
    """
    inputs, z = [x], []
    for matrix in weights:
        h = inputs[-1]
        if normalize:
            h = h / np.maximum(np.sqrt((h**2).mean(axis=1, keepdims=True)), np.finfo(float).tiny)
        z.append((matrix @ h[:, :, None])[:, :, 0])
        inputs.append(activation.value(z[-1]))
    return ForwardPass(inputs, z)


def backward(
    activation: Activation, weights: Sequence[Values], forward_pass: ForwardPass, gradient: Values
) -> list[Values]:
    """Send a gradient back by the chain rule: through each slope, then through the transposed weights.

    The scaling of a normalized forward pass is left out, so that the gradient shows the effect of the slopes alone.

    Args:
        activation: of every layer.
        weights: as in ``forward``.
        forward_pass: result of ``forward``.
        gradient: at the output, float64 of shape ``(draws, width)``.

    Returns:
        The gradients with respect to ``forward_pass.inputs``, in their order.
    """
    gradients = [gradient]
    for matrix, z in zip(reversed(weights), reversed(forward_pass.z), strict=True):
        at_z = gradients[-1] * activation.derivative(z)
        gradients.append((at_z[:, None, :] @ matrix)[:, 0])
    return gradients[::-1]


def gradient_profile(
    activation: Activation,
    depth: int,
    rule: str = "unit",
    *,
    width: int = 128,
    draws: int = 128,
    normalize: bool = False,
    seed: int = 0,
) -> GradientProfile:
    """Measure signal and gradient in front of every layer, over random stacks, inputs and output gradients.

    Args:
        activation: of every layer.
        depth: number of layers, 1 to ``MAX_LAYERS``.
        rule: a name in ``WEIGHT_RULES``.
        width: number of units in every layer.
        draws: number of stacks, each with its own standard normal input and output gradient.
        normalize: whether to scale each layer's input to a root mean square of 1, which isolates the slopes.
        seed: of the random numbers.
    """
    rng = np.random.default_rng(seed)
    variance = WEIGHT_RULES[rule].variance(width, width)
    weights = [rng.normal(0, np.sqrt(variance), (draws, width, width)) for _ in range(depth)]
    forward_pass = forward(activation, weights, rng.normal(size=(draws, width)), normalize=normalize)
    gradients = backward(activation, weights, forward_pass, rng.normal(size=(draws, width)))
    gradient_sizes = np.array([_root_mean_square(gradient) for gradient in gradients])
    signal = np.array([_root_mean_square(h) for h in forward_pass.inputs])
    alone = [expected_gradient(activation, count, width * variance) for count in range(depth, -1, -1)]
    return GradientProfile(gradient_sizes / gradient_sizes[-1], signal, np.array(alone))


def expected_gradient(activation: Activation, depth: int, gain: float = 1.0) -> float:
    """Return the share of a gradient that is left after several layers whose ``z`` is normal with mean 0.

    A layer multiplies the mean square of the gradient by its gain (n times the variance of its weights) and by the mean
    square of its slopes (Glorot & Bengio, 2010, equation 6; He et al., 2015, equation 14). With ``z`` of variance 1:
    ``sqrt(mean of f'(z)^2) ** depth`` at unit gain.

    Args:
        activation: of every layer.
        depth: number of layers.
        gain: of each layer, which is also the variance of its ``z``.

    Returns:
        The root mean square of the gradient at the input, as a share of that at the output.

    >>> from emotion_core.network import HIDDEN_ACTIVATIONS as known
    >>> [round(expected_gradient(known[name], 5), 4) for name in ("sigmoid", "tanh", "relu")]
    [0.0004, 0.147, 0.1768]
    >>> round(expected_gradient(known["relu"], 5, gain=2.0), 4)
    1.0
    """
    mean_square = np.average(activation.derivative(np.sqrt(gain) * _Z) ** 2, weights=_DENSITY)
    return float((gain * mean_square) ** (depth / 2))


def _root_mean_square(values: Values) -> float:
    return float(np.sqrt((values**2).mean()))
