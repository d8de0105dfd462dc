"""Theme of all figures: color and dash of each activation, the Plotly template, the axes."""

import html
import math
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go


class LineStyle(NamedTuple):
    """Color and dash of a line, as Plotly names them."""

    color: str
    dash: str


_CLEAR = "rgba(0,0,0,0)"
NEUTRAL = "#808080"  # contrast 3.9 on white and 4.9 on near-black
_FAINT = "rgba(128,128,128,0.22)"
# Replaces the activation of a network that was trained on its test photos: such a line is always red.
LEAKING = "leaking split"
# The first three are of Okabe & Ito (2008). Each color has a contrast of at least 3 on the light and on the dark page,
# which theirs for the others do not have on white.
_PINK, _AMBER, _CYAN, _VIOLET, _BROWN, _OLIVE = "#CC6FA6", "#B27C00", "#2399C4", "#8F6AE0", "#A0664B", "#7D8F1E"
ACTIVATION_STYLE: dict[str, LineStyle] = {
    "relu": LineStyle("#0072B2", "solid"),
    "tanh": LineStyle("#D55E00", "dash"),
    "sigmoid": LineStyle("#009E73", "dashdot"),
    "leaky_relu": LineStyle(_CYAN, "solid"),
    "prelu": LineStyle(_VIOLET, "solid"),
    "relu6": LineStyle(_BROWN, "solid"),
    "elu": LineStyle(_PINK, "dash"),
    "celu": LineStyle(_OLIVE, "dash"),
    "selu": LineStyle(_AMBER, "dashdot"),
    "gelu": LineStyle(_PINK, "solid"),
    "silu": LineStyle(_AMBER, "solid"),
    "swish": LineStyle(_AMBER, "solid"),  # the older name of silu
    "mish": LineStyle(_VIOLET, "dash"),
    "softplus": LineStyle(_CYAN, "dashdot"),
    "softsign": LineStyle(_OLIVE, "dashdot"),
    "squareplus": LineStyle(_BROWN, "dash"),
    "hard_tanh": LineStyle(_AMBER, "dash"),
    "hard_sigmoid": LineStyle(_VIOLET, "dashdot"),
    "hard_silu": LineStyle(_OLIVE, "solid"),
    "tanh_shrink": LineStyle(_BROWN, "dashdot"),
    "linear": LineStyle(_CYAN, "dash"),
    LEAKING: LineStyle("#D62728", "dot"),
}
# The bands of more networks would overlap into one gray area.
MAX_BANDS = 8
_OTHER_COLORS = (_PINK, _AMBER, _CYAN)
_OTHER_DASHES = ("longdash", "longdashdot", "5px,2px,1px,2px")
# Networks with the same activation share its style and differ in line strength; the hover text names them.
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


def plain_text(name: str) -> str:
    """Return a name so that Plotly shows every character: it reads some HTML in texts, and ``%{`` in hover texts.

    >>> plain_text("<b>%{x}</b>")
    '&lt;b&gt;%&#123;x}&lt;/b&gt;'
    """
    return html.escape(name, quote=False).replace("%{", "%&#123;")


def style_of(activation: str) -> LineStyle:
    """Return the line style of an activation; a name not in `ACTIVATION_STYLE` gets a fixed style from its hash.

    >>> style_of("relu")
    LineStyle(color='#0072B2', dash='solid')
    """
    if not activation:
        return LineStyle(NEUTRAL, "dash")
    if activation in ACTIVATION_STYLE:
        return ACTIVATION_STYLE[activation]
    number = zlib.crc32(activation.encode())
    return LineStyle(_OTHER_COLORS[number % 3], _OTHER_DASHES[number // 3 % 3])


def strengths_of(activations: Sequence[str]) -> list[tuple[float, float]]:
    """Return width in px and opacity of each line; lines with the same activation get different ones."""
    earlier = [activations[:index].count(activation) for index, activation in enumerate(activations)]
    return [_STRENGTHS[count % len(_STRENGTHS)] for count in earlier]


def alt_text(figure: go.Figure, title: str) -> str:
    """Return a figure in words for readers who do not see it: its title, then what its legend or its rows say.

    Args:
        figure: as it is drawn.
        title: what it shows.
    """
    entries = [trace.name for trace in figure.data if trace.name and trace.showlegend is not False]
    return html.unescape(f"{title}: {'; '.join(dict.fromkeys(entries))}" if entries else title)


def square_axes(figure: go.Figure, x_title: str, y_title: str) -> None:
    """Set both axes to the range 0 to 1 with the same scale.

    Args:
        figure: The figure to change.
        x_title: Title of the x axis.
        y_title: Title of the y axis.
    """
    # Slightly beyond 0 and 1, so that the edge does not hide half the line of a perfect curve.
    axis = {"range": [-0.01, 1.01], "tickvals": [0, 0.2, 0.4, 0.6, 0.8, 1], "showgrid": True}
    figure.update_xaxes(title={"text": x_title, "standoff": 8}, automargin=True, **axis)
    figure.update_yaxes(title={"text": y_title, "standoff": 8}, automargin=True, **axis)
    figure.update_xaxes(constrain="domain")
    figure.update_yaxes(scaleanchor="x", constrain="domain", constraintoward="bottom")


def finish(figure: go.Figure, *, n_entries: int, plot_height_px: int) -> go.Figure:
    """Return the figure with its total height set and its legend below the plot.

    Args:
        figure: The figure to change.
        n_entries: Number of legend entries.
        plot_height_px: Height of the plot without the legend.
    """
    # Below the plot with one entry per line, the legend stays readable on a narrow page and cannot squeeze the plot.
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


def threshold_text(threshold: float) -> str:
    """Return a threshold of a curve's point for its hover text: infinity, or NaN where each fold has another one."""
    if math.isnan(threshold):
        return "differs between folds"
    return "above all scores" if math.isinf(threshold) else f"{threshold:.3f}"
