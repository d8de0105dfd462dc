"""Plotly figures of activations and networks; no face imports this module, because it loads Plotly.

Backgrounds are transparent, and the grays suit light and dark pages, as in ``evaluation.figures``.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from emotion_core.network.activations import Activation
from emotion_core.network.config import NetworkConfig
from emotion_core.network.layer_table import STARTER_LAYER, Layer, layers_of

_CLEAR = "rgba(0,0,0,0)"
_NEUTRAL = "#808080"
_FAINT = "rgba(128,128,128,0.22)"
_BLUE, _ORANGE, _RED = "#0072B2", "#E69F00", "#D55E00"  # Okabe & Ito (2008)

# The same window for all activations, so that small figures side by side can be compared.
_INPUT_RANGE = (-4.0, 4.0)
_VALUE_RANGE = (-1.6, 4.0)
_POINTS = 321

_SHEET_WIDTH = 0.34  # share of the distance between two layers, for a map as large as the input
_SHEET_SHIFT = (0.035, 0.03)  # offset of each sheet behind the first, so that feature maps look like a stack
_MAX_SHEETS = 6
_MAX_UNITS = 4096
_SHORT_KEYS = {"global_average": "mean", "global_max": "max"}


def activation_figure(activation: Activation, color: str = _BLUE, *, height_px: int = 170) -> go.Figure:
    """Draw an activation function and its dotted slope, for inputs from -4 to 4, with one scale on both axes.

    Args:
        activation: the function.
        color: CSS color of its curve.
        height_px: height of the figure, in pixels.
    """
    x = np.linspace(*_INPUT_RANGE, _POINTS)
    figure = go.Figure()
    lines = (
        ("slope f′(x)", activation.derivative(x), {"color": _NEUTRAL, "width": 1.8, "dash": "dot"}),
        ("f(x)", activation.value(x), {"color": color, "width": 2.6}),
    )
    for name, y, line in lines:
        hover = f"x %{{x:.2f}}<br>{name} %{{y:.3f}}<extra>{activation.name}</extra>"
        figure.add_scatter(x=x, y=y, name=name, mode="lines", line=line, hovertemplate=hover)
    axis = {"gridcolor": _FAINT, "zerolinecolor": _NEUTRAL, "zerolinewidth": 1, "fixedrange": True, "automargin": True}
    figure.update_xaxes(range=_INPUT_RANGE, tickvals=[-4, -2, 0, 2, 4], constrain="domain", **axis)
    figure.update_yaxes(range=_VALUE_RANGE, tickvals=[0, 2, 4], scaleanchor="x", constrain="domain", **axis)
    return _finish(figure, height_px)


def network_figure(config: NetworkConfig, *, height_px: int = 250) -> go.Figure:
    """Draw a network from left to right: feature maps as stacks of sheets, vectors as bars, each with its size.

    Args:
        config: the network's settings.
        height_px: height of the figure, in pixels.
    """
    boxes = _boxes(config)
    positions = list(range(len(boxes)))
    figure = go.Figure(layout={"shapes": [sheet for x, box in enumerate(boxes) for sheet in _sheets(x, box)]})
    text = {"x": positions, "mode": "text", "textfont": {"size": 11}, "hoverinfo": "skip"}
    figure.add_scatter(
        y=[box.top for box in boxes], text=[box.size for box in boxes], textposition="top center", **text
    )
    figure.add_scatter(y=[-0.58] * len(boxes), text=[box.foot for box in boxes], textposition="bottom center", **text)
    figure.add_scatter(
        x=positions, y=[0] * len(boxes), mode="markers", marker={"size": 34, "opacity": 0},
        customdata=[[box.name, box.size.replace("<br>", " "), box.parameters] for box in boxes],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]:,} parameters<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(range=[-0.6, len(boxes) - 0.3], visible=False, fixedrange=True)
    figure.update_yaxes(range=[-1.0, 1.0], visible=False, fixedrange=True)
    return _finish(figure, height_px)


class _Box(NamedTuple):
    """A layer as it is drawn; ``key`` is its short name, ``height`` is relative to the input's side."""

    key: str
    name: str
    shape: tuple[int, ...]
    parameters: int
    height: float
    color: str

    @property
    def top(self) -> float:
        return self.height / 2 + _SHEET_SHIFT[1] * (_sheet_count(self.shape) - 1)

    @property
    def size(self) -> str:
        if len(self.shape) == 1:
            return f"{self.shape[0]:,}"
        return f"{self.shape[0]}×{self.shape[1]}<br>×{self.shape[2]}"

    @property
    def foot(self) -> str:
        return f"{self.key}<br>{self.parameters:,}" if self.parameters else self.key


def _boxes(config: NetworkConfig) -> list[_Box]:
    size = config.image_size
    boxes = [_Box("input", "Photo", (size, size, config.channels), 0, 1.0, _NEUTRAL)]
    for layer in layers_of(config):
        if layer.key.partition("_")[0] == boxes[-1].key:
            # Normalization and activation of the layer before keep its shape, so they share its box.
            previous = boxes.pop()
            name, parameters = f"{previous.name}<br>{layer.name}", previous.parameters + layer.parameters
            boxes.append(previous._replace(name=name, parameters=parameters))
        elif not layer.key.startswith("dropout"):
            shape, height = layer.output_shape, _height(layer.output_shape, size)
            key = _SHORT_KEYS.get(layer.key, layer.key)
            boxes.append(_Box(key, layer.name, shape, layer.parameters, height, _color(layer)))
    return boxes


def _color(layer: Layer) -> str:
    if layer.key == "output":
        return _RED
    if layer.key == STARTER_LAYER:
        return _NEUTRAL  # frozen
    return _BLUE if len(layer.output_shape) > 1 else _ORANGE


def _height(shape: Sequence[int], image_size: int) -> float:
    # Square root and logarithm: to scale, the last maps and the small vectors would be too small to see.
    if len(shape) > 1:
        return math.sqrt(shape[0] / image_size)
    return 0.05 + 0.8 * min(math.log(shape[0]) / math.log(_MAX_UNITS), 1)


def _sheet_count(shape: Sequence[int]) -> int:
    return min(1 + round(math.log2(shape[2])), _MAX_SHEETS) if len(shape) > 1 else 1


def _sheets(x: int, box: _Box) -> list[dict[str, object]]:
    width = _SHEET_WIDTH * box.height if len(box.shape) > 1 else 0.12
    opacity = 0.28 if len(box.shape) > 1 else 0.8
    style = {"type": "rect", "line": {"color": box.color, "width": 1.2}, "fillcolor": box.color, "opacity": opacity}
    shifts = [(number * _SHEET_SHIFT[0], number * _SHEET_SHIFT[1]) for number in range(_sheet_count(box.shape))]
    left, low = x - width / 2, -box.height / 2
    return [
        {**style, "x0": left + right, "x1": left + right + width, "y0": low + up, "y1": low + up + box.height}
        for right, up in reversed(shifts)
    ]


def _finish(figure: go.Figure, height_px: int) -> go.Figure:
    return figure.update_layout(
        # In the template, so that the page's theme sets the color of the text.
        template=go.layout.Template(layout={"font": {"color": _NEUTRAL, "size": 12}}),
        height=height_px,
        showlegend=False,
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        hovermode="closest",
    )
