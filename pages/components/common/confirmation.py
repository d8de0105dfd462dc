"""Questions before something is deleted, and actions whose errors outlive the next rerun."""

from collections.abc import Callable, Mapping
from typing import NoReturn

import streamlit as st

from emotion_core.disk_space import naming_full_disk
from emotion_core.errors import EmotionError
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import workspace

CONFIRMATION_KEY = "asked"


def ask_confirmation(target_id: str, action: str) -> NoReturn:
    """Rerun the page with a confirmation question in place of the target's actions.

    Args:
        target_id: id of the run, study or other entry.
        action: what the user is about to do.
    """
    st.session_state[CONFIRMATION_KEY] = (target_id, action)
    st.rerun()


def show_confirmation(target_id: str, questions: Mapping[str, str], perform_action: Callable[[str], None]) -> bool:
    """Draw the open confirmation question about an entry of the workspace, if any; return whether there is one.

    Args:
        target_id: id of the run, study or other entry.
        questions: the question for each action.
        perform_action: called with the action once the user confirms it.
    """
    asked_id, action = st.session_state.get(CONFIRMATION_KEY, ("", ""))
    if asked_id != target_id or action not in questions:
        return False
    st.warning(questions[action])
    with st.container(horizontal=True):
        if st.button(action, key=f"yes-{target_id}", type="primary"):
            del st.session_state[CONFIRMATION_KEY]
            perform_action(action)
        if st.button("Cancel", key=f"no-{target_id}"):
            del st.session_state[CONFIRMATION_KEY]
            st.rerun()
    return True


def perform(*steps: Callable[[], object]) -> None:
    """Run the steps and rerun the page, or show the error of the first step that fails."""
    try:
        with naming_full_disk(workspace().root):
            for step in steps:
                step()
    except EmotionError as error:
        # A toast outlives the next tick of the page, which would erase an error drawn here.
        st.toast(escape_markdown(error), icon=":material/error:", duration="long")
        return
    st.rerun()
