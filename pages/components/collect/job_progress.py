"""Scrapes and imports on the Collect page: progress, outcome, and buttons to stop and resume."""

from functools import partial

import pandas as pd
import streamlit as st

from emotion_core.collect import CollectionStatus, collection_status, recent_collections, resume_collection
from emotion_core.dataset import Catalog
from emotion_core.errors import EmotionError
from emotion_core.formatting import without_formula
from emotion_core.jobs import JobFolder, JobState, unreadable_jobs
from emotion_core.maintenance import delete_damaged_job
from emotion_core.settings import Workspace
from emotion_core.terminal import printable
from pages.components.common.markdown import escape_markdown
from pages.components.common.newest_photos import show_newest_photos
from pages.components.common.polling import poll
from pages.components.common.problems import show_problems

_TITLES = {"scrape": "Scrape", "import": "Import"}


def show_collections(workspace: Workspace) -> None:
    """Draw every scrape and import that is under way, and the last one that has ended."""
    show_problems(unreadable_jobs(workspace.jobs), "job", partial(delete_damaged_job, workspace))
    for job in recent_collections(workspace):
        poll(partial(_draw, job), job.state().active)


def _draw(job: JobFolder) -> bool:
    """Draw a scrape or import, and return whether it is under way."""
    state = job.state()
    try:
        status = collection_status(job)
    except EmotionError as error:
        st.error(escape_markdown(error))
        return state.active
    with st.container(border=True, key=f"collection-{job.id}"):
        title = _TITLES[status.kind]
        st.markdown(f"**{title} under way**" if state.active else f"**Last {title.lower()}**")
        st.text(printable(status.title))
        if state.active:
            _draw_progress(status)
        else:
            _draw_end(status, state)
        if status.summary.added:
            show_newest_photos(Catalog(Workspace(job.path.parents[1])))
        _draw_rejected(status)
        _draw_buttons(job, status, state)
    return state.active


def _draw_progress(status: CollectionStatus) -> None:
    share = status.done / status.total if status.total else 0.0
    st.progress(min(share, 1.0), _progress_text(status))
    if status.pages is not None and status.pages.note:
        st.caption(f":material/hourglass: {escape_markdown(status.pages.note)}")


def _progress_text(status: CollectionStatus) -> str:
    of_total = "" if status.total is None else f" of {status.total}"
    parts = [f"{status.done}{of_total} pictures"]
    if status.pages is not None:
        pages = status.pages
        parts.insert(0, f"page {pages.pages_done} of {max(pages.pages_total, pages.pages_done)}")
        parts.append(f"{pages.bytes / 1e6:.1f} MB")
        parts.append(f"{status.pictures_per_second:.0f} pictures and {status.bytes_per_second / 1e6:.1f} MB per second")
    rejected = max(len(status.summary.rejected), status.pages.rejected if status.pages else 0)
    parts.append(f"{status.summary.added} added, {status.summary.duplicates} already there, {rejected} rejected")
    return " · ".join(parts)


def _draw_end(status: CollectionStatus, state: JobState) -> None:
    summary = status.summary
    counts = f"{summary.added} added, {summary.duplicates} already there, {len(summary.rejected)} rejected."
    if state.name == "finished":
        (st.success if summary.added or summary.duplicates else st.warning)(counts)
    elif state.name == "failed":
        st.error(escape_markdown(state.message))
    else:
        st.warning(f"{escape_markdown(state.message)} {counts}")
    if notes := summary.all_notes():
        st.info("\n\n".join(map(escape_markdown, notes)))
    if summary.added:
        st.page_link("pages/data/review.py", label="Review the new photos", icon=":material/arrow_forward:")
    if summary.skipped:
        skipped = ", ".join(f"{number} {escape_markdown(name)}" for name, number in summary.skipped.most_common())
        st.caption(f"Skipped, neither happy nor sad: {skipped}.")


def _draw_rejected(status: CollectionStatus) -> None:
    if status.summary.rejected:
        rows = [
            {"name": without_formula(printable(item.name)), "reason": without_formula(printable(item.reason))}
            for item in status.summary.rejected
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")


def _draw_buttons(job: JobFolder, status: CollectionStatus, state: JobState) -> None:
    if state.active:
        st.button(
            "Stop",
            key=f"stop-{job.id}",
            icon=":material/stop:",
            on_click=job.request_stop,
            disabled=job.stop_requested(),
        )
    elif status.can_resume and st.button(
        "Resume",
        key=f"go-on-{job.id}",
        icon=":material/play_arrow:",
        help="Continues where it stopped. Nothing is downloaded or added twice.",
    ):
        try:
            resume_collection(job)
        except EmotionError as error:
            st.error(escape_markdown(error))
            return
        st.rerun()
