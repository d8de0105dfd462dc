"""Load settings into Configure from a preset, a file or a run, and export them as a file or a command line."""

import os
from typing import NamedTuple

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.settings import WORKSPACE_VARIABLE
from emotion_core.training import PRESETS, StudyPlan, find_run, load_study
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import OPENED_RUN_KEY, RUN_KEY
from pages.components.common.uploads import upload_bytes
from pages.components.common.workspace import workspace

OPENED_KEY = "opened_plan"
ERROR_KEY = "plan_error"
FILE_KEY = "plan_file"
PLAN_FILE = "study.toml"


class OpenedPlan(NamedTuple):
    """A plan that was opened from a file or a run and replaces the preset's own.

    Attributes:
        plan: holds the initial values of the fields.
        origin: describes where the plan comes from, in page text.
        number: counts the opened plans, so that the fields of each have keys of their own.
    """

    plan: StudyPlan
    origin: str
    number: int


def choose_base() -> tuple[StudyPlan, str]:
    """Draw the choice of a preset; return the plan with the fields' initial values, and the prefix of their keys."""
    _open_linked_run()
    preset = st.segmented_control(
        "Preset", list(PRESETS), default="controlled", required=True, key="preset", persist_state="session"
    )
    st.caption(PRESETS[preset].summary)
    if error := st.session_state.pop(ERROR_KEY, None):
        st.error(escape_markdown(error))
    opened: OpenedPlan | None = st.session_state.get(OPENED_KEY)
    if opened is None or opened.plan.preset != preset:
        return StudyPlan(preset=preset), preset
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.info(f"Settings of {escape_markdown(opened.origin)}.", icon=":material/history:")
    right.button("Back to the preset", on_click=lambda: st.session_state.pop(OPENED_KEY), key="forget_opened")
    return opened.plan, f"{preset}-{opened.number}"


def show_plan_file(plan: StudyPlan) -> None:
    """Draw the menu that saves a plan to a file, loads one, and shows the shell command for the same study."""
    with st.popover("Save, load, copy", icon=":material/save:"):
        st.download_button("Save as file", plan.to_toml(), PLAN_FILE, icon=":material/download:", on_click="ignore")
        st.file_uploader("Load from file", type="toml", key=FILE_KEY, on_change=_open_file)
        st.caption("Run the same study from a shell:")
        # The user's shell may lack the environment variable that this server was started with.
        folder = workspace().root if WORKSPACE_VARIABLE in os.environ else None
        st.code(plan.command(folder), language="bash", wrap_lines=True)


def _open_linked_run() -> None:
    """Open the settings of the run that the address names; a run is opened once, so that edits survive a rerun."""
    wanted = st.query_params.get(RUN_KEY)
    if wanted is None or wanted == st.session_state.get(OPENED_RUN_KEY):
        return
    st.session_state[OPENED_RUN_KEY] = wanted
    try:
        run = find_run(workspace(), wanted)
        _open(StudyPlan.of_run(run.config, load_study(workspace(), run.study_id).config), f"run {run.config.label}")
    except EmotionError as error:
        st.session_state[ERROR_KEY] = str(error)


def _open_file() -> None:
    uploaded = st.session_state[FILE_KEY]
    if uploaded is None:
        return
    try:
        _open(StudyPlan.from_toml(upload_bytes(uploaded).decode("utf8", "replace")), f"the file {uploaded.name}")
    except EmotionError as error:
        st.session_state[ERROR_KEY] = str(error)


def _open(plan: StudyPlan, origin: str) -> None:
    earlier: OpenedPlan | None = st.session_state.get(OPENED_KEY)
    st.session_state[OPENED_KEY] = OpenedPlan(plan, origin, earlier.number + 1 if earlier else 1)
    st.session_state["preset"] = plan.preset
