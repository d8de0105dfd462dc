"""Tells that long work is done or has failed: the tab's title, a toast, and the browser's notification."""

import time
from dataclasses import dataclass
from functools import partial

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.formatting import count_text
from emotion_core.jobs import JobFolder
from emotion_core.settings import ASSETS
from emotion_core.training import load_study, runs_of
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import visit_number
from pages.components.common.polling import poll
from pages.components.common.workspace import runs, workspace

TICK_SECONDS = 2.0
JOB_TITLES = {"scrape": "The scrape", "import": "The import", "guided": "The collecting of the guided study"}
DONE, TROUBLE, UNKNOWN = "✓", "✗", "…"
_WATCHED_KEY, _END_KEY = "watched_work", "ended_work"


def _asset(suffix: str) -> str:
    return (ASSETS / "notice" / f"work_notice.{suffix}").read_text(encoding="utf8")


_NOTICE = st.components.v2.component("work_notice", html=_asset("html"), css=_asset("css"), js=_asset("js"))


@dataclass(frozen=True)
class _End:
    """How work ended that this session has seen under way.

    Attributes:
        message: what has ended, and how.
        is_good: whether all of it finished.
        visit: number of the visit during which it ended; the title shows its sign until the next one.
        id: tells one end from another.
    """

    message: str
    is_good: bool
    visit: int
    id: str


def show_work_notice(page_title: str) -> None:
    """Set the tab's title and follow the work under way: runs of studies, scrapes and imports.

    Args:
        page_title: of the page, without the name of the app.
    """
    poll(partial(_draw, page_title), bool(_under_way()), every_seconds=TICK_SECONDS)


def _draw(page_title: str) -> bool:
    """Set the title, tell what has ended since the last look, and return whether work is under way."""
    under_way = _under_way()
    watched: set[str] = st.session_state.get(_WATCHED_KEY, set())
    ends = [_end_of(work) for work in sorted(watched - under_way.keys())]
    st.session_state[_WATCHED_KEY] = set(under_way)
    for end in ends:
        st.toast(escape_markdown(end.message), icon=":material/check:" if end.is_good else ":material/error:")
    if ends:
        told, is_good = " ".join(end.message for end in ends), all(end.is_good for end in ends)
        st.session_state[_END_KEY] = _End(told, is_good, visit_number(), ends[-1].id)
    last: _End | None = st.session_state.get(_END_KEY)
    st.set_page_config(page_title=f"{_sign(under_way, last)} {page_title} · Emotion Classifier".strip())
    if under_way or last is not None:
        data = {"message": last.message if last else "", "id": last.id if last else "", "underWay": bool(under_way)}
        _NOTICE(key="work_notice", data=data)
    return bool(under_way)


def _under_way() -> dict[str, tuple[int, int]]:
    """Return the ended runs and all runs of each study under way, by its id; each other job stands with no number."""
    active = {run.study_id for run in runs() if run.state.active}
    work: dict[str, tuple[int, int]] = {}
    for study_id in active:
        states = [run.state for run in runs() if run.study_id == study_id]
        work[study_id] = (sum(state.ended for state in states), len(states))
    jobs = [job for job in JobFolder.all_in(workspace().jobs) if job.state().active and job.kind in JOB_TITLES]
    return work | {job.id: (0, 0) for job in jobs}


def _sign(under_way: dict[str, tuple[int, int]], end: _End | None) -> str:
    """Return what stands before the title: how far the runs are, or how the last work ended."""
    if under_way:
        ended, total = (sum(numbers) for numbers in zip(*under_way.values(), strict=True))
        return f"{ended}/{total}" if total else UNKNOWN
    if end is not None and end.visit == visit_number():
        return DONE if end.is_good else TROUBLE
    return ""


def _end_of(work_id: str) -> _End:
    message, is_good = _job_end(work_id) or _study_end(work_id)
    return _End(message, is_good, visit_number(), f"{work_id}-{time.time()}")


def _job_end(job_id: str) -> tuple[str, bool] | None:
    """Return how a job ended, and whether it finished; None if there is no job of that id."""
    try:
        job = JobFolder.find(workspace().jobs, job_id)
    except EmotionError:
        return None
    state, title = job.state(), JOB_TITLES.get(job.kind or "", "The job")
    if state.name == "finished":
        return f"{title} has finished.", True
    return f"{title} has not finished: {state.name}. {state.message}".strip(), False


def _study_end(study_id: str) -> tuple[str, bool]:
    """Return how the runs of a study ended, and whether all of them finished."""
    try:
        states = [run.state.name for run in runs_of(workspace(), load_study(workspace(), study_id))]
    except EmotionError:
        return "What was under way was deleted.", False
    finished = states.count("finished")
    if finished == len(states):
        return f"The study has finished: {count_text(finished, 'run')}.", True
    return f"The study has ended: {finished} of {count_text(len(states), 'run')} finished.", False
