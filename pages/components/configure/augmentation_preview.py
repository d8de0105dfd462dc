"""What a network sees of real photos: at its size, in its colours, and changed by chance as in training."""

from collections.abc import Collection, Sequence

import numpy as np
import streamlit as st
from PIL import Image

from emotion_core.dataset import LABELS, Catalog, Photo, to_image, to_pixels
from emotion_core.errors import EmotionError
from emotion_core.images import InputSpec, Pixels
from emotion_core.training import RunConfig
from emotion_core.training.engine import augment
from pages.components.common.markdown import escape_markdown

PHOTOS_OF_A_LABEL = 4
ROWS = 3
CELL_PX, GAP_PX = 112, 6
AGAIN_KEY = "augmented_again"


def show_augmentation(catalog: Catalog, sources: Collection[str], run: RunConfig) -> None:
    """Draw a few photos as this network sees them, and beneath each how it meets it in three epochs.

    Args:
        catalog: where they lie.
        sources: of the photos to choose from; all where none is named.
        run: its view and its augmentation.
    """
    shown = _shown(catalog, tuple(sources), (str(catalog.workspace.root), *catalog.state))
    if not shown:
        return
    try:
        seen = np.stack([_seen(catalog, photo, run.input_spec) for photo in shown])
    except EmotionError as error:
        st.warning(escape_markdown(error))
        return
    rng = np.random.default_rng(st.session_state.get(AGAIN_KEY, 0))
    changed = [augment(seen, run, rng) for _ in range(ROWS)]
    rows = [seen] if changed[0] is seen else [seen, *changed]
    st.image(_mosaic(rows), width="content")
    if len(rows) == 1:
        st.caption(f"Photos as the network sees them, at {run.image_size} pixels. Nothing is changed in training.")
        return
    st.caption("First row: photos as the network sees them. Beneath: the same photos in three epochs of training.")
    st.button("Change them again", icon=":material/casino:", key="change_again", on_click=_count_again)


def _count_again() -> None:
    st.session_state[AGAIN_KEY] = st.session_state.get(AGAIN_KEY, 0) + 1


@st.cache_data(max_entries=4, show_spinner=False)
def _shown(_catalog: Catalog, sources: tuple[str, ...], of: tuple[object, ...]) -> list[Photo]:
    labels = _catalog.usable_labels(sources)
    ids = [photo_id for label in LABELS for photo_id in _some([one for one in labels if labels[one] == label])]
    return _catalog.photos_of(ids)


def _some(photo_ids: Sequence[str]) -> Sequence[str]:
    return photo_ids[:: max(len(photo_ids) // PHOTOS_OF_A_LABEL, 1)][:PHOTOS_OF_A_LABEL]


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs={Photo: lambda photo: photo.photo_id})
def _seen(_catalog: Catalog, photo: Photo, view: InputSpec) -> Pixels:
    return to_pixels(_catalog.read(photo), view)


def _mosaic(rows: Sequence[Pixels]) -> Image.Image:
    """Return the photos as one picture, each enlarged so that its pixels are seen, with clear gaps."""
    step = CELL_PX + GAP_PX
    picture = Image.new("RGBA", (len(rows[0]) * step - GAP_PX, len(rows) * step - GAP_PX))
    for down, row in enumerate(rows):
        for across, pixels in enumerate(row):
            cell = to_image(pixels).resize((CELL_PX, CELL_PX), Image.Resampling.NEAREST)
            picture.paste(cell, (across * step, down * step))
    return picture
