"""Entries of the workspace that cannot be read: listed with what is wrong and what can be done."""

from collections.abc import Callable, Sequence

import streamlit as st

from emotion_core.documents import DAMAGED, NEWER, Unreadable
from emotion_core.formatting import count_text
from pages.components.common.confirmation import ask_confirmation, perform, show_confirmation
from pages.components.common.markdown import escape_markdown

MAX_LISTED = 5


def show_problems(problems: Sequence[Unreadable], noun: str, delete: Callable[[str], object] | None = None) -> None:
    """Draw what cannot be read, or not completely; nothing without a problem.

    Args:
        problems: entries of one kind.
        noun: what they are, in the singular, such as ``run``.
        delete: deletes a damaged entry, given its id, after the user has confirmed it.
    """
    if not problems:
        return
    is_newer = all(problem.kind == NEWER for problem in problems)
    of_them = "written by a newer version" if is_newer else "damaged, missing or of a newer version"
    lines = [
        f"- `{problem.entry_id}` ({problem.kind}): {escape_markdown(problem.what)}" for problem in problems[:MAX_LISTED]
    ]
    more = len(problems) - MAX_LISTED
    lines += [f"- and {more} more"] * (more > 0)
    number = count_text(len(problems), noun).replace("studys", "studies")
    title = f"**{number} {of_them}**"
    st.warning("\n".join([title, "", *lines]), icon=":material/report:")
    if not is_newer:
        st.caption("Find and repair damage with `python -m emotion_core check --repair`.")
    for problem in problems[:MAX_LISTED]:
        # What is missing cannot be deleted, and what a newer version wrote may be intact.
        if delete is not None and problem.kind == DAMAGED:
            _offer_deletion(problem.entry_id, noun, delete)


def _offer_deletion(entry_id: str, noun: str, delete: Callable[[str], object]) -> None:
    action = f"Delete the damaged {noun}"
    questions = {action: f"{action} {escape_markdown(entry_id)} with all that is left of it?"}
    if show_confirmation(entry_id, questions, lambda _: perform(lambda: delete(entry_id))):
        return
    label = f"{action} {escape_markdown(entry_id)}"
    if st.button(label, icon=":material/delete:", type="tertiary", key=f"delete-damaged-{noun}-{entry_id}"):
        ask_confirmation(entry_id, action)
