"""Vega-Lite specifications, without data, of the charts that are redrawn once a second.

A specification depends on nothing that changes while a run trains, so the browser keeps the chart and only moves its
lines. The data are the columns of ``run_columns``. Colors work on light and dark pages; the theme sets fonts and axes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from emotion_core.evaluation.figures.run_columns import LAYER_MEASURES, METRICS, PARTS, Metric
from emotion_core.evaluation.figures.theme import LEAKING, style_of
from emotion_core.training import Run

Spec = dict[str, Any]

HEIGHT_PX = 210
ROC_HEIGHT_PX = 240
LAYER_ROW_PX = 26
AXIS_PX = 60
SPARSE_EPOCHS = 15  # lines of shorter runs show a dot at each epoch
FULLEST_SHARE = 0.3  # a histogram bin with this share of a layer's values or more has full color
NEUTRAL = "#808080"
# Colors of Okabe & Ito (2008), from the first layer to the last.
LAYER_COLORS = ("#0072B2", "#2399C4", "#009E73", "#B27C00", "#D55E00", "#CC6FA6")
OPACITIES = (1.0, 0.65, 0.4)


def color_of(run: Run) -> str:
    """Return a run's color in every chart: its activation's color, or red if it was trained on its test photos."""
    return style_of(LEAKING if run.config.leaks else run.config.hidden_activation).color


def opacities_of(runs: Sequence[Run]) -> list[float]:
    """Return the opacity of each run, 0 to 1; runs with the same color get different ones."""
    colors = [color_of(run) for run in runs]
    return [OPACITIES[colors[:index].count(color) % len(OPACITIES)] for index, color in enumerate(colors)]


def _shades_of(runs: Sequence[Run]) -> list[str]:
    """Return the color of each run with its opacity, which Vega does not draw as a channel of its own."""
    return [f"{color_of(run)}{round(255 * opacity):02x}" for run, opacity in zip(runs, opacities_of(runs), strict=True)]


def metric_spec(runs: Sequence[Run], names: Mapping[str, str], metric: str, *, band: bool = False) -> Spec:
    """Return the chart of a metric over the epochs: the color of each run, dashed lines for training photos.

    Args:
        runs: runs in the chart; one for each network where the lines are means.
        names: network names in the data, by run id.
        metric: a key of ``METRICS``.
        band: whether the data have columns ``low`` and ``high``, which are drawn as a band around the validation line.
    """
    drawn = [names[run.run_id] for run in runs]
    dash = {"domain": list(PARTS), "range": [[4, 3], [1, 0]]}
    encoding = {
        **_over_epochs(METRICS[metric], max((run.config.epochs for run in runs), default=1)),
        "color": {**_nominal("network", legend=None), "scale": _scale(drawn, _shades_of(runs))},
    }
    if metric != "learning_rate":
        encoding["strokeDash"] = {**_nominal("part", legend=None), "scale": dash}
    sparse = all(run.config.epochs <= SPARSE_EPOCHS for run in runs)
    chart = _line_chart(encoding, ("network", "part", "epoch", *(("low", "high") if band else ())), sparse)
    return _with_band(chart) if band else chart


def _with_band(chart: Spec) -> Spec:
    """Return a line chart with the area between ``low`` and ``high`` of the validation photos behind its lines."""
    shared = {name: chart["encoding"][name] for name in ("x", "color")}
    area = {
        "transform": [{"filter": f"datum.part === '{PARTS[1]}'"}],
        "mark": {"type": "area", "fillOpacity": 0.15},
        "encoding": {**shared, "y": {**chart["encoding"]["y"], "field": "low"}, "y2": {"field": "high"}},
    }
    lines = {"mark": chart["mark"], "encoding": chart["encoding"]}
    return {"height": chart["height"], "transform": chart["transform"], "layer": [area, lines]}


def layer_spec(measure: str, layers: Sequence[str], run: Run) -> Spec:
    """Return the chart of one measure of a run's layers over the epochs.

    Args:
        measure: a key of ``LAYER_MEASURES``.
        layers: layer names of all runs shown side by side, first to last, so that a layer has one color in all charts.
        run: the run in the chart.
    """
    color = {**_nominal("layer", legend=None), "scale": _scale(layers, layer_colors(layers))}
    encoding = {**_over_epochs(LAYER_MEASURES[measure], run.config.epochs), "color": color}
    # Layers are measured at some epochs only: a dot shows each, and nothing is drawn between that was not measured.
    return _line_chart(encoding, ("layer", "epoch"), sparse=True)


def layer_colors(layers: Sequence[str]) -> list[str]:
    """Return the color of each layer."""
    return [LAYER_COLORS[index % len(LAYER_COLORS)] for index in range(len(layers))]


def roc_spec(epochs: int, color: str) -> Spec:
    """Return the chart of ROC curves, more opaque for later epochs, with the diagonal of guessing.

    Args:
        epochs: number of epochs in the whole run.
        color: hex color of the curves.
    """
    encoding = {
        "x": _share("false_positive_rate", "False positive rate"),
        "y": _share("true_positive_rate", "True positive rate"),
        "order": {"field": "step", "type": "quantitative"},
        "opacity": {
            "field": "epoch",
            "type": "quantitative",
            "scale": {"domain": [0, epochs], "range": [0.2, 1]},
            "legend": None,
        },
        "detail": {"field": "epoch", "type": "quantitative"},
        "tooltip": [{"field": name, "type": "quantitative"} for name in ("epoch", "false_positive_rate")]
        + [{"field": "true_positive_rate", "type": "quantitative", "format": ".3f"}],
    }
    guessing = {
        "data": {"values": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]},
        "mark": {"type": "line", "color": NEUTRAL, "strokeDash": [2, 3], "strokeWidth": 1},
        "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}},
    }
    curves = {"mark": {"type": "line", "strokeWidth": 2, "color": color}, "encoding": encoding}
    return {"height": ROC_HEIGHT_PX, "layer": [curves, guessing]}


def histogram_spec(layers: Sequence[str], color: str) -> Spec:
    """Return the chart of the histogram of activations, one row per layer.

    Args:
        layers: layer names, first to last.
        color: hex color of the fullest bins.
    """
    encoding = {
        "x": {"field": "low", "type": "quantitative", "title": "Output of the activation", "axis": {"grid": False}},
        "x2": {"field": "high"},
        "y": _nominal("layer", sort=list(layers), title=None, axis={"labelOverlap": False}),
        "opacity": {
            "field": "share",
            "type": "quantitative",
            "scale": {"domain": [0, FULLEST_SHARE], "type": "sqrt", "range": [0, 1], "clamp": True},
            "legend": None,
        },
        "tooltip": [
            _nominal("layer"),
            *({"field": name, "type": "quantitative", "format": ".3f"} for name in ("low", "high", "share")),
        ],
    }
    mark = {"type": "rect", "color": color}
    return {"height": LAYER_ROW_PX * len(layers) + AXIS_PX, "mark": mark, "encoding": encoding}


def _line_chart(encoding: Spec, tooltip_fields: Sequence[str], sparse: bool) -> Spec:
    tooltip = [
        *(_nominal(name) for name in tooltip_fields),
        {"field": "value", "type": "quantitative", "format": ".4~g"},
    ]
    mark = {"type": "line", "strokeWidth": 2, "point": {"size": 22} if sparse else False}
    power = {"calculate": "log(datum.value) / LN10", "as": "power"}
    return {"height": HEIGHT_PX, "transform": [power], "mark": mark, "encoding": {**encoding, "tooltip": tooltip}}


def _over_epochs(measure: Metric, epochs: int) -> Spec:
    # The axis covers the whole run from the start, so that it does not rescale while epochs come in.
    x_axis = {"tickMinStep": 1, "grid": False}
    # Exponents on a linear axis: Vega's logarithmic scale draws a grid line at 2, 3, 4 ... times each power of ten.
    y: Spec = {"field": "power", "axis": {"tickCount": 4, "tickMinStep": 1, "labelExpr": "'1e' + datum.value"}}
    if not measure.log:
        y = {"field": "value", "axis": {"tickCount": 4, "format": "~g"}}
    domain = {} if measure.high is None else {"domain": [measure.low, measure.high]}
    y |= {"type": "quantitative", "title": measure.axis_title, "scale": {"zero": measure.low == 0, **domain}}
    x = {"field": "epoch", "type": "quantitative", "title": "Epoch", "scale": {"domain": [0, epochs]}, "axis": x_axis}
    return {"x": x, "y": y}


def _share(field: str, title: str) -> Spec:
    return {"field": field, "type": "quantitative", "title": title, "scale": {"domain": [0, 1]}}


def _nominal(field: str, **more: Any) -> Spec:
    return {"field": field, "type": "nominal", **more}


def _scale(domain: Sequence[str], values: Sequence[Any]) -> Spec:
    return {"domain": list(domain), "range": list(values)}
