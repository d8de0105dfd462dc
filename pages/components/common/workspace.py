"""The workspace, the study in hand and the status line: what every page needs of a session."""

import streamlit as st

from emotion_core.dataset import Catalog
from emotion_core.errors import EmotionError
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import resume_queue
from pages.components.common.markdown import escape_markdown


@st.cache_resource(show_spinner=False)
def _resumed_workspace() -> Workspace:
    # Once for each server: runs that were queued when the machine went down are taken up again.
    workspace = open_workspace()
    resume_queue(workspace)
    return workspace


def workspace() -> Workspace:
    """Return the workspace, or say why there is none and end the page."""
    try:
        return _resumed_workspace()
    except EmotionError as error:
        st.error(escape_markdown(error))
        st.stop()


def catalog() -> Catalog:
    """Return the photos, or say why they cannot be read and end the page."""
    try:
        return Catalog(workspace())
    except EmotionError as error:
        st.error(escape_markdown(error))
        st.stop()
