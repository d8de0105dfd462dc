"""Near copies and photos under both labels, as far as they are known when a page is run."""

import time

import streamlit as st

from emotion_core.dataset import (
    Catalog,
    Findings,
    find_duplicates,
    has_few_uncompared,
    inspection_progress,
    start_inspection,
    uncompared,
)
from emotion_core.errors import EmotionError
from pages.components.common.markdown import escape_markdown

CHECK_SECONDS = 0.5


def findings_so_far(catalog: Catalog) -> Findings:
    """Return near copies and conflicts; where many photos are not compared yet, only those already known."""
    try:
        return find_duplicates(catalog, only_known=not has_few_uncompared(catalog))
    except EmotionError as error:
        st.error(escape_markdown(error))
        st.stop()


def wait_for_near_copies(catalog: Catalog) -> None:
    """Show the progress of the search for near copies until it has ended.

    With many photos the search takes minutes. It is a job of its own, so it continues if the user leaves the page.
    """
    if not uncompared(catalog) or has_few_uncompared(catalog):
        return
    try:
        folder = start_inspection(catalog.workspace)
    except EmotionError as error:
        st.error(escape_markdown(error))
        st.stop()
    bar = st.progress(0.0)
    while uncompared(catalog) and folder is not None and folder.state().active:
        progress = inspection_progress(folder)
        share = progress.compared if progress and progress.comparing else 0.0
        bar.progress(
            share, f"Looking for near copies first, so that each group stays in one part of the split: {share:.0%}"
        )
        time.sleep(CHECK_SECONDS)
    bar.empty()
