"""Near copies and photos under both labels, as far as they are known when a page is drawn."""

import streamlit as st

from emotion_core.dataset import Catalog, Findings, find, uncompared
from emotion_core.errors import EmotionError
from pages.shared.texts import plain

# Comparing so many more takes about a second; more are compared by the index job, which the page waits for.
AT_ONCE = 300


def findings_so_far(catalog: Catalog) -> Findings:
    """Return what is found, without the photos nobody compared with the others where they are many."""
    try:
        return find(catalog, only_known=len(uncompared(catalog)) > AT_ONCE)
    except EmotionError as error:
        st.error(plain(error))
        st.stop()
