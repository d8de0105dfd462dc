"""Learning curves of networks as small multiples, one column per activation, in Plotly."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from emotion_core.evaluation.figures.theme import NEUTRAL, TEMPLATE, finish, plain_text, strengths_of, style_of
from emotion_core.evaluation.statistics import FloatArray

PANEL_PX = 200


class NamedHistory(NamedTuple):
    """A metric of a run over its epochs, on training and on validation photos; all three lists have one length."""

    name: str
    activation: str
    epochs: Sequence[int]
    training: Sequence[float | None]
    validation: Sequence[float | None]


def learning_curves_figure(metrics: Mapping[str, Sequence[NamedHistory]], *, draw_single: bool = False) -> go.Figure:
    """Draw metrics over the epochs, one row per metric and one column per activation, on shared axes.

    Args:
        metrics: Histories of the runs by metric, at least one run, in the same order for each metric. None and NaN
            leave a gap in a line.
        draw_single: Whether each run has lines of its own. Otherwise the runs of an activation are drawn as the mean
            over those that were still training at an epoch, with a band from the lowest to the highest.
    """
    activations = list(dict.fromkeys(history.activation for history in next(iter(metrics.values()))))
    figure = make_subplots(
        len(metrics), len(activations), shared_xaxes="all", shared_yaxes="rows", subplot_titles=activations,
        horizontal_spacing=0.02, vertical_spacing=0.08,
    )  # fmt: skip
    figure.update_layout(template=TEMPLATE)
    for row, (metric, histories) in enumerate(metrics.items(), start=1):
        by_activation = sorted(histories, key=lambda history: activations.index(history.activation))
        for activation, group in groupby(by_activation, key=lambda history: history.activation):
            draw = _single_lines if draw_single else _mean_lines
            figure.add_traces(draw(list(group), metric), rows=row, cols=activations.index(activation) + 1)
        figure.update_yaxes(title={"text": metric.capitalize(), "standoff": 8}, row=row, col=1)
    for name, line in (("validation", {"width": 2}), ("training", {"width": 1.2, "dash": "dot"})):
        figure.add_scatter(x=[None], y=[None], mode="lines", line={"color": NEUTRAL, **line}, name=name)
    figure.update_xaxes(title={"text": "Epoch", "standoff": 8}, row=len(metrics), automargin=True)
    figure.update_yaxes(rangemode="tozero", automargin=True)
    return finish(figure, n_entries=2, plot_height_px=PANEL_PX * len(metrics)).update_layout(margin={"t": 30})


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
    """Return the mean of the runs with a band; a single run is its own mean."""
    longest = max(histories, key=lambda history: len(history.epochs))
    color = style_of(longest.activation).color
    parts = {
        part: _table([getattr(history, part) for history in histories], len(longest.epochs))
        for part in ("training", "validation")
    }
    title = longest.name if len(histories) == 1 else f"{longest.activation}, mean of {len(histories)} networks"
    # Epochs that no run has recorded stay gaps.
    means = {part: np.ma.masked_invalid(table).mean(axis=0).filled(np.nan).tolist() for part, table in parts.items()}
    lines = _lines(longest, metric, title, means, 2.8, 1.0)
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
            x=list(history.epochs), y=list(values[part]), mode="lines", line={"color": color, **style}, opacity=opacity,
            showlegend=False, name=title,
            hovertemplate=f"<b>{title}</b><br>epoch %{{x}}, {part} photos<br>{metric} %{{y:.3f}}<extra></extra>",
        )
        for part, style in styles.items()
    ]  # fmt: skip
