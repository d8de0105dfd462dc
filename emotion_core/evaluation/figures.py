"""Records -> Plotly figures; import this module on its own, it loads Plotly.

Backgrounds are transparent, and what needs contrast with them sits in the template, where Streamlit's theme
replaces it. So the figures suit a light page and a dark one.
"""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from emotion_core.evaluation._text import share_text
from emotion_core.evaluation.roc import ConfusionCounts, RocCurve

_CLEAR = "rgba(0,0,0,0)"
_NEUTRAL = "#808080"  # contrast 3.9 on white and 4.9 on near-black
_FAINT = "rgba(128,128,128,0.22)"


class LineStyle(NamedTuple):
    """Colour and dash of a line, in Plotly's terms."""

    color: str
    dash: str


# In place of the activation of a network that was trained on its test photos: red, whatever else is drawn.
LEAKING = "leaking split"

# Colours of Okabe & Ito (2008), without the black and the yellow that vanish on a dark or a light page.
ACTIVATION_STYLE: dict[str, LineStyle] = {
    "relu": LineStyle("#0072B2", "solid"),
    "tanh": LineStyle("#D55E00", "dash"),
    "sigmoid": LineStyle("#009E73", "dashdot"),
    "leaky_relu": LineStyle("#56B4E9", "solid"),
    "elu": LineStyle("#CC79A7", "dash"),
    "selu": LineStyle("#E69F00", "dashdot"),
    "gelu": LineStyle("#CC79A7", "solid"),
    "silu": LineStyle("#E69F00", "solid"),
    "swish": LineStyle("#E69F00", "solid"),  # the older name of silu
    "softplus": LineStyle("#56B4E9", "dashdot"),
    "linear": LineStyle("#56B4E9", "longdash"),
    LEAKING: LineStyle("#D62728", "dot"),
}
_OTHER_COLORS = ("#CC79A7", "#E69F00", "#56B4E9")
_OTHER_DASHES = ("longdash", "longdashdot", "5px,2px,1px,2px")
# Networks of one activation share its style and differ in strength; the hover text names them.
_STRENGTHS = ((2.8, 1.0), (2.0, 0.85), (1.4, 0.75))  # width in px, opacity

_TEMPLATE = go.layout.Template(
    layout={
        "font": {"color": _NEUTRAL, "size": 14},
        "paper_bgcolor": _CLEAR,
        "plot_bgcolor": _CLEAR,
        "colorway": [style.color for style in ACTIVATION_STYLE.values()],
        "xaxis": {"gridcolor": _FAINT, "zeroline": False},
        "yaxis": {"gridcolor": _FAINT, "zeroline": False},
    }
)


class NamedCurve(NamedTuple):
    """A ROC curve with what the figure says about it; `low` and `high` enclose its AUC, None where unknown.

    An empty `activation` says that it is no network's: the curve is drawn grey and dashed.
    """

    name: str
    activation: str
    curve: RocCurve
    low: float | None
    high: float | None


class NamedHistory(NamedTuple):
    """A metric over the epochs of a run, on training and on validation photos; the three have one length."""

    name: str
    activation: str
    epochs: Sequence[int]
    training: Sequence[float | None]
    validation: Sequence[float | None]


def style_of(activation: str) -> LineStyle:
    """Return the line style of an activation; a name not in `ACTIVATION_STYLE` gets one that never changes.

    >>> style_of("relu")
    LineStyle(color='#0072B2', dash='solid')
    """
    if not activation:
        return LineStyle(_NEUTRAL, "dash")
    if activation in ACTIVATION_STYLE:
        return ACTIVATION_STYLE[activation]
    number = zlib.crc32(activation.encode())
    return LineStyle(_OTHER_COLORS[number % 3], _OTHER_DASHES[number // 3 % 3])


def roc_figure(curves: Sequence[NamedCurve], *, plot_height_px: int = 420) -> go.Figure:
    """Overlay ROC curves, with the AUC and its interval in the legend and guessing as the dotted diagonal.

    Args:
        curves: The curves in the order of the legend; may be empty.
        plot_height_px: Height without the legend. The axes keep one scale, so that a column narrower than this leaves
            room above the plot.
    """
    figure = go.Figure(layout={"template": _TEMPLATE})
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": _NEUTRAL, "dash": "dot", "width": 1.5},
        name="guessing — AUC .50", hoverinfo="skip", legendrank=2000,
    )  # fmt: skip
    strengths = _strengths([curve.activation for curve in curves])
    for curve, strength in zip(curves, strengths, strict=True):
        figure.add_trace(_roc_trace(curve, *strength))
    _share_axes(figure, "False positive rate", "True positive rate")
    figure.update_xaxes(constrain="domain")
    figure.update_yaxes(scaleanchor="x", constrain="domain", constraintoward="bottom")
    return _finish(figure, n_entries=len(curves) + 1, plot_height_px=plot_height_px)


def learning_curves_figure(histories: Sequence[NamedHistory], metric: str) -> go.Figure:
    """Draw a metric over the epochs: a solid line for validation photos, a thin dotted one for training photos.

    Args:
        histories: The runs in the order of the legend; may be empty. None and NaN leave a gap.
        metric: What is drawn, "loss" or "accuracy" for example; names the vertical axis.
    """
    figure = go.Figure(layout={"template": _TEMPLATE})
    for name, line in (("validation", {"width": 2.5}), ("training", {"width": 1.5, "dash": "dot"})):
        figure.add_scatter(
            x=[None], y=[None], mode="lines", line={"color": _NEUTRAL, **line}, name=name, legendrank=2000
        )
    strengths = _strengths([history.activation for history in histories])
    for history, strength in zip(histories, strengths, strict=True):
        figure.add_traces(_history_traces(history, *strength))
    figure.update_xaxes(title={"text": "Epoch", "standoff": 8}, automargin=True)
    figure.update_yaxes(title={"text": metric.capitalize(), "standoff": 8}, automargin=True, rangemode="tozero")
    if "accuracy" in metric:
        figure.update_yaxes(range=[0, 1.02], tickformat=".1f")
    return _finish(figure, n_entries=len(histories) + 2, plot_height_px=340)


def confusion_figure(counts: ConfusionCounts, title: str) -> go.Figure:
    """Draw the four counts as a square of four cells, true label down, called label across.

    Args:
        counts: The photos of each kind.
        title: Drawn above; "" for none.
    """
    table = np.array([[counts.true_happy, counts.false_sad], [counts.false_happy, counts.true_sad]])
    # Each row is coloured by its own share, so that the rarer label is as easy to read.
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    labels = ["happy", "sad"]
    figure = go.Figure(layout={"template": _TEMPLATE})
    figure.add_heatmap(
        x=labels, y=labels, z=shares, zmin=0, zmax=1, colorscale=[[0, "#DCEAF4"], [1, "#0072B2"]], showscale=False,
        xgap=3, ygap=3, customdata=table, hovertemplate="%{customdata} %{y} photos called %{x}<extra></extra>",
    )  # fmt: skip
    for (row, column), count in np.ndenumerate(table):
        color = "#FFFFFF" if shares[row, column] > 0.6 else "#1A1A1A"  # legible on the cell, whatever the theme
        figure.add_annotation(
            x=labels[column], y=labels[row], text=str(count), showarrow=False, font={"size": 22, "color": color}
        )
    plain = {"showgrid": False, "constrain": "domain", "fixedrange": True, "automargin": True, "ticks": ""}
    figure.update_xaxes(title={"text": "called", "standoff": 6}, **plain)
    figure.update_yaxes(title={"text": "true", "standoff": 6}, autorange="reversed", scaleanchor="x", **plain)
    if title:
        figure.update_layout(title={"text": title, "font": {"size": 15}, "x": 0.5, "xanchor": "center"})
    return figure.update_layout(height=280, margin={"l": 10, "r": 10, "t": 44 if title else 10, "b": 10})


def _strengths(activations: Sequence[str]) -> list[tuple[float, float]]:
    earlier = [activations[:place].count(activation) for place, activation in enumerate(activations)]
    return [_STRENGTHS[count % len(_STRENGTHS)] for count in earlier]


def _roc_trace(named: NamedCurve, width: float, opacity: float) -> go.Scatter:
    style, curve = style_of(named.activation), named.curve
    thresholds = ["above all scores" if np.isinf(value) else f"{value:.3f}" for value in curve.thresholds]
    return go.Scatter(
        x=curve.false_positive_rate,
        y=curve.true_positive_rate,
        mode="lines",
        name=f"{named.name} — AUC {_with_interval(named)}",
        line={"color": style.color, "dash": style.dash, "width": width},
        opacity=opacity,
        customdata=thresholds,
        hovertemplate=(
            f"<b>{named.name}</b><br>threshold %{{customdata}}<br>"
            "false positive rate %{x:.3f}<br>true positive rate %{y:.3f}<extra></extra>"
        ),
    )


def _with_interval(named: NamedCurve) -> str:
    area = share_text(named.curve.auc)
    if named.low is None or named.high is None:
        return area
    return f"{area} [{share_text(named.low)}–{share_text(named.high)}]"


def _history_traces(history: NamedHistory, width: float, opacity: float) -> list[go.Scatter]:
    color = style_of(history.activation).color
    common = {"x": list(history.epochs), "mode": "lines", "legendgroup": history.name, "name": history.name}
    hover = f"<b>{history.name}</b><br>epoch %{{x}}<br>%{{y:.3f}} on {{}} photos<extra></extra>"
    training = go.Scatter(
        **common, y=list(history.training), line={"color": color, "width": width / 2, "dash": "dot"},
        opacity=0.8 * opacity, showlegend=False, hovertemplate=hover.replace("{}", "training"),
    )  # fmt: skip
    validation = go.Scatter(
        **common, y=list(history.validation), line={"color": color, "width": width},
        opacity=opacity, hovertemplate=hover.replace("{}", "validation"),
    )  # fmt: skip
    return [training, validation]


def _share_axes(figure: go.Figure, x_title: str, y_title: str) -> None:
    # A little beyond 0 and 1, so that a perfect curve is not half hidden by the edge.
    axis = {"range": [-0.01, 1.01], "tickvals": [0, 0.2, 0.4, 0.6, 0.8, 1], "showgrid": True}
    figure.update_xaxes(title={"text": x_title, "standoff": 8}, automargin=True, **axis)
    figure.update_yaxes(title={"text": y_title, "standoff": 8}, automargin=True, **axis)


def _finish(figure: go.Figure, *, n_entries: int, plot_height_px: int) -> go.Figure:
    # The legend stands below, one entry a line: it stays readable on a narrow page and cannot squeeze the plot.
    legend_px = 22 * n_entries
    return figure.update_layout(
        height=plot_height_px + legend_px + 70,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={
            "orientation": "v",
            "x": 0.5,
            "xanchor": "center",
            "y": -62 / plot_height_px,
            "yanchor": "top",
            "tracegroupgap": 0,
        },
        hovermode="closest",
    )
