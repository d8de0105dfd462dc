"""Explanations of a prediction: occlusion map, feature maps, and similar training photos."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from PIL import Image, ImageColor

from emotion_core.dataset import part_to_pixels, to_image
from emotion_core.errors import EmotionError
from emotion_core.images import Pixels
from emotion_core.prediction import (
    BlockMaps,
    Classifier,
    SaliencyMap,
    SimilarPhoto,
    feature_maps,
    occlusion,
    similar_photos,
)
from emotion_core.training import Run
from pages.components.common.html import Markup, render
from pages.components.common.markdown import escape_markdown
from pages.components.common.photo_figure import photo_figure
from pages.components.common.workspace import workspace
from pages.components.predict.answer_html import HAPPY_COLOR, SAD_COLOR
from pages.components.predict.answerers import Answerers
from pages.components.predict.batches import PredictionRow

OCCLUSION, FEATURE_MAPS, SIMILAR = "What mattered", "What each block sees", "Similar training photos"
SHOWN_PX = 288
SIMILAR_PX = 104
MAP_PX, MAP_GAP_PX = 72, 4
MAX_MAPS, MAPS_PER_ROW = 16, 8
# If no part changes P(sad) by more, the map would only show noise.
MIN_HEAT = 0.005
HEAT_OPACITY = 0.75
_PHOTOS = '<div style="display:flex;flex-wrap:wrap;gap:12px">{% for photo in photos %}{{ photo }}{% endfor %}</div>'


def show_explanations(row: PredictionRow, answerers: Answerers, photo: Image.Image) -> None:
    """Draw the explanations of a prediction; nothing is computed until the user opens them.

    Args:
        row: the photo and its predictions.
        answerers: the networks that predicted them.
        photo: upright RGB.
    """
    if not any(answer.faces for answer in row.answers):
        return
    shown = st.expander("Why?", icon=":material/search:", key=f"why-{row.key}", on_change="rerun")
    if not shown.open:
        return
    with shown:
        classifier, pixels = _choose_pixels(row, answerers, photo)
        # The key contains the version of the network's file, too.
        version = f"{answerers.key} {classifier.run_id}"
        tabs = st.tabs([OCCLUSION, FEATURE_MAPS, SIMILAR], on_change="rerun", key=f"views-{row.key}")
        opened = next(index for index, tab in enumerate(tabs) if tab.open)
        with tabs[opened]:
            try:
                if opened == 0:
                    _show_occlusion(_occlusion(classifier, version, pixels), pixels)
                elif opened == 1:
                    _show_feature_maps(_feature_maps(classifier, version, pixels))
                else:
                    _show_similar(classifier, answerers.runs.get(classifier.run_id), pixels)
            except EmotionError as error:
                st.error(escape_markdown(error))


def _choose_pixels(row: PredictionRow, answerers: Answerers, photo: Image.Image) -> tuple[Classifier, Pixels]:
    """Draw the choice of a network and of a face, if there are several, and return the network and its input."""
    networks = zip(answerers.names, answerers.classifiers, row.answers, strict=True)
    choices = [(name, classifier, answer) for name, classifier, answer in networks if answer.faces]
    network = face = 0
    with st.container(horizontal=True):
        if len(choices) > 1:
            names = [name for name, *_ in choices]
            network = st.selectbox("Network", range(len(names)), format_func=names.__getitem__, key=f"of-{row.key}")
        _, classifier, answer = choices[network]
        if len(answer.faces) > 1:
            titles = [f"{number}: {face.words}" for number, face in enumerate(answer.faces, start=1)]
            face = st.selectbox("Face", range(len(titles)), format_func=titles.__getitem__, key=f"face-{row.key}")
    return classifier, part_to_pixels(photo, classifier.input_spec, answer.faces[face].box)


@st.cache_data(max_entries=32, show_spinner=False)
def _occlusion(_classifier: Classifier, version: str, pixels: Pixels) -> SaliencyMap:
    return occlusion(_classifier, pixels)


@st.cache_data(max_entries=8, show_spinner=False)
def _feature_maps(_classifier: Classifier, version: str, pixels: Pixels) -> list[BlockMaps]:
    return feature_maps(_classifier, pixels)


def _show_occlusion(saliency: SaliencyMap, pixels: Pixels) -> None:
    uncolored = to_image(pixels).convert("RGB").resize((SHOWN_PX, SHOWN_PX), Image.Resampling.NEAREST)
    colored = uncolored.copy()
    strongest = float(np.abs(saliency.heat).max())
    if strongest >= MIN_HEAT:
        colored.paste(*_paste_arguments(saliency.heat / strongest))
    with st.container(horizontal=True):
        st.image(uncolored, width=SHOWN_PX, alt="network input")
        st.image(colored, width=SHOWN_PX, alt="the same, colored by what mattered")
    st.caption(
        "Each part was covered in turn. :blue[Blue]: covering it lowers P(sad), so it is evidence for sad. "
        ":orange[Orange]: covering it raises P(sad), so it is evidence for happy. The strongest part changes "
        f"P(sad) = {saliency.p_sad:.3f} by {strongest:.3f}."
        + ("" if strongest >= MIN_HEAT else " No single part matters much, so nothing is colored.")
    )


def _paste_arguments(heat: np.ndarray) -> tuple[Image.Image, None, Image.Image]:
    """Return the arguments of ``Image.paste`` for a map from -1 (evidence for happy) to 1 (evidence for sad)."""
    colors = np.array([ImageColor.getrgb(HAPPY_COLOR), ImageColor.getrgb(SAD_COLOR)], dtype=np.uint8)
    size = (SHOWN_PX, SHOWN_PX)
    colored = Image.fromarray(colors[(heat > 0).astype(int)]).resize(size, Image.Resampling.NEAREST)
    cover = Image.fromarray((255 * HEAT_OPACITY * np.abs(heat)).astype(np.uint8)).resize(size)
    return colored, None, cover


def _show_feature_maps(blocks: Sequence[BlockMaps]) -> None:
    for block in blocks:
        height, width, filters = block.maps.shape
        shown = min(filters, MAX_MAPS)
        st.caption(
            f"{escape_markdown(block.name)}: {shown} of {filters} filters, {width} × {height}, bright where active"
        )
        st.image(_sheet(block.maps[:, :, :shown]), alt=f"Feature maps of {block.name}")


def _sheet(maps: np.ndarray) -> Image.Image:
    """Return maps of shape ``(h, w, n)`` as one picture, each scaled to the range from black to white."""
    low, high = maps.min(axis=(0, 1)), maps.max(axis=(0, 1))
    scaled = (255 * (maps - low) / np.where(high > low, high - low, 1)).astype(np.uint8)
    step = MAP_PX + MAP_GAP_PX
    sheet = Image.new("LA", (MAPS_PER_ROW * step, -(-maps.shape[2] // MAPS_PER_ROW) * step))
    for number in range(maps.shape[2]):
        tile = Image.fromarray(scaled[:, :, number]).resize((MAP_PX, MAP_PX), Image.Resampling.NEAREST)
        sheet.paste(tile.convert("LA"), (number % MAPS_PER_ROW * step, number // MAPS_PER_ROW * step))
    return sheet


def _show_similar(classifier: Classifier, run: Run | None, pixels: Pixels) -> None:
    if run is None:
        st.caption("The starter's training photos are not on this machine, so none can be shown.")
        return
    with st.spinner("Searching the training photos"):
        photos = similar_photos(workspace(), run, classifier, pixels)
    if not photos:
        st.caption("None of this network's training photos are in the catalog any more.")
        return
    st.html(render(_PHOTOS, photos=map(_similar_figure, photos)))
    st.caption("The training photos closest to this one in the network's last hidden layer (1 = identical there).")


def _similar_figure(photo: SimilarPhoto) -> Markup:
    return photo_figure(
        photo.photo_id,
        render("<b>{{ label }}</b> {{ similarity }}", label=photo.label, similarity=f"{photo.similarity:.3f}"),
        alt=f"training photo, labeled {photo.label}, similarity {photo.similarity:.3f}",
        width=f"{SIMILAR_PX}px",
    )
