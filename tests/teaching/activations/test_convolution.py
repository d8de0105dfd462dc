"""The convolution that is shown is the one that the network computes, number by number."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_core.network import HIDDEN_ACTIVATIONS, build
from emotion_core.network.export import save_network
from emotion_core.prediction import LiteRTNetwork
from emotion_core.teaching.activations import KERNELS, convolve_by_hand, convolve_by_network
from emotion_core.teaching.activations.convolution import max_pool
from emotion_core.training import RunConfig

pytestmark = pytest.mark.slow


SMALL: dict[str, Any] = {"image_size": 24, "filters": (4, 6), "kernel_size": 3, "dense_units": (8,)}
NETWORKS: dict[str, dict[str, Any]] = {
    "relu": {},
    "tanh, grey, same": {"hidden_activation": "tanh", "color": "grey", "padding": "same"},
    "sigmoid, strides": {"hidden_activation": "sigmoid", "stride": 2, "pooling": "none", "padding": "same"},
    "gelu, normalised, average": {"hidden_activation": "gelu", "batch_normalization": True, "pooling": "average"},
    "two convolutions": {"hidden_activation": "elu", "convolutions": 2, "padding": "same"},
}


class Trained:
    """What a classifier has of a network."""

    def __init__(self, network: LiteRTNetwork) -> None:
        self.network = network


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("settings", NETWORKS.values(), ids=NETWORKS)
def test_kernel_times_patch_is_the_networks_own_map(settings: dict[str, Any], tmp_path: Path) -> None:
    """In every convolution, patch times kernel plus bias through the activation is what LiteRT gives, and so pooled."""
    config = RunConfig(**SMALL | settings)
    save_network(build(config), config, tmp_path)
    network = LiteRTNetwork.read(tmp_path / "model.tflite")
    pixels = np.random.default_rng(0).integers(0, 256, config.input_spec.shape, dtype=np.uint8)
    count = len(config.filters) * config.convolutions
    assert network.convolution_count == count
    for number in range(count):
        view = convolve_by_network(Trained(network), pixels, number)  # type: ignore[arg-type]
        if number == 0 and config.stride == 1:
            edge = int(config.padding == "same")
            np.testing.assert_allclose(view.inputs[edge : edge + 24, edge : edge + 24], pixels / 255, rtol=1e-6)
        row, column = view.feature_maps.shape[0] - 1, 1
        by_hand = (view.patch(row, column)[..., None] * view.kernels).sum(axis=(0, 1, 2)) + view.bias
        np.testing.assert_allclose(view.feature_maps[row, column], by_hand, rtol=1e-4, atol=1e-5)
        bent = HIDDEN_ACTIVATIONS[config.hidden_activation].value(view.feature_maps.astype(np.float64))
        np.testing.assert_allclose(view.activated, bent, rtol=1e-4, atol=1e-4)
        pools = config.pooling == "max" and (number + 1) % config.convolutions == 0
        if pools:
            assert view.pooled is not None
            np.testing.assert_array_equal(view.pooled, max_pool(view.activated))
        elif config.pooling != "average":
            assert view.pooled is None


def test_kernels_with_half_the_digits_are_read_too(tmp_path: Path) -> None:
    """A file that keeps its weights as float16 shows the same kernels, to three digits."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(20, 5), keras.layers.Flatten()])
    model.add(keras.layers.Dense(1))
    model.export(str(tmp_path / "saved"), verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "saved"))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    convolution = LiteRTNetwork(converter.convert(), "half").convolution(0)
    np.testing.assert_allclose(convolution.kernels, model.layers[0].kernel.numpy(), atol=2e-3)


def test_kernels_made_by_hand_do_what_they_are_called() -> None:
    """An even area has no edges and stays as bright; a step from dark to light shows in the edges that fit it."""
    even = np.full((12, 12, 1), 100, dtype=np.uint8)
    step = np.concatenate([np.full((12, 6, 1), 200), np.zeros((12, 6, 1))], axis=1).astype(np.uint8)
    on_even = {name: convolve_by_hand(even, kernel).feature_maps for name, kernel in KERNELS.items()}
    on_step = {name: convolve_by_hand(step, kernel).feature_maps for name, kernel in KERNELS.items()}
    for name in ("edges", "upright", "level"):
        np.testing.assert_allclose(on_even[name], 0, atol=1e-5)
    for name in ("blur", "sharpen", "emboss"):
        np.testing.assert_allclose(on_even[name], 100 / 255, rtol=1e-5)
    assert on_step["upright"].max() == pytest.approx(4 * 200 / 255)
    np.testing.assert_allclose(on_step["level"], 0, atol=1e-5)


def test_max_pooling_keeps_the_largest_of_every_four() -> None:
    """What is left over at the right and below is dropped, as in Keras."""
    maps = np.arange(15, dtype=np.float32).reshape(3, 5, 1)
    np.testing.assert_array_equal(max_pool(maps)[..., 0], [[6, 8]])
    view = convolve_by_hand(np.zeros((9, 9, 1), dtype=np.uint8), KERNELS["blur"], "sigmoid")
    assert view.pooled is not None
    assert (view.activated == 0.5).all()
    assert view.pooled.shape == (3, 3, 1)
