"""Collect: a box for happy and one for sad photos, and further ways to find and import photos."""

import streamlit as st

from pages.components.collect.job_progress import show_collections
from pages.components.collect.label_boxes import show_label_boxes
from pages.components.collect.more_sources import show_more_sources
from pages.components.common.workspace import workspace

st.title("Collect")
show_label_boxes()
# The jobs stand above what few users need, and are drawn after it, so that they include what it has just started.
jobs = st.container()
with st.expander("More: searches, selectors, limits, tables, folders of this machine", key="more_sources"):
    show_more_sources()
with jobs:
    show_collections(workspace())
st.caption(
    "Only collect photos you are allowed to use, and respect the people in them. "
    "Photos are stored on this machine only, re-encoded without their metadata."
)
