"""The status line in the sidebar."""

import streamlit as st

from emotion_core.formatting import count_text
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import catalog, runs, session_user


def show_status() -> None:
    """Draw one line at the foot of the sidebar: photos, and runs under way; below it, who is signed in."""
    counts = catalog().usable_counts()
    active = sum(run.state.active for run in runs())
    photos = f"{counts['happy']:,} happy, {counts['sad']:,} sad photos"
    st.sidebar.caption(photos + (f" · {count_text(active, 'run')} under way" if active else ""))
    if session_user() is not None:
        name = st.user.get("email") or st.user.get("name") or "You"
        st.sidebar.caption(f"Signed in: {escape_markdown(str(name))}")
        st.sidebar.button("Sign out", on_click=st.logout, key="sign_out", icon=":material/logout:")
