"""The workspace, the study in hand and the status line: what every page needs of a session."""

from typing import NoReturn

import streamlit as st

from emotion_core.dataset import Catalog
from emotion_core.errors import EmotionError
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import Study, list_runs, list_studies, resume_queue
from pages.components.common.markdown import plain

STUDY_KEY = "study"


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
        st.error(plain(error))
        st.stop()


def catalog() -> Catalog:
    """Return the photos, or say why they cannot be read and end the page."""
    try:
        return Catalog(workspace())
    except EmotionError as error:
        st.error(plain(error))
        st.stop()


def choose_study() -> Study:
    """Draw the study selector, newest first, and return the choice; without any study, say so and end the page."""
    studies = list_studies(workspace())
    if not studies:
        st.info("There is no study yet. Start one on the Configure page, or run the guided study on the Home page.")
        st.page_link("pages/study/configure.py", label="Configure a study", icon=":material/tune:")
        st.stop()
    ids = [study.study_id for study in studies]
    titles = {study.study_id: study.title for study in studies}
    # A click in the sidebar clears the address, a refresh clears the session: each stands in for the other.
    wanted = st.query_params.get(STUDY_KEY) or st.session_state.get(STUDY_KEY)
    chosen = st.selectbox(
        "Study", ids, index=ids.index(wanted) if wanted in ids else 0, format_func=lambda study_id: titles[study_id]
    )
    remember_study(chosen)
    return studies[ids.index(chosen)]


def remember_study(study_id: str) -> None:
    """Keep the study for the session and in the address, so that a refresh or a copied link shows it again."""
    st.session_state[STUDY_KEY] = study_id
    st.query_params[STUDY_KEY] = study_id


def open_study(page: str, study_id: str) -> NoReturn:
    """Go to a page, such as ``study/compare``, with this study chosen on it."""
    remember_study(study_id)
    st.switch_page(f"pages/{page}.py", query_params={STUDY_KEY: study_id})


def show_status() -> None:
    """Draw the one line at the foot of the sidebar: photos, and what is being trained."""
    counts = catalog().usable_counts()
    active = sum(run.state.active for run in list_runs(workspace()))
    photos = f"{counts['happy']:,} happy, {counts['sad']:,} sad photos"
    runs = f" · {active} run{'s' if active != 1 else ''} under way" if active else ""
    st.sidebar.caption(photos + runs)


def duration(seconds: float) -> str:
    """Return a time span in words a person reads at a glance, for instance ``1 min 20 s``."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
