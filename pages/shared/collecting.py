"""Progress and account of a collection, and the sites that the Collect page begins with."""

import time
from collections.abc import Callable
from typing import NamedTuple

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from emotion_core.collect import ImportProgress, Tally, latest_progress, result
from emotion_core.collect.gallery import PAGES
from emotion_core.collect.samples import SampleServer
from emotion_core.dataset import LABELS
from emotion_core.guided import GALLERY_SELECTOR
from emotion_core.jobs import JobFolder, read_json
from emotion_core.settings import Workspace
from pages.shared.texts import plain

TICK_SECONDS = 1.0
IMPORT_TICK_SECONDS = 0.2


class Site(NamedTuple):
    """What the fields of the Collect page begin with."""

    label: str | None
    pages: str
    select: str


SITES = {f"Sample gallery, {label}": Site(label, f"1-{PAGES}", GALLERY_SELECTOR) for label in LABELS} | {
    "Any other site": Site(None, "", "")
}


@st.cache_resource(show_spinner=False)
def sample_server() -> SampleServer:
    """Return the sample gallery, served on loopback by this server from the first time somebody looks at it."""
    server = SampleServer()
    server.start()
    return server


def scrapes_to_show(workspace: Workspace) -> list[JobFolder]:
    """Return every scrape that is under way and the newest of those that have ended, newest first."""
    jobs = [job for job in reversed(JobFolder.all_in(workspace.jobs)) if _is_scrape(job)]
    active = {job.id for job in jobs if job.state().active}
    ended = next((job.id for job in jobs if job.id not in active), None)
    return [job for job in jobs if job.id in active or job.id == ended]


def _is_scrape(job: JobFolder) -> bool:
    settings = read_json(job.path / "settings.json")
    return isinstance(settings, dict) and settings.get("kind") == "scrape"


def show_scrape(job: JobFolder) -> None:
    """Draw a scrape's progress and account; once a second while it is under way."""
    st.fragment(_draw, run_every=TICK_SECONDS if job.state().active else None)(job, job.state().active)


def _draw(job: JobFolder, was_active: bool) -> None:
    state, progress = job.state(), latest_progress(job)
    st.markdown("**Scrape under way**" if state.active else "**Newest scrape that has ended**")
    st.text(job.settings().get("url", ""))
    if progress is not None:
        found = progress.pictures_found or 1
        text = (
            f"page {progress.pages_done} of {progress.pages_total or progress.pages_done} · "
            f"{progress.pictures_done} of {progress.pictures_found} pictures · "
            f"{progress.bytes / 1e6:.1f} MB · {progress.added} added, {progress.duplicates} duplicate, "
            f"{progress.rejected} rejected"
        )
        st.progress(min(progress.pictures_done / found, 1.0), text)
    elif state.active:
        st.progress(0.0, "starting")
    tally = result(job)
    if tally is not None:
        show_tally(tally)
    elif not state.active:
        st.error(f"The scrape ended early ({state.name}). {plain(state.message)}")
    if state.active and st.button("Stop", key=f"stop-{job.id}", disabled=job.stop_requested()):
        job.request_stop()
    if was_active and not state.active:
        st.rerun()


def import_watcher(bar: DeltaGenerator) -> Callable[[ImportProgress], None]:
    """Return what shows an import's progress in ``bar``, a few times a second at most."""
    drawn = 0.0

    def watch(progress: ImportProgress) -> None:
        nonlocal drawn
        if time.monotonic() - drawn > IMPORT_TICK_SECONDS:
            drawn = time.monotonic()
            share = progress.done / progress.total if progress.total else 0.0
            text = f"{progress.done} files · {progress.added} added, {progress.duplicates} duplicate"
            bar.progress(min(share, 1.0), f"{text}, {progress.rejected} rejected")

    return watch


def show_tally(tally: Tally) -> None:
    """Draw what became of the photos, with a reason for each that was refused."""
    words = f"{tally.added} added, {tally.duplicates} there already, {len(tally.rejected)} rejected."
    (st.success if tally.added or tally.duplicates else st.warning)(words)
    if tally.skipped:
        skipped = ", ".join(f"{number} {plain(name)}" for name, number in tally.skipped.items())
        st.caption(f"Left alone, because neither happy nor sad: {skipped}.")
    if tally.rejected:
        rows = [{"name": rejection.name, "reason": rejection.reason} for rejection in tally.rejected]
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
