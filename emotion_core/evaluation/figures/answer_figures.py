"""The answer of a study in Plotly: means and differences with their intervals, and AUC over depth."""

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from emotion_core.evaluation.answer import INTERACTION, TREND, AnswerContrast, CellAnswer, StudyAnswer, level_title
from emotion_core.evaluation.figures.theme import NEUTRAL, TEMPLATE, finish, style_of
from emotion_core.formatting import count_text, share_text

NEGLIGIBLE = 0.02  # AUC; a difference within it is too small to matter for a small photo classifier
ROW_PX = 30
MOST_ROWS = 40
INTERACTION_PX = 300
DODGE = 0.03  # of a depth, so that intervals at one depth do not cover each other


def forest_figure(answer: StudyAnswer, *, negligible: float = NEGLIGIBLE) -> go.Figure:
    """Draw the mean AUC of each cell with its seeds, and below the differences, each with its 95 % interval.

    Args:
        answer: of a study.
        negligible: largest difference in AUC that does not matter, in [0, 1]; the gray band around zero.
    """
    cells = answer.cells[:MOST_ROWS]
    pairs = _drawn_pairs(answer)
    rows = [len(cells), len(pairs)] if pairs else [len(cells)]
    titles = ["Mean test AUC, and each seed", "Difference in mean AUC"][: len(rows)]
    height = ROW_PX * sum(rows) + 120 * len(rows)
    figure = make_subplots(
        len(rows), 1, row_heights=[count + 1 for count in rows], subplot_titles=titles,
        vertical_spacing=100 / height if pairs else 0,
    )  # fmt: skip
    figure.update_layout(template=TEMPLATE)
    figure.add_traces([trace for cell in cells for trace in _cell_traces(cell)], rows=1, cols=1)
    if pairs:
        figure.add_traces([_pair_trace(pair) for pair in pairs], rows=2, cols=1)
        figure.add_vrect(-negligible, negligible, fillcolor=NEUTRAL, opacity=0.18, line_width=0, row=2, col=1)
        figure.add_vline(0, line={"color": NEUTRAL, "width": 1}, row=2, col=1)
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False, type="category")
    figure.update_xaxes(automargin=True, showgrid=True)
    figure.update_xaxes(title={"text": "Test AUC", "standoff": 6}, row=1)
    if pairs:
        figure.update_xaxes(title={"text": "Difference in test AUC", "standoff": 6}, row=2)
    margins = {"l": 10, "r": 10, "t": 30, "b": 10}
    return figure.update_layout(height=height, margin=margins, showlegend=False, hovermode="closest")


def _drawn_pairs(answer: StudyAnswer) -> list[AnswerContrast]:
    """Return the differences of two groups of cells; slopes and changes of differences have another scale."""
    pairs = [pair for pair in answer.contrasts if pair.question != INTERACTION and pair.a != TREND]
    return pairs[:MOST_ROWS]


def _cell_traces(cell: CellAnswer) -> list[go.Scatter]:
    color = style_of(cell.activation or "").color
    luck = "luck in training and in photos" if cell.seeds > 1 else "luck in photos alone"
    learned = "" if cell.learned == cell.seeds else f"<br>{cell.learned} of {count_text(cell.seeds, 'seed')} learned"
    seeds = go.Scatter(
        x=list(cell.aucs), y=[cell.title] * cell.seeds, mode="markers", marker={"color": color, "size": 6},
        opacity=0.45, hovertemplate=f"<b>{cell.title}</b>, one seed<br>AUC %{{x:.3f}}<extra></extra>",
    )  # fmt: skip
    mean = go.Scatter(
        x=[cell.mean_auc], y=[cell.title], mode="markers", marker={"color": color, "size": 11, "symbol": "diamond"},
        error_x=_reach(cell.mean_auc, cell.low, cell.high, color),
        hovertemplate=f"<b>{cell.title}</b>, mean of {count_text(cell.seeds, 'seed')}<br>AUC %{{x:.3f}} "
        f"({share_text(cell.low)} to {share_text(cell.high)}, {luck}){learned}<extra></extra>",
    )  # fmt: skip
    return [seeds, mean]


def _pair_trace(pair: AnswerContrast) -> go.Scatter:
    color = NEUTRAL if not pair.is_significant else style_of(_better(pair)).color
    known = pair.low is not None and pair.high is not None
    reach = f" ({share_text(pair.low or 0)} to {share_text(pair.high or 0)})" if known else ", one seed: no interval"
    return go.Scatter(
        x=[pair.estimate], y=[pair_title(pair)], mode="markers",
        marker={"color": color, "size": 10, "symbol": "diamond" if pair.is_significant else "diamond-open"},
        error_x=_reach(pair.estimate, pair.low or 0, pair.high or 0, color) if known else None,
        hovertemplate=f"<b>{pair_title(pair)}</b><br>%{{x:.3f}} AUC{reach}<extra></extra>",
    )  # fmt: skip


def _better(pair: AnswerContrast) -> str:
    """Return the activation that is ahead, or nothing where the pair is not one of activations."""
    if pair.question.partition(" at ")[0] != "activation":
        return ""
    return str(pair.a if pair.estimate > 0 else pair.b)


def pair_title(pair: AnswerContrast) -> str:
    """Return what a difference is taken of, for instance ``relu − tanh at depth 3``."""
    factor, _, context = pair.question.partition(" at ")
    where = f" at {context}" if context else ""
    return f"{level_title(factor, pair.a)} − {level_title(factor, pair.b)}{where}"


def _reach(value: float, low: float, high: float, color: str) -> dict[str, object]:
    return {
        "type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low], "color": color,
        "thickness": 2, "width": 5,
    }  # fmt: skip


def has_interaction_figure(answer: StudyAnswer) -> bool:
    """Return whether depth varies, and nothing else but the activation."""
    return "depth" in answer.factors and set(answer.factors) <= {"activation", "depth"}


def interaction_figure(answer: StudyAnswer) -> go.Figure:
    """Draw the mean AUC over depth, one line per activation, with 95 % intervals.

    Args:
        answer: of a study in which ``has_interaction_figure``.
    """
    figure = go.Figure(layout={"template": TEMPLATE})
    activations = dict.fromkeys(str(cell.activation) for cell in answer.cells)
    for number, activation in enumerate(activations):
        cells = sorted(_cells_of(answer, activation), key=lambda cell: cell.depth or 0)
        figure.add_trace(_depth_trace(activation, cells, DODGE * (number - (len(activations) - 1) / 2)))
    depths = sorted({cell.depth for cell in answer.cells if cell.depth is not None})
    figure.update_xaxes(title={"text": "Depth (number of blocks)"}, tickvals=depths, automargin=True)
    figure.update_yaxes(title={"text": "Mean test AUC"}, automargin=True)
    return finish(figure, n_entries=len(activations), plot_height_px=INTERACTION_PX)


def _cells_of(answer: StudyAnswer, activation: str) -> list[CellAnswer]:
    return [cell for cell in answer.cells if cell.activation == activation]


def _depth_trace(activation: str, cells: Sequence[CellAnswer], shift: float) -> go.Scatter:
    style = style_of(activation)
    reach = {
        "type": "data", "symmetric": False, "array": [cell.high - cell.mean_auc for cell in cells],
        "arrayminus": [cell.mean_auc - cell.low for cell in cells], "thickness": 1.5, "width": 4,
    }  # fmt: skip
    return go.Scatter(
        x=[(cell.depth or 0) + shift for cell in cells], y=[cell.mean_auc for cell in cells], mode="lines+markers",
        name=activation, line={"color": style.color, "dash": style.dash, "width": 2.2}, error_y=reach,
        text=[f"{cell.title}<br>AUC {share_text(cell.mean_auc)} ({share_text(cell.low)} to {share_text(cell.high)})"
              for cell in cells],
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
