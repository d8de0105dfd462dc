"""The layers of a network with output shapes and parameter counts, without building it."""

from typing import NamedTuple

from emotion_core.network.config import POOL_SIZE, NetworkConfig, block_side

CHANNELS = 3


class Layer(NamedTuple):
    """One layer as it is shown to a person.

    Attributes:
        name: what it is, for instance ``Convolution 5 x 5, relu``.
        output_shape: height, width, channels; or units.
        parameters: trained numbers in it.
    """

    name: str
    output_shape: tuple[int, ...]
    parameters: int


def layers_of(config: NetworkConfig) -> list[Layer]:
    """Return the layers from input to output; parameters add up to Keras' ``count_params``."""
    blocks, features = _blocks(config)
    return [*blocks, Layer("Flatten", (features,), 0), *_dense_layers(config, features)]


def parameter_count(config: NetworkConfig) -> int:
    """Return how many numbers training adjusts."""
    return sum(layer.parameters for layer in layers_of(config))


def _blocks(config: NetworkConfig) -> tuple[list[Layer], int]:
    layers, side, channels = [], config.image_size, CHANNELS
    kernel = config.kernel_size
    for filters in config.filters:
        convolved = side if config.padding == "same" else side - kernel + 1
        side = block_side(side, kernel, config.padding)
        weights = (kernel * kernel * channels + 1) * filters  # one bias for each filter
        name = f"Convolution {kernel} × {kernel}, {config.hidden_activation}"
        layers.append(Layer(name, (convolved, convolved, filters), weights))
        layers.append(Layer(f"Max pooling {POOL_SIZE} × {POOL_SIZE}", (side, side, filters), 0))
        channels = filters
    return layers, side * side * channels


def _dense_layers(config: NetworkConfig, features: int) -> list[Layer]:
    layers = []
    for units in config.dense_units:
        activation = config.dense_activation or config.hidden_activation
        layers.append(Layer(f"Dense, {activation}", (units,), (features + 1) * units))
        features = units
    return [*layers, Layer(f"Output, {config.output_activation}", (1,), features + 1)]
