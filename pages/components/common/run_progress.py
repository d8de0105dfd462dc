"""A run as several pages draw it: name, state, progress, warnings and errors, accuracy and loss."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import streamlit as st

from emotion_core.evaluation.figures import (
    METRICS,
    Columns,
    mean_metric_columns,
    metric_columns,
    metric_spec,
    warnings_of,
)
from emotion_core.formatting import exact_duration_text
from emotion_core.training import Run, interruption_messages
from pages.components.common.html import render
from pages.components.common.markdown import escape_markdown

STATE_COLORS = {
    "queued": "gray",
    "starting": "blue",
    "running": "blue",
    "paused": "violet",
    "finished": "green",
    "stopped": "orange",
    "failed": "red",
    "lost": "red",
    "damaged": "red",
    "newer version": "orange",
}
LEAK_BADGE = " :red-badge[:material/warning: trained on its test photos]"
WAITING = {"queued": "waiting for its turn", "paused": "paused"}
_LEGEND = """
<div style="font-size:.875rem;line-height:1.7">
{% for name, color, opacity in entries %}
  <span style="white-space:nowrap"><b style="color:{{ color }};opacity:{{ opacity }}">&#9632;</b> {{ name }}</span>
  {{- "" if loop.last else " &nbsp; " | safe }}
{% endfor %}
{% if explain_lines %} &nbsp; &#9472;&#9472; validation photos &nbsp; &#9476;&#9476; training photos{% endif %}
</div>
"""


def progress_text(run: Run) -> str:
    """Return how far a run is and the time left, such as ``epoch 12 of 45 · 8 s left``."""
    if run.state.name == "starting" or (run.state.name == "running" and not run.epochs):
        if run.photos_prepared:
            return "preparing photos: {:,} of {:,}".format(*run.photos_prepared)
        return "preparing: loading TensorFlow, photos and network"
    if run.state.name == "queued" and run.photos_sent:
        return "sending photos to the cluster: {:,} of {:,}".format(*run.photos_sent)
    if run.state.name in WAITING and not run.epochs:
        return WAITING[run.state.name]
    text = f"epoch {len(run.epochs)} of {run.config.epochs}"
    if run.state.name in WAITING:
        return f"{text} · {WAITING[run.state.name]}"
    if run.kept_epoch is not None:
        return f"{text} · weights of epoch {run.kept_epoch} kept"
    left = run.seconds_left()
    if run.state.active and left is not None:
        return (
            f"{text} · {exact_duration_text(left)} left" if len(run.epochs) < run.config.epochs else f"{text} · scoring"
        )
    return text


def show_progress(run: Run) -> None:
    """Draw a run's name, state and progress."""
    color = STATE_COLORS[run.state.name]
    leak = LEAK_BADGE if run.config.leaks else ""
    st.markdown(f"**{escape_markdown(run.config.label)}** &nbsp; :{color}-badge[{run.state.name}]{leak}")
    st.progress(run.progress, progress_text(run))


def show_live_charts(run: Run) -> None:
    """Draw a run's accuracy and loss over the epochs, for training and validation photos."""
    for metric in ("accuracy", "loss"):
        show_metric([run], {run.run_id: run.config.label}, metric, key=f"{metric}-{run.run_id}")


def show_metric(runs: list[Run], names: dict[str, str], metric: str, *, key: str) -> None:
    """Draw one metric of several runs over the epochs.

    Args:
        runs: each is drawn in its color.
        names: of the networks, by run id.
        metric: a key of ``METRICS``.
        key: of the chart, the same at every tick.
    """
    drawn = ", ".join(names[run.run_id] for run in runs)
    _show_metric(metric_columns(runs, names, metric), metric_spec(runs, names, metric), metric, key, drawn)


def show_mean_metric(networks: Mapping[str, list[Run]], metric: str, *, key: str) -> None:
    """Draw one metric over the epochs as the mean of each network's runs, with a band from the lowest to the highest.

    Args:
        networks: runs that differ in their seed or fold only, by the name of their network.
        metric: a key of ``METRICS``.
        key: of the chart, the same at every tick.
    """
    first = {group[0].run_id: name for name, group in networks.items()}
    spec = metric_spec([group[0] for group in networks.values()], first, metric, band=True)
    _show_metric(mean_metric_columns(networks, metric), spec, metric, key, f"mean of {', '.join(networks)}")


def _show_metric(columns: Columns, spec: dict[str, object], metric: str, key: str, drawn: str) -> None:
    measure = METRICS[metric]
    st.caption(measure.title, help=measure.help)
    show_chart(columns, spec, key, f"{measure.title} over the epochs: {drawn}")


def show_chart(columns: Columns, spec: dict[str, object], key: str, alt: str) -> None:
    """Draw a Vega-Lite chart whose data may grow at every tick, without flicker.

    Args:
        columns: the data, by column name.
        spec: the chart without its data.
        key: the same at every tick.
        alt: what a screen reader reads, the same at every tick.
    """
    # An Arrow table costs a tenth of a data frame.
    st.vega_lite_chart(pa.table(columns), spec, key=key, width="stretch", alt=alt)


def show_trouble(run: Run) -> None:
    """Show a run's warnings and, if it did not finish, the reason and the end of its log."""
    warnings = warnings_of(run)
    for warning, is_past in warnings:
        when = f"Epoch {warning.epoch}" if warning.epoch else "Before the first epoch"
        if is_past:
            st.caption(f":material/history: {when}, no longer true: {escape_markdown(warning.sentence)}")
        else:
            st.warning(f"{when}: {escape_markdown(warning.sentence)}", icon=":material/warning:")
    if lasting := [warning for warning, is_past in warnings if not is_past]:
        # Collapsed: with its numbers, a warning is as tall as the charts.
        with st.expander("Why, and what to do"):
            for warning in lasting:
                st.caption(" ".join(escape_markdown(text) for text in (warning.evidence, warning.advice)))
    for sentence in interruption_messages(run):
        st.caption(f":material/history: {escape_markdown(sentence)}")
    if run.state.message:
        (st.error if run.state.name in ("failed", "lost") else st.caption)(escape_markdown(run.state.message))
    if run.state.name in ("failed", "lost") and (log := run.folder.log_end()):
        with st.expander("End of the log"):
            st.code(log, language=None)


def show_swatches(names: Sequence[str], colors: Sequence[str], opacities: Sequence[float] | None = None) -> None:
    """Draw a legend in one line above the charts, so that it stays in place when a chart is updated.

    Args:
        names: of the entries.
        colors: as CSS, one per name.
        opacities: 0 to 1, one per name; with them, the two line styles are explained as well.
    """
    entries = list(zip(names, colors, opacities or [1.0] * len(names), strict=True))
    st.html(render(_LEGEND, entries=entries, explain_lines=bool(opacities)))
