"""Precision and recall, calibration, and the distribution of scores, as Plotly figures."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from emotion_core.evaluation.figures.theme import (
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
    reliability,
)
from emotion_core.formatting import share_text

SCORE_BINS = 20
PANELS_PER_ROW = 3
PANEL_PX = 170
MAX_WITH_BARS = 4  # the intervals of more runs overlap
# The two differ in lightness as well as in hue.
LABEL_COLORS = {"happy": "#E69F00", "sad": "#0072B2"}


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
    """

    name: str
    activation: str
    labels: IntArray
    p_sad: FloatArray
    threshold: float
    folds: IntArray | None = None


def precision_recall_figure(runs: Sequence[NamedScores]) -> go.Figure:
    """Overlay precision-recall curves, with average precision in the legend and guessing as a dotted line.

    Args:
        runs: Scores on the same photos of both labels, in legend order.
    """
    figure = go.Figure(layout={"template": TEMPLATE})
    share_sad = float(np.mean(runs[0].labels)) if runs else 0.5
    figure.add_scatter(
        x=[0, 1], y=[share_sad] * 2, mode="lines", line={"color": NEUTRAL, "dash": "dot", "width": 1.5},
        name=f"guessing — {share_text(share_sad)}", hoverinfo="skip", legendrank=2000,
    )  # fmt: skip
    for run, (width, opacity) in zip(runs, strengths_of([run.activation for run in runs]), strict=True):
        curve, style = _precision_recall(run), style_of(run.activation)
        figure.add_scatter(
            # Step shape "vh" (down, then right) makes the area under the line equal the average precision.
            x=curve.recall, y=curve.precision, mode="lines", opacity=opacity,
            line={"color": style.color, "dash": style.dash, "width": width, "shape": "vh"},
            name=f"{plain_text(run.name)} — AP {share_text(curve.average_precision)}",
            customdata=[threshold_text(value) for value in curve.thresholds],
            hovertemplate=f"<b>{plain_text(run.name)}</b><br>threshold %{{customdata}}<br>recall %{{x:.3f}}<br>"
            "precision %{y:.3f}<extra></extra>",
        )  # fmt: skip
    square_axes(figure, "Recall", "Precision")
    return finish(figure, n_entries=len(runs) + 1, plot_height_px=420)


def _precision_recall(run: NamedScores) -> PrecisionRecallCurve:
    if run.folds is None:
        return precision_recall(run.labels, run.p_sad)
    return fold_precision_recall(run.labels, run.p_sad, run.folds)


def reliability_figure(runs: Sequence[NamedScores]) -> go.Figure:
    """Draw the share of sad photos against the mean P(sad) of each bin, with Wilson's 95 % interval for few runs.

    Args:
        runs: Scores in legend order; may be empty.
    """
    figure = go.Figure(layout={"template": TEMPLATE})
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": NEUTRAL, "dash": "dot", "width": 1.5},
        name="calibrated", hoverinfo="skip", legendrank=2000,
    )  # fmt: skip
    for run, (width, opacity) in zip(runs, strengths_of([run.activation for run in runs]), strict=True):
        figure.add_trace(_reliability_trace(run, reliability(run.labels, run.p_sad), width, opacity))
    figure.update_traces(error_y_visible=len(runs) <= MAX_WITH_BARS)
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
    """Draw histograms of P(sad) for happy and for sad photos, one panel per run, with the threshold dashed.

    Args:
        runs: Scores of one run or more.
    """
    columns = min(PANELS_PER_ROW, len(runs))
    rows = -(-len(runs) // columns)
    figure = make_subplots(
        rows, columns, shared_xaxes="all", shared_yaxes="all", subplot_titles=[plain_text(run.name) for run in runs],
        vertical_spacing=0.35 / rows,
    )  # fmt: skip
    figure.update_layout(template=TEMPLATE)
    for index, run in enumerate(runs):
        row, column = divmod(index, columns)
        for value, (label, color) in enumerate(LABEL_COLORS.items()):
            counts, edges = np.histogram(run.p_sad[run.labels == value], SCORE_BINS, (0, 1))
            figure.add_bar(
                x=(edges[1:] + edges[:-1]) / 2, y=counts, width=1 / SCORE_BINS, marker={"color": color},
                opacity=0.6, name=f"{label} photos", legendgroup=label, showlegend=index == 0,
                hovertemplate=f"%{{y}} {label} photos around P(sad) %{{x:.2f}}<extra></extra>",
                row=row + 1, col=column + 1,
            )  # fmt: skip
        if run.folds is None:
            figure.add_vline(
                run.threshold, line={"color": NEUTRAL, "dash": "dash", "width": 1.5}, row=row + 1, col=column + 1
            )
    figure.update_xaxes(range=[0, 1], showticklabels=True, tickformat=".1f", automargin=True)
    figure.update_annotations(font={"size": 13})
    figure.update_layout(barmode="overlay", bargap=0)
    return finish(figure, n_entries=2, plot_height_px=PANEL_PX * rows).update_layout(margin={"t": 30})
