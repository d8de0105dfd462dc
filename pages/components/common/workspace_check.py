"""The check of the workspace: its buttons, its progress and what it found."""

from functools import partial

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.maintenance import Problem, check_report, job_progress, latest_check, start_check, summary_text
from emotion_core.settings import Workspace
from pages.components.common.markdown import escape_markdown
from pages.components.common.polling import poll


def show_check(workspace: Workspace) -> None:
    """Draw the buttons that check and repair a workspace, and the last check in its current state.

    Args:
        workspace: to check.
    """
    job = latest_check(workspace)
    poll(partial(_draw, workspace), job is not None and job.state().active)


def _draw(workspace: Workspace) -> bool:
    """Draw the check in its current state, and return whether it is running."""
    job = latest_check(workspace)
    state = job.state() if job else None
    if job is not None and state is not None and state.active:
        done, total = job_progress(job)
        st.progress(done / max(total, 1), f"Checking: {done:,} of {total:,} photos")
        return True
    if job is not None and state is not None and state.message:
        st.error(escape_markdown(state.message))
    report = check_report(job) if job is not None else None
    if report is not None:
        (st.warning if report.problems else st.success)(summary_text(report))
        _show(report.problems, "Problems")
        _show(report.repaired, "Repaired")
    with st.container(horizontal=True):
        if st.button("Check all files", icon=":material/fact_check:", key="check_workspace"):
            _start(workspace, repair=False)
        if st.button("Check and repair", icon=":material/build:", key="repair_workspace"):
            _start(workspace, repair=True)
    return False


def _show(problems: list[Problem], title: str) -> None:
    if problems:
        st.caption(title)
        st.dataframe([vars(problem) for problem in problems], hide_index=True, column_order=("kind", "path", "what"))


def _start(workspace: Workspace, *, repair: bool) -> None:
    try:
        start_check(workspace, repair=repair)
    except EmotionError as error:
        st.error(escape_markdown(error))
        return
    st.rerun()
