"""Figures of activations: Plotly for curves and bars, Vega-Lite for animations; no face imports this module.

Backgrounds are transparent, and the grays suit light and dark pages, as in ``evaluation.figures``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from emotion_core.evaluation.figures import NEUTRAL, TEMPLATE, finish, style_of
from emotion_core.evaluation.statistics import FloatArray
from emotion_core.network import Activation
from emotion_core.teaching.activations.descent import Landscape, Walk
from emotion_core.teaching.activations.gradient_stack import GradientProfile

_INPUTS = np.linspace(-6, 6, 481)
_HEIGHT_PX = 360
_CURVES_PX = 320
_MAP_PX = 300
_BAR_PX = 22
_CELLS_ACROSS, _CELLS_UP = 48, 36
_BANDS = 14
# A gradient of exactly 0 has no position on a logarithmic axis; it is drawn below every real one.
_SMALLEST_DRAWN = 1e-12


def curves_figure(activations: Sequence[Activation], *, slopes: bool = False) -> go.Figure:
    """Draw activations in one chart with one scale on both axes, or their slopes over a wider range.

    Args:
        activations: to draw, each in its own color and dash.
        slopes: whether to draw the derivatives instead.
    """
    figure = go.Figure()
    for activation in activations:
        style, function = style_of(activation.name), activation.derivative if slopes else activation.value
        hover = f"x %{{x:.2f}}<br>{'slope' if slopes else 'f(x)'} %{{y:.4f}}<extra>{activation.name}</extra>"
        line = {"color": style.color, "dash": style.dash, "width": 2.4}
        y = function(_INPUTS)
        figure.add_scatter(x=_INPUTS, y=y, name=activation.name, mode="lines", line=line, hovertemplate=hover)
    figure.update_xaxes(title="x", range=(-6, 6), automargin=True)
    figure.update_yaxes(
        title="f′(x)" if slopes else "f(x)", range=(-0.3, 1.4) if slopes else (-2.2, 4), automargin=True
    )
    if not slopes:
        figure.update_xaxes(range=(-4, 4))
        # One scale on both axes: a slope of 1 rises at 45 degrees, and slopes can be compared by eye.
        figure.update_yaxes(scaleanchor="x", constrain="domain")
        figure.update_xaxes(constrain="domain")
    return _finish(figure, _CURVES_PX + 22 * len(activations), legend_below_px=_CURVES_PX)


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

    Heights are contour lines, closer where it is steeper and stronger where it is lower. Steps outside are clipped.
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
    shade = {"field": "level", "type": "quantitative", "scale": {"range": [1, 0.25]}, "legend": None}
    tooltip_height = [{"field": "height", "type": "quantitative", "format": ".3~g"}]
    ground = {
        "data": {"values": contour_segments(landscape)},
        "mark": {"type": "rule", "color": NEUTRAL, "strokeWidth": 1.3, "clip": True},
        "encoding": {
            "x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "y2"}, "opacity": shade, "tooltip": tooltip_height,
        },
    }  # fmt: skip
    order = {"field": "step", "type": "quantitative"}
    tooltip = [{"field": name, "type": "quantitative", "format": ".4~g"} for name in ("step", "x", "y", "height")]
    line = {"mark": {"type": "line", "color": "#D55E00", "strokeWidth": 1.6, "clip": True}}
    size = {"field": "now", "type": "nominal", "scale": {"domain": [False, True], "range": [22, 190]}, "legend": None}
    dots = {"mark": {"type": "point", "filled": True, "color": "#D55E00", "opacity": 1, "clip": True}}
    # One scale on both axes: a step goes straight down, at a right angle to the lines.
    width = _HEIGHT_PX * (right - left) / (high - low)
    return {
        "width": round(width),
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


def pixel_columns(feature_map: npt.NDArray[np.floating[Any]]) -> dict[str, list[Any]]:
    """Return a feature map as columns for ``pixel_spec``: ``row`` and ``column`` from 1, and ``value``.

    Args:
        feature_map: of shape (h, w).
    """
    rows, columns = np.indices(feature_map.shape) + 1
    values = feature_map.astype(np.float64).round(4)
    return {"row": rows.ravel().tolist(), "column": columns.ravel().tolist(), "value": values.ravel().tolist()}


def pixel_spec(height: int, width: int) -> dict[str, Any]:
    """Return the Vega-Lite chart of a feature map whose pixels can be pressed; the page adds the pixels as its data.

    Args:
        height: of the map, in pixels of the map.
        width: of the map.
    """
    axis = {"axis": None, "type": "ordinal"}
    strength = {
        "field": "value", "type": "quantitative", "legend": None,
        "scale": {"domainMid": 0, "range": ["#E69F00", "#FFFFFF", "#0072B2"], "interpolate": "rgb"},
    }  # fmt: skip
    return {
        "height": round(_MAP_PX * height / width),
        "params": [{"name": "pixel", "select": {"type": "point", "fields": ["row", "column"], "toggle": False}}],
        "mark": {"type": "rect", "cursor": "pointer"},
        "encoding": {
            "x": {"field": "column", **axis},
            "y": {"field": "row", **axis},
            "color": strength,
            "tooltip": [{"field": name, "type": "quantitative"} for name in ("row", "column", "value")],
        },
    }


def contour_segments(landscape: Landscape) -> list[dict[str, float]]:
    """Return the contour lines of a landscape as short straight lines, by marching squares.

    Each square of a grid is two triangles. In a triangle heights are taken to be a plane, so that a level crosses it in
    a straight line or not at all.

    Returns:
        Rows with the ends ``x``, ``y``, ``x2`` and ``y2`` of a line, its ``height``, and its ``level`` from 0 up.
    """
    left, right, low, high = landscape.span
    x, y = np.meshgrid(np.linspace(left, right, _CELLS_ACROSS + 1), np.linspace(low, high, _CELLS_UP + 1))
    points = np.stack([x, y, landscape.height(x, y)], axis=-1)
    corners = points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]
    triangles = np.concatenate([np.stack([corners[0], *pair], axis=-2) for pair in (corners[1:3], corners[2:])])
    return [
        {"x": x, "y": y, "x2": x2, "y2": y2, "height": round(float(height), 4), "level": level}
        for level, height in enumerate(_levels(points[..., 2]))
        for (x, y), (x2, y2) in _crossings(triangles.reshape(-1, 3, 3), height).round(3).tolist()
    ]


def _levels(heights: FloatArray) -> FloatArray:
    """Return the heights of the contour lines, closer together on low ground, where the walk ends."""
    levels: FloatArray = heights.min() + np.ptp(heights) * (np.arange(1, _BANDS) / _BANDS) ** 2
    return levels


def _crossings(triangles: FloatArray, height: float) -> FloatArray:
    """Return both ends of the line in which a height crosses each triangle that it crosses, shape (n, 2, 2)."""
    above = triangles[..., 2] > height
    crossed = triangles[above.any(axis=1) & ~above.all(axis=1)]
    following = np.roll(crossed, -1, axis=1)
    # A level that crosses a triangle crosses two of its three sides.
    on_side = (crossed[..., 2] > height) != (following[..., 2] > height)
    begin, end = (ends[on_side].reshape(-1, 2, 3) for ends in (crossed, following))
    share = (height - begin[..., 2:]) / (end[..., 2:] - begin[..., 2:])
    ends: FloatArray = begin[..., :2] + share * (end[..., :2] - begin[..., :2])
    return ends


def _finish(figure: go.Figure, height_px: int, *, legend_below_px: int = 0) -> go.Figure:
    """Return the figure with its height; its legend is above the plot, or below one of the given height."""
    if legend_below_px:
        # One entry a line, as in ``evaluation.figures``: above, a wrapped legend would move one of two plots down.
        finish(figure, n_entries=len(figure.data), plot_height_px=legend_below_px)
        return figure.update_layout(template=TEMPLATE)
    return figure.update_layout(
        template=TEMPLATE,
        height=height_px,
        margin={"l": 4, "r": 4, "t": 8, "b": 4},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        barmode="group",
        hovermode="closest",
    )
