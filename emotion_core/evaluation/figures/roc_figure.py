"""ROC curves as a Plotly figure.

Backgrounds are transparent, and everything that needs contrast with them is set in the template, which Streamlit's
theme overrides. So the figures work on light and dark pages.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from emotion_core.evaluation.figures.theme import (
    MAX_BANDS,
    NEUTRAL,
    TEMPLATE,
    finish,
    plain_text,
    square_axes,
    strengths_of,
    style_of,
    threshold_text,
)
from emotion_core.evaluation.statistics import RocCurve, roc_band
from emotion_core.formatting import share_text

# Steps along each axis of a ROC curve: each is less than half a pixel, so more points only slow the browser down.
AXIS_STEPS = 1000


class NamedCurve(NamedTuple):
    """A ROC curve and its labels in the figure.

    Attributes:
        name: Legend entry.
        activation: Sets color and dash; "" for a curve without a network, drawn gray and dashed.
        curve: Points of the curve.
        low: Lower end of the AUC's confidence interval; None if unknown.
        high: Upper end of the interval; None if unknown.
        group: Name shared by the curves that are averaged; they have to follow one another. "" for a curve by itself.
        photos: Numbers of happy and sad photos, for the counts in the hover text; None leaves these out.
    """

    name: str
    activation: str
    curve: RocCurve
    low: float | None
    high: float | None
    group: str = ""
    photos: tuple[int, int] | None = None


def roc_figure(curves: Sequence[NamedCurve], *, draw_single: bool = True, plot_height_px: int = 420) -> go.Figure:
    """Overlay ROC curves, with AUC and interval in the legend and guessing as a dotted diagonal.

    Args:
        curves: Curves in legend order; may be empty. A group of several has one legend entry, its mean. With at most
            ``MAX_BANDS`` groups, a band spans the lowest to the highest curve of each.
        draw_single: Whether the curves of a group are drawn too, as thin lines.
        plot_height_px: Height without the legend. Both axes have the same scale, so a column narrower than this leaves
            empty space above the plot.
    """
    figure = go.Figure(layout={"template": TEMPLATE})
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": NEUTRAL, "dash": "dot", "width": 1.5},
        name="guessing — AUC .50", hoverinfo="skip", legendrank=2000,
    )  # fmt: skip
    numbered = groupby(enumerate(curves), key=lambda pair: pair[1].group or pair[0])
    groups = [[curve for _, curve in pairs] for _, pairs in numbered]
    strengths = strengths_of([group[0].activation for group in groups])
    for group, strength in zip(groups, strengths, strict=True):
        traces = [_roc_trace(group[0], *strength)] if len(group) == 1 else _group_traces(group, *strength, draw_single)
        figure.add_traces(traces if len(groups) <= MAX_BANDS else [line for line in traces if line.fill is None])
    square_axes(figure, "False positive rate", "True positive rate")
    return finish(figure, n_entries=len(groups) + 1, plot_height_px=plot_height_px)


def _roc_trace(named: NamedCurve, width: float, opacity: float) -> go.Scatter:
    style, named = style_of(named.activation), named._replace(curve=_thin_out(named.curve))
    curve = named.curve
    counts, count_lines = _photo_counts(named)
    thresholds = [threshold_text(value) for value in curve.thresholds]
    return go.Scatter(
        x=curve.false_positive_rate,
        y=curve.true_positive_rate,
        mode="lines",
        name=f"{plain_text(named.name)} — AUC {_with_interval(named)}",
        line={"color": style.color, "dash": style.dash, "width": width},
        opacity=opacity,
        customdata=list(zip(thresholds, *counts, strict=True)),
        hovertemplate=(
            f"<b>{plain_text(named.name)}</b><br>AUC {_with_interval(named)}<br>threshold %{{customdata[0]}}<br>"
            f"false positive rate %{{x:.3f}}<br>true positive rate %{{y:.3f}}{count_lines}<extra></extra>"
        ),
    )


def _thin_out(curve: RocCurve) -> RocCurve:
    """Return the curve with one point per visible position: of neighbors within one axis step only the first."""
    if len(curve.thresholds) <= AXIS_STEPS:
        return curve
    positions = np.floor(AXIS_STEPS * np.stack([curve.false_positive_rate, curve.true_positive_rate]))
    keep = np.append(True, (np.diff(positions) != 0).any(axis=0))
    return RocCurve(curve.false_positive_rate[keep], curve.true_positive_rate[keep], curve.thresholds[keep], curve.auc)


def _photo_counts(named: NamedCurve) -> tuple[list[list[int]], str]:
    """Return four photo counts per point and the hover lines that show them; empty without ``named.photos``."""
    if named.photos is None:
        return [], ""
    happy, sad = named.photos
    false_sad = np.rint(named.curve.false_positive_rate * happy).astype(int)
    true_sad = np.rint(named.curve.true_positive_rate * sad).astype(int)
    counts = [column.tolist() for column in (happy - false_sad, false_sad, sad - true_sad, true_sad)]
    rows = enumerate((f"{happy} happy", f"{sad} sad"))
    lines = [
        f"<br>{photos} photos: %{{customdata[{1 + 2 * row}]}} called happy, %{{customdata[{2 + 2 * row}]}} sad"
        for row, photos in rows
    ]
    return counts, "".join(lines)


def _group_traces(group: Sequence[NamedCurve], width: float, opacity: float, draw_single: bool) -> list[go.Scatter]:
    """Return the band of a group, a thin line per curve if wanted, and their mean, the only one with a legend entry."""
    name, band, style = (
        plain_text(group[0].group),
        roc_band([named.curve for named in group]),
        style_of(group[0].activation),
    )
    grid = band.false_positive_rate
    shared = {"mode": "lines", "legendgroup": name}
    area = go.Scatter(
        **shared, x=np.concatenate([grid, grid[::-1]]), y=np.concatenate([band.low, band.high[::-1]]), fill="toself",
        fillcolor=style.color, line={"width": 0}, opacity=0.12 * opacity, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    single = [_roc_trace(named, 0.8, 0.45).update(legendgroup=name, showlegend=False) for named in group]
    spread = f"{len(group)} networks {share_text(band.auc_low)}–{share_text(band.auc_high)}"
    mean = go.Scatter(
        **shared, x=grid, y=band.mean, line={"color": style.color, "dash": style.dash, "width": width},
        opacity=opacity, name=f"{name} — mean AUC {share_text(band.auc_mean)}, {spread}",
        hovertemplate=f"<b>{name}</b>, mean of {len(group)} networks<br>false positive rate %{{x:.2f}}<br>"
        "true positive rate %{y:.3f}<extra></extra>",
    )  # fmt: skip
    return [area, *(single if draw_single else ()), mean]


def _with_interval(named: NamedCurve) -> str:
    area = share_text(named.curve.auc)
    if named.low is None or named.high is None:
        return area
    return f"{area} [{share_text(named.low)}–{share_text(named.high)}]"
