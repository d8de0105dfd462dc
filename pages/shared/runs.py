"""A run as it is drawn on several pages: badge, progress, live charts."""

import altair as alt
import pandas as pd
import streamlit as st

from emotion_core.training import Run
from pages.shared.session import duration
from pages.shared.texts import plain

STATE_COLORS = {
    "queued": "gray",
    "starting": "blue",
    "running": "blue",
    "finished": "green",
    "stopped": "orange",
    "failed": "red",
    "lost": "red",
}
LEAK_BADGE = " :red-badge[:material/warning: trained on its test photos]"
PARTS = ("training", "validation")
PART_COLORS = ("#E69F00", "#0072B2")
CHART_HEIGHT_PX = 190


def progress_text(run: Run) -> str:
    """Return epoch and time left, for instance ``epoch 12 of 45 · 8 s left``."""
    if run.state.name == "starting" or (run.state.name == "running" and not run.epochs):
        return "preparing: loading TensorFlow, photos and network"
    text = f"epoch {len(run.epochs)} of {run.config.epochs}"
    if run.kept_epoch is not None:
        return f"{text} · weights of epoch {run.kept_epoch} kept"
    left = run.seconds_left()
    if run.state.active and left is not None:
        return f"{text} · {duration(left)} left" if len(run.epochs) < run.config.epochs else f"{text} · scoring"
    return text


def show_progress(run: Run) -> None:
    """Draw the run's name, state, and progress."""
    color = STATE_COLORS[run.state.name]
    leak = LEAK_BADGE if run.config.leaks else ""
    st.markdown(f"**{run.config.label}** &nbsp; :{color}-badge[{run.state.name}]{leak}")
    if run.state.name == "queued":
        st.progress(0.0, "waiting for its turn")
    else:
        st.progress(run.progress, progress_text(run))


def show_live_charts(run: Run) -> None:
    """Draw accuracy and loss over the epochs, training against validation."""
    for metric, domain in (("accuracy", [0, 1]), ("loss", None)):
        st.caption(metric.capitalize())
        chart = _curves(run, metric, domain)
        st.altair_chart(chart, key=f"{metric}-{run.run_id}", width="stretch")


def _curves(run: Run, metric: str, domain: list[int] | None) -> alt.Chart:
    rows = [
        {"epoch": epoch["epoch"], "part": part, metric: epoch[prefix + metric]}
        for epoch in run.epochs
        for part, prefix in zip(PARTS, ("", "validation_"), strict=True)
    ]
    table = pd.DataFrame(rows, columns=["epoch", "part", metric])
    scale = alt.Scale(domain=domain) if domain else alt.Scale(zero=True)
    return (
        alt.Chart(table, height=CHART_HEIGHT_PX)
        .mark_line(interpolate="monotone", point={"size": 14} if len(run.epochs) < 3 else False)
        .encode(
            # A fixed axis: the curve grows into the picture, and nothing moves under the eye at each tick.
            x=alt.X(
                "epoch:Q", title=None, scale=alt.Scale(domain=[0, run.config.epochs]), axis=alt.Axis(tickMinStep=1)
            ),
            y=alt.Y(f"{metric}:Q", title=None, scale=scale, axis=alt.Axis(tickCount=4, format=".2~f")),
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=PARTS, range=PART_COLORS),
                legend=alt.Legend(orient="top", title=None, offset=2),
            ),
            strokeDash=alt.StrokeDash("part:N", scale=alt.Scale(domain=PARTS, range=[[4, 3], [1, 0]]), legend=None),
            tooltip=["part:N", "epoch:Q", alt.Tooltip(f"{metric}:Q", format=".3f")],
        )
    )


def show_trouble(run: Run) -> None:
    """Say why a run did not finish, with the end of its log."""
    if run.state.message:
        (st.error if run.state.name in ("failed", "lost") else st.caption)(plain(run.state.message))
    if run.state.name in ("failed", "lost") and (log := run.folder.log_end()):
        with st.expander("End of its log"):
            st.code(log, language=None)
