"""The stack of layers: its gradient equals TensorFlow's, and shrinks as theory predicts."""

import numpy as np
import pytest

from emotion_core.network import HIDDEN_ACTIVATIONS, PRELU, Activation, Values
from emotion_core.network.activation_math import PRELU_SLOPE
from emotion_core.teaching.activations import WEIGHT_RULES, expected_gradient, gradient_profile
from emotion_core.teaching.activations.gradient_stack import backward, forward

DRAWS, WIDTH, DEPTH = 3, 6, 4


def in_tensorflow(name: str, weights: list[Values], x: Values, gradient: Values, normalize: bool) -> list[Values]:
    """Return the gradients at the input of every layer that TensorFlow's tape finds, in float64."""
    import keras
    import tensorflow as tf

    prelu = lambda z: tf.where(z > 0, z, PRELU_SLOPE * z)  # noqa: E731
    function = prelu if name == PRELU else keras.activations.get(name)
    h = tf.constant(x)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(h)
        layer_inputs = [h]
        for matrix in weights:
            if normalize:
                scaled = h / tf.sqrt(tf.reduce_mean(h**2, axis=1, keepdims=True))
                # Forward the scaled signal, back as if nothing had been scaled.
                h = h + tf.stop_gradient(scaled - h)
            h = function(tf.einsum("dij,dj->di", tf.constant(matrix), h))
            layer_inputs.append(h)
        out = tf.reduce_sum(h * gradient)
    return [tape.gradient(out, layer_input).numpy() for layer_input in layer_inputs]


@pytest.mark.parametrize("normalize", [False, True], ids=["as it comes", "normalize"])
@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS.values(), ids=lambda activation: activation.name)
def test_the_gradient_is_that_of_tensorflow(activation: Activation, normalize: bool) -> None:
    """What comes back in front of each layer is what GradientTape finds, to six digits, for all 20 activations."""
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=(DRAWS, WIDTH, WIDTH)) / np.sqrt(WIDTH) for _ in range(DEPTH)]
    x, gradient = rng.normal(size=(2, DRAWS, WIDTH))
    gradients = backward(activation, weights, forward(activation, weights, x, normalize=normalize), gradient)
    expected = in_tensorflow(activation.name, weights, x, gradient, normalize)
    assert len(gradients) == DEPTH + 1
    for ours, theirs in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "rule", "kept"),
    [("sigmoid", "unit", 0.0004), ("tanh", "unit", 0.147), ("relu", "unit", 0.177), ("relu", "he", 1.0)],
)
def test_what_is_left_after_five_layers(name: str, rule: str, kept: float) -> None:
    """The reference figures are met by the rule to the digits they have, and by backpropagation to a tenth."""
    activation = HIDDEN_ACTIVATIONS[name]
    gain = 64 * WEIGHT_RULES[rule].variance(64, 64)
    digits = len(str(kept)) - 2
    assert round(expected_gradient(activation, 5, gain), digits) == kept
    reading = gradient_profile(activation, 5, rule, normalize=True)
    assert reading.gradient[0] == pytest.approx(expected_gradient(activation, 5, gain), rel=0.1)
    assert reading.slopes_alone[0] == expected_gradient(activation, 5, gain)
    assert reading.gradient[-1] == reading.slopes_alone[-1] == 1


def test_a_stack_without_activation_keeps_signal_and_gradient_at_unit_gain() -> None:
    """Unit gain means what it says, at every depth and width."""
    for width in (16, 128):
        reading = gradient_profile(HIDDEN_ACTIVATIONS["linear"], 10, width=width, draws=256)
        np.testing.assert_allclose(reading.gradient, 1, rtol=0.25)
        np.testing.assert_allclose(reading.signal, 1, rtol=0.25)


def test_the_normalized_stack_gives_every_layer_the_same_spread() -> None:
    """Without normalization tanh's signal shrinks from layer to layer; with it, all inputs have one size."""
    rng, tanh = np.random.default_rng(0), HIDDEN_ACTIVATIONS["tanh"]
    weights = [rng.normal(size=(64, 64, 64)) / 8 for _ in range(8)]
    x = rng.normal(size=(64, 64))
    sizes = {
        normalize: [z.std() for z in forward(tanh, weights, x, normalize=normalize).z] for normalize in (False, True)
    }
    np.testing.assert_allclose(sizes[True], 1, rtol=0.05)
    assert sizes[False][-1] < 0.5 * sizes[False][0]


def test_all_zero_signals_are_no_trouble() -> None:
    """Where a narrow ReLU layer lets nothing through, zeros follow, not errors."""
    reading = gradient_profile(HIDDEN_ACTIVATIONS["relu"], 10, width=2, draws=8, normalize=True)
    assert np.isfinite(reading.gradient).all()
