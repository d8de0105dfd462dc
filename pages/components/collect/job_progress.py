"""Scrapes and imports on the page: progress, account, and what can be done with them."""

import pandas as pd
import streamlit as st

from emotion_core.collect import CollectionStatus, collection_status, recent_collections, resume_scrape
from emotion_core.dataset import Catalog
from emotion_core.errors import EmotionError
from emotion_core.jobs import JobFolder, JobState
from emotion_core.settings import Workspace
from pages.components.common.images import thumbnail_source
from pages.components.common.markdown import escape_markdown

TICK_SECONDS = 1.0
NEWEST_PHOTOS = 12
_TITLES = {"scrape": "Scrape", "import": "Import"}


def show_collections(workspace: Workspace) -> None:
    """Draw every scrape and import that is under way, and the newest of those that have ended."""
    for job in recent_collections(workspace):
        active = job.state().active
        st.fragment(_draw, run_every=TICK_SECONDS if active else None)(job, active)


def _draw(job: JobFolder, was_active: bool) -> None:
    state = job.state()
    try:
        sight = collection_status(job)
    except EmotionError as error:
        st.error(escape_markdown(error))
        return
    with st.container(border=True, key=f"collection-{job.id}"):
        st.markdown(f"**{_TITLES[sight.kind]} {'under way' if state.active else 'that ended last'}**")
        st.text(sight.title)
        if state.active:
            _draw_progress(sight)
        else:
            _draw_end(sight, state)
        _draw_newest(job, sight)
        _draw_refused(sight)
        _draw_buttons(job, sight, state)
    if was_active and not state.active:
        st.rerun()


def _draw_progress(sight: CollectionStatus) -> None:
    share = sight.done / sight.total if sight.total else 0.0
    st.progress(min(share, 1.0), " · ".join(_progress_words(sight)))
    if sight.pages is not None and sight.pages.note:
        st.caption(f":material/hourglass: {escape_markdown(sight.pages.note)}")


def _progress_words(sight: CollectionStatus) -> list[str]:
    of_all = "" if sight.total is None else f" of {sight.total}"
    words = [f"{sight.done}{of_all} pictures"]
    if sight.pages is not None:
        pages = sight.pages
        words.insert(0, f"page {pages.pages_done} of {max(pages.pages_total, pages.pages_done)}")
        words.append(f"{pages.bytes / 1e6:.1f} MB")
        words.append(f"{sight.pictures_per_second:.0f} pictures and {sight.bytes_per_second / 1e6:.1f} MB a second")
    refused = max(len(sight.summary.rejected), sight.pages.rejected if sight.pages else 0)
    return [*words, f"{sight.summary.added} added, {sight.summary.duplicates} there already, {refused} rejected"]


def _draw_end(sight: CollectionStatus, state: JobState) -> None:
    summary = sight.summary
    words = f"{summary.added} added, {summary.duplicates} there already, {len(summary.rejected)} rejected."
    if state.name == "finished":
        (st.success if summary.added or summary.duplicates else st.warning)(words)
    elif state.name == "failed":
        st.error(escape_markdown(state.message))
    else:
        st.warning(f"{escape_markdown(state.message)} {words}")
    if summary.added:
        st.page_link("pages/data/review.py", label="Review them", icon=":material/arrow_forward:")
    if summary.skipped:
        skipped = ", ".join(f"{number} {escape_markdown(name)}" for name, number in summary.skipped.most_common())
        st.caption(f"Left alone, because neither happy nor sad: {skipped}.")


def _draw_newest(job: JobFolder, sight: CollectionStatus) -> None:
    """Draw what came in last, so that a wrong page is seen before all of it is fetched."""
    if not sight.summary.added:
        return
    photos = Catalog(Workspace(job.path.parents[1]))
    newest = photos.photo_ids()[: -NEWEST_PHOTOS - 1 : -1]
    sources = [thumbnail_source(photos.thumbnail_path(photo_id)) for photo_id in newest]
    st.html(
        '<div style="display:flex;gap:6px;overflow:hidden" role="img" aria-label="The newest photos">'
        + "".join(f'<img src="{source}" alt="" style="height:72px;border-radius:6px">' for source in sources)
        + "</div>"
    )


def _draw_refused(sight: CollectionStatus) -> None:
    if sight.summary.rejected:
        rows = [{"name": rejection.name, "reason": rejection.reason} for rejection in sight.summary.rejected]
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")


def _draw_buttons(job: JobFolder, sight: CollectionStatus, state: JobState) -> None:
    if state.active:
        st.button(
            "Stop",
            key=f"stop-{job.id}",
            icon=":material/stop:",
            on_click=job.request_stop,
            disabled=job.stop_requested(),
        )
    elif sight.can_resume and st.button(
        "Go on", key=f"go-on-{job.id}", icon=":material/play_arrow:", help="Fetches what is missing, nothing twice."
    ):
        try:
            resume_scrape(job)
        except EmotionError as error:
            st.error(escape_markdown(error))
            return
        st.rerun()
