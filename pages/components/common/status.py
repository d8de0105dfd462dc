"""The one line at the foot of the sidebar."""

import streamlit as st

from emotion_core.formatting import count_text
from emotion_core.training import list_runs
from pages.components.common.workspace import catalog, workspace


def show_status() -> None:
    """Draw the one line at the foot of the sidebar: photos, and what is being trained."""
    counts = catalog().usable_counts()
    active = sum(run.state.active for run in list_runs(workspace()))
    photos = f"{counts['happy']:,} happy, {counts['sad']:,} sad photos"
    runs = f" · {count_text(active, 'run')} under way" if active else ""
    st.sidebar.caption(photos + runs)
