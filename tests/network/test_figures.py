"""Figures of activations and networks carry the numbers of their records."""

import numpy as np
import pytest

from emotion_core.network import HIDDEN_ACTIVATIONS, NetworkConfig, layers_of
from emotion_core.network.figures import activation_figure, network_figure

MODERN = NetworkConfig(
    filters=(8, 16), padding="same", batch_normalization=True, hidden_activation="prelu", head="global_average",
    dense_units=(16,), dropout=0.3, color="grey", output_activation="softmax",
)  # fmt: skip


@pytest.mark.parametrize("name", HIDDEN_ACTIVATIONS)
def test_curve_and_slope_are_those_of_the_activation(name: str) -> None:
    """Both lines are the record's own functions, and the small figures share one window."""
    activation = HIDDEN_ACTIVATIONS[name]
    figure = activation_figure(activation, "#123456")
    slope, value = figure.data
    np.testing.assert_array_equal(value.y, activation.value(value.x))
    np.testing.assert_array_equal(slope.y, activation.derivative(slope.x))
    assert (value.line.color, slope.line.dash) == ("#123456", "dot")
    assert figure.layout.xaxis.range == (value.x[0], value.x[-1])
    assert figure.layout.yaxis.range == activation_figure(HIDDEN_ACTIVATIONS["relu"]).layout.yaxis.range


@pytest.mark.parametrize("config", [NetworkConfig(), MODERN], ids=["default", "modern"])
def test_every_parameter_is_drawn(config: NetworkConfig) -> None:
    """The numbers beneath the boxes add up to the whole network, including normalization and learned slopes."""
    _, _, hover = network_figure(config).data
    assert sum(row[2] for row in hover.customdata) == sum(layer.parameters for layer in layers_of(config))


def test_boxes_have_the_shapes_of_the_layers() -> None:
    """The drawing goes from the photo to the output, each with its size above and its short name beneath."""
    sizes, feet, _ = network_figure(MODERN).data
    assert sizes.text == ("64×64<br>×1", "64×64<br>×8", "32×32<br>×8", "32×32<br>×16", "16×16<br>×16", "16", "16", "2")
    names = [foot.partition("<br>")[0] for foot in feet.text]
    assert names == ["input", "conv1", "pool1", "conv2", "pool2", "mean", "dense1", "output"]


def test_larger_maps_are_drawn_larger() -> None:
    """The picture is the tallest box, and each pooling makes the next one smaller."""
    config = NetworkConfig(padding="same")
    shapes = network_figure(config).layout.shapes
    heights = list(dict.fromkeys(round(shape.y1 - shape.y0, 6) for shape in shapes if shape.fillcolor == "#0072B2"))
    assert heights == sorted(heights, reverse=True)
    assert heights == pytest.approx([1, 0.5**0.5, 0.5, 0.125**0.5], abs=1e-5)
