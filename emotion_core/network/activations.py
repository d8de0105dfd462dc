"""The activation functions that a network may use, under Keras' own names."""

from typing import NamedTuple


class Activation(NamedTuple):
    """One activation function.

    Attributes:
        name: Keras' identifier.
        formula: as a person writes it.
        note: one sentence on how it behaves in a hidden layer.
    """

    name: str
    formula: str
    note: str


HIDDEN_ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("relu", "max(0, x)", "Cheap and does not saturate for positive input; a unit can die."),
        Activation("tanh", "(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)", "Centred on zero; saturates at −1 and 1."),
        Activation("sigmoid", "1 / (1 + e⁻ˣ)", "Slope at most ¼, so gradients shrink with every layer."),
        Activation("leaky_relu", "x if x > 0 else 0.2 x", "ReLU that lets a little through, so that no unit dies."),
        Activation("elu", "x if x > 0 else eˣ − 1", "Smooth for negative input; mean activation nearer to zero."),
        Activation("selu", "1.0507 · (x if x > 0 else 1.6733 (eˣ − 1))", "Keeps mean and variance in deep stacks."),
        Activation("gelu", "x · Φ(x)", "Smooth relative of ReLU, usual in transformers."),
        Activation("silu", "x · sigmoid(x)", "Smooth, dips below zero; also called swish."),
        Activation("mish", "x · tanh(softplus(x))", "Smooth, dips below zero; close to silu."),
        Activation("softplus", "ln(1 + eˣ)", "Smooth ReLU; never exactly zero."),
        Activation("softsign", "x / (1 + |x|)", "Like tanh, but saturates more slowly."),
        Activation("linear", "x", "No activation: the stack stays a linear function."),
    )
}

OUTPUT_ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("sigmoid", "1 / (1 + e⁻ˣ)", "A probability; the unit that fits binary cross-entropy."),
        Activation(
            "relu", "max(0, x)", "As in the source study's Model 2: below zero it is dead, above one it is wrong."
        ),
    )
}
