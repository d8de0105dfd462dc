"""The layer table, computed without building the network, compared with the network that Keras builds."""

import itertools
import math
from typing import Any

import pytest

from emotion_core.network import NetworkConfig, build, layers_of, multiply_adds, parameter_count

FILTERS = (4, 6, 5)
HEADS = ("flatten", "global_average", "global_max")
COMBINED = list(itertools.product(HEADS, ("max", "average", "none"), (1, 2), (False, True)))


def assert_as_keras(config: NetworkConfig) -> Any:
    """Check names, shapes, parameters and multiply-adds of every layer."""
    model = build(config)
    rows, layers = layers_of(config), model.layers[1:]
    assert [row.key for row in rows] == [layer.name for layer in layers]
    assert [row.output_shape for row in rows] == [tuple(layer.output.shape[1:]) for layer in layers]
    assert [row.parameters for row in rows] == [layer.count_params() for layer in layers]
    assert [row.multiply_adds for row in rows] == [multiplications(layer) for layer in layers]
    assert parameter_count(config) == model.count_params()
    return model


def multiplications(layer: Any) -> int:
    """Return a layer's multiply-adds for one photo: its kernel times the positions of its output."""
    if not hasattr(layer, "kernel"):
        return 0
    return math.prod(layer.kernel.shape) * math.prod(layer.output.shape[1:-1])


@pytest.mark.parametrize(("head", "pooling", "stride", "normalized"), COMBINED)
def test_blocks_and_heads_are_counted_as_keras_counts(head: str, pooling: str, stride: int, normalized: bool) -> None:
    """Every combination of head, pooling, stride and batch normalization has the shapes and numbers we state."""
    config = NetworkConfig(
        image_size=47,
        filters=FILTERS[:2],
        kernel_size=3,
        dense_units=(7,),
        dropout=0.25,
        hidden_activation="prelu",
        color="grey",
        head=head,
        pooling=pooling,
        stride=stride,
        batch_normalization=normalized,
        output_activation="softmax",
    )
    assert_as_keras(config)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("image_size", "kernel_size", "stride", "dense_units"),
    [(33, 4, 1, ()), (64, 5, 1, (256, 128)), (47, 1, 1, (3,)), (125, 4, 2, (3,)), (250, 2, 3, ())],
)
def test_odd_sides_kernels_and_strides_are_counted_rightly(
    padding: str, image_size: int, kernel_size: int, stride: int, dense_units: tuple[int, ...]
) -> None:
    """Uneven sizes, even kernels, wide strides and networks without dense layers are counted as Keras counts them."""
    settings = {"image_size": image_size, "kernel_size": kernel_size, "stride": stride, "dense_units": dense_units}
    assert_as_keras(NetworkConfig(**settings, filters=FILTERS, padding=padding))


@pytest.mark.parametrize(("stride", "padding"), [(1, "valid"), (2, "same")])
@pytest.mark.parametrize("function", ["relu", "prelu"])
def test_several_convolutions_in_a_block_are_counted_as_keras_counts(function: str, stride: int, padding: str) -> None:
    """Blocks of three convolutions shrink the picture three times, then pool it once."""
    settings = {"image_size": 200, "kernel_size": 4, "stride": stride, "padding": padding, "filters": FILTERS[:2]}
    assert_as_keras(NetworkConfig(**settings, convolutions=3, hidden_activation=function))


def test_multiply_adds_of_the_published_network_are_those_measured() -> None:
    """At 256, 128 and 64 pixels a photo costs 623, 140 and 28 million operations, two to a multiply-add."""
    millions = [round(2 * multiply_adds(NetworkConfig(image_size=size)) / 1e6) for size in (256, 128, 64)]
    assert millions == [623, 140, 28]


def test_layers_are_named_for_people() -> None:
    """The table names each layer, from input to output."""
    config = NetworkConfig(
        filters=(8,), stride=2, pooling="average", batch_normalization=True, dense_units=(4,), dropout=0.5
    )
    assert [layer.name for layer in layers_of(config)] == [
        "Convolution 5 × 5, stride 2",
        "Batch normalization",
        "Activation, relu",
        "Average pooling 2 × 2",
        "Flatten",
        "Dense, relu",
        "Dropout, 50 %",
        "Output, sigmoid",
    ]


def test_activation_without_a_layer_of_its_own_is_named_with_its_layer() -> None:
    """The published network has no separate activation layers."""
    config = NetworkConfig(filters=(8,), hidden_activation="tanh", dense_activation="relu")
    names = [layer.name for layer in layers_of(config)]
    assert names[0] == "Convolution 5 × 5, tanh"
    assert names[-3:] == ["Dense, relu", "Dense, relu", "Output, sigmoid"]
