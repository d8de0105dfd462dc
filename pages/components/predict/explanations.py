"""Why a network answers so: what covering a part changes, what each block sees, and which photos it was taught by."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st
from PIL import Image, ImageColor

from emotion_core.dataset import part_to_pixels, to_image
from emotion_core.errors import EmotionError
from emotion_core.images import Pixels
from emotion_core.prediction import BlockMaps, Classifier, SaliencyMap, feature_maps, occlusion, similar_photos
from emotion_core.training import Run
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import workspace
from pages.components.predict.answer_html import HAPPY_COLOR, SAD_COLOR
from pages.components.predict.answerers import Answerers
from pages.components.predict.batches import PredictionRow

COUNTED, LAYERS, SIMILAR = "What counted", "What each block sees", "Similar training photos"
SHOWN_PX = 288
MAP_PX, MAP_GAP_PX = 72, 4
MOST_MAPS, MAPS_PER_ROW = 16, 8
# Where no part changes P(sad) by more, a map would only show noise.
LEAST_HEAT = 0.005
HEAT_OPACITY = 0.75


def show_why(row: PredictionRow, answerers: Answerers, photo: Image.Image) -> None:
    """Draw what lies behind an answer; nothing is computed before somebody opens it.

    Args:
        row: the photo and its answers.
        answerers: who gave them.
        photo: the photo itself.
    """
    if not any(answer.faces for answer in row.answers):
        return
    shown = st.expander("Why?", icon=":material/search:", key=f"why-{row.key}", on_change="rerun")
    if not shown.open:
        return
    with shown:
        classifier, pixels = _choose_pixels(row, answerers, photo)
        # The key names the version of its file, too.
        of = f"{answerers.key} {classifier.run_id}"
        tabs = st.tabs([COUNTED, LAYERS, SIMILAR], on_change="rerun", key=f"views-{row.key}")
        opened = next(place for place, tab in enumerate(tabs) if tab.open)
        with tabs[opened]:
            try:
                if opened == 0:
                    _show_occlusion(_occlusion(classifier, of, pixels), pixels)
                elif opened == 1:
                    _show_maps(_maps(classifier, of, pixels))
                else:
                    _show_similar(classifier, answerers.runs.get(classifier.run_id), pixels)
            except EmotionError as error:
                st.error(escape_markdown(error))


def _choose_pixels(row: PredictionRow, answerers: Answerers, photo: Image.Image) -> tuple[Classifier, Pixels]:
    """Draw the choice of a network and of a face, where there are several, and return what that network saw of it."""
    answering = zip(answerers.names, answerers.classifiers, row.answers, strict=True)
    asked = [(name, classifier, answer) for name, classifier, answer in answering if answer.faces]
    network = face = 0
    with st.container(horizontal=True):
        if len(asked) > 1:
            names = [name for name, *_ in asked]
            network = st.selectbox("Network", range(len(names)), format_func=names.__getitem__, key=f"of-{row.key}")
        _, classifier, answer = asked[network]
        if len(answer.faces) > 1:
            titles = [f"{number}: {face.words}" for number, face in enumerate(answer.faces, start=1)]
            face = st.selectbox("Face", range(len(titles)), format_func=titles.__getitem__, key=f"face-{row.key}")
    return classifier, part_to_pixels(photo, classifier.input_spec, answer.faces[face].box)


@st.cache_data(max_entries=32, show_spinner=False)
def _occlusion(_classifier: Classifier, of: str, pixels: Pixels) -> SaliencyMap:
    return occlusion(_classifier, pixels)


@st.cache_data(max_entries=8, show_spinner=False)
def _maps(_classifier: Classifier, of: str, pixels: Pixels) -> list[BlockMaps]:
    return feature_maps(_classifier, pixels)


def _show_occlusion(found: SaliencyMap, pixels: Pixels) -> None:
    uncolored = to_image(pixels).convert("RGB").resize((SHOWN_PX, SHOWN_PX), Image.Resampling.NEAREST)
    colored = uncolored.copy()
    strongest = float(np.abs(found.heat).max())
    if strongest >= LEAST_HEAT:
        colored.paste(*_heat(found.heat / strongest))
    with st.container(horizontal=True):
        st.image(uncolored, width=SHOWN_PX, alt="as the network saw it")
        st.image(colored, width=SHOWN_PX, alt="the same, coloured by what counted")
    st.caption(
        f"Each part was covered in turn. :blue[Blue]: without it P(sad) falls, so it speaks for sad. :orange[Orange]: "
        f"without it P(sad) rises, so it speaks for happy. The strongest part moves P(sad) = {found.p_sad:.3f} by "
        f"{strongest:.3f}."
        + ("" if strongest >= LEAST_HEAT else " No part counts for much by itself, so nothing is coloured.")
    )


def _heat(heat: np.ndarray) -> tuple[Image.Image, None, Image.Image]:
    """Return colours and how strongly they cover, for a map from -1 (speaks for happy) to 1 (for sad)."""
    colors = np.array([ImageColor.getrgb(HAPPY_COLOR), ImageColor.getrgb(SAD_COLOR)], dtype=np.uint8)
    size = (SHOWN_PX, SHOWN_PX)
    colored = Image.fromarray(colors[(heat > 0).astype(int)]).resize(size, Image.Resampling.NEAREST)
    cover = Image.fromarray((255 * HEAT_OPACITY * np.abs(heat)).astype(np.uint8)).resize(size)
    return colored, None, cover


def _show_maps(blocks: Sequence[BlockMaps]) -> None:
    for block in blocks:
        height, width, filters = block.maps.shape
        shown = min(filters, MOST_MAPS)
        st.caption(
            f"{escape_markdown(block.name)}: {shown} of {filters} filters, {width} × {height}, light where one responds"
        )
        st.image(_sheet(block.maps[:, :, :shown]), alt=f"What the filters of {block.name} make of the picture")


def _sheet(maps: np.ndarray) -> Image.Image:
    """Return maps of shape ``(h, w, n)`` as one picture, each from its own darkest to its own lightest value."""
    low, high = maps.min(axis=(0, 1)), maps.max(axis=(0, 1))
    scaled = (255 * (maps - low) / np.where(high > low, high - low, 1)).astype(np.uint8)
    step = MAP_PX + MAP_GAP_PX
    sheet = Image.new("LA", (MAPS_PER_ROW * step, -(-maps.shape[2] // MAPS_PER_ROW) * step))
    for number in range(maps.shape[2]):
        one = Image.fromarray(scaled[:, :, number]).resize((MAP_PX, MAP_PX), Image.Resampling.NEAREST)
        sheet.paste(one.convert("LA"), (number % MAPS_PER_ROW * step, number // MAPS_PER_ROW * step))
    return sheet


def _show_similar(classifier: Classifier, run: Run | None, pixels: Pixels) -> None:
    if run is None:
        st.caption("The photos that the starter was trained on are not on this machine, so none can be shown.")
        return
    with st.spinner("Looking through the training photos"):
        found = similar_photos(workspace(), run, classifier, pixels)
    if not found:
        st.caption("None of its training photos is here any more.")
        return
    figures = "".join(_figure(one.photo_id, one.label, one.similarity) for one in found)
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:12px">{figures}</div>')
    st.caption("Training photos that the network takes for most alike: near in its last hidden layer (1: the same).")


def _figure(photo_id: str, label: str, similarity: float) -> str:
    address, text = f"/photos/{escape(photo_id)}", f"{escape(label)}, {similarity:.3f}"
    return (
        f'<figure style="margin:0"><a href="{address}/large" target="_blank"><img src="{address}/thumbnail" '
        f'alt="training photo labelled {text}" width="104" height="104" loading="lazy" '
        f'style="object-fit:cover;border-radius:6px"></a>'
        f'<figcaption style="font-size:.8rem"><b>{escape(label)}</b> {similarity:.3f}</figcaption></figure>'
    )
