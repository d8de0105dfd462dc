"""Preview of photos as the network sees them: resized, in its colors, and randomly augmented as in training."""

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

PHOTOS_PER_LABEL = 4
ROWS = 3
CELL_PX, GAP_PX = 112, 6
SEED_KEY = "augmented_again"


def show_augmentation(catalog: Catalog, sources: Collection[str], run: RunConfig) -> None:
    """Draw a few photos as the network sees them, and below each photo its augmented versions in three epochs.

    Args:
        catalog: holds the photos.
        sources: hosts whose photos are used, "files" for imported ones; empty for all photos.
        run: whose input spec and augmentation settings are applied.
    """
    photos = _sample_photos(catalog, tuple(sources), (str(catalog.workspace.root), *catalog.state))
    if not photos:
        return
    try:
        inputs = np.stack([_network_input(catalog, photo, run.input_spec) for photo in photos])
    except EmotionError as error:
        st.warning(escape_markdown(error))
        return
    rng = np.random.default_rng(st.session_state.get(SEED_KEY, 0))
    augmented = [augment(inputs, run, rng) for _ in range(ROWS)]
    # Without augmentation, `augment` returns the very array it was given.
    rows = [inputs] if augmented[0] is inputs else [inputs, *augmented]
    alt = "Photos as the network sees them" + (", and augmented below" if len(rows) > 1 else "")
    st.image(_mosaic(rows), width="content", alt=alt)
    if len(rows) == 1:
        st.caption(f"Photos as the network sees them, at {run.image_size} pixels. No augmentation is used in training.")
        return
    st.caption("First row: photos as the network sees them. Below: the same photos in three epochs of training.")
    st.button("Augment again", icon=":material/casino:", key="change_again", on_click=_next_seed)


def _next_seed() -> None:
    st.session_state[SEED_KEY] = st.session_state.get(SEED_KEY, 0) + 1


@st.cache_data(max_entries=4, show_spinner=False)
def _sample_photos(_catalog: Catalog, sources: tuple[str, ...], catalog_state: tuple[object, ...]) -> list[Photo]:
    """Return a few photos of each label; cached until the catalog's state changes."""
    labels = _catalog.usable_labels(sources)
    ids_by_label = [[photo_id for photo_id in labels if labels[photo_id] == label] for label in LABELS]
    return _catalog.photos_of([photo_id for ids in ids_by_label for photo_id in _evenly_spaced(ids)])


def _evenly_spaced(photo_ids: Sequence[str]) -> Sequence[str]:
    return photo_ids[:: max(len(photo_ids) // PHOTOS_PER_LABEL, 1)][:PHOTOS_PER_LABEL]


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs={Photo: lambda photo: photo.photo_id})
def _network_input(_catalog: Catalog, photo: Photo, input_spec: InputSpec) -> Pixels:
    return to_pixels(_catalog.read(photo), input_spec)


def _mosaic(rows: Sequence[Pixels]) -> Image.Image:
    """Return one picture of all photos, with transparent gaps; each is enlarged so that its pixels are visible."""
    step = CELL_PX + GAP_PX
    picture = Image.new("RGBA", (len(rows[0]) * step - GAP_PX, len(rows) * step - GAP_PX))
    for row, photos in enumerate(rows):
        for column, pixels in enumerate(photos):
            cell = to_image(pixels).resize((CELL_PX, CELL_PX), Image.Resampling.NEAREST)
            picture.paste(cell, (column * step, row * step))
    return picture
