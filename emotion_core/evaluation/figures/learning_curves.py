"""Learning curves of networks as small multiples, one panel per metric and activation, in Plotly."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from emotion_core.evaluation.figures.theme import NEUTRAL, TEMPLATE, finish, plain_text, strengths_of, style_of
from emotion_core.evaluation.statistics import FloatArray

PANEL_PX = 200
PANELS_PER_ROW = 4
SPARSE_EPOCHS = 15  # lines of shorter runs show a dot at each epoch
MAX_ENTRIES = 12  # a legend of more networks is longer than the panels; the hover texts name them


class NamedHistory(NamedTuple):
    """A metric of a run over its epochs, on training and on validation photos; all three lists have one length.

    Attributes:
        name: In the hover text.
        activation: Its panel and color.
        epochs: From 1 on.
        training: One value an epoch.
        validation: One value an epoch.
        network: Name shared by the runs that are averaged; "" for those of the activation.
    """

    name: str
    activation: str
    epochs: Sequence[int]
    training: Sequence[float | None]
    validation: Sequence[float | None]
    network: str = ""

    @property
    def group(self) -> str:
        """Name of the line that stands for it where runs are averaged."""
        return self.network or self.activation


def learning_curves_figure(metrics: Mapping[str, Sequence[NamedHistory]], *, draw_single: bool = False) -> go.Figure:
    """Draw metrics over the epochs, a panel for each metric and activation, one scale for each metric.

    Args:
        metrics: Histories of the runs by metric, at least one run, in the same order for each metric. None and NaN
            leave a gap in a line.
        draw_single: Whether each run has lines of its own. Otherwise the runs of a network are drawn as the mean over
            those that were still training at an epoch, with a band from the lowest to the highest.
    """
    activations = list(dict.fromkeys(history.activation for history in next(iter(metrics.values()))))
    columns = min(len(activations), PANELS_PER_ROW)
    rows = -(-len(activations) // columns)
    figure = _panels(list(metrics), activations, rows, columns)
    for block, (metric, histories) in enumerate(metrics.items()):
        for index, activation in enumerate(activations):
            group = [history for history in histories if history.activation == activation]
            row, column = divmod(index, columns)
            draw = _single_lines if draw_single else _mean_lines
            figure.add_traces(draw(group, metric), rows=block * rows + row + 1, cols=column + 1)
    for name, line in (("validation", {"width": 2}), ("training", {"width": 1.2, "dash": "dot"})):
        figure.add_scatter(x=[None], y=[None], mode="lines", line={"color": NEUTRAL, **line}, name=name)
    entries = _name_networks(figure) if not draw_single else 0
    height = PANEL_PX * len(metrics) * rows
    return finish(figure, n_entries=2 + entries, plot_height_px=height).update_layout(margin={"t": 30})


def _panels(metrics: Sequence[str], activations: Sequence[str], rows: int, columns: int) -> go.Figure:
    """Return a figure with a block of panels for each metric, whose panels share one scale."""
    empty = [""] * (rows * columns - len(activations))
    # Where a block has one row, the names above the first block are those of the panels below it, too.
    titles = [*activations, *empty] * (len(metrics) if rows > 1 else 1)
    figure = make_subplots(
        len(metrics) * rows, columns, subplot_titles=titles, horizontal_spacing=0.02,
        vertical_spacing=0.16 / (len(metrics) * rows),
    )  # fmt: skip
    figure.update_layout(template=TEMPLATE)
    for block, metric in enumerate(metrics):
        first = block * rows * columns + 1
        scale = f"y{first if first > 1 else ''}"
        for row in range(block * rows + 1, (block + 1) * rows + 1):
            # A loss has its best value at 0; of an accuracy only the part that was reached is drawn.
            mode = "tozero" if metric == "loss" else "normal"
            figure.update_yaxes(matches=scale, showticklabels=False, rangemode=mode, row=row)
            figure.update_yaxes(title={"text": metric.capitalize(), "standoff": 8}, showticklabels=True, row=row, col=1)
    figure.update_xaxes(matches="x", automargin=True)
    figure.update_xaxes(title={"text": "Epoch", "standoff": 8}, row=len(metrics) * rows)
    return figure.update_yaxes(automargin=True)


def _name_networks(figure: go.Figure) -> int:
    """Add the networks to the legend where a panel has several; return the number of entries."""
    means = {line.legendgroup: line for line in figure.data if line.legendgroup}
    if len(means) > MAX_ENTRIES or len(means) == len({line.line.color for line in means.values()}):
        return 0
    for line in means.values():
        line.update(showlegend=True)
    return len(means)


def _single_lines(histories: Sequence[NamedHistory], metric: str) -> list[go.Scatter]:
    strengths = strengths_of([history.activation for history in histories])
    return [
        line
        for history, (width, opacity) in zip(histories, strengths, strict=True)
        for line in _lines(
            history, metric, history.name, {"training": history.training, "validation": history.validation}, width,
            opacity,
        )
    ]  # fmt: skip


def _mean_lines(histories: Sequence[NamedHistory], metric: str) -> list[go.Scatter]:
    """Return the means of an activation's networks, each with a band."""
    groups = {
        name: [history for history in histories if history.group == name]
        for name in dict.fromkeys(history.group for history in histories)
    }
    strengths = strengths_of([group[0].activation for group in groups.values()])
    return [
        line
        for (name, group), strength in zip(groups.items(), strengths, strict=True)
        for line in _network_lines(name, group, metric, strength)
    ]


def _network_lines(
    name: str, histories: Sequence[NamedHistory], metric: str, strength: tuple[float, float]
) -> list[go.Scatter]:
    """Return the mean of a network's runs with a band; a single run is its own mean."""
    longest = max(histories, key=lambda history: len(history.epochs))
    parts = {
        part: _table([getattr(history, part) for history in histories], len(longest.epochs))
        for part in ("training", "validation")
    }
    title = longest.name if len(histories) == 1 else f"{name}, mean of {len(histories)} networks"
    # Epochs that no run has recorded stay gaps.
    means = {part: np.ma.masked_invalid(table).mean(axis=0).filled(np.nan).tolist() for part, table in parts.items()}
    lines = _lines(longest, metric, title, means, *strength)
    lines[-1].update(legendgroup=plain_text(name))
    color = style_of(longest.activation).color
    return lines if len(histories) == 1 else [_band(longest.epochs, parts["validation"], color), *lines]


def _table(rows: Sequence[Sequence[float | None]], n_epochs: int) -> FloatArray:
    """Return the rows as floats, shape (runs, epochs); what a run did not record is nan."""
    table = np.full((len(rows), n_epochs), np.nan)
    for row, values in zip(table, rows, strict=True):
        row[: len(values)] = [np.nan if value is None else value for value in values]
    return table


def _band(epochs: Sequence[int], table: FloatArray, color: str) -> go.Scatter:
    masked = np.ma.masked_invalid(table)
    low, high = masked.min(axis=0).filled(np.nan), masked.max(axis=0).filled(np.nan)
    known = np.isfinite(low)
    at = np.array(epochs)[known]
    return go.Scatter(
        x=np.concatenate([at, at[::-1]]), y=np.concatenate([low[known], high[known][::-1]]), fill="toself",
        fillcolor=color, mode="lines", line={"width": 0}, opacity=0.15, hoverinfo="skip", showlegend=False,
    )  # fmt: skip


def _lines(
    history: NamedHistory,
    metric: str,
    title: str,
    values: Mapping[str, Sequence[float | None]],
    width: float,
    opacity: float,
) -> list[go.Scatter]:
    styles: dict[str, dict[str, object]] = {
        "training": {"width": width / 2, "dash": "dot"},
        "validation": {"width": width * 0.7},
    }
    color, title = style_of(history.activation).color, plain_text(title)
    return [
        go.Scatter(
            x=list(history.epochs), y=list(values[part]), line={"color": color, **style}, opacity=opacity,
            mode="lines+markers" if len(history.epochs) <= SPARSE_EPOCHS else "lines", marker={"size": 4},
            showlegend=False, name=title,
            hovertemplate=f"<b>{title}</b><br>epoch %{{x}}, {part} photos<br>{metric} %{{y:.3f}}<extra></extra>",
        )
        for part, style in styles.items()
    ]  # fmt: skip
