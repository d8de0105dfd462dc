"""Progress of the guided study, for the Home page."""

from functools import partial

import streamlit as st

from emotion_core.collect.samples import PAGES, PHOTOS_PER_PAGE
from emotion_core.dataset import LABELS
from emotion_core.errors import EmotionError
from emotion_core.guided import guided_study_id, stop_guided_study
from emotion_core.jobs import JobFolder, records_with
from emotion_core.training import Run, load_study, runs_of
from pages.components.common.confirmation import perform
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import open_study, visit_number
from pages.components.common.polling import poll
from pages.components.common.run_progress import show_live_charts, show_progress, show_trouble
from pages.components.common.workspace import runs, workspace

GALLERY_PHOTOS = len(LABELS) * PAGES * PHOTOS_PER_PAGE


def show_guided_progress(job: JobFolder, *, live: bool) -> None:
    """Draw the steps of the guided study, once a second while it is under way.

    Args:
        job: the guided study.
        live: whether the job or one of its runs is under way.
    """
    poll(partial(_draw, job, live), live)


def _draw(job: JobFolder, live: bool) -> bool:
    """Draw the steps, and return whether the job or one of its runs is still under way."""
    state = job.state()
    if live:
        _offer_stop(job)
    _show_scrape(job, state.name)
    if state.name in ("failed", "lost", "stopped"):
        st.error(f"The guided study did not finish: {escape_markdown(state.message)} Press the button to run it again.")
    study_id = guided_study_id(job)
    try:
        study_runs = runs_of(workspace(), load_study(workspace(), study_id)) if study_id else []
    except EmotionError:
        st.info("The guided study was deleted. Run it again to create a new one.")
        return state.active or any(run.state.active for run in runs() if run.study_id == study_id)
    for column, run in zip(st.columns(len(study_runs), border=True) if study_runs else (), study_runs, strict=True):
        with column:
            show_progress(run)
            show_trouble(run)
            if run.epochs and live:
                show_live_charts(run)
    if live and study_id and st.session_state.get("guided_shown") != study_id:
        # All photos are stored by now: update the figures at the top of the page and in the sidebar, once.
        st.session_state["guided_shown"] = study_id
        st.rerun()
    if study_id is None:
        return state.active
    if any(run.state.active for run in study_runs):
        return True
    _finish(study_id, study_runs, live)
    return False


def _offer_stop(job: JobFolder) -> None:
    stopping = job.stop_requested() or st.session_state.get("guided_stopped") == job.id
    if st.button("Stopping" if stopping else "Stop", icon=":material/stop:", key="stop_guided", disabled=stopping):
        st.session_state["guided_stopped"] = job.id
        # Someone who stops it does not wait for its comparison.
        st.session_state.pop("watching_guided", None)
        perform(lambda: stop_guided_study(workspace(), job))


def _show_scrape(job: JobFolder, state: str) -> None:
    counts = dict.fromkeys(("pictures_done", "added", "duplicates"), int)
    records = records_with(job.records("scrape"), label=str, **counts)
    latest = {record["label"]: record for record in records}
    done = sum(record["pictures_done"] for record in latest.values())
    added = sum(record["added"] for record in latest.values())
    known = sum(record["duplicates"] for record in latest.values())
    st.markdown("**Scrape the sample gallery**")
    text = f"{done} of {GALLERY_PHOTOS} photos · {added} added · {known} already there"
    st.progress(min(done / GALLERY_PHOTOS, 1.0), text if records or state != "starting" else "starting")


def _finish(study_id: str, study_runs: list[Run], live: bool) -> None:
    finished = any(run.state.name == "finished" for run in study_runs)
    # Another part of the page may have noticed the end first, and have run the whole page again.
    if finished and st.session_state.pop("watching_guided", None) == visit_number():
        open_study("study/compare", study_id)
    if not live and finished:
        st.success("The guided study has ended. Next: try a photo, at the top of this page.", icon=":material/check:")
        if st.button("Open the comparison", icon=":material/balance:", key="open_comparison"):
            open_study("study/compare", study_id)
