"""Near copies and photos under both labels, as far as they are known when a page is drawn."""

import streamlit as st

from emotion_core.dataset import Catalog, Findings, few_uncompared, find
from emotion_core.errors import EmotionError
from pages.shared.texts import plain


def findings_so_far(catalog: Catalog) -> Findings:
    """Return what is found, without the photos nobody compared with the others where they are many."""
    try:
        return find(catalog, only_known=not few_uncompared(catalog))
    except EmotionError as error:
        st.error(plain(error))
        st.stop()
