"""Name and note of a study: shown below its title, and changed."""

import streamlit as st

from emotion_core.training import Study, rename_study
from emotion_core.training.control import MAX_NAME, MAX_NOTE
from pages.components.common.confirmation import perform
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import workspace


def show_note(study: Study) -> None:
    """Draw the note of a study, if it has one."""
    if study.note:
        st.caption(f":material/sticky_note_2: {escape_markdown(study.note)}")


def show_rename(study: Study) -> None:
    """Draw the button that changes the name and the note of a study.

    Args:
        study: as listed.
    """
    popover = st.popover("Name and note", icon=":material/edit:", key="rename", on_change="rerun")
    if not popover.open:
        return
    # What is stored is part of the keys: a name that another tab has given replaces the one that was typed here.
    key = f"{study.study_id}-{study.name}-{study.note}"
    with popover, st.form(f"rename-{key}", border=False):
        name = st.text_input(
            "Name", study.name, MAX_NAME, placeholder=study.config.preset, key=f"study_name-{key}",
            help="Shown in every list, in the report, and in TensorBoard.",
        )  # fmt: skip
        note = st.text_area("Note", study.note, max_chars=MAX_NOTE, key=f"study_note-{key}")
        if st.form_submit_button("Save", type="primary", key="save_name"):
            perform(lambda: rename_study(workspace(), study, name=name, note=note))
