"""Near copies and photos under both labels, as far as they are known when a page is drawn."""

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

LOOK_SECONDS = 0.5


def findings_so_far(catalog: Catalog) -> Findings:
    """Return what is found, without the photos nobody compared with the others where they are many."""
    try:
        return find_duplicates(catalog, only_known=not has_few_uncompared(catalog))
    except EmotionError as error:
        st.error(escape_markdown(error))
        st.stop()


def wait_for_near_copies(catalog: Catalog) -> None:
    """Draw how far the search for near copies is until all photos are compared, or the search has ended without that.

    Many photos take minutes: the job looks for them, and goes on where a person looks at another page meanwhile.
    """
    if not uncompared(catalog) or has_few_uncompared(catalog):
        return
    folder, bar = start_inspection(catalog.workspace), st.progress(0.0)
    while uncompared(catalog) and folder is not None and folder.state().active:
        progress = inspection_progress(folder)
        share = progress.compared if progress and progress.comparing else 0.0
        bar.progress(share, f"Looking for near copies first, so that each stays in one part: {share:.0%}")
        time.sleep(LOOK_SECONDS)
    bar.empty()
