"""Activation functions, compared with Keras' own functions and TensorFlow's gradients."""

from typing import Any

import numpy as np
import pytest

from emotion_core.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, PRELU, Activation
from emotion_core.network.activation_math import PRELU_SLOPE
from emotion_core.network.config import INITIALIZERS

EVERY = [*HIDDEN_ACTIVATIONS.values(), *OUTPUT_ACTIVATIONS.values()]
# Between the kinks, which all lie at whole numbers.
GRID = np.arange(-8.05, 8.1, 0.1)


def in_keras(name: str, x: Any) -> Any:
    """Return what Keras makes of x in float64: as a unit, or as P(sad) of two units that are x apart."""
    import keras

    if name == PRELU:
        layer = keras.layers.PReLU(keras.initializers.Constant(PRELU_SLOPE), shared_axes=[1], dtype="float64")
        return layer(x[None])[0]
    if name == "softmax":
        return keras.activations.softmax(keras.ops.stack([keras.ops.zeros_like(x), x], axis=1))[:, 1]
    return keras.activations.get(name)(x)


@pytest.mark.parametrize("activation", EVERY, ids=lambda activation: activation.name)
def test_function_and_slope_are_those_of_keras(activation: Activation) -> None:
    """The drawn curve is the trained function, and its slope is the gradient in training."""
    import tensorflow as tf

    x = tf.constant(GRID)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = in_keras(activation.name, x)
    value, derivative = activation.value(GRID), activation.derivative(GRID)
    assert value.dtype == derivative.dtype == np.float64
    np.testing.assert_allclose(value, y.numpy(), rtol=0, atol=1e-6)
    np.testing.assert_allclose(derivative, tape.gradient(y, x).numpy(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("activation", EVERY, ids=lambda activation: activation.name)
def test_large_inputs_do_not_overflow(activation: Activation) -> None:
    """For large inputs value and slope are finite, in any shape and without a warning."""
    x = np.array([[-1e4, -750.0, 0.0], [40.0, 750.0, 1e4]])
    for function in (activation.value, activation.derivative):
        assert function(x).shape == x.shape
        assert np.isfinite(function(x)).all()


@pytest.mark.parametrize("activation", EVERY, ids=lambda activation: activation.name)
def test_range_is_the_one_that_is_stated(activation: Activation) -> None:
    """The stated interval is the function's range, to the stated digits."""
    low, high = activation.range.removesuffix(" for a > 0")[1:-1].replace("−", "-").split(", ")
    values = activation.value(np.linspace(-1e4, 1e4, 2_000_001))
    for text, reached in ((low, values.min()), (high, values.max())):
        if "∞" in text:
            assert abs(reached) > 1e3
        else:
            assert reached == pytest.approx(float(text), abs=6e-4)


def test_the_twenty_hidden_functions_and_five_outputs_are_there() -> None:
    """Every function of the source study and of the usual lists can be chosen."""
    names = """relu leaky_relu prelu relu6 elu celu selu gelu silu mish softplus softsign squareplus tanh hard_tanh
    sigmoid hard_sigmoid hard_silu tanh_shrink linear"""
    assert sorted(HIDDEN_ACTIVATIONS) == sorted(names.split())
    assert set(OUTPUT_ACTIVATIONS) == {"sigmoid", "linear", "relu", "tanh", "softmax"}


@pytest.mark.parametrize("table", [HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS], ids=["hidden", "output"])
def test_every_activation_is_explained(table: dict[str, Activation]) -> None:
    """Each has a formula, a sentence, a source and an initializer that can be chosen."""
    for name, activation in table.items():
        assert activation.name == name
        assert activation.formula and activation.source
        assert activation.note.endswith(".")
        assert activation.initializer in INITIALIZERS[1:]


def test_initialiser_fits_the_activation() -> None:
    """SELU keeps variance with LeCun's rule, rectifiers with He's; for symmetric functions Glorot's is usual."""
    wanted = {"selu": "lecun_normal", "relu": "he_normal", "tanh": "glorot_uniform", "sigmoid": "glorot_uniform"}
    assert {name: HIDDEN_ACTIVATIONS[name].initializer for name in wanted} == wanted
