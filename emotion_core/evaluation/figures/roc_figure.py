"""Records -> Plotly figures; import this module on its own, it loads Plotly.

Backgrounds are transparent, and what needs contrast with them sits in the template, where Streamlit's theme
replaces it. So the figures suit a light page and a dark one.
"""

import zlib
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from emotion_core.evaluation.statistics.roc import ConfusionCounts, RocCurve
from emotion_core.evaluation.statistics.roc_band import roc_band
from emotion_core.formatting import share_text

_CLEAR = "rgba(0,0,0,0)"
NEUTRAL = "#808080"  # contrast 3.9 on white and 4.9 on near-black
_FAINT = "rgba(128,128,128,0.22)"

# Along each axis of a ROC curve: less than half a pixel each. More points than that only keep the browser busy.
PLACES = 1000
# Of more networks the bands would lie over one another as one grey.
MOST_BANDS = 8


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
_STRENGTHS = ((2.8, 1.0), (2.0, 0.85), (1.4, 0.75), (0.9, 0.7))  # width in px, opacity

TEMPLATE = go.layout.Template(
    layout={
        "font": {"color": NEUTRAL, "size": 14},
        "paper_bgcolor": _CLEAR,
        "plot_bgcolor": _CLEAR,
        "colorway": [style.color for style in ACTIVATION_STYLE.values()],
        "xaxis": {"gridcolor": _FAINT, "zeroline": False},
        "yaxis": {"gridcolor": _FAINT, "zeroline": False},
    }
)


class NamedCurve(NamedTuple):
    """A ROC curve with what the figure says about it; `low` and `high` enclose its AUC, None where unknown.

    An empty `activation` says that it is no network's: the curve is drawn grey and dashed. Neighbours with one
    `network` are seeds of it. `photos` counts the happy and the sad ones; with it, each point tells how many were
    called what.
    """

    name: str
    activation: str
    curve: RocCurve
    low: float | None
    high: float | None
    network: str = ""
    photos: tuple[int, int] | None = None


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
        return LineStyle(NEUTRAL, "dash")
    if activation in ACTIVATION_STYLE:
        return ACTIVATION_STYLE[activation]
    number = zlib.crc32(activation.encode())
    return LineStyle(_OTHER_COLORS[number % 3], _OTHER_DASHES[number // 3 % 3])


def roc_figure(curves: Sequence[NamedCurve], *, plot_height_px: int = 420) -> go.Figure:
    """Overlay ROC curves, with the AUC and its interval in the legend and guessing as the dotted diagonal.

    Args:
        curves: The curves in the order of the legend; may be empty. Seeds of one network are thin lines with one entry:
            their mean, in a band from the lowest to the highest where there are not too many networks.
        plot_height_px: Height without the legend. The axes keep one scale, so that a column narrower than this leaves
            room above the plot.
    """
    figure = go.Figure(layout={"template": TEMPLATE})
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": NEUTRAL, "dash": "dot", "width": 1.5},
        name="guessing — AUC .50", hoverinfo="skip", legendrank=2000,
    )  # fmt: skip
    numbered = groupby(enumerate(curves), key=lambda pair: pair[1].network or pair[0])
    groups = [[curve for _, curve in pairs] for _, pairs in numbered]
    strengths = strengths_of([group[0].activation for group in groups])
    for group, strength in zip(groups, strengths, strict=True):
        traces = [_roc_trace(group[0], *strength)] if len(group) == 1 else _seed_traces(group, *strength)
        figure.add_traces(traces if len(groups) <= MOST_BANDS else [line for line in traces if line.fill is None])
    square_axes(figure, "False positive rate", "True positive rate")
    return finish(figure, n_entries=len(groups) + 1, plot_height_px=plot_height_px)


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
    figure = go.Figure(layout={"template": TEMPLATE})
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


def strengths_of(activations: Sequence[str]) -> list[tuple[float, float]]:
    """Return width in px and opacity of each line, which differ where the activation is the same."""
    earlier = [activations[:place].count(activation) for place, activation in enumerate(activations)]
    return [_STRENGTHS[count % len(_STRENGTHS)] for count in earlier]


def _roc_trace(named: NamedCurve, width: float, opacity: float) -> go.Scatter:
    style, named = style_of(named.activation), named._replace(curve=_as_seen(named.curve))
    curve = named.curve
    counts, told = _counts(named)
    thresholds = ["above all scores" if np.isinf(value) else f"{value:.3f}" for value in curve.thresholds]
    return go.Scatter(
        x=curve.false_positive_rate,
        y=curve.true_positive_rate,
        mode="lines",
        name=f"{named.name} — AUC {_with_interval(named)}",
        line={"color": style.color, "dash": style.dash, "width": width},
        opacity=opacity,
        customdata=list(zip(thresholds, *counts, strict=True)),
        hovertemplate=(
            f"<b>{named.name}</b><br>AUC {_with_interval(named)}<br>threshold %{{customdata[0]}}<br>"
            f"false positive rate %{{x:.3f}}<br>true positive rate %{{y:.3f}}{told}<extra></extra>"
        ),
    )


def _as_seen(curve: RocCurve) -> RocCurve:
    """Return the curve with the first of those points that fall on one place of the picture; its end has its own."""
    if len(curve.thresholds) <= PLACES:
        return curve
    places = np.floor(PLACES * np.stack([curve.false_positive_rate, curve.true_positive_rate]))
    seen = np.append(True, (np.diff(places) != 0).any(axis=0))
    return RocCurve(curve.false_positive_rate[seen], curve.true_positive_rate[seen], curve.thresholds[seen], curve.auc)


def _counts(named: NamedCurve) -> tuple[list[list[int]], str]:
    """Return how many photos each point calls what, and what says so; nothing where the photos were not counted."""
    if named.photos is None:
        return [], ""
    happy, sad = named.photos
    false_sad = np.rint(named.curve.false_positive_rate * happy).astype(int)
    true_sad = np.rint(named.curve.true_positive_rate * sad).astype(int)
    counts = [column.tolist() for column in (happy - false_sad, false_sad, sad - true_sad, true_sad)]
    rows = enumerate((f"{happy} happy", f"{sad} sad"))
    told = [
        f"<br>{photos} photos: %{{customdata[{1 + 2 * row}]}} called happy, %{{customdata[{2 + 2 * row}]}} sad"
        for row, photos in rows
    ]
    return counts, "".join(told)


def _seed_traces(group: Sequence[NamedCurve], width: float, opacity: float) -> list[go.Scatter]:
    """Return the band, the thin line of each seed and their mean, which stands for all of them in the legend."""
    network, band, style = group[0].network, roc_band([named.curve for named in group]), style_of(group[0].activation)
    grid = band.false_positive_rate
    shared = {"mode": "lines", "legendgroup": network}
    area = go.Scatter(
        **shared, x=np.concatenate([grid, grid[::-1]]), y=np.concatenate([band.low, band.high[::-1]]), fill="toself",
        fillcolor=style.color, line={"width": 0}, opacity=0.12 * opacity, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    seeds = [_roc_trace(named, 0.8, 0.45).update(legendgroup=network, showlegend=False) for named in group]
    spread = f"{share_text(band.auc_low)}–{share_text(band.auc_high)}"
    mean = go.Scatter(
        **shared, x=grid, y=band.mean, line={"color": style.color, "dash": style.dash, "width": width},
        opacity=opacity, name=f"{network} — AUC {share_text(band.auc_mean)}, {len(group)} seeds {spread}",
        hovertemplate=f"<b>{network}</b>, mean of {len(group)} seeds<br>false positive rate %{{x:.2f}}<br>"
        "true positive rate %{y:.3f}<extra></extra>",
    )  # fmt: skip
    return [area, *seeds, mean]


def _with_interval(named: NamedCurve) -> str:
    area = share_text(named.curve.auc)
    if named.low is None or named.high is None:
        return area
    return f"{area} [{share_text(named.low)}–{share_text(named.high)}]"


def square_axes(figure: go.Figure, x_title: str, y_title: str) -> None:
    """Let both axes run from 0 to 1 on one scale."""
    # A little beyond 0 and 1, so that a perfect curve is not half hidden by the edge.
    axis = {"range": [-0.01, 1.01], "tickvals": [0, 0.2, 0.4, 0.6, 0.8, 1], "showgrid": True}
    figure.update_xaxes(title={"text": x_title, "standoff": 8}, automargin=True, **axis)
    figure.update_yaxes(title={"text": y_title, "standoff": 8}, automargin=True, **axis)
    figure.update_xaxes(constrain="domain")
    figure.update_yaxes(scaleanchor="x", constrain="domain", constraintoward="bottom")


def finish(figure: go.Figure, *, n_entries: int, plot_height_px: int) -> go.Figure:
    """Return the figure with its height, and with its legend below."""
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
