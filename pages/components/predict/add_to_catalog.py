"""Adds classified photos to the user's own photos, under the label that the user confirms."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.dataset import LABELS
from emotion_core.errors import EmotionError
from emotion_core.prediction import add_to_photos
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import catalog
from pages.components.predict.batches import PredictionRow

AS_PREDICTED = "as predicted"


def show_add_to_catalog(rows: Sequence[PredictionRow], key: str) -> None:
    """Draw the choice of a label and a button that adds photos under it.

    Args:
        rows: one photo, or those selected among many; at least one.
        key: tells the fields from those of other photos.
    """
    many = len(rows) > 1
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.segmented_control(
            "Your label",
            (AS_PREDICTED, *LABELS) if many else LABELS,
            key=f"label-{key}",
            help="The label under which it is stored. You decide, whatever the network predicts.",
        )
        pressed = st.button(
            f"Add {len(rows)} to my photos" if many else "Add to my photos",
            key=f"add-{key}",
            icon=":material/add_photo_alternate:",
            disabled=label is None,
        )
    unsure = sum(row.label is None for row in rows)
    if label == AS_PREDICTED and unsure:
        st.caption(f"{unsure} without a sure prediction are left out.")
    if pressed and label:
        try:
            st.session_state[f"added-{key}"] = _add(rows, label)
        except EmotionError as error:
            st.error(escape_markdown(error))
    if message := st.session_state.get(f"added-{key}"):
        st.success(message)
        st.page_link("pages/data/review.py", label="Go to Review", icon=":material/arrow_forward:")


def _add(rows: Sequence[PredictionRow], label: str) -> str:
    """Add the photos, and return a message about the result."""
    photos = catalog()
    labeled = [(row, row.label if label == AS_PREDICTED else label) for row in rows if not row.error]
    before = len(photos.photo_ids())
    ids = [
        add_to_photos(photos, row.name, row.upload.file(row.index), row_label, row.upload.address)
        for row, row_label in labeled
        if row_label is not None
    ]
    added = len(photos.photo_ids()) - before
    known = len(ids) - added
    return f"Added {added}." if not known else f"Added {added}; {known} already there and unchanged."
