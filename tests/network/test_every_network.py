"""Every combination of preset, activation, output and depth is built and trained for one step."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from emotion_core.network import HIDDEN_ACTIVATIONS, NetworkConfig, build, field_errors, layers_of
from emotion_core.training import PRESETS, RunConfig
from emotion_core.training.config.presets import filters_for_depth
from emotion_core.training.engine import loss_of

# Keras asks its tensors for a NumPy array in a way that NumPy 2 deprecates (keras 3.15, tensorflow 2.21).
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

OUTPUTS = ("sigmoid", "linear", "tanh", "softmax")
DEPTHS = (1, 2, 3, 4)
SIZES = (16, 24, 36, 48, 76, 256)
LABELS = np.array([[0], [1]], dtype=np.float32)
EQUAL_WEIGHTS = np.ones(2, dtype=np.float32)


def at_smallest_size(network: Mapping[str, Any]) -> RunConfig:
    """Return a preset's network and loss, at the smallest of our sizes that its blocks allow."""
    kept = {field: value for field, value in network.items() if field in {*NetworkConfig.model_fields, "loss"}}
    size = next(size for size in SIZES if not field_errors(RunConfig, {**kept, "image_size": size}))
    return RunConfig(**{**kept, "image_size": size})


@cache
def take_one_step(config: RunConfig) -> None:
    """Build the network, compare it with our layer table, and adjust its weights once on two photos."""
    import tensorflow as tf

    model, layers = build(config), layers_of(config)
    assert [layer.key for layer in layers] == [layer.name for layer in model.layers[1:]]
    assert [layer.parameters for layer in layers] == [layer.count_params() for layer in model.layers[1:]]
    assert [layer.output_shape for layer in layers] == [tuple(layer.output.shape[1:]) for layer in model.layers[1:]]
    pixels = np.random.default_rng(0).uniform(0, 255, (2, *model.input_shape[1:])).astype(np.float32)
    with tf.GradientTape() as tape:
        loss = loss_of(config)(LABELS, model(pixels, training=True), EQUAL_WEIGHTS)
    gradients = tape.gradient(loss, model.trainable_variables)
    assert np.isfinite(loss.numpy())
    for weights, gradient in zip(model.trainable_variables, gradients, strict=True):
        weights.assign_sub(0.01 * gradient)
        assert np.isfinite(weights.numpy()).all()


@pytest.mark.usefixtures("starter_weights")
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
def test_every_network_takes_a_training_step(activation: str, preset: str) -> None:
    """With each output and depth the network matches its layer table, and a step leaves finite weights.

    The networks of a preset that has several take turns; presets that come to the same network try it once.
    """
    networks = PRESETS[preset].networks or (PRESETS[preset].settings,)
    # What the starter's blocks leave of 48 pixels is enough for two more.
    for depth in DEPTHS[:2] if "starter_blocks" in networks[0] else DEPTHS:
        for number, output in enumerate(OUTPUTS):
            network = networks[(depth + number) % len(networks)]
            filters = filters_for_depth(network.get("filters", RunConfig().filters), depth)
            chosen = {"hidden_activation": activation, "output_activation": output, "filters": filters}
            take_one_step(at_smallest_size({**network, **chosen}))
