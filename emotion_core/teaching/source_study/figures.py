"""The six figures on the source study, drawn from records; no face imports this module, because it loads Plotly.

As in ``evaluation.figures``, backgrounds are transparent, and names, shapes or dashes repeat what a color shows.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from emotion_core.evaluation import auc_interval, roc_points
from emotion_core.evaluation.figures import LABEL_COLORS, LEAKING, NEUTRAL, SCORE_BINS, TEMPLATE, style_of
from emotion_core.teaching.source_study.evidence import StudyEvidence, TrainedNetwork, last_batch_aucs
from emotion_core.teaching.source_study.sentences import (
    LAST_BATCH_SIZES,
    display_name,
    first_seed_runs,
    group_by_network,
)

ROW_PX, AXIS_PX, PANEL_PX = 34, 90, 300
SYMBOLS = {"fixed": "circle", "reshuffled": "x"}
DASHES = {"batch normalization": "dot", "He initializer": "dash"}


class ChapterRow(NamedTuple):
    """A row of dots, one for each seed."""

    name: str
    activation: str
    values: Sequence[float]
    split: str = "fixed"


def figure_of(key: str, evidence: StudyEvidence) -> go.Figure:
    """Return the figure of a chapter.

    Args:
        key: of the chapter.
        evidence: from the shipped results or from the user's own runs.
    """
    return _FIGURES[key](evidence)


def _leak(evidence: StudyEvidence) -> go.Figure:
    rows = [
        ChapterRow(f"{labels}, {split} split", group[0].activation, [network.accuracy for network in group], split)
        for labels, networks in (("true labels", evidence.networks), ("random labels", evidence.others))
        for group in group_by_network(networks).values()
        for split in [group[0].split]
    ]
    return _dots(rows, "Accuracy on the test photos")


def _models(evidence: StudyEvidence) -> go.Figure:
    rows = [
        ChapterRow(f"{name} ({group[0].activation})" if which == "published" else f"controlled: {name}",
            group[0].activation, [network.auc for network in group])
        for which, networks in (("published", evidence.others), ("controlled", evidence.networks))
        for name, group in group_by_network(networks).items()
    ]  # fmt: skip
    return _dots(rows, "Test AUC")


def _dots(rows: Sequence[ChapterRow], title: str) -> go.Figure:
    """Draw one value from 0 to 1 for each seed of each row, and a dotted line for guessing."""
    figure = go.Figure(layout={"template": TEMPLATE})
    figure.add_vline(0.5, line={"color": NEUTRAL, "dash": "dot", "width": 1.5})
    for row in rows:
        color = style_of(LEAKING if row.split == "reshuffled" else row.activation).color
        figure.add_scatter(
            x=list(row.values), y=[row.name] * len(row.values), mode="markers", showlegend=False,
            marker={"color": color, "symbol": SYMBOLS[row.split], "size": 12, "opacity": 0.75},
            hovertemplate=f"{row.name}<br>{title.lower()} %{{x:.3f}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(range=[-0.02, 1.02], title=title, automargin=True)
    figure.update_yaxes(autorange="reversed", automargin=True)
    return _finish(figure, ROW_PX * len(rows) + AXIS_PX)


def _dead_output(evidence: StudyEvidence) -> go.Figure:
    """Draw the answers and the ROC curve of the network whose answers differ least between photos."""
    network = min(evidence.networks, key=lambda network: max(network.p_sad) - min(network.p_sad))
    labels, scores = np.array(network.labels), np.array(network.p_sad)
    figure = make_subplots(1, 2, subplot_titles=("Answers on the test photos", "ROC curve"), horizontal_spacing=0.15)
    for number, (label, color) in enumerate(LABEL_COLORS.items()):
        counts, edges = np.histogram(scores[labels == number], SCORE_BINS, (0, 1))
        figure.add_bar(
            x=(edges[1:] + edges[:-1]) / 2, y=counts, name=f"{label} photos", marker={"color": color}, row=1, col=1,
            marker_pattern_shape="/" if number else "", hovertemplate=f"%{{y}} {label} photos<extra></extra>",
        )  # fmt: skip
    curve, style = roc_points(labels, scores), style_of(network.activation)
    figure.add_scatter(x=[0, 1], y=[0, 1], line={"color": NEUTRAL, "dash": "dot"}, name="guessing", row=1, col=2)
    figure.add_scatter(
        x=curve.false_positive_rate, y=curve.true_positive_rate, mode="lines+markers", name=network.network,
        line={"color": style.color, "dash": style.dash, "width": 3}, row=1, col=2,
    )  # fmt: skip
    figure.update_layout(template=TEMPLATE, barmode="stack", legend={"orientation": "h", "y": -0.28})
    figure.update_xaxes(range=[-0.02, 1.02], automargin=True)
    figure.update_xaxes(title="P(sad)", col=1)
    figure.update_xaxes(title="False positive rate", col=2)
    figure.update_yaxes(title="Photos", col=1)
    figure.update_yaxes(title="True positive rate", range=[-0.02, 1.02], col=2)
    return _finish(figure, PANEL_PX + 60)


def _vanishing(evidence: StudyEvidence) -> go.Figure:
    deepest = max(gradient.depth for gradient in evidence.gradients)
    titles = ("Gradient of the first layer / output layer", f"Gradient of each layer at depth {deepest}")
    figure = make_subplots(1, 2, subplot_titles=titles, horizontal_spacing=0.15)
    figure.update_layout(template=TEMPLATE, legend={"orientation": "h", "y": -0.28})
    for variant in dict.fromkeys(gradient.variant for gradient in evidence.gradients):
        by_depth = [gradient for gradient in evidence.gradients if gradient.variant == variant]
        color, title = style_of(by_depth[0].activation).color, display_name(variant)
        dash = next((dash for name, dash in DASHES.items() if name in title), "solid")
        look = {"mode": "lines+markers", "name": title, "line": {"color": color, "dash": dash, "width": 2.5}}
        layers = next(gradient.norms for gradient in by_depth if gradient.depth == deepest)
        depths, shares = zip(*((gradient.depth, gradient.first_layer_share) for gradient in by_depth), strict=True)
        figure.add_scatter(**look, x=depths, y=shares, row=1, col=1)
        figure.add_scatter(
            **look, x=[name for name, _ in layers], y=[norm for _, norm in layers], showlegend=False, row=1, col=2
        )
    figure.update_yaxes(type="log", dtick=1, exponentformat="power", automargin=True)
    figure.update_xaxes(title="Depth (convolution blocks)", dtick=1, row=1, col=1)
    figure.update_xaxes(title="Layer", dtick=None, row=1, col=2)
    return _finish(figure, PANEL_PX + 100)


def _last_batch(evidence: StudyEvidence) -> go.Figure:
    networks = first_seed_runs(evidence.networks)
    figure = go.Figure(layout={"template": TEMPLATE, "boxmode": "group", "legend": {"orientation": "h", "y": -0.15}})
    sizes = (len(networks[0].labels), *LAST_BATCH_SIZES)
    by_size = {size: last_batch_aucs(networks, size)[0] for size in sizes}
    names = [f"{'all' if size == sizes[0] else 'last'} {size} photos" for size in sizes]
    for index, network in enumerate(networks):
        quantiles = np.array([batches[index].quantiles for batches in by_size.values()])
        low, first, median, third, high = quantiles.T
        figure.add_box(
            x=names, lowerfence=low, q1=first, median=median, q3=third,
            upperfence=high, name=network.network, marker={"color": style_of(network.activation).color},
        )  # fmt: skip
    figure.update_yaxes(title="AUC", range=[-0.02, 1.06])
    return _finish(figure, PANEL_PX + 120)


def _shortcut(evidence: StudyEvidence) -> go.Figure:
    figure = go.Figure(layout={"template": TEMPLATE})
    figure.add_vline(0.5, line={"color": NEUTRAL, "dash": "dot", "width": 1.5})
    rows = [(shortcut.name, shortcut.auc, shortcut.low, shortcut.high, "") for shortcut in evidence.shortcuts]
    rows += [_network_row(network) for network in first_seed_runs(evidence.networks)]
    for name, value, low, high, activation in rows:
        figure.add_scatter(
            x=[value], y=[name], mode="markers", showlegend=False,
            error_x={"array": [high - value], "arrayminus": [value - low], "thickness": 2},
            marker={"color": style_of(activation).color, "symbol": "diamond" if activation else "circle", "size": 12},
            hovertemplate=f"{name}<br>AUC %{{x:.3f}}, {low:.3f} to {high:.3f}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(range=[-0.02, 1.02], title="AUC with its 95 % interval", automargin=True)
    figure.update_yaxes(autorange="reversed", automargin=True)
    return _finish(figure, ROW_PX * len(rows) + AXIS_PX)


def _network_row(network: TrainedNetwork) -> tuple[str, float, float, float, str]:
    interval = auc_interval(network.labels, network.p_sad)
    return f"network: {network.network}", interval.auc, interval.low, interval.high, network.activation


def _finish(figure: go.Figure, height_px: int) -> go.Figure:
    figure.update_annotations(font={"size": 13})
    return figure.update_layout(height=height_px, margin={"l": 10, "r": 10, "t": 36, "b": 10})


_FIGURES: dict[str, Callable[[StudyEvidence], go.Figure]] = {
    "leak": _leak,
    "models": _models,
    "dead_output": _dead_output,
    "vanishing": _vanishing,
    "last_batch": _last_batch,
    "shortcut": _shortcut,
}
