"""The status line in the sidebar."""

import streamlit as st

from emotion_core.formatting import count_text
from pages.components.common.workspace import catalog, runs


def show_status() -> None:
    """Draw one line at the foot of the sidebar: photos, and runs under way."""
    counts = catalog().usable_counts()
    active = sum(run.state.active for run in runs())
    photos = f"{counts['happy']:,} happy, {counts['sad']:,} sad photos"
    st.sidebar.caption(photos + (f" · {count_text(active, 'run')} under way" if active else ""))
