"""The activation functions that a network may use, under Keras' own names."""

from typing import NamedTuple

from emotion_core.network.activation_math import CURVES, Function


class Activation(NamedTuple):
    """One activation function.

    Attributes:
        name: Keras' identifier.
        formula: as a person writes it.
        note: one sentence on how it behaves and what to know before it is used.
        range: the values it can take, as an interval.
        source: who proposed it, and when.
        initializer: Keras' name of the initialiser that it was made for, or that is usual with it.
        value: the function: float64 of any shape to float64 of that shape.
        derivative: its slope, in the same way.
    """

    name: str
    formula: str
    note: str
    range: str
    source: str
    initializer: str
    value: Function
    derivative: Function


# He's rule makes up for the half that a rectifier cuts off, Glorot's is for units that are nearly linear around zero.
_HE, _GLOROT, _LECUN = "he_normal", "glorot_uniform", "lecun_normal"


def _hidden(name: str, formula: str, span: str, source: str, initializer: str, note: str) -> Activation:
    return Activation(name, formula, note, span, source, initializer, *CURVES[name])


HIDDEN_ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        _hidden(
            "relu",
            "max(0, x)",
            "[0, ∞)",
            "Nair & Hinton, 2010",
            _HE,
            "Cheap, and does not saturate for positive input; a unit that is never positive has died.",
        ),
        _hidden(
            "leaky_relu",
            "x if x > 0 else 0.2 x",
            "(−∞, ∞)",
            "Maas, Hannun & Ng, 2013",
            _HE,
            "ReLU that lets a little through, so that no unit dies; the slope is 0.2 here, as in Keras' function, "
            "while Keras' layer of that name has 0.3.",
        ),
        _hidden(
            "prelu",
            "x if x > 0 else a x, a learnt, 0.25 at first",
            "(−∞, ∞) for a > 0",
            "He et al., 2015",
            _HE,
            "Learns the slope below zero: one number for each feature map or dense unit, counted among the parameters.",
        ),
        _hidden(
            "relu6",
            "min(max(0, x), 6)",
            "[0, 6]",
            "Krizhevsky, 2010",
            _HE,
            "ReLU with a ceiling, made for arithmetic with few digits; flat on both sides.",
        ),
        _hidden(
            "elu",
            "x if x > 0 else eˣ − 1",
            "(−1, ∞)",
            "Clevert, Unterthiner & Hochreiter, 2016",
            _HE,
            "Smooth for negative input, which brings the mean activation nearer to zero.",
        ),
        _hidden(
            "celu",
            "x if x > 0 else α (e^(x/α) − 1), α = 1",
            "(−1, ∞)",
            "Barron, 2017",
            _HE,
            "ELU in a form that stays smooth for every α; with α = 1, as here, it is ELU.",
        ),
        _hidden(
            "selu",
            "1.0507 · (x if x > 0 else 1.6733 (eˣ − 1))",
            "(−1.758, ∞)",
            "Klambauer et al., 2017",
            _LECUN,
            "Keeps mean and variance from layer to layer by itself, if the initialiser is lecun_normal "
            "and there is no batch normalisation.",
        ),
        _hidden(
            "gelu",
            "x · Φ(x)",
            "[−0.170, ∞)",
            "Hendrycks & Gimpel, 2016",
            _HE,
            "Smooth relative of ReLU, usual in transformers; Φ is the normal distribution.",
        ),
        _hidden(
            "silu",
            "x · sigmoid(x)",
            "[−0.278, ∞)",
            "Elfwing, Uchibe & Doya, 2018",
            _HE,
            "Smooth, dips below zero; also called swish.",
        ),
        _hidden(
            "mish",
            "x · tanh(softplus(x))",
            "[−0.309, ∞)",
            "Misra, 2019",
            _HE,
            "Smooth, dips below zero; close to silu and dearer to compute.",
        ),
        _hidden(
            "softplus",
            "ln(1 + eˣ)",
            "(0, ∞)",
            "Dugas et al., 2001",
            _HE,
            "Smooth ReLU; never exactly zero, and its mean is far from zero.",
        ),
        _hidden(
            "softsign",
            "x / (1 + |x|)",
            "(−1, 1)",
            "Bergstra et al., 2009",
            _GLOROT,
            "Like tanh, but it nears its limits much more slowly.",
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
            "Centred on zero; saturates at −1 and 1.",
        ),
        _hidden(
            "hard_tanh",
            "min(max(−1, x), 1)",
            "[−1, 1]",
            "Collobert, 2004",
            _GLOROT,
            "Straight pieces in place of tanh: exactly no slope beyond −1 and 1.",
        ),
        _hidden(
            "sigmoid",
            "1 / (1 + e⁻ˣ)",
            "(0, 1)",
            "Rumelhart, Hinton & Williams, 1986",
            _GLOROT,
            "Slope at most ¼, so gradients shrink with every layer.",
        ),
        _hidden(
            "hard_sigmoid",
            "min(max(0, x/6 + ½), 1)",
            "[0, 1]",
            "Howard et al., 2019",
            _GLOROT,
            "Straight pieces in place of sigmoid: slope ⅙ between −3 and 3 and none beyond.",
        ),
        _hidden(
            "hard_silu",
            "x · hard_sigmoid(x)",
            "[−0.375, ∞)",
            "Howard et al., 2019",
            _HE,
            "silu without an exponential, made for phones; exactly zero below −3.",
        ),
        _hidden(
            "tanh_shrink",
            "x − tanh(x)",
            "(−∞, ∞)",
            "Collobert, Kavukcuoglu & Farabet, 2011",
            _HE,
            "Nearly flat around zero, where most inputs lie, so that signals and gradients shrink at first.",
        ),
        _hidden(
            "linear",
            "x",
            "(−∞, ∞)",
            "no activation",
            _GLOROT,
            "No activation: layers stay one linear function of their input.",
        ),
    )
}

_OUTPUT = (
    ("sigmoid", "A probability; the unit that fits binary cross-entropy."),
    ("linear", "A logit: its sigmoid is P(sad), and the loss is computed from the logit itself."),
    ("relu", "As in the source study's Model 2: below zero it is dead, above one it is wrong."),
    ("tanh", "From −1 to 1; below zero it counts as P(sad) = 0, and cross-entropy has no slope there."),
)

OUTPUT_ACTIVATIONS: dict[str, Activation] = {
    # No layer follows whose variance He's rule would keep, so that auto means Glorot's for every output.
    name: HIDDEN_ACTIVATIONS[name]._replace(note=note, initializer=_GLOROT)
    for name, note in _OUTPUT
} | {
    "softmax": Activation(
        "softmax",
        "e^b / (e^a + e^b)",
        "Two units, a for happy and b for sad; the curve is P(sad) over b − a, which is the sigmoid.",
        "(0, 1)",
        "Bridle, 1990",
        _GLOROT,
        *CURVES["sigmoid"],
    )
}
