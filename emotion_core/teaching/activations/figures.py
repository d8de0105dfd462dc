"""Records of activations -> figures: Plotly for curves and bars, Vega-Lite for what moves; import this on its own.

Backgrounds are transparent and greys suit a light page and a dark one, as in ``evaluation.figures``.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

from emotion_core.evaluation.figures import NEUTRAL, TEMPLATE, LineStyle, style_of
from emotion_core.network import Activation
from emotion_core.teaching.activations.descent import Landscape, Walk
from emotion_core.teaching.activations.gradient_stack import GradientProfile

_INPUTS = np.linspace(-6, 6, 481)
_HEIGHT_PX = 360
_BAR_PX = 22
_CELLS_ACROSS, _CELLS_UP = 48, 36
_BANDS = 14
# What vanished for good has no place on a logarithmic axis; it ends where nothing real does.
_LEAST = 1e-12


def curves_figure(activations: Sequence[Activation], *, slopes: bool = False) -> go.Figure:
    """Draw activations in one window, or their slopes, for inputs from -6 to 6.

    Args:
        activations: each in its colour and dash.
        slopes: draw the derivatives.
    """
    figure = go.Figure()
    for place, activation in enumerate(activations):
        style, function = _style(activations, place), activation.derivative if slopes else activation.value
        hover = f"x %{{x:.2f}}<br>{'slope' if slopes else 'f(x)'} %{{y:.4f}}<extra>{activation.name}</extra>"
        line = {"color": style.color, "dash": style.dash, "width": 2.4}
        y = function(_INPUTS)
        figure.add_scatter(x=_INPUTS, y=y, name=activation.name, mode="lines", line=line, hovertemplate=hover)
    figure.update_xaxes(title="x", range=(-6, 6))
    figure.update_yaxes(title="f′(x)" if slopes else "f(x)", range=(-0.3, 1.4) if slopes else (-2.2, 4))
    return _finish(figure, 300)


def stack_figure(readings: Mapping[str, GradientProfile]) -> go.Figure:
    """Draw the gradient that reaches the front of each layer, as bars on a logarithmic axis; diamonds are by the rule.

    Args:
        readings: by the name of the activation, all of one depth.
    """
    figure = go.Figure()
    for place, (name, reading) in enumerate(readings.items()):
        color, depth = style_of(name).color, len(reading.gradient) - 1
        places = [f"layer {number}" for number in range(1, depth + 1)]
        figure.add_bar(
            x=places, y=np.maximum(reading.gradient[:-1], _LEAST), name=name, marker_color=color, offsetgroup=name,
            hovertemplate="%{x}: %{y:.4g} of the gradient<extra>" + name + "</extra>",
        )  # fmt: skip
        figure.add_scatter(
            x=places, y=np.maximum(reading.slopes_alone[:-1], _LEAST), name="by the rule", mode="markers",
            marker={"symbol": "diamond", "size": 9, "color": "#ffffff", "line": {"color": "#1c2430", "width": 1.5}},
            offsetgroup=name, legendgroup="rule", showlegend=place == 0,
            hovertemplate="%{x}: %{y:.4g} by the rule<extra>" + name + "</extra>",
        )  # fmt: skip
    figure.update_layout(scattermode="group", scattergap=0.2)
    figure.update_xaxes(title="in front of")
    figure.update_yaxes(title="share of the gradient left", type="log", exponentformat="power", dtick=1)
    return _finish(figure, _HEIGHT_PX)


def times_figure(relative: Mapping[str, float]) -> go.Figure:
    """Draw how long an epoch takes with each activation, as a multiple of ReLU, the shortest at the top."""
    names = sorted(relative, key=relative.__getitem__, reverse=True)
    figure = go.Figure(
        go.Bar(
            x=[relative[name] for name in names],
            y=names,
            orientation="h",
            marker_color=[style_of(name).color for name in names],
            text=[f"{relative[name]:.2f}" for name in names],
            textposition="outside",
            hovertemplate="%{y}: %{x:.2f} times as long as relu<extra></extra>",
        )
    )
    figure.add_vline(1, line={"color": NEUTRAL, "dash": "dot"})
    figure.update_xaxes(title="time of an epoch, relu = 1", rangemode="tozero")
    figure.update_layout(showlegend=False)
    return _finish(figure, 70 + _BAR_PX * len(names))


def descent_spec(landscape: Landscape) -> dict[str, Any]:
    """Return the chart of a walk over a landscape without the walk, as Vega-Lite: data ``walk`` are its rows.

    The landscape's heights are shades of grey, the lower the stronger; steps that leave the drawn part are not drawn.
    """
    left, right, low, high = landscape.span
    axis = {"grid": False, "tickCount": 8}
    x = {
        "field": "x",
        "type": "quantitative",
        "title": "x",
        "axis": axis,
        "scale": {"domain": [left, right], "nice": False},
    }
    y = {
        "field": "y",
        "type": "quantitative",
        "title": "y",
        "axis": axis,
        "scale": {"domain": [low, high], "nice": False},
    }
    shade = {"field": "band", "type": "quantitative", "scale": {"range": [0.62, 0.04]}, "legend": None}
    ground = {
        "data": {"values": _cells(landscape)},
        "mark": {"type": "rect", "color": NEUTRAL, "clip": True},
        "encoding": {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "y2"}, "opacity": shade},
    }
    order = {"field": "step", "type": "quantitative"}
    told = [{"field": name, "type": "quantitative", "format": ".4~g"} for name in ("step", "x", "y", "height")]
    line = {"mark": {"type": "line", "color": "#D55E00", "strokeWidth": 1.6, "clip": True}}
    size = {"field": "now", "type": "nominal", "scale": {"domain": [False, True], "range": [22, 190]}, "legend": None}
    dots = {"mark": {"type": "point", "filled": True, "color": "#D55E00", "opacity": 1, "clip": True}}
    return {
        "height": _HEIGHT_PX,
        "layer": [
            ground,
            {**line, "encoding": {"x": x, "y": y, "order": order}},
            {**dots, "encoding": {"x": x, "y": y, "size": size, "tooltip": told}},
        ],
    }


def walk_columns(walk: Walk, steps: int) -> dict[str, list[Any]]:
    """Return the first steps of a walk as columns: ``step``, ``x``, ``y``, ``height`` and ``now``, true of the last."""
    places = range(min(steps, len(walk.heights) - 1) + 1)
    return {
        "step": list(places),
        "x": walk.points[: len(places), 0].tolist(),
        "y": walk.points[: len(places), 1].tolist(),
        "height": walk.heights[: len(places)].tolist(),
        "now": [place == places[-1] for place in places],
    }


def _cells(landscape: Landscape) -> list[dict[str, float]]:
    left, right, low, high = landscape.span
    x, y = np.linspace(left, right, _CELLS_ACROSS + 1), np.linspace(low, high, _CELLS_UP + 1)
    middle_x, middle_y = np.meshgrid((x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2)
    heights = landscape.height(middle_x, middle_y)
    # Roots spread the low ground, where the walk ends, over more shades.
    share = np.sqrt((heights - heights.min()) / np.ptp(heights))
    bands = np.floor(share * _BANDS * (1 - 1e-9))
    cells = []
    for row in range(_CELLS_UP):
        # Neighbours of one shade are one rectangle: there are few enough for the browser to move the walk smoothly.
        begins = [0, *(np.flatnonzero(np.diff(bands[row])) + 1).tolist(), _CELLS_ACROSS]
        for begin, end in pairwise(begins):
            edges = {"x": x[begin], "x2": x[end], "y": y[row], "y2": y[row + 1], "band": bands[row, begin]}
            cells.append({name: round(float(value), 3) for name, value in edges.items()})
    return cells


def _style(activations: Sequence[Activation], place: int) -> LineStyle:
    """Return colour and dash of one of several; where two share a colour, the later one is dotted."""
    styles = [style_of(activation.name) for activation in activations]
    met = [style.color for style in styles[:place]]
    return styles[place]._replace(dash="dot") if styles[place].color in met else styles[place]


def _finish(figure: go.Figure, height_px: int) -> go.Figure:
    return figure.update_layout(
        template=TEMPLATE,
        height=height_px,
        margin={"l": 4, "r": 4, "t": 8, "b": 4},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        barmode="group",
        hovermode="closest",
    )
