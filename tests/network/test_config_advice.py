"""Advice on settings, and measurements that support it."""

from typing import Any

import numpy as np
import pytest

from emotion_core.network import NetworkConfig, advice_on, build
from emotion_core.training import RunConfig
from emotion_core.training.engine import loss_of

# Keras asks its tensors for a NumPy array in a way that NumPy 2 deprecates (keras 3.15, tensorflow 2.21).
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SQUARED = {"loss": "mean_squared_error"}


@pytest.mark.parametrize(
    ("settings", "noted"),
    [
        ({}, []),
        ({"hidden_activation": "tanh"}, []),
        ({"output_activation": "relu"}, [("warning", "output_activation")]),
        ({"output_activation": "relu", **SQUARED}, [("warning", "output_activation")]),
        ({"output_activation": "tanh"}, [("warning", "output_activation")]),
        ({"output_activation": "tanh", **SQUARED}, [("info", "output_activation")]),
        ({"output_activation": "linear"}, [("info", "output_activation")]),
        ({"output_activation": "softmax"}, [("info", "output_activation")]),
        ({"output_activation": "softmax", **SQUARED}, [("info", "output_activation"), ("info", "loss")]),
        (SQUARED, [("info", "loss")]),
        ({"hidden_activation": "sigmoid"}, [("info", "hidden_activation")]),
        ({"hidden_activation": "sigmoid", "filters": (8,) * 4, "padding": "same"}, [("warning", "hidden_activation")]),
        ({"hidden_activation": "sigmoid", "filters": (8,), "dense_units": ()}, []),
        ({"hidden_activation": "sigmoid", "batch_normalization": True}, []),
        ({"hidden_activation": "tanh_shrink"}, [("warning", "hidden_activation")]),
        ({"hidden_activation": "tanh_shrink", "batch_normalization": True}, []),
        ({"hidden_activation": "linear"}, [("info", "hidden_activation")]),
        ({"hidden_activation": "linear", "dense_activation": "relu"}, []),
        ({"initializer": "auto"}, [("info", "initializer")]),
        ({"hidden_activation": "selu"}, [("warning", "initializer")]),
        ({"dense_activation": "selu", "initializer": "lecun_normal", "batch_normalization": True}, []),
        (
            {"hidden_activation": "selu", "initializer": "auto", "batch_normalization": True, "dropout": 0.2},
            [("info", "initializer"), ("warning", "batch_normalization"), ("info", "dropout")],
        ),
        ({"learning_rate": 0.01}, [("warning", "learning_rate")]),
        ({"learning_rate": 0.01, "optimizer": "sgd"}, []),
        (
            {"learning_rate": 0.01, "optimizer": "sgd", "hidden_activation": "sigmoid"},
            [("info", "hidden_activation"), ("warning", "optimizer")],
        ),
        ({"image_size": 48}, [("info", "image_size")]),
        ({"stride": 3, "kernel_size": 2, "filters": (4,)}, [("warning", "stride")]),
        ({"face_crop": True}, [("info", "face_crop")]),
    ],
)
def test_settings_that_work_against_each_other_are_noted(
    settings: dict[str, Any], noted: list[tuple[str, str]]
) -> None:
    """Each piece of advice names its field, and sound settings get none."""
    notes = advice_on(RunConfig(**settings))
    assert [(note.severity, note.field) for note in notes] == noted
    assert all(note.sentence.endswith(".") and note.field in RunConfig.model_fields for note in notes)


def test_network_without_training_settings_can_be_asked_about() -> None:
    """Without a loss and an optimizer there is no advice on them."""
    assert advice_on(NetworkConfig()) == []


def test_one_linear_function_but_for_max_pooling() -> None:
    """The advice mentions max pooling exactly where there is some."""
    plain = {"hidden_activation": "linear", "pooling": "average"}
    for settings, named in (
        (plain, False),
        ({**plain, "head": "global_max"}, True),
        ({**plain, "pooling": "max"}, True),
    ):
        (note,) = advice_on(NetworkConfig(**settings))
        assert ("max pooling" in note.sentence) == named


def test_without_activation_and_max_pooling_a_network_is_one_linear_function() -> None:
    """The answer to the mean of two photos is the mean of the answers."""
    config = NetworkConfig(hidden_activation="linear", output_activation="linear", pooling="average")
    model, (first, second) = (
        build(config),
        np.random.default_rng(0).uniform(0, 255, (2, 1, 64, 64, 3)).astype(np.float32),
    )
    both = (np.asarray(model(first)) + np.asarray(model(second))) / 2
    assert np.asarray(model((first + second) / 2)) == pytest.approx(both, abs=1e-5)


def first_gradients(config: RunConfig, output_bias: float | None = None) -> list[float]:
    """Return the norm of the gradient of each kernel before training, on random photos of two brightnesses."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    model = build(config)
    if output_bias is not None:
        model.get_layer("output").bias.assign([output_bias])
    labels = np.repeat([[0.0], [1.0]], 8, axis=0).astype(np.float32)
    pixels = np.random.default_rng(0).uniform(0, 150 + 100 * labels[:, :, None, None], (16, 64, 64, 3))
    kernels = [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]
    with tf.GradientTape() as tape:
        output = model(pixels.astype(np.float32), training=True)
        loss = loss_of(config)(labels, output, np.ones(16, dtype=np.float32))
    return [float(tf.norm(gradient)) for gradient in tape.gradient(loss, [kernel.value for kernel in kernels])]


@pytest.mark.parametrize(
    ("activation", "shrinks"), [("sigmoid", True), ("hard_sigmoid", True), ("relu", False), ("tanh", False)]
)
def test_gradients_vanish_through_sigmoid_layers(activation: str, shrinks: bool) -> None:
    """The first convolution starts with less than 1/100 of the output's gradient; batch normalization repairs that."""
    plain = first_gradients(RunConfig(hidden_activation=activation))
    assert (plain[-1] > 100 * plain[0]) == shrinks
    if shrinks:
        mended = first_gradients(RunConfig(hidden_activation=activation, batch_normalization=True))
        assert mended[-1] / mended[0] < plain[-1] / plain[0] / 5


def test_tanh_shrink_starts_without_gradient_unless_normalised() -> None:
    """Almost none in any layer, unlike other activations; batch normalization restores it."""
    assert max(first_gradients(RunConfig(hidden_activation="tanh_shrink"))) < 1e-6
    assert min(first_gradients(RunConfig(hidden_activation="tanh_shrink", batch_normalization=True))) > 1e-3
    assert min(first_gradients(RunConfig(hidden_activation="tanh"))) > 1e-3


@pytest.mark.parametrize(
    ("output", "loss", "bias", "moves"),
    [
        ("relu", "binary_crossentropy", -9, False),
        ("relu", "binary_crossentropy", 0.5, True),
        ("relu", "binary_crossentropy", 9, False),
        ("relu", "mean_squared_error", -9, False),
        ("relu", "mean_squared_error", 9, True),
        ("tanh", "binary_crossentropy", -1, False),
        ("tanh", "binary_crossentropy", 1, True),
        ("tanh", "mean_squared_error", -1, True),
        ("sigmoid", "binary_crossentropy", -9, True),
        ("linear", "binary_crossentropy", -9, True),
    ],
)
def test_outputs_have_a_slope_where_we_say_so(output: str, loss: str, bias: float, moves: bool) -> None:
    """With every photo on the flat side, a ReLU or tanh output leaves no gradient in any layer."""
    norms = first_gradients(RunConfig(output_activation=output, loss=loss), bias)
    assert (max(norms) > 0) == moves


def test_squared_error_hardly_moves_a_network_that_is_certain_and_wrong() -> None:
    """Cross-entropy keeps a slope a thousand times as large."""
    squared = first_gradients(RunConfig(loss="mean_squared_error"), 9)
    entropy = first_gradients(RunConfig(), 9)
    assert max(entropy) > 1000 * max(squared)
