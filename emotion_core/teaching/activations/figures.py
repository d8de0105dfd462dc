"""Figures of activations: Plotly for curves and bars, Vega-Lite for animations; no face imports this module.

Backgrounds are transparent, and the grays suit light and dark pages, as in ``evaluation.figures``.
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
# A gradient of exactly 0 has no position on a logarithmic axis; it is drawn below every real one.
_SMALLEST_DRAWN = 1e-12


def curves_figure(activations: Sequence[Activation], *, slopes: bool = False) -> go.Figure:
    """Draw activations, or their slopes, in one chart for inputs from -6 to 6.

    Args:
        activations: to draw, each in its own color and dash.
        slopes: whether to draw the derivatives instead.
    """
    figure = go.Figure()
    for index, activation in enumerate(activations):
        style, function = _style(activations, index), activation.derivative if slopes else activation.value
        hover = f"x %{{x:.2f}}<br>{'slope' if slopes else 'f(x)'} %{{y:.4f}}<extra>{activation.name}</extra>"
        line = {"color": style.color, "dash": style.dash, "width": 2.4}
        y = function(_INPUTS)
        figure.add_scatter(x=_INPUTS, y=y, name=activation.name, mode="lines", line=line, hovertemplate=hover)
    figure.update_xaxes(title="x", range=(-6, 6))
    figure.update_yaxes(title="f′(x)" if slopes else "f(x)", range=(-0.3, 1.4) if slopes else (-2.2, 4))
    return _finish(figure, 300)


def stack_figure(profiles: Mapping[str, GradientProfile]) -> go.Figure:
    """Draw the gradient in front of each layer as bars on a logarithmic axis; diamonds are the rule's prediction.

    Args:
        profiles: by activation, all of one depth.
    """
    figure = go.Figure()
    for index, (name, profile) in enumerate(profiles.items()):
        color, depth = style_of(name).color, len(profile.gradient) - 1
        layers = [f"layer {number}" for number in range(1, depth + 1)]
        figure.add_bar(
            x=layers, y=np.maximum(profile.gradient[:-1], _SMALLEST_DRAWN), name=name, marker_color=color,
            offsetgroup=name, hovertemplate="%{x}: %{y:.4g} of the gradient<extra>" + name + "</extra>",
        )  # fmt: skip
        figure.add_scatter(
            x=layers, y=np.maximum(profile.slopes_alone[:-1], _SMALLEST_DRAWN), name="by the rule", mode="markers",
            marker={"symbol": "diamond", "size": 9, "color": "#ffffff", "line": {"color": "#1c2430", "width": 1.5}},
            offsetgroup=name, legendgroup="rule", showlegend=index == 0,
            hovertemplate="%{x}: %{y:.4g} by the rule<extra>" + name + "</extra>",
        )  # fmt: skip
    figure.update_layout(scattermode="group", scattergap=0.2)
    figure.update_xaxes(title="in front of")
    figure.update_yaxes(title="share of the gradient left", type="log", exponentformat="power", dtick=1)
    return _finish(figure, _HEIGHT_PX)


def times_figure(relative: Mapping[str, float]) -> go.Figure:
    """Draw the time of an epoch with each activation as a multiple of ReLU's, the shortest at the top."""
    names = sorted(relative, key=relative.__getitem__, reverse=True)
    figure = go.Figure(
        go.Bar(
            x=[relative[name] for name in names],
            y=names,
            orientation="h",
            marker_color=[style_of(name).color for name in names],
            text=[f"{relative[name]:.2f}" for name in names],
            textposition="outside",
            hovertemplate="%{y}: %{x:.2f} × relu<extra></extra>",
        )
    )
    figure.add_vline(1, line={"color": NEUTRAL, "dash": "dot"})
    figure.update_xaxes(title="time of an epoch (relu = 1)", rangemode="tozero")
    figure.update_layout(showlegend=False)
    return _finish(figure, 70 + _BAR_PX * len(names))


def descent_spec(landscape: Landscape) -> dict[str, Any]:
    """Return the Vega-Lite chart of a landscape; the page adds the walk as its data.

    Heights are shades of gray, darker where lower. Steps outside the drawn part are clipped.
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
    tooltip = [{"field": name, "type": "quantitative", "format": ".4~g"} for name in ("step", "x", "y", "height")]
    line = {"mark": {"type": "line", "color": "#D55E00", "strokeWidth": 1.6, "clip": True}}
    size = {"field": "now", "type": "nominal", "scale": {"domain": [False, True], "range": [22, 190]}, "legend": None}
    dots = {"mark": {"type": "point", "filled": True, "color": "#D55E00", "opacity": 1, "clip": True}}
    return {
        "height": _HEIGHT_PX,
        "layer": [
            ground,
            {**line, "encoding": {"x": x, "y": y, "order": order}},
            {**dots, "encoding": {"x": x, "y": y, "size": size, "tooltip": tooltip}},
        ],
    }


def walk_columns(walk: Walk, steps: int) -> dict[str, list[Any]]:
    """Return the first steps of a walk as columns: ``step``, ``x``, ``y``, ``height`` and ``now``.

    Args:
        walk: the whole walk.
        steps: number of steps to show, from 0; more than the walk has show all.

    Returns:
        Lists by column; ``now`` is true for the last step only.
    """
    shown = range(min(steps, len(walk.heights) - 1) + 1)
    return {
        "step": list(shown),
        "x": walk.points[: len(shown), 0].tolist(),
        "y": walk.points[: len(shown), 1].tolist(),
        "height": walk.heights[: len(shown)].tolist(),
        "now": [step == shown[-1] for step in shown],
    }


def _cells(landscape: Landscape) -> list[dict[str, float]]:
    left, right, low, high = landscape.span
    x, y = np.linspace(left, right, _CELLS_ACROSS + 1), np.linspace(low, high, _CELLS_UP + 1)
    middle_x, middle_y = np.meshgrid((x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2)
    heights = landscape.height(middle_x, middle_y)
    # The square root gives more shades to the low ground, where the walk ends.
    share = np.sqrt((heights - heights.min()) / np.ptp(heights))
    bands = np.floor(share * _BANDS * (1 - 1e-9))
    cells = []
    for row in range(_CELLS_UP):
        # Neighbors of one shade share a rectangle: with fewer of them the browser animates the walk smoothly.
        edges_across = [0, *(np.flatnonzero(np.diff(bands[row])) + 1).tolist(), _CELLS_ACROSS]
        for begin, end in pairwise(edges_across):
            edges = {"x": x[begin], "x2": x[end], "y": y[row], "y2": y[row + 1], "band": bands[row, begin]}
            cells.append({name: round(float(value), 3) for name, value in edges.items()})
    return cells


def _style(activations: Sequence[Activation], index: int) -> LineStyle:
    """Return color and dash of an activation; where two share a color, the later one is dotted."""
    styles = [style_of(activation.name) for activation in activations]
    earlier = [style.color for style in styles[:index]]
    return styles[index]._replace(dash="dot") if styles[index].color in earlier else styles[index]


def _finish(figure: go.Figure, height_px: int) -> go.Figure:
    return figure.update_layout(
        template=TEMPLATE,
        height=height_px,
        margin={"l": 4, "r": 4, "t": 8, "b": 4},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        barmode="group",
        hovermode="closest",
    )
