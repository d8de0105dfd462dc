"""What the networks say of one photo: the answer, each face with its own, and what the network saw of it."""

from collections.abc import Sequence
from html import escape

import streamlit as st
from PIL import Image

from emotion_core.dataset import part_to_pixels, to_image
from emotion_core.errors import EmotionError
from emotion_core.prediction import Answer, Classifier, FaceAnswer, agreement_text
from pages.components.common.images import data_uri
from pages.components.common.markdown import escape_markdown
from pages.components.predict.add_to_catalog import show_keeping
from pages.components.predict.answer_html import answer_color, headline, photo_with_faces, scale
from pages.components.predict.answerers import Answerers
from pages.components.predict.batches import PredictionRow
from pages.components.predict.explanations import show_why

SEEN_SIDE_PX = 96
MOST_SEEN = 24
NETWORKS_PER_ROW = 3


def show_answer(row: PredictionRow, answerers: Answerers) -> None:
    """Draw one photo with all that its networks say of it, and what can be done with it.

    Args:
        row: the photo and its answers.
        answerers: who gave them.
    """
    with st.container(border=True, key=f"answer-{row.key}"):
        st.text(row.name)
        if row.error:
            st.error(escape_markdown(row.error))
            return
        try:
            photo = row.offer.photo(row.index)
        except EmotionError as error:
            st.error(escape_markdown(error))
            return
        several = len(row.answers) > 1
        left, right = st.columns([1, 3] if several else [2, 3], gap="medium")
        with left:
            _show_photo(photo, row.answers)
        with right:
            if several:
                st.markdown(f"### {escape_markdown(agreement_text(row.answers))}")
            _show_networks(row.answers, answerers, photo)
        show_why(row, answerers, photo)
        show_keeping([row], row.key)


def _show_photo(photo: Image.Image, answers: Sequence[Answer]) -> None:
    words = ", ".join(dict.fromkeys(answer.words for answer in answers))
    # Several networks may have looked at different things; the faces are the same for all that looked at faces.
    boxed = max((answer.faces for answer in answers), key=lambda faces: sum(face.box is not None for face in faces))
    st.html(photo_with_faces(photo, boxed, f"the photo: {words}", colored=len(answers) == 1))
    st.caption(f"{photo.width} × {photo.height} pixels")


def _show_networks(answers: Sequence[Answer], answerers: Answerers, photo: Image.Image) -> None:
    pairs = list(zip(answers, answerers.classifiers, strict=True))
    for start in range(0, len(pairs), NETWORKS_PER_ROW):
        columns = st.columns(min(NETWORKS_PER_ROW, len(pairs)))
        for column, (answer, classifier) in zip(columns, pairs[start : start + NETWORKS_PER_ROW], strict=False):
            with column:
                st.markdown(answerers.line(classifier))
                st.html(headline(answer, 1.4 if len(answers) > 1 else 1.9))
                _show_scale(answer, classifier)
                _show_seen(answer, classifier, photo)


def _show_scale(answer: Answer, classifier: Classifier) -> None:
    band = classifier.uncertainty_band
    if answer.p_sad is not None:
        st.html(scale(answer.p_sad, answer.threshold, band))
        st.markdown(f"P(sad) = {answer.p_sad:.3f}" + (", the largest face" if len(answer.faces) > 1 else ""))
        unsure = "" if band.empty else f", not sure from {band.low:.3f} to {band.high:.3f}"
        st.caption(f"sad from {answer.threshold:.3f}{unsure}; chosen on its validation photos")
    if answer.note:
        st.info(escape_markdown(answer.note), icon=":material/info:")


def _show_seen(answer: Answer, classifier: Classifier, photo: Image.Image) -> None:
    """Draw the photo, or each face, as the network saw it, with what it says of each."""
    if not answer.faces:
        return
    several = len(answer.faces) > 1
    st.caption("As the network saw it" + (", the largest face first" if several else ""))
    shown = enumerate(answer.faces[:MOST_SEEN], start=1)
    figures = "".join(_figure(f"{number}: " if several else "", face, classifier, photo) for number, face in shown)
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:10px">{figures}</div>')
    if len(answer.faces) > MOST_SEEN:
        st.caption(f"{len(answer.faces) - MOST_SEEN} smaller faces are not shown here.")


def _figure(number: str, face: FaceAnswer, classifier: Classifier, photo: Image.Image) -> str:
    seen = to_image(part_to_pixels(photo, classifier.input_spec, face.box)).convert("RGB")
    enlarged = seen.resize((SEEN_SIDE_PX, SEEN_SIDE_PX), Image.Resampling.NEAREST)
    words = f"{number}{face.words}, {face.p_sad:.3f}" if number else ""
    return (
        f'<figure style="margin:0;width:{SEEN_SIDE_PX}px"><img src="{data_uri(enlarged, SEEN_SIDE_PX)}" '
        f'alt="as the network saw it" width="{SEEN_SIDE_PX}" height="{SEEN_SIDE_PX}" '
        f'style="border-radius:6px;border-bottom:4px solid {answer_color(face.label, face.sure)}">'
        f'<figcaption style="font-size:.75rem;line-height:1.3">{escape(words)}</figcaption></figure>'
    )
