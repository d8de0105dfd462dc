"""The chosen study and run, kept in the session and in the address from page to page."""

from functools import partial
from typing import NoReturn

import streamlit as st

from emotion_core.training import Study
from emotion_core.training.store import delete_damaged
from pages.components.common.markdown import escape_markdown
from pages.components.common.problems import show_problems
from pages.components.common.workspace import studies, unreadable_studies, workspace

STUDY_KEY = "study"
RUN_KEY = "run"
OPENED_RUN_KEY = "opened_run"
_VISIT_KEY = "visit"


def count_visit(page: str) -> None:
    """Count a visit: the page that is run is another one than before.

    Args:
        page: its name in the address.
    """
    last_page, number = st.session_state.get(_VISIT_KEY, (None, 0))
    if page != last_page:
        st.session_state[_VISIT_KEY] = (page, number + 1)


def visit_number() -> int:
    """Return how many pages this session has visited; fields that are not kept are empty at the start of a visit."""
    return int(st.session_state.get(_VISIT_KEY, (None, 0))[1])


def open_run_settings(run_id: str) -> NoReturn:
    """Go to Configure with the settings of a run, ready to be changed and run again."""
    st.session_state.pop(OPENED_RUN_KEY, None)
    st.switch_page("pages/study/configure.py", query_params={RUN_KEY: run_id})


def choose_study() -> Study:
    """Draw the study selector, newest first, and return the choice; without studies, say so and end the page."""
    listed, unreadable = studies(), unreadable_studies()
    show_problems(unreadable, "study", partial(delete_damaged, workspace()))
    if not listed and unreadable:
        st.stop()
    if not listed:
        st.info("There is no study yet. Start one on the Configure page, or run the guided study on the Home page.")
        st.page_link("pages/study/configure.py", label="Configure a study", icon=":material/tune:")
        st.stop()
    ids = [study.study_id for study in listed]
    titles = {study.study_id: study.title for study in listed}
    # A click in the sidebar clears the address, a refresh clears the session: each is a backup of the other.
    seen = st.session_state.get(STUDY_KEY)
    wanted = st.query_params.get(STUDY_KEY) or seen
    # A study that this session has shown was deleted in it; its successor is the newest.
    is_missing = bool(wanted) and wanted not in ids and wanted != seen
    chosen = st.selectbox(
        "Study",
        ids,
        index=None if is_missing else ids.index(wanted) if wanted in ids else 0,
        format_func=lambda study_id: titles[study_id],
        placeholder="Choose a study",
    )
    if chosen is None:
        is_damaged = wanted in {problem.entry_id for problem in unreadable}
        why = "It cannot be read, see above." if is_damaged else "It was deleted, or belongs to another workspace."
        say_not_found(f"The study {wanted}", why)
    remember_study(chosen)
    return listed[ids.index(chosen)]


def say_not_found(what: str, why: str) -> NoReturn:
    """Say that what the address names does not exist, and end the page; the address stays as it was.

    Args:
        what: such as ``The study 261130-120000-abcdef``.
        why: what may have happened, as a sentence.
    """
    st.warning(f"{escape_markdown(what)} was not found. {escape_markdown(why)}", icon=":material/search_off:")
    st.stop()


def remember_study(study_id: str) -> None:
    """Keep the study for the session and in the address, so that a refresh or a copied link shows it again."""
    st.session_state[STUDY_KEY] = study_id
    st.query_params[STUDY_KEY] = study_id


def open_study(page: str, study_id: str) -> NoReturn:
    """Go to a page with this study chosen on it.

    Args:
        page: its path below ``pages``, such as ``study/compare``.
        study_id: of an existing study.
    """
    remember_study(study_id)
    st.switch_page(f"pages/{page}.py", query_params={STUDY_KEY: study_id})
