"""The test AUC by activation and depth, as a heatmap in Plotly."""

from collections.abc import Sequence
from statistics import mean
from typing import NamedTuple

import plotly.graph_objects as go

from emotion_core.evaluation.figures.theme import TEMPLATE
from emotion_core.formatting import count_text, share_text

ROW_PX = 74
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
