"""The status line in the sidebar."""

from collections import Counter

import streamlit as st

from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import catalog, runs, session_user


def show_status() -> None:
    """Draw one line at the foot of the sidebar: photos, and runs under way; below it, who is signed in."""
    counts = catalog().usable_counts()
    states = Counter(run.state.name for run in runs())
    # The same words as the groups of runs on Train.
    numbers = {"under way": states["starting"] + states["running"], "waiting": states["queued"] + states["paused"]}
    work = [f"{number} {word}" for word, number in numbers.items() if number]
    photos = f"{counts['happy']:,} happy, {counts['sad']:,} sad photos"
    st.sidebar.caption(f"{photos} · runs: {', '.join(work)}" if work else photos)
    if session_user() is not None:
        name = st.user.get("email") or st.user.get("name") or "You"
        st.sidebar.caption(f"Signed in: {escape_markdown(str(name))}")
        st.sidebar.button("Sign out", on_click=st.logout, key="sign_out", icon=":material/logout:")
