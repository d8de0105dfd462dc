"""The import form of the Collect page: what was found, the encoding of its names, and the button that starts it."""

from collections.abc import Mapping

import streamlit as st

from emotion_core.collect import Survey
from emotion_core.collect.imports import ENCODING_NAMES, NO_FOLDER
from emotion_core.dataset import LABELS
from emotion_core.formatting import count_text
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


def ask_to_start(found: Mapping[str, int], label: str | None, title: str, key: str) -> dict[str, str] | None:
    """Draw the button that starts an import; where photos have no class and no label, it asks for the label.

    Args:
        found: pictures per class.
        label: the label that was chosen for all pictures, if one was.
        title: of the button where it need not ask.
        key: tells the buttons of one import from those of another.

    Returns:
        The label of the photos without a class, as a mapping, once a button is pressed; None before.
    """
    if label is not None or NO_FOLDER not in found:
        return {} if st.button(title, type="primary", key=key) else None
    st.markdown(f"**{count_text(found[NO_FOLDER], 'photo')} without a class. Happy or sad?**")
    with st.container(horizontal=True):
        pressed = [name for name in LABELS if st.button(f"Add as {name}", type="primary", key=f"{key}-{name}")]
    return {NO_FOLDER: pressed[0]} if pressed else None
