"""Records -> Plotly figures; import this module on its own, it loads Plotly.

Backgrounds are transparent, and what needs contrast with them sits in the template, where Streamlit's theme
replaces it. So the figures suit a light page and a dark one.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from emotion_core.evaluation.figures.theme import NEUTRAL, TEMPLATE, finish, square_axes, strengths_of, style_of
from emotion_core.evaluation.statistics import RocCurve, roc_band
from emotion_core.formatting import share_text

# Along each axis of a ROC curve: less than half a pixel each. More points than that only keep the browser busy.
PLACES = 1000
# Of more networks the bands would lie over one another as one grey.
MOST_BANDS = 8


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
