"""The workspace, its photos and its runs, as the pages use them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

import streamlit as st
from streamlit.auth_util import get_secrets_auth_section

from emotion_core.accounts import user_id, workspace_of
from emotion_core.dataset import Catalog
from emotion_core.documents import Unreadable
from emotion_core.errors import EmotionError
from emotion_core.settings import Workspace
from emotion_core.training import Run, Study, resume_queue
from emotion_core.training.store import read_all_runs, read_all_studies
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace_check import show_check

# Context variables, not the session state: when Streamlit draws a fragment alone, app.py is not run and the defaults
# read the folders again.
_AllRuns = tuple[list[Run], list[Unreadable]]
_AllStudies = tuple[list[Study], list[Unreadable]]
_read_runs: ContextVar[Callable[[Workspace], _AllRuns]] = ContextVar("read_runs", default=read_all_runs)
_read_studies: ContextVar[Callable[[Workspace], _AllStudies]] = ContextVar("read_studies", default=read_all_studies)


@st.cache_resource(show_spinner=False)
def _resumed_workspace(user: str | None) -> Workspace:
    # Once per server and user: runs that were queued when the machine went down are resumed.
    workspace = workspace_of(user)
    resume_queue(workspace)
    return workspace


def session_user() -> str | None:
    """Return the id of the user of this session, or None where nobody signs in; end the page if they signed out."""
    if not get_secrets_auth_section():
        return None
    user = user_id(st.user.to_dict())
    if user is None:
        st.error("You are signed out. Reload the page to sign in.")
        st.stop()
    return user


def workspace() -> Workspace:
    """Return the workspace, or say why there is none and end the page."""
    try:
        return _resumed_workspace(session_user())
    except EmotionError as error:
        st.error(escape_markdown(error))
        st.stop()


def catalog() -> Catalog:
    """Return the photos, or say why they cannot be read, offer to repair the catalog, and end the page."""
    try:
        return Catalog(workspace())
    except EmotionError as error:
        st.error(escape_markdown(error))
        show_check(workspace())
        st.stop()


@contextmanager
def shared_reading() -> Iterator[None]:
    """Let all that is drawn inside share one reading of the run folders, and one of the studies."""
    runs_token, studies_token = _read_runs.set(cache(read_all_runs)), _read_studies.set(cache(read_all_studies))
    try:
        yield
    finally:
        _read_studies.reset(studies_token)
        _read_runs.reset(runs_token)


def runs() -> list[Run]:
    """Return every readable run of the workspace, oldest first.

    They are read once while ``app.py`` runs a page. A fragment that is drawn alone reads them again, so that it shows
    what has changed since.
    """
    return _read_runs.get()(workspace())[0]


def unreadable_runs() -> list[Unreadable]:
    """Return the runs of the workspace that ``runs`` leaves out because they cannot be read."""
    return _read_runs.get()(workspace())[1]


def studies() -> list[Study]:
    """Return every readable study of the workspace, newest first; they are read as often as ``runs``."""
    return _read_studies.get()(workspace())[0]


def unreadable_studies() -> list[Unreadable]:
    """Return the studies of the workspace that ``studies`` leaves out because they cannot be read."""
    return _read_studies.get()(workspace())[1]
