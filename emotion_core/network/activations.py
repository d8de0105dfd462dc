"""The activation functions that a network can use, under their Keras names."""

from typing import NamedTuple

from emotion_core.network.activation_math import CURVES, Function


class Activation(NamedTuple):
    """One activation function.

    Attributes:
        name: Keras identifier.
        formula: in mathematical notation.
        note: one sentence on its behavior and its pitfalls.
        range: the values it can take, as an interval.
        source: authors and year of its proposal.
        initializer: Keras name of the initializer that was designed for it, or that is usual with it.
        value: the function, from float64 of any shape to float64 of that shape.
        derivative: its slope, likewise.
    """

    name: str
    formula: str
    note: str
    range: str
    source: str
    initializer: str
    value: Function
    derivative: Function


# He compensates for the half of the signal that a rectifier cuts off; Glorot suits units that are nearly linear at 0.
_HE, _GLOROT, _LECUN = "he_normal", "glorot_uniform", "lecun_normal"


def _hidden(name: str, formula: str, value_range: str, source: str, initializer: str, note: str) -> Activation:
    return Activation(name, formula, note, value_range, source, initializer, *CURVES[name])


HIDDEN_ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        _hidden(
            "relu",
            "max(0, x)",
            "[0, ∞)",
            "Nair & Hinton, 2010",
            _HE,
            "Cheap, and does not saturate for positive input. A unit whose input is never positive is dead.",
        ),
        _hidden(
            "leaky_relu",
            "x if x > 0 else 0.2 x",
            "(−∞, ∞)",
            "Maas, Hannun & Ng, 2013",
            _HE,
            "ReLU with a small slope below zero, so no unit dies. The slope is 0.2, as in the Keras function; the "
            "Keras layer of the same name uses 0.3.",
        ),
        _hidden(
            "prelu",
            "x if x > 0 else a x, a learned, initially 0.25",
            "(−∞, ∞) for a > 0",
            "He et al., 2015",
            _HE,
            "Learns the slope below zero: one parameter for each feature map or dense unit.",
        ),
        _hidden(
            "relu6",
            "min(max(0, x), 6)",
            "[0, 6]",
            "Krizhevsky, 2010",
            _HE,
            "ReLU capped at 6, designed for low-precision arithmetic; flat on both sides.",
        ),
        _hidden(
            "elu",
            "x if x > 0 else eˣ − 1",
            "(−1, ∞)",
            "Clevert, Unterthiner & Hochreiter, 2016",
            _HE,
            "Smooth for negative input, which brings the mean activation closer to zero.",
        ),
        _hidden(
            "celu",
            "x if x > 0 else α (e^(x/α) − 1), α = 1",
            "(−1, ∞)",
            "Barron, 2017",
            _HE,
            "A form of ELU that stays smooth for every α. With α = 1, as here, it equals ELU.",
        ),
        _hidden(
            "selu",
            "1.0507 · (x if x > 0 else 1.6733 (eˣ − 1))",
            "(−1.758, ∞)",
            "Klambauer et al., 2017",
            _LECUN,
            "Keeps mean and variance stable from layer to layer, provided that the initializer is lecun_normal and "
            "there is no batch normalization.",
        ),
        _hidden(
            "gelu",
            "x · Φ(x)",
            "[−0.170, ∞)",
            "Hendrycks & Gimpel, 2016",
            _HE,
            "Smooth relative of ReLU, common in transformers; Φ is the normal distribution function.",
        ),
        _hidden(
            "silu",
            "x · sigmoid(x)",
            "[−0.278, ∞)",
            "Elfwing, Uchibe & Doya, 2018",
            _HE,
            "Smooth; dips below zero. Also called swish.",
        ),
        _hidden(
            "mish",
            "x · tanh(softplus(x))",
            "[−0.309, ∞)",
            "Misra, 2019",
            _HE,
            "Smooth; dips below zero. Close to silu, but slower to compute.",
        ),
        _hidden(
            "softplus",
            "ln(1 + eˣ)",
            "(0, ∞)",
            "Dugas et al., 2001",
            _HE,
            "Smooth ReLU. Never exactly zero, so its mean stays well above zero.",
        ),
        _hidden(
            "softsign",
            "x / (1 + |x|)",
            "(−1, 1)",
            "Bergstra et al., 2009",
            _GLOROT,
            "Like tanh, but approaches its limits much more slowly.",
        ),
        _hidden(
            "squareplus",
            "(x + √(x² + 4)) / 2",
            "(0, ∞)",
            "Barron, 2021",
            _HE,
            "Close to softplus without an exponential.",
        ),
        _hidden(
            "tanh",
            "(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)",
            "(−1, 1)",
            "LeCun et al., 1998",
            _GLOROT,
            "Centered on zero; saturates at −1 and 1.",
        ),
        _hidden(
            "hard_tanh",
            "min(max(−1, x), 1)",
            "[−1, 1]",
            "Collobert, 2004",
            _GLOROT,
            "Piecewise linear version of tanh: the slope is exactly zero beyond −1 and 1.",
        ),
        _hidden(
            "sigmoid",
            "1 / (1 + e⁻ˣ)",
            "(0, 1)",
            "Rumelhart, Hinton & Williams, 1986",
            _GLOROT,
            "Its slope is at most ¼, so gradients shrink at every layer.",
        ),
        _hidden(
            "hard_sigmoid",
            "min(max(0, x/6 + ½), 1)",
            "[0, 1]",
            "Howard et al., 2019",
            _GLOROT,
            "Piecewise linear version of sigmoid: slope ⅙ between −3 and 3, zero beyond.",
        ),
        _hidden(
            "hard_silu",
            "x · hard_sigmoid(x)",
            "[−0.375, ∞)",
            "Howard et al., 2019",
            _HE,
            "silu without an exponential, designed for phones; exactly zero below −3.",
        ),
        _hidden(
            "tanh_shrink",
            "x − tanh(x)",
            "(−∞, ∞)",
            "Collobert, Kavukcuoglu & Farabet, 2011",
            _HE,
            "Nearly flat around zero, where most inputs lie, so signals and gradients shrink at first.",
        ),
        _hidden(
            "linear",
            "x",
            "(−∞, ∞)",
            "no activation",
            _GLOROT,
            "No activation: stacked layers remain one linear function of their input.",
        ),
    )
}

_OUTPUT = (
    ("sigmoid", "A probability; the natural match for binary cross-entropy."),
    ("linear", "A logit: its sigmoid is P(sad), and the loss is computed from the logit."),
    ("relu", "As in Model 2 of the source study. Below zero it has no gradient; above one it is no probability."),
    ("tanh", "From −1 to 1. Below zero it counts as P(sad) = 0, where cross-entropy has no slope."),
)

OUTPUT_ACTIVATIONS: dict[str, Activation] = {
    # He initialization keeps the variance of a next layer, and none follows here: auto means Glorot for every output.
    name: HIDDEN_ACTIVATIONS[name]._replace(note=note, initializer=_GLOROT)
    for name, note in _OUTPUT
} | {
    "softmax": Activation(
        "softmax",
        "e^b / (e^a + e^b)",
        "Two units, a for happy and b for sad. The curve shows P(sad) over b − a, which is the sigmoid.",
        "(0, 1)",
        "Bridle, 1990",
        _GLOROT,
        *CURVES["sigmoid"],
    )
}
