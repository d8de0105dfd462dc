"""The import form of the Collect page: what was found, and the encoding of names that do not say theirs."""

import streamlit as st

from emotion_core.collect import Survey
from emotion_core.collect.imports import ENCODING_NAMES
from pages.components.common.markdown import escape_markdown

_GUESS = ""


def chosen_encoding(key: str) -> str | None:
    """Return the encoding that the user chose for an import; None for a guess.

    Args:
        key: tells the fields of one import from those of another.
    """
    return st.session_state.get(f"encoding-{key}") or None


def show_findings(survey: Survey, key: str) -> None:
    """Draw what there is to say about an import before it starts, and a field for the encoding where it was guessed.

    Args:
        survey: what would be imported.
        key: tells the fields of one import from those of another.
    """
    if survey.encoding:
        guess = "Guess" if chosen_encoding(key) else f"{ENCODING_NAMES.get(survey.encoding, survey.encoding)} (guessed)"
        st.selectbox(
            "Encoding of the names in the archive",
            (_GUESS, *ENCODING_NAMES),
            format_func=lambda encoding: ENCODING_NAMES.get(encoding, guess),
            help="This archive does not say how its names are written. Choose another encoding if they look wrong.",
            key=f"encoding-{key}",
            width=320,
        )
    for note in survey.notes:
        st.caption(f":material/info: {escape_markdown(note)}")
