"""The name of the study that is about to be started."""

import streamlit as st

from emotion_core.training.control import MAX_NAME

NAME_KEY = "new_study_name"


def choose_name(preset: str) -> None:
    """Draw the field for the study's name, which is kept under ``NAME_KEY``.

    Args:
        preset: name of the study in lists where the field is left empty.
    """
    st.text_input("Name of the study", max_chars=MAX_NAME, placeholder=preset, key=NAME_KEY)
