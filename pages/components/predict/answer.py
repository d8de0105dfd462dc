"""The predictions for one photo: the photo, each network's prediction, and the network's input."""

from collections.abc import Sequence

import streamlit as st
from PIL import Image

from emotion_core.dataset import part_to_pixels, to_image
from emotion_core.errors import EmotionError
from emotion_core.prediction import Answer, Classifier, FaceAnswer, agreement_text
from emotion_core.terminal import printable
from pages.components.common.html import Markup, render
from pages.components.common.images import data_uri
from pages.components.common.markdown import escape_markdown
from pages.components.predict.add_to_catalog import show_add_to_catalog
from pages.components.predict.answer_html import answer_color, headline, photo_with_faces, scale
from pages.components.predict.answerers import Answerers
from pages.components.predict.batches import PredictionRow
from pages.components.predict.explanations import show_explanations

INPUT_SIDE_PX = 96
MAX_INPUTS = 24
NETWORKS_PER_ROW = 3
_INPUTS = '<div style="display:flex;flex-wrap:wrap;gap:10px">{% for figure in figures %}{{ figure }}{% endfor %}</div>'
_INPUT = """
<figure style="margin:0;width:{{ side_px }}px"><img src="{{ source }}" alt="network input"
width="{{ side_px }}" height="{{ side_px }}" style="border-radius:6px;border-bottom:4px solid {{ color }}">
<figcaption style="font-size:.75rem;line-height:1.3">{{ caption }}</figcaption></figure>
"""


def show_answer(row: PredictionRow, answerers: Answerers) -> None:
    """Draw one photo with its predictions and what the user can do with it.

    Args:
        row: the photo and its predictions.
        answerers: the networks that predicted them.
    """
    with st.container(border=True, key=f"answer-{row.key}"):
        st.text(printable(row.name))
        if row.error:
            st.error(escape_markdown(row.error))
            return
        try:
            photo = row.upload.photo(row.index)
        except EmotionError as error:
            st.error(escape_markdown(error))
            return
        several = len(row.answers) > 1
        left, right = st.columns([1, 3] if several else [2, 3], gap="medium")
        with left:
            _show_photo(photo, row.answers)
        with right:
            if several and not answerers.why_beside:
                st.markdown(f"### {escape_markdown(agreement_text(row.answers))}")
            _show_networks(row.answers, answerers, photo)
        show_explanations(row, answerers, photo)
        show_add_to_catalog([row], row.key)


def _show_photo(photo: Image.Image, answers: Sequence[Answer]) -> None:
    words = ", ".join(dict.fromkeys(answer.words for answer in answers))
    # Networks may differ in their input, but all that classify faces have the same boxes.
    boxed = max((answer.faces for answer in answers), key=lambda faces: sum(face.box is not None for face in faces))
    st.html(photo_with_faces(photo, boxed, f"the photo: {words}", colored=len(answers) == 1))
    st.caption(f"{photo.width} × {photo.height} pixels")


def _show_networks(answers: Sequence[Answer], answerers: Answerers, photo: Image.Image) -> None:
    pairs = list(zip(answers, answerers.classifiers, strict=True))
    for start in range(0, len(pairs), NETWORKS_PER_ROW):
        columns = st.columns(min(NETWORKS_PER_ROW, len(pairs)))
        for column, (answer, classifier) in zip(columns, pairs[start : start + NETWORKS_PER_ROW], strict=False):
            with column:
                st.markdown(answerers.title(classifier))
                if answer.note:
                    st.info(escape_markdown(answer.note), icon=":material/info:")
                is_the_answer = len(answers) == 1 or bool(answerers.why_beside and classifier is pairs[0][1])
                st.html(headline(answer, 1.9 if is_the_answer else 1.4))
                _show_scale(answer, classifier)
                _show_inputs(answer, classifier, photo)


def _show_scale(answer: Answer, classifier: Classifier) -> None:
    band = classifier.uncertainty_band
    if answer.p_sad is not None:
        st.html(scale(answer.p_sad, answer.threshold, band))
        largest = answer.faces[0]
        neither = "" if largest.p_neither is None else f", P(neither) = {largest.p_neither:.3f}"
        st.markdown(f"P(sad) = {answer.p_sad:.3f}{neither}" + (" (largest face)" if len(answer.faces) > 1 else ""))
        if largest.p_neither is not None:
            st.caption(f'"Neither clearly" if P(neither) ≥ {classifier.neither_from:.3f}. P(sad) leaves neither out.')
        if (calibrated := largest.calibrated) not in (None, answer.p_sad):
            st.caption(f"Calibrated: {calibrated:.3f}, for photos like the network's validation photos")
        unsure = "" if band.empty else f'; "not sure" from {band.low:.3f} to {band.high:.3f}'
        st.caption(
            f'"Sad" if P(sad) ≥ {classifier.decision.threshold_sentence}{unsure}. {classifier.band_choice.sentence}'
        )


def _show_inputs(answer: Answer, classifier: Classifier, photo: Image.Image) -> None:
    """Draw the network's input, one picture per face, with the prediction for each."""
    if not answer.faces:
        return
    several = len(answer.faces) > 1
    st.caption("Network input" + (", largest face first" if several else ""))
    shown = enumerate(answer.faces[:MAX_INPUTS], start=1)
    figures = [_input_figure(number if several else None, face, classifier, photo) for number, face in shown]
    st.html(render(_INPUTS, figures=figures))
    if len(answer.faces) > MAX_INPUTS:
        st.caption(f"{len(answer.faces) - MAX_INPUTS} smaller faces are not shown.")


def _input_figure(number: int | None, face: FaceAnswer, classifier: Classifier, photo: Image.Image) -> Markup:
    pixels = to_image(part_to_pixels(photo, classifier.input_spec, face.box)).convert("RGB")
    enlarged = pixels.resize((INPUT_SIDE_PX, INPUT_SIDE_PX), Image.Resampling.NEAREST)
    return render(
        _INPUT,
        source=data_uri(enlarged, INPUT_SIDE_PX),
        side_px=INPUT_SIDE_PX,
        color=answer_color(face.label, face.sure),
        caption="" if number is None else f"{number}: {face.words}, {face.p_sad:.3f}",
    )
