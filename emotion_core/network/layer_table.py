"""Layers of a network with output shapes, parameters and multiply-adds, computed without building it."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from emotion_core.network.config import POOL_SIZE, PRELU, NetworkConfig, conv_names, convolved_side
from emotion_core.network.starter import STARTER, first_blocks

STARTER_LAYER = "starter"
_POOLS = {"max": "Max pooling", "average": "Average pooling"}
_HEADS = {"flatten": "Flatten", "global_average": "Global average pooling", "global_max": "Global max pooling"}


class Layer(NamedTuple):
    """One row of the layer table; each row is one layer of the Keras model, except for the rescaling.

    Attributes:
        name: display name, for instance ``Convolution 5 x 5, relu``.
        output_shape: height, width, channels; or units.
        parameters: number of weights, including the running mean and variance of batch normalization.
        multiply_adds: for one photo in the forward pass; only those of convolutions and dense layers, which take nearly
            all of the time.
        key: name of the layer in the Keras model, for instance ``conv1``.
    """

    name: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int = 0
    key: str = ""


def layers_of(config: NetworkConfig) -> list[Layer]:
    """Return the layers from input to output; their parameters add up to Keras' ``count_params``."""
    frozen = starter_layers(config)
    layers = [
        *_starter_row(frozen, config),
        *_blocks(config, frozen[-1].output_shape[-1] if frozen else config.channels),
    ]
    maps = layers[-1].output_shape
    features = math.prod(maps) if config.head == "flatten" else maps[-1]
    layers.append(Layer(_HEADS[config.head], (features,), 0, key=config.head))
    layers += _dense_layers(config, features)
    features = layers[-1].output_shape[0]
    return [*layers, _dense(f"Output, {config.output_activation}", features, config.output_units, "output")]


def parameter_count(config: NetworkConfig) -> int:
    """Return the number of parameters, including the running statistics of batch normalization."""
    return sum(layer.parameters for layer in layers_of(config))


def multiply_adds(config: NetworkConfig) -> int:
    """Return the multiply-adds of one photo in the forward pass; a training step takes about three times as many."""
    return sum(layer.multiply_adds for layer in layers_of(config))


def blocks_of(config: NetworkConfig) -> dict[str, int]:
    """Return the number of convolutions in each block by name: ``starter1``, ..., then ``conv1``, ..."""
    starters = {f"{STARTER_LAYER}{number}": STARTER.convolutions for number in range(1, config.starter_blocks + 1)}
    return starters | {f"conv{number}": config.convolutions for number in range(1, config.depth + 1)}


def starter_layers(config: NetworkConfig) -> list[Layer]:
    """Return the layers of the starter's blocks in a network; ``layers_of`` shows them as one row."""
    if not config.starter_blocks:
        return []
    return list(_blocks(first_blocks(config.starter_blocks), config.channels))


def _starter_row(frozen: list[Layer], config: NetworkConfig) -> Iterator[Layer]:
    if frozen:
        blocks = "block" if config.starter_blocks == 1 else f"{config.starter_blocks} blocks"
        state = "frozen at first" if getattr(config, "unfreeze_epoch", 0) else "frozen"
        name = f"Starter's first {blocks}, {state}"
        parameters, cost = sum(layer.parameters for layer in frozen), sum(layer.multiply_adds for layer in frozen)
        yield Layer(name, frozen[-1].output_shape, parameters, cost, STARTER_LAYER)


def _blocks(config: NetworkConfig, channels: int) -> Iterator[Layer]:
    side, kernel = config.own_side, config.kernel_size
    stride = f", stride {config.stride}" if config.stride > 1 else ""
    for number, filters in enumerate(config.filters, start=1):
        for name in conv_names(number, config):
            side = convolved_side(side, config)
            weights, bias = kernel * kernel * channels * filters, 0 if config.batch_normalization else filters
            shape, cost = (side, side, filters), weights * side**2
            layer = Layer(f"Convolution {kernel} × {kernel}{stride}", shape, weights + bias, cost, name)
            yield from _activated(layer, config.hidden_activation, config.batch_normalization)
            channels = filters
        if config.pooling != "none":
            side //= POOL_SIZE
            pool = f"{_POOLS[config.pooling]} {POOL_SIZE} × {POOL_SIZE}"
            yield Layer(pool, (side, side, filters), 0, key=f"pool{number}")


def _dense_layers(config: NetworkConfig, features: int) -> Iterator[Layer]:
    for number, units in enumerate(config.dense_units, start=1):
        yield from _activated(_dense("Dense", features, units, f"dense{number}"), config.dense_function)
        if config.dropout:
            yield Layer(f"Dropout, {100 * config.dropout:g} %", (units,), 0, key=f"dropout{number}")
        features = units


def _dense(name: str, features: int, units: int, key: str) -> Layer:
    return Layer(name, (units,), (features + 1) * units, features * units, key)  # one bias per unit


def _activated(layer: Layer, function: str, normalized: bool = False) -> Iterator[Layer]:
    """Yield a layer with its activation inside, or followed by it where normalization or PReLU needs its own layer."""
    shape = layer.output_shape
    if not normalized and function != PRELU:
        yield layer._replace(name=f"{layer.name}, {function}")
        return
    yield layer
    if normalized:
        yield Layer("Batch normalization", shape, 4 * shape[-1], key=f"{layer.key}_normalization")
    slopes = shape[-1] if function == PRELU else 0  # one per feature map or unit
    yield Layer(f"Activation, {function}", shape, slopes, key=f"{layer.key}_activation")
