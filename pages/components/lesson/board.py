"""The board of the lesson: each exercise, how far it is, and what it came to."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.dataset import SAMPLES
from emotion_core.errors import EmotionError
from emotion_core.guided import guided_study_id, newest_guided_job, start_guided_study
from emotion_core.jobs import JobFolder
from emotion_core.settings import Workspace
from emotion_core.teaching.lesson import BoardRow, Exercise, board, result_text
from emotion_core.training import record_look, start_study
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import open_study
from pages.components.common.polling import poll
from pages.components.common.workspace import catalog, studies, workspace

COLLECTING = "collecting the drawn faces"
LABELS = {"guided": "Run the guided study", "dead_output": "Run the dead output", "leak": "Run the leak"}


def read_board() -> list[BoardRow]:
    """Return the rows of the board."""
    return board(workspace(), studies())


def show_exercise(row: BoardRow) -> None:
    """Draw the button that runs an exercise, and the ways to its runs.

    Args:
        row: of the exercise.
    """
    key = row.exercise.key
    networks = len(row.exercise.plan.study().runs)
    blocked = row.active or _collecting() is not None
    label = f"{LABELS[key]} ({networks} networks)"
    if st.button(label, icon=":material/play_arrow:", key=f"run-{key}", disabled=blocked):
        _start(row.exercise)
    if row.study is not None and st.button("See the runs", icon=":material/monitoring:", key=f"see-{key}"):
        open_study("study/train", row.study.study_id)
    if row.study is not None and st.button("Open the comparison", icon=":material/balance:", key=f"compare-{key}"):
        open_study("study/compare", row.study.study_id)


def show_board(rows: Sequence[BoardRow]) -> None:
    """Draw the board, once a second while an exercise is under way.

    Args:
        rows: of the board, as the page is run.
    """
    _show_collecting_error()
    poll(_draw, any(row.active for row in rows) or _collecting() is not None)


def _draw() -> bool:
    rows, collecting = read_board(), _collecting()
    st.table([_cells(row, collecting) for row in rows], hide_index=True, alt="The board")
    return any(row.active for row in rows) or collecting is not None


def _cells(row: BoardRow, collecting: JobFolder | None) -> dict[str, str]:
    is_collected_for = collecting is not None and _config(collecting) == row.exercise.on_drawings().model_dump(
        mode="json"
    )
    state = COLLECTING if is_collected_for else row.state
    texts = (row.exercise.title, row.photos, state, _result(workspace(), row, _cache_key(row)))
    return dict(zip(("Exercise", "Trained on", "State", "Result"), map(escape_markdown, texts), strict=True))


def _cache_key(row: BoardRow) -> tuple[object, ...]:
    # A finished run never changes, so the result stays valid until a run changes its state.
    states = tuple((run.run_id, run.state.name) for run in row.runs)
    return str(workspace().root), row.exercise.key, row.study and row.study.study_id, states


@st.cache_data(max_entries=24, show_spinner=False)
def _result(_workspace: Workspace, _row: BoardRow, cache_key: tuple[object, ...]) -> str:
    text = result_text(_workspace, _row)
    if text and _row.study is not None:
        # Seeds that are added after the result was seen are marked, as on Compare.
        finished = [run.config for run in _row.runs if run.state.name == "finished"]
        record_look(_workspace, _row.study, finished)
    return text


def _start(exercise: Exercise) -> None:
    try:
        if _is_collected():
            start_study(workspace(), exercise.on_drawings())
        else:
            start_guided_study(workspace(), exercise.on_drawings())
    except EmotionError as error:
        st.error(escape_markdown(error))
        return
    st.rerun()


def _is_collected() -> bool:
    """Return whether the drawn faces are there; a gallery whose collection was interrupted is collected again."""
    job = newest_guided_job(workspace())
    return SAMPLES in catalog().sources() and (job is None or guided_study_id(job) is not None)


def _collecting() -> JobFolder | None:
    """Return the job that collects the drawn faces for a study, or None."""
    job = newest_guided_job(workspace())
    return job if job is not None and job.state().active and guided_study_id(job) is None else None


def _config(job: JobFolder) -> object:
    try:
        return job.settings().get("config")
    except EmotionError:
        return None


def _show_collecting_error() -> None:
    job = newest_guided_job(workspace())
    if job is not None and job.state().name in ("failed", "lost", "stopped") and guided_study_id(job) is None:
        st.error(f"The drawn faces were not collected: {escape_markdown(job.state().message)} Run the exercise again.")
