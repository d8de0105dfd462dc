"""Gradient descent on a two-dimensional landscape, step by step."""

from functools import partial

import pyarrow as pa
import streamlit as st

from emotion_core.teaching.activations import LANDSCAPES, Walk, descend
from emotion_core.teaching.activations.figures import descent_spec, walk_columns
from pages.components.common.markdown import escape_markdown
from pages.components.common.polling import poll

STEPS = 60
TICK_SECONDS = 0.4
STEP_KEY, PLAYING_KEY, SETTINGS_KEY = "learn_step", "learn_playing", "learn_walk"


def show_descent() -> None:
    """Draw the choice of a landscape and of the optimizer's settings, and the path of the descent."""
    left, middle, right = st.columns(3)
    name = left.selectbox(
        "Landscape", list(LANDSCAPES), format_func=lambda name: LANDSCAPES[name].title, key="learn_landscape"
    )
    landscape = LANDSCAPES[name]
    learning_rate = middle.number_input(
        "Learning rate",
        0.001,
        100.0,
        landscape.learning_rate,
        step=0.05,
        format="%.3f",
        key=f"learn_rate-{name}",
        help="Each step is the gradient times this number.",
    )
    momentum = right.slider(
        "Momentum",
        0.0,
        0.95,
        0.0,
        0.05,
        key="learn_momentum",
        help="Fraction of the previous step that is added to each step.",
    )
    st.markdown(f"**{escape_markdown(landscape.formula)}**")
    st.caption(landscape.note)
    walk = descend(landscape, learning_rate, momentum, STEPS)
    if st.session_state.get(SETTINGS_KEY) != (name, learning_rate, momentum):
        st.session_state.update({SETTINGS_KEY: (name, learning_rate, momentum), STEP_KEY: 0, PLAYING_KEY: False})
    playing = st.session_state.get(PLAYING_KEY, False)
    poll(partial(_show_walk, name, walk, playing), playing, every_seconds=TICK_SECONDS)


def _show_walk(name: str, walk: Walk, playing: bool) -> bool:
    """Draw the walk up to its current step, and return whether it is being played."""
    last = len(walk.heights) - 1
    if playing and st.session_state[PLAYING_KEY]:
        _move(1, last)
        st.session_state[PLAYING_KEY] = st.session_state[STEP_KEY] < last
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button("Back", icon=":material/skip_previous:", key="learn_back", on_click=_step, args=(-1, last))
        st.button("Forward", icon=":material/skip_next:", key="learn_forward", on_click=_step, args=(1, last))
        label, icon = ("Pause", "pause") if playing else ("Play", "play_arrow")
        st.button(label, icon=f":material/{icon}:", key="learn_play", on_click=_play, args=(not playing, last))
    step = st.slider("Step", 0, last, key=STEP_KEY)
    x, y = walk.points[step]
    position = f"Step {step}: x = {x:.4g}, y = {y:.4g}, height {walk.heights[step]:.4g}."
    if walk.diverged and step == last:
        st.error(
            f"{position} The descent diverged: each step went further than the one before. Use a smaller learning rate."
        )
    else:
        st.markdown(position)
    st.vega_lite_chart(
        pa.table(walk_columns(walk, step)),
        descent_spec(LANDSCAPES[name]),
        key="learn_walk_chart",
        width="content",
        alt=f"{LANDSCAPES[name].title} seen from above, with the path of the descent. {position}",
    )
    st.caption(
        "Seen from above: along a line the height is the same. Lines are stronger where it is lower, and closer where "
        "it is steeper. Steps beyond the edge are not drawn. Hover over a point to see its values."
    )
    return bool(st.session_state[PLAYING_KEY])


def _play(playing: bool, last: int) -> None:
    """Start or pause playing; at the last step, playing starts again from the first."""
    st.session_state[PLAYING_KEY] = playing
    if playing and st.session_state[STEP_KEY] == last:
        st.session_state[STEP_KEY] = 0


def _step(by: int, last: int) -> None:
    """Take one step by hand, which stops playing."""
    st.session_state[PLAYING_KEY] = False
    _move(by, last)


def _move(by: int, last: int) -> None:
    st.session_state[STEP_KEY] = min(max(st.session_state.get(STEP_KEY, 0) + by, 0), last)
