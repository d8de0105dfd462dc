"""A photo of the user's own on Home: the starter classifies it at once, the champion beside it."""

from functools import partial

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.formatting import count_text
from emotion_core.prediction import DEFAULT_ONE_IN, Classifier
from emotion_core.training import Run
from pages.components.common.classifiers import (
    about_starter,
    first_network,
    has_starter,
    load_face_detector,
    load_starter,
)
from pages.components.common.gate import GATE, PHOTOS
from pages.components.common.markdown import escape_markdown
from pages.components.common.polling import poll
from pages.components.predict.answer import show_answer
from pages.components.predict.answerers import Answerers, answerers_of
from pages.components.predict.batches import PredictionBatch, advance, batches_for, drop_batches
from pages.components.predict.inputs import Upload, take_uploads

# Predict shows more photos, as a table.
MAX_PHOTOS = 6
TICK_SECONDS = 0.2
_COMPARED_KEY = "home_compared"


def show_first_photo(champion: Run | None) -> None:
    """Draw the field for a photo, and its predictions once there is one; networks are loaded only then.

    Args:
        champion: of the workspace, if there is one.
    """
    if champion is None and not has_starter():
        return
    with st.container(border=True, key="first_photo"):
        st.header("Try a photo")
        st.caption("It is classified on this machine, and not stored unless you add it to your photos.")
        uploads = take_uploads()
    if not uploads:
        drop_batches()
        return
    GATE.pass_with(PHOTOS)
    load_face_detector()
    own = _usable_starter()
    # The comparison takes seconds, once for each champion: the starter classifies before it.
    waits = own is not None and champion is not None and champion.run_id != st.session_state.get(_COMPARED_KEY)
    try:
        answerers = answerers_of([], None, one_in=DEFAULT_ONE_IN) if waits else _answerers(champion, own)
    except EmotionError as error:
        st.error(escape_markdown(error))
        return
    _show_predictions(uploads, answerers)
    st.page_link("pages/use/predict.py", label="Other networks and inputs", icon=":material/add_a_photo:")
    if waits and champion is not None:
        first_network(champion)
        st.session_state[_COMPARED_KEY] = champion.run_id
        st.rerun()


def _usable_starter() -> Classifier | None:
    try:
        return load_starter()
    except EmotionError as error:
        st.warning(escape_markdown(error))
        return None


def _answerers(champion: Run | None, own: Classifier | None) -> Answerers:
    """Return the networks that classify, the one whose prediction counts first.

    Args:
        champion: of the workspace, if there is one.
        own: the starter, if it can be used.
    """
    if champion is None or own is None:
        return answerers_of([champion] if champion is not None else [], None, one_in=DEFAULT_ONE_IN)
    first = first_network(champion)
    return answerers_of(
        [champion], None, one_in=DEFAULT_ONE_IN, why_beside=first.reason, starter_first=first.starter_first
    )


def _show_predictions(uploads: list[Upload], answerers: Answerers) -> None:
    batches = batches_for(uploads, answerers)
    total = sum(batch.total for batch in batches)
    if total > MAX_PHOTOS:
        st.info(f"{count_text(total, 'photo')}: Predict classifies them in a table.", icon=":material/table:")
        return
    st.caption(escape_markdown(answerers.why_beside or ("" if answerers.runs else about_starter()[0])))
    with st.spinner("Classifying"):
        advance(batches)
    under_way = not all(batch.done for batch in batches)
    poll(partial(_draw, batches, answerers, under_way), under_way, every_seconds=TICK_SECONDS)


def _draw(batches: list[PredictionBatch], answerers: Answerers, under_way: bool) -> bool:
    """Draw the predictions, or classify more photos; return whether photos are left."""
    if under_way:
        st.caption(f"{sum(len(batch.rows) for batch in batches)} of {sum(batch.total for batch in batches)} photos")
        advance(batches)
    else:
        for row in (row for batch in batches for row in batch.rows):
            show_answer(row, answerers)
    return not all(batch.done for batch in batches)
