"""Networks that are really built by Keras, against what we say of them without building."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_core.network import (
    HIDDEN_ACTIVATIONS,
    OUTPUT_ACTIVATIONS,
    NetworkConfig,
    build,
    layers_of,
    parameter_count,
)
from emotion_core.network.export import KERAS_FILE, LITERT_FILE, save

# Keras asks its tensors for a NumPy array in a way that NumPy 2 deprecates (keras 3.15, tensorflow 2.21).
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

FILTERS = (4, 6, 5)


def formula(name: str, x: np.ndarray) -> np.ndarray:
    """Return an activation function's values, computed from its definition."""
    sigmoid = 1 / (1 + np.exp(-x))
    softplus = np.log1p(np.exp(x))
    erf = np.vectorize(math.erf)(x / np.sqrt(2))
    selu_alpha, selu_scale = 1.6732632423543772, 1.0507009873554805
    return {
        "relu": np.maximum(0, x),
        "tanh": np.tanh(x),
        "sigmoid": sigmoid,
        "leaky_relu": np.where(x > 0, x, 0.2 * x),
        "elu": np.where(x > 0, x, np.exp(x) - 1),
        "selu": selu_scale * np.where(x > 0, x, selu_alpha * (np.exp(x) - 1)),
        "gelu": x * (1 + erf) / 2,
        "silu": x * sigmoid,
        "mish": x * np.tanh(softplus),
        "softplus": softplus,
        "softsign": x / (1 + np.abs(x)),
        "linear": x,
    }[name]


def keras_shapes(model: Any) -> list[tuple[int, ...]]:
    """Return the output shape of each layer but the rescaling, without the batch."""
    return [tuple(layer.output.shape[1:]) for layer in model.layers[1:]]


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("output_activation", OUTPUT_ACTIVATIONS)
@pytest.mark.parametrize("hidden_activation", HIDDEN_ACTIVATIONS)
def test_network_is_built_as_described(hidden_activation: str, output_activation: str, depth: int) -> None:
    """Every activation, output and depth builds, with the layers, shapes and parameters that we state."""
    config = NetworkConfig(
        image_size=32,
        filters=FILTERS[:depth],
        kernel_size=3,
        dense_units=(7, 5),
        hidden_activation=hidden_activation,
        output_activation=output_activation,
    )
    model, layers = build(config), layers_of(config)
    assert parameter_count(config) == model.count_params()
    assert [layer.output_shape for layer in layers] == keras_shapes(model)
    assert [layer.parameters for layer in layers] == [layer.count_params() for layer in model.layers[1:]]
    activations = [layer.activation.__name__ for layer in model.layers if hasattr(layer, "activation")]
    assert activations == [hidden_activation] * (depth + 2) + [output_activation]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("image_size", "kernel_size", "dense_units"), [(33, 4, ()), (64, 5, (256, 128)), (47, 1, (3,))]
)
def test_odd_sides_kernels_and_heads_are_counted_rightly(
    padding: str, image_size: int, kernel_size: int, dense_units: tuple[int, ...]
) -> None:
    """Uneven sizes, even kernels and networks without dense layers are counted as Keras counts them."""
    config = NetworkConfig(
        image_size=image_size, filters=FILTERS, kernel_size=kernel_size, padding=padding, dense_units=dense_units
    )
    model = build(config)
    assert parameter_count(config) == model.count_params()
    assert [layer.output_shape for layer in layers_of(config)] == keras_shapes(model)


def test_dense_layers_may_have_an_activation_of_their_own() -> None:
    """The source study's third network has tanh convolutions and ReLU dense layers."""
    config = NetworkConfig(image_size=32, filters=(4,), hidden_activation="tanh", dense_activation="relu")
    names = {layer.name: layer.activation.__name__ for layer in build(config).layers if hasattr(layer, "activation")}
    assert names == {"conv1": "tanh", "dense1": "relu", "dense2": "relu", "output": "sigmoid"}
    assert [layer.name for layer in layers_of(config)][-3:] == ["Dense, relu", "Dense, relu", "Output, sigmoid"]


@pytest.mark.parametrize("name", HIDDEN_ACTIVATIONS)
def test_activation_means_the_function_that_is_shown(name: str) -> None:
    """Keras computes what the formula on the page says."""
    import keras

    x = np.linspace(-4, 4, 41)
    computed = np.asarray(keras.activations.get(name)(keras.ops.convert_to_tensor(x.astype(np.float32))))
    np.testing.assert_allclose(computed, formula(name, x), atol=2e-6, rtol=2e-6)


def test_pixels_are_divided_by_255_inside_the_network() -> None:
    """The network takes 0 to 255, so training, prediction and export cannot scale differently."""
    model = build(NetworkConfig(image_size=16, filters=(4,), kernel_size=3, dense_units=()))
    pixels = np.full((1, 16, 16, 3), 255, dtype=np.float32)
    scaled = np.asarray(model.layers[0](pixels))
    assert (scaled.min(), scaled.max()) == pytest.approx((1, 1))


def test_seed_decides_the_first_weights() -> None:
    """The same seed draws the same network, another seed another."""
    import keras

    config = NetworkConfig(image_size=16, filters=(4,), kernel_size=3, dense_units=(8,))
    weights = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        weights.append(np.concatenate([weight.ravel() for weight in build(config).get_weights()]))
    assert (weights[0] == weights[1]).all()
    assert (weights[0] != weights[2]).any()


def test_saved_files_hold_the_network(tmp_path: Path) -> None:
    """Both files answer as the network did, and no half-written file is left beside them."""
    import keras
    from ai_edge_litert.interpreter import Interpreter

    model = build(NetworkConfig(image_size=16, filters=(4,), kernel_size=3, dense_units=(8,)))
    save(model, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [KERAS_FILE, LITERT_FILE]
    pixels = np.random.default_rng(0).integers(0, 256, (1, 16, 16, 3)).astype(np.float32)
    wanted = np.asarray(model(pixels))
    interpreter = Interpreter(str(tmp_path / LITERT_FILE))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], pixels)
    interpreter.invoke()
    np.testing.assert_allclose(np.asarray(keras.models.load_model(tmp_path / KERAS_FILE)(pixels)), wanted, atol=1e-6)
    np.testing.assert_allclose(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]), wanted, atol=1e-5)
