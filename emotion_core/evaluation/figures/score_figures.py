"""Precision and recall, calibration, and the distribution of scores, as Plotly figures."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

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
from emotion_core.evaluation.statistics import (
    FloatArray,
    IntArray,
    PrecisionRecallCurve,
    Reliability,
    fold_precision_recall,
    precision_recall,
    precisions_at_recalls,
    reliability,
)
from emotion_core.formatting import share_text

SCORE_BINS = 20
PANELS_PER_ROW = 3
PANEL_PX = 170
MAX_CALIBRATIONS = 3  # the intervals of more networks overlap
# The two differ in lightness as well as in hue.
LABEL_COLORS = {"happy": "#C98500", "sad": "#0072B2"}


class NamedScores(NamedTuple):
    """Scores of a run and its labels in the figures.

    Attributes:
        name: Legend entry.
        activation: Sets color and dash.
        labels: Shape (n,), 0 for happy and 1 for sad.
        p_sad: P(sad) of these photos, shape (n,).
        threshold: A photo is called sad at this score or above.
        folds: Number of the fold that scored each photo, shape (n,); None without folds. Each fold has its own
            threshold, so that none is drawn.
        group: Name shared by the runs that are averaged; they have to follow one another. "" for a run by itself.
    """

    name: str
    activation: str
    labels: IntArray
    p_sad: FloatArray
    threshold: float
    folds: IntArray | None = None
    group: str = ""


def _groups(runs: Sequence[NamedScores]) -> list[list[NamedScores]]:
    pairs = groupby(enumerate(runs), key=lambda pair: pair[1].group or pair[0])
    return [[run for _, run in members] for _, members in pairs]


def precision_recall_figure(runs: Sequence[NamedScores], *, draw_single: bool = True) -> go.Figure:
    """Overlay precision-recall curves, with average precision in the legend and guessing as a dotted line.

    Args:
        runs: Scores on the same photos of both labels, in legend order. A group of several has one legend entry, its
            mean. With at most ``MAX_BANDS`` groups, a band spans the lowest to the highest curve of each.
        draw_single: Whether the curves of a group are drawn too, as thin lines.
    """
    figure = go.Figure(layout={"template": TEMPLATE})
    share_sad = float(np.mean(runs[0].labels)) if runs else 0.5
    figure.add_scatter(
        x=[0, 1], y=[share_sad] * 2, mode="lines", line={"color": NEUTRAL, "dash": "dot", "width": 1.5},
        name=f"guessing — {share_text(share_sad)}", hoverinfo="skip", legendrank=2000,
    )  # fmt: skip
    groups = _groups(runs)
    for group, strength in zip(groups, strengths_of([group[0].activation for group in groups]), strict=True):
        traces = [_recall_trace(group[0], *strength)] if len(group) == 1 else _mean_recall(group, *strength)
        if len(group) > 1 and draw_single:
            traces[1:1] = [_recall_trace(run, 0.8, 0.45).update(showlegend=False) for run in group]
        figure.add_traces(traces if len(groups) <= MAX_BANDS else [line for line in traces if line.fill is None])
    square_axes(figure, "Recall", "Precision")
    return finish(figure, n_entries=len(groups) + 1, plot_height_px=420)


def _recall_trace(run: NamedScores, width: float, opacity: float) -> go.Scatter:
    curve, style = _precision_recall(run), style_of(run.activation)
    return go.Scatter(
        # Step shape "vh" (down, then right) makes the area under the line equal the average precision.
        x=curve.recall, y=curve.precision, mode="lines", opacity=opacity,
        line={"color": style.color, "dash": style.dash, "width": width, "shape": "vh"},
        name=f"{plain_text(run.name)} — AP {share_text(curve.average_precision)}",
        customdata=[threshold_text(value) for value in curve.thresholds],
        hovertemplate=f"<b>{plain_text(run.name)}</b><br>threshold %{{customdata}}<br>recall %{{x:.3f}}<br>"
        "precision %{y:.3f}<extra></extra>",
    )  # fmt: skip


def _mean_recall(group: Sequence[NamedScores], width: float, opacity: float) -> list[go.Scatter]:
    """Return the band of a group and its mean, the only one with a legend entry."""
    curves, style, name = [_precision_recall(run) for run in group], style_of(group[0].activation), group[0].group
    recalls, precisions = precisions_at_recalls(curves)
    low, high = (step_corners(recalls, edge) for edge in (precisions.min(axis=0), precisions.max(axis=0)))
    areas = [curve.average_precision for curve in curves]
    spread = f"{len(group)} networks {share_text(min(areas))}–{share_text(max(areas))}"
    band = go.Scatter(
        x=np.concatenate([low[0], high[0][::-1]]), y=np.concatenate([low[1], high[1][::-1]]), fill="toself",
        fillcolor=style.color, mode="lines", line={"width": 0}, opacity=0.12 * opacity, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip
    mean = go.Scatter(
        x=recalls, y=precisions.mean(axis=0), mode="lines", opacity=opacity,
        line={"color": style.color, "dash": style.dash, "width": width, "shape": "vh"},
        name=f"{plain_text(name)} — mean AP {share_text(float(np.mean(areas)))}, {spread}",
        hovertemplate=f"<b>{plain_text(name)}</b>, mean of {len(group)} networks<br>recall %{{x:.3f}}<br>"
        "precision %{y:.3f}<extra></extra>",
    )  # fmt: skip
    return [band, mean]


def step_corners(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the corners of a line that goes down or up and then right, as Plotly's step shape "vh" draws it.

    Args:
        x: Rising, shape (k,).
        y: Heights there, shape (k,).

    >>> [part.tolist() for part in step_corners(np.array([0, 1]), np.array([5, 3]))]
    [[0, 0, 1], [5, 3, 3]]
    """
    return np.repeat(x, 2)[:-1], np.append(y[:1], np.repeat(y[1:], 2))


def _precision_recall(run: NamedScores) -> PrecisionRecallCurve:
    if run.folds is None:
        return precision_recall(run.labels, run.p_sad)
    return fold_precision_recall(run.labels, run.p_sad, run.folds)


def reliability_figure(runs: Sequence[NamedScores]) -> go.Figure:
    """Draw the share of sad photos against the mean P(sad) of each bin, with Wilson's 95 % interval.

    Args:
        runs: Scores in legend order; may be empty. At most ``MAX_CALIBRATIONS`` are drawn, the first ones.
    """
    runs = runs[:MAX_CALIBRATIONS]
    figure = go.Figure(layout={"template": TEMPLATE})
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": NEUTRAL, "dash": "dot", "width": 1.5},
        name="calibrated", hoverinfo="skip", legendrank=2000,
    )  # fmt: skip
    for run, (width, opacity) in zip(runs, strengths_of([run.activation for run in runs]), strict=True):
        figure.add_trace(_reliability_trace(run, reliability(run.labels, run.p_sad), width, opacity))
    square_axes(figure, "Mean P(sad) in the bin", "Share of sad photos in the bin")
    return finish(figure, n_entries=len(runs) + 1, plot_height_px=420)


def _reliability_trace(run: NamedScores, calibration: Reliability, width: float, opacity: float) -> go.Scatter:
    style, bins = style_of(run.activation), calibration.bins
    share = np.array([bin.share_sad for bin in bins])
    return go.Scatter(
        x=[bin.mean_score for bin in bins],
        y=share,
        error_y={
            "array": np.array([bin.share_high for bin in bins]) - share,
            "arrayminus": share - np.array([bin.share_low for bin in bins]),
            "thickness": 0.8,
            "width": 2,
        },
        mode="lines+markers",
        line={"color": style.color, "dash": style.dash, "width": width},
        opacity=opacity,
        name=f"{plain_text(run.name)} — Brier {share_text(calibration.brier)}, "
        f"ECE {share_text(calibration.expected_calibration_error)}",
        customdata=[bin.count for bin in bins],
        hovertemplate=f"<b>{plain_text(run.name)}</b><br>%{{customdata}} photos, mean P(sad) %{{x:.2f}}<br>"
        "%{y:.0%} of them sad<extra></extra>",
    )


def score_histograms(runs: Sequence[NamedScores]) -> go.Figure:
    """Draw histograms of P(sad) for happy and for sad photos on one scale, with the threshold of a single run dashed.

    Args:
        runs: Scores of one run or more; each has a panel, a group of several one with its mean counts.
    """
    groups = _groups(runs)
    columns = min(PANELS_PER_ROW, len(groups))
    rows = -(-len(groups) // columns)
    figure = make_subplots(
        rows, columns, subplot_titles=[_panel_title(group) for group in groups], vertical_spacing=0.35 / rows,
        horizontal_spacing=0.04,
    )  # fmt: skip
    figure.update_layout(template=TEMPLATE)
    for index, group in enumerate(groups):
        row, column = index // columns + 1, index % columns + 1
        figure.add_traces(_histogram_bars(group, is_first=index == 0), rows=row, cols=column)
        if len(group) == 1 and group[0].folds is None:
            line = {"color": NEUTRAL, "dash": "dash", "width": 1.5}
            figure.add_vline(group[0].threshold, line=line, row=row, col=column)
    # Set here: an axis that is matched with one of an empty panel would stay at Plotly's range without data, -1 to 4.
    highest = max(max(bars.y) for bars in figure.data)
    figure.update_yaxes(range=[0, 1.06 * max(highest, 1)], automargin=True, showticklabels=False)
    figure.update_yaxes(showticklabels=True, title={"text": "Photos", "standoff": 6}, col=1)
    ticks = {"tickvals": [0, 0.5, 1], "ticktext": ["0", ".5", "1"]}
    figure.update_xaxes(title={"text": "P(sad)", "standoff": 4}, range=[0, 1], automargin=True, **ticks)
    for index in range(len(groups), rows * columns):
        figure.update_xaxes(visible=False, row=rows, col=index % columns + 1)
        figure.update_yaxes(visible=False, row=rows, col=index % columns + 1)
    figure.update_annotations(font={"size": 13})
    figure.update_layout(barmode="overlay", bargap=0)
    return finish(figure, n_entries=2, plot_height_px=PANEL_PX * rows).update_layout(margin={"t": 30})


def _panel_title(group: Sequence[NamedScores]) -> str:
    name = group[0].name if len(group) == 1 else f"{group[0].group}, mean of {len(group)}"
    return plain_text(name)


def _histogram_bars(group: Sequence[NamedScores], *, is_first: bool) -> list[go.Bar]:
    """Return the mean counts of a group by label; a group of one has its counts."""
    bars = []
    edges = np.linspace(0, 1, SCORE_BINS + 1)
    for value, (label, color) in enumerate(LABEL_COLORS.items()):
        counts = [np.histogram(run.p_sad[run.labels == value], SCORE_BINS, (0, 1))[0] for run in group]
        bar = go.Bar(
            x=(edges[1:] + edges[:-1]) / 2, y=np.mean(counts, axis=0), width=1 / SCORE_BINS,
            marker={"color": color, "opacity": 0.6, "line": {"color": color, "width": 1}},
            name=f"{label} photos", legendgroup=label, showlegend=is_first,
            hovertemplate=f"%{{y:.3~g}} {label} photos around P(sad) %{{x:.2f}}<extra></extra>",
        )  # fmt: skip
        bars.append(bar)
    return bars
