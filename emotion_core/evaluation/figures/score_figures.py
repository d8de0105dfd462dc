"""What lies behind a ROC curve: precision and recall, calibration, and the scores themselves, as Plotly figures."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from emotion_core.evaluation.figures.theme import NEUTRAL, TEMPLATE, finish, square_axes, strengths_of, style_of
from emotion_core.evaluation.statistics import FloatArray, IntArray, Reliability, precision_recall, reliability
from emotion_core.formatting import share_text

SCORE_BINS = 20
PANELS_PER_ROW = 3
PANEL_PX = 170
MOST_WITH_BARS = 4  # intervals of more runs lie over one another
# Happy and sad, told apart by lightness too.
LABEL_COLORS = {"happy": "#E69F00", "sad": "#0072B2"}


class NamedScores(NamedTuple):
    """P(sad) of the photos of a run, shape (n,), with their labels (happy 0, sad 1) and the run's threshold."""

    name: str
    activation: str
    labels: IntArray
    scores: FloatArray
    threshold: float


def precision_recall_figure(runs: Sequence[NamedScores]) -> go.Figure:
    """Overlay precision-recall curves, with the average precision in the legend, and guessing as a dotted line.

    Args:
        runs: On the same photos, both labels among them; in the order of the legend.
    """
    figure = go.Figure(layout={"template": TEMPLATE})
    share_sad = float(np.mean(runs[0].labels)) if runs else 0.5
    figure.add_scatter(
        x=[0, 1], y=[share_sad] * 2, mode="lines", line={"color": NEUTRAL, "dash": "dot", "width": 1.5},
        name=f"guessing — {share_text(share_sad)}", hoverinfo="skip", legendrank=2000,
    )  # fmt: skip
    for run, (width, opacity) in zip(runs, strengths_of([run.activation for run in runs]), strict=True):
        curve, style = precision_recall(run.labels, run.scores), style_of(run.activation)
        figure.add_scatter(
            # The average precision is the area under steps that go down before they go on.
            x=curve.recall, y=curve.precision, mode="lines", opacity=opacity,
            line={"color": style.color, "dash": style.dash, "width": width, "shape": "vh"},
            name=f"{run.name} — AP {share_text(curve.average_precision)}",
            customdata=["above all scores" if np.isinf(value) else f"{value:.3f}" for value in curve.thresholds],
            hovertemplate=f"<b>{run.name}</b><br>threshold %{{customdata}}<br>recall %{{x:.3f}}<br>"
            "precision %{y:.3f}<extra></extra>",
        )  # fmt: skip
    square_axes(figure, "Recall", "Precision")
    return finish(figure, n_entries=len(runs) + 1, plot_height_px=420)


def reliability_figure(runs: Sequence[NamedScores]) -> go.Figure:
    """Draw the share of sad photos over the mean P(sad) of each bin, of few runs with Wilson's 95 % interval.

    Args:
        runs: In the order of the legend; may be empty.
    """
    figure = go.Figure(layout={"template": TEMPLATE})
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": NEUTRAL, "dash": "dot", "width": 1.5},
        name="calibrated", hoverinfo="skip", legendrank=2000,
    )  # fmt: skip
    for run, (width, opacity) in zip(runs, strengths_of([run.activation for run in runs]), strict=True):
        figure.add_trace(_reliability_trace(run, reliability(run.labels, run.scores), width, opacity))
    figure.update_traces(error_y_visible=len(runs) <= MOST_WITH_BARS)
    square_axes(figure, "Mean P(sad) in the bin", "Share of them that is sad")
    return finish(figure, n_entries=len(runs) + 1, plot_height_px=420)


def _reliability_trace(run: NamedScores, found: Reliability, width: float, opacity: float) -> go.Scatter:
    style, bins = style_of(run.activation), found.bins
    share = np.array([one.share_sad for one in bins])
    return go.Scatter(
        x=[one.mean_score for one in bins],
        y=share,
        error_y={
            "array": np.array([one.share_high for one in bins]) - share,
            "arrayminus": share - np.array([one.share_low for one in bins]),
            "thickness": 0.8,
            "width": 2,
        },
        mode="lines+markers",
        line={"color": style.color, "dash": style.dash, "width": width},
        opacity=opacity,
        name=f"{run.name} — Brier {share_text(found.brier)}, ECE {share_text(found.expected_calibration_error)}",
        customdata=[one.count for one in bins],
        hovertemplate=f"<b>{run.name}</b><br>%{{customdata}} photos, mean P(sad) %{{x:.2f}}<br>"
        "%{y:.0%} of them sad<extra></extra>",
    )


def score_histograms(runs: Sequence[NamedScores]) -> go.Figure:
    """Draw how P(sad) is spread over happy and over sad photos, one panel for each run, its threshold dashed.

    Args:
        runs: One or more.
    """
    columns = min(PANELS_PER_ROW, len(runs))
    rows = -(-len(runs) // columns)
    figure = make_subplots(
        rows, columns, shared_xaxes="all", shared_yaxes="all", subplot_titles=[run.name for run in runs],
        vertical_spacing=0.35 / rows,
    )  # fmt: skip
    figure.update_layout(template=TEMPLATE)
    for place, run in enumerate(runs):
        row, column = divmod(place, columns)
        for number, (label, color) in enumerate(LABEL_COLORS.items()):
            counts, edges = np.histogram(run.scores[run.labels == number], SCORE_BINS, (0, 1))
            figure.add_bar(
                x=(edges[1:] + edges[:-1]) / 2, y=counts, width=1 / SCORE_BINS, marker={"color": color},
                opacity=0.6, name=f"{label} photos", legendgroup=label, showlegend=place == 0,
                hovertemplate=f"%{{y}} {label} photos around P(sad) %{{x:.2f}}<extra></extra>",
                row=row + 1, col=column + 1,
            )  # fmt: skip
        figure.add_vline(
            run.threshold, line={"color": NEUTRAL, "dash": "dash", "width": 1.5}, row=row + 1, col=column + 1
        )
    figure.update_xaxes(range=[0, 1], showticklabels=True, tickformat=".1f", automargin=True)
    figure.update_annotations(font={"size": 13})
    figure.update_layout(barmode="overlay", bargap=0)
    return finish(figure, n_entries=2, plot_height_px=PANEL_PX * rows).update_layout(margin={"t": 30})
