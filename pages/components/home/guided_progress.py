"""Progress of the guided study, for the Home page."""

import streamlit as st

from emotion_core.collect.samples import PAGES, PHOTOS_PER_PAGE
from emotion_core.dataset import LABELS
from emotion_core.errors import EmotionError
from emotion_core.guided import guided_study_id
from emotion_core.jobs import JobFolder
from emotion_core.training import Run, list_runs, load_study, runs_of
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import open_study
from pages.components.common.run_progress import show_live_charts, show_progress, show_trouble
from pages.components.common.workspace import workspace

TICK_SECONDS = 1.0
GALLERY_PHOTOS = len(LABELS) * PAGES * PHOTOS_PER_PAGE


def show_guided_progress(job: JobFolder, *, live: bool) -> None:
    """Draw the steps of the guided study; while it is under way, once a second."""
    st.fragment(_draw, run_every=TICK_SECONDS if live else None)(job, live)


def _draw(job: JobFolder, live: bool) -> None:
    state = job.state()
    _show_scrape(job, state.name)
    if state.name in ("failed", "lost", "stopped"):
        st.error(f"The guided study did not finish: {escape_markdown(state.message)} Press the button to run it again.")
    study_id = guided_study_id(job)
    try:
        runs = runs_of(workspace(), load_study(workspace(), study_id)) if study_id else []
    except EmotionError:
        _show_deleted(study_id, live and not state.active)
        return
    for column, run in zip(st.columns(len(runs), border=True) if runs else (), runs, strict=True):
        with column:
            show_progress(run)
            show_trouble(run)
            if run.epochs and live:
                show_live_charts(run)
    if live and study_id and st.session_state.get("guided_shown") != study_id:
        # The photos are in: the figures at the top of the page and in the sidebar are drawn anew, once.
        st.session_state["guided_shown"] = study_id
        st.rerun()
    if study_id and not any(run.state.active for run in runs):
        _finish(study_id, runs, live)
    elif live and not state.active and not study_id:
        st.rerun()


def _show_deleted(study_id: str | None, may_end: bool) -> None:
    """Say that the study is gone; draws the whole page once more when the last of its runs has ended."""
    st.info("The study that the guided study made was deleted. Run the guided study again to make another.")
    if may_end and not any(run.state.active for run in list_runs(workspace()) if run.study_id == study_id):
        st.rerun()


def _show_scrape(job: JobFolder, state: str) -> None:
    records = job.records("scrape")
    latest = {record["label"]: record for record in records}
    seen = sum(record["pictures_done"] for record in latest.values())
    added = sum(record["added"] for record in latest.values())
    known = sum(record["duplicates"] for record in latest.values())
    st.markdown("**Scrape the sample gallery**")
    text = f"{seen} of {GALLERY_PHOTOS} photos · {added} added · {known} already there"
    st.progress(min(seen / GALLERY_PHOTOS, 1.0), text if records or state != "starting" else "starting")


def _finish(study_id: str, runs: list[Run], live: bool) -> None:
    finished = sum(run.state.name == "finished" for run in runs)
    if live and finished and st.session_state.pop("watching_guided", False):
        open_study("study/compare", study_id)
    if live:
        st.rerun()
    if finished and st.button("Open the comparison", icon=":material/balance:", key="open_comparison"):
        open_study("study/compare", study_id)
