"""Photos that were answered for become photos of the person's own, under the label that the person confirms."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.dataset import LABELS
from emotion_core.errors import EmotionError
from emotion_core.prediction import add_to_photos
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import catalog
from pages.components.predict.batches import PredictionRow

AS_ANSWERED = "as answered"


def show_keeping(rows: Sequence[PredictionRow], key: str) -> None:
    """Draw the way into the person's own photos.

    Args:
        rows: one photo, or those that were chosen among many; at least one.
        key: tells the fields from those of other photos.
    """
    many = len(rows) > 1
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.segmented_control(
            "What they are" if many else "What it is",
            (AS_ANSWERED, *LABELS) if many else LABELS,
            default=AS_ANSWERED if many else rows[0].label,
            key=f"label-{key}",
            help="The label under which it is kept: yours, whatever a network says.",
        )
        pressed = st.button(
            f"Add {len(rows)} to my photos" if many else "Add to my photos",
            key=f"add-{key}",
            icon=":material/add_photo_alternate:",
            disabled=label is None,
        )
    unsure = sum(row.label is None for row in rows)
    if label == AS_ANSWERED and unsure:
        st.caption(f"{unsure} of them, for which no answer is sure, are left out.")
    if pressed and label:
        try:
            st.session_state[f"added-{key}"] = _add(rows, label)
        except EmotionError as error:
            st.error(escape_markdown(error))
    if sentence := st.session_state.get(f"added-{key}"):
        st.success(sentence)
        st.page_link("pages/data/review.py", label="To Review", icon=":material/arrow_forward:")


def _add(rows: Sequence[PredictionRow], label: str) -> str:
    """Add the photos, and return what became of them."""
    photos = catalog()
    wanted = [(row, row.label if label == AS_ANSWERED else label) for row in rows if not row.error]
    before = len(photos.photo_ids())
    ids = [
        add_to_photos(photos, row.name, row.offer.file(row.index), own, row.offer.address)
        for row, own in wanted
        if own is not None
    ]
    added = len(photos.photo_ids()) - before
    there = len(ids) - added
    return f"Added {added}." if not there else f"Added {added}; {there} there already, where nothing changed."
