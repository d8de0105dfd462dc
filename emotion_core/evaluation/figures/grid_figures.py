"""Figures by activation and depth: a grid of AUCs, and learning curves as small multiples, in Plotly."""

from collections.abc import Sequence
from statistics import mean
from typing import NamedTuple

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from emotion_core.evaluation.figures.roc_figure import NamedHistory
from emotion_core.evaluation.figures.theme import NEUTRAL, TEMPLATE, finish, strengths_of, style_of
from emotion_core.formatting import count_text, share_text

ROW_PX = 74
PANEL_PX = 200
COLORS = [[0, "#DCEAF4"], [1, "#0072B2"]]
GUESSING = 0.5


class GridCell(NamedTuple):
    """Test AUCs of the runs with one activation and one depth."""

    activation: str
    depth: int
    aucs: Sequence[float]


def grid_figure(cells: Sequence[GridCell]) -> go.Figure:
    """Draw a heatmap of the mean AUC by activation and depth; each cell also gives the range over its runs.

    Args:
        cells: One per trained pair of activation and depth, each with at least one AUC.
    """
    figure = go.Figure(layout={"template": TEMPLATE})
    activations = list(dict.fromkeys(cell.activation for cell in cells))
    depths = sorted({cell.depth for cell in cells})
    by_pair = {(cell.activation, cell.depth): cell for cell in cells}
    rows = [[by_pair.get((activation, depth)) for depth in depths] for activation in activations]
    figure.add_heatmap(
        x=[str(depth) for depth in depths], y=activations, z=[[_mean(cell) for cell in row] for row in rows],
        text=[[_cell_text(cell) for cell in row] for row in rows], texttemplate="%{text}", textfont={"size": 14},
        zmin=GUESSING, zmax=1, colorscale=COLORS, showscale=False, xgap=3, ygap=3, hoverongaps=False,
        hovertemplate="%{y}, depth %{x}: mean AUC %{z:.3f}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title={"text": "Depth", "standoff": 6}, type="category", showgrid=False, automargin=True)
    figure.update_yaxes(autorange="reversed", showgrid=False, automargin=True)
    margins = {"l": 10, "r": 10, "t": 10, "b": 10}
    return figure.update_layout(height=ROW_PX * max(len(activations), 1) + 70, margin=margins)


def _mean(cell: GridCell | None) -> float | None:
    return mean(cell.aucs) if cell else None


def _cell_text(cell: GridCell | None) -> str:
    if cell is None:
        return ""
    average = f"<b>{share_text(mean(cell.aucs))}</b>"
    if len(cell.aucs) == 1:
        return average
    spread = f"{share_text(min(cell.aucs))}–{share_text(max(cell.aucs))}"
    return f"{average}<br>{spread}, {count_text(len(cell.aucs), 'run')}"


def small_multiples_figure(metrics: dict[str, Sequence[NamedHistory]]) -> go.Figure:
    """Draw metrics over the epochs, one row per metric and one column per activation, on shared axes.

    Args:
        metrics: Histories of the runs by metric, at least one run, in the same order for each metric. None and NaN
            leave a gap in the line.
    """
    histories = next(iter(metrics.values()))
    activations = list(dict.fromkeys(history.activation for history in histories))
    figure = make_subplots(
        len(metrics), len(activations), shared_xaxes="all", shared_yaxes="rows", subplot_titles=activations,
        horizontal_spacing=0.02, vertical_spacing=0.08,
    )  # fmt: skip
    figure.update_layout(template=TEMPLATE)
    strengths = strengths_of([history.activation for history in histories])
    for row, (metric, run_histories) in enumerate(metrics.items(), start=1):
        for history, (width, opacity) in zip(run_histories, strengths, strict=True):
            column = activations.index(history.activation) + 1
            for trace in _lines(history, metric, width, opacity):
                figure.add_trace(trace, row=row, col=column)
        figure.update_yaxes(title={"text": metric.capitalize(), "standoff": 8}, row=row, col=1)
    for name, line in (("validation", {"width": 2}), ("training", {"width": 1.2, "dash": "dot"})):
        figure.add_scatter(x=[None], y=[None], mode="lines", line={"color": NEUTRAL, **line}, name=name)
    figure.update_xaxes(title={"text": "Epoch", "standoff": 8}, row=len(metrics), automargin=True)
    figure.update_yaxes(rangemode="tozero", automargin=True)
    return finish(figure, n_entries=2, plot_height_px=PANEL_PX * len(metrics)).update_layout(margin={"t": 30})


def _lines(history: NamedHistory, metric: str, width: float, opacity: float) -> list[go.Scatter]:
    color = style_of(history.activation).color
    parts: dict[str, tuple[Sequence[float | None], dict[str, object]]] = {
        "training": (history.training, {"width": width / 2, "dash": "dot"}),
        "validation": (history.validation, {"width": width * 0.7}),
    }
    return [
        go.Scatter(
            x=list(history.epochs), y=list(values), mode="lines", line={"color": color, **line}, opacity=opacity,
            showlegend=False, name=history.name,
            hovertemplate=f"<b>{history.name}</b><br>epoch %{{x}}, {part} photos<br>{metric} %{{y:.3f}}<extra></extra>",
        )
        for part, (values, line) in parts.items()
    ]  # fmt: skip
