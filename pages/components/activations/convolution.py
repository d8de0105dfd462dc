"""Convolution, activation and pooling on a photo: pick a filter and a pixel, and see the multiplication behind it."""

import numpy as np
import streamlit as st
from PIL import Image

from emotion_core import images
from emotion_core.collect.samples import PAGES, PHOTOS_PER_PAGE, photo_bytes
from emotion_core.dataset import LABELS, to_pixels
from emotion_core.errors import EmotionError
from emotion_core.images import InputSpec
from emotion_core.network import HIDDEN_ACTIVATIONS
from emotion_core.prediction import STARTER_ID, Classifier
from emotion_core.teaching.activations import KERNELS, ConvolutionView, convolve_by_hand, convolve_by_network
from emotion_core.training import find_run, list_runs
from pages.components.activations.convolution_images import map_picture, maps_sheet, numbers_table, photo_picture
from pages.components.common.classifiers import load_starter
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import catalog, workspace
from pages.components.predict.answerers import answerers_of

BY_HAND, SIDE_PX = "by hand", 64
GALLERY, OWN, UPLOAD = "Sample gallery", "My photos", "A file"
MOST_OFFERED = 200


def show_convolution() -> None:
    """Draw the choice of a photo and of kernels, all that one filter makes of it, and one pixel's numbers."""
    st.markdown(
        "A **kernel** is a small window of numbers. It is laid over every place of the picture, multiplied with what "
        "lies under it and added up: that is one pixel of the **feature map**. The activation bends it; **pooling** "
        "keeps the largest of every 2 × 2. In a trained network these numbers were found by gradient descent."
    )
    photo = _choose_photo()
    if photo is None:
        return
    try:
        found, activation, key = _choose_kernels(photo)
    except EmotionError as error:
        st.error(escape_markdown(error))
        return
    number = _choose_filter(found, key)
    channel = _choose_channel(found, key)
    row, column = _choose_pixel(found, number, key)
    _show_way(found, number, channel, row, column)
    _show_sum(found, activation, number, channel, row, column)


def _choose_photo() -> Image.Image | None:
    places = (GALLERY, OWN, UPLOAD)
    place = st.segmented_control("Photo from", places, default=GALLERY, required=True, key="learn_place")
    if place == GALLERY:
        name = st.selectbox("Photo", _gallery(), key="learn_gallery", help="Drawn faces that come with this app.")
        label, drawn = name.split()
        return images.decode(photo_bytes(label, int(drawn) - 1)).image
    return _own_photo() if place == OWN else _uploaded()


def _gallery() -> list[str]:
    return [f"{label} {number}" for number in range(1, PAGES * PHOTOS_PER_PAGE + 1) for label in LABELS]


def _own_photo() -> Image.Image | None:
    photos = catalog().photos(limit=MOST_OFFERED)
    if not photos:
        st.info("You have no photos yet. Take one from the sample gallery, or collect some.")
        return None
    chosen = st.selectbox(
        "Photo",
        range(len(photos)),
        format_func=lambda place: f"{photos[place].label}: {photos[place].name}",
        key="learn_own",
    )
    try:
        return catalog().read(photos[chosen])
    except (EmotionError, OSError) as error:
        st.error(f"This photo cannot be read. {escape_markdown(error)}")
        return None


def _uploaded() -> Image.Image | None:
    upload = st.file_uploader("Photo", type=images.PHOTO_SUFFIXES, key="learn_upload", help="Looked at and forgotten.")
    if upload is None:
        return None
    try:
        return images.decode(upload.getvalue()).image
    except EmotionError as error:
        st.error(escape_markdown(error))
        return None


def _choose_kernels(photo: Image.Image) -> tuple[ConvolutionView, str, str]:
    """Draw the choice of kernels, and return what they make of the photo, the activation, and a key of the choice."""
    runs = {run.run_id: run.config.label for run in list_runs(workspace()) if run.state.name == "finished"}
    titles = {**runs, STARTER_ID: "The starter that comes with this app", BY_HAND: "Made by hand"}
    if load_starter() is None:
        del titles[STARTER_ID]
    left, middle, right = st.columns(3)
    source = left.selectbox("Kernels", list(titles), format_func=titles.__getitem__, key="learn_source")
    if source == BY_HAND:
        kernels = {name: kernel.title for name, kernel in KERNELS.items()}
        name = middle.selectbox("Kernel", list(kernels), format_func=kernels.__getitem__, key="learn_kernel")
        activation = right.selectbox("Activation", list(HIDDEN_ACTIVATIONS), key="learn_conv_activation")
        st.caption(KERNELS[name].note + ("" if runs else " Once you have trained a network, its kernels are here too."))
        pixels = to_pixels(photo, InputSpec(SIDE_PX, color="grey"))
        return convolve_by_hand(pixels, KERNELS[name], activation), activation, name
    classifier = _classifier(source)
    number = middle.selectbox(
        "Convolution",
        range(classifier.network.convolution_count),
        format_func=lambda number: f"{number + 1} of {classifier.network.convolution_count}",
        key=f"learn_number-{source}",
    )
    right.markdown(f"Activation: **{classifier.config.hidden_activation}**")
    found = convolve_by_network(classifier, to_pixels(photo, classifier.input_spec), number)
    return found, classifier.config.hidden_activation, f"{source}-{number}"


def _classifier(source: str) -> Classifier:
    runs = [] if source == STARTER_ID else [find_run(workspace(), source)]
    return answerers_of(runs, None).classifiers[0]


def _choose_filter(found: ConvolutionView, key: str) -> int:
    count = found.kernels.shape[-1]
    if count == 1:
        return 0
    number: int = st.slider("Filter", 1, count, 1, key=f"learn_filter-{key}") - 1
    st.image(maps_sheet(found.activated, number), alt=f"What each of the {count} filters makes of the photo")
    st.caption("Behind the activation, every filter of this convolution; the chosen one has a frame.")
    return number


def _choose_channel(found: ConvolutionView, key: str) -> int:
    count = found.kernels.shape[2]
    if count == 1:
        return 0
    what = ("red", "green", "blue") if count == 3 else tuple(f"map {number}" for number in range(1, count + 1))
    return st.select_slider(
        "Part of its input",
        range(count),
        format_func=what.__getitem__,
        key=f"learn_channel-{key}",
        help="A filter has one kernel for each colour, or for each map of the layer before; their sums are added.",
    )


def _choose_pixel(found: ConvolutionView, number: int, key: str) -> tuple[int, int]:
    """Draw the choice of a pixel of the feature map, the strongest at first, and return its row and column."""
    maps = found.feature_maps[..., number]
    strongest = np.unravel_index(int(maps.argmax()), maps.shape)
    left, right = st.columns(2)
    place = f"{key}-{number}-{strongest[0]}-{strongest[1]}"
    row = left.slider("Row", 1, maps.shape[0], int(strongest[0]) + 1, key=f"learn_row-{place}")
    column = right.slider("Column", 1, maps.shape[1], int(strongest[1]) + 1, key=f"learn_column-{place}")
    return row - 1, column - 1


def _show_way(found: ConvolutionView, number: int, channel: int, row: int, column: int) -> None:
    height, width = found.kernels.shape[:2]
    top, left = row * found.stride, column * found.stride
    pictures = [
        ("Input", photo_picture(found.inputs, channel, (top, left, height, width))),
        ("Kernel", map_picture(found.kernels[:, :, channel, number])),
        ("Feature map", map_picture(found.feature_maps[..., number], (row, column, 1, 1))),
        ("After the activation", map_picture(found.activated[..., number], (row, column, 1, 1))),
    ]
    if found.pooled is not None:
        pooled = found.pooled[..., number]
        inside = row // 2 < pooled.shape[0] and column // 2 < pooled.shape[1]
        pictures.append(("Pooled", map_picture(pooled, (row // 2, column // 2, 1, 1) if inside else None)))
    with st.container(horizontal=True):
        for title, picture in pictures:
            with st.container(width=picture.width):
                st.markdown(f"**{title}**")
                st.image(picture, width=picture.width, alt=f"{title} of filter {number + 1}, the chosen place framed")
    st.caption(":blue[Blue] is above zero, :orange[orange] below, each picture up to its own strongest.")


def _show_sum(found: ConvolutionView, activation: str, number: int, channel: int, row: int, column: int) -> None:
    patch, kernels = found.patch(row, column), found.kernels[..., number]
    products = patch * kernels
    tables = (
        ("Under the kernel", patch[:, :, channel]),
        ("× kernel", kernels[:, :, channel]),
        ("= products", products[:, :, channel]),
    )
    st.html(
        '<div style="display:flex;flex-wrap:wrap;gap:20px">'
        + "".join(numbers_table(title, numbers) for title, numbers in tables)
        + "</div>"
    )
    channels = kernels.shape[2]
    others = f"; with all {channels} parts **{products.sum():.3f}**" if channels > 1 else ""
    st.markdown(
        f"Added up **{products[:, :, channel].sum():.3f}**{others}; plus the bias {found.bias[number]:.3f} makes "
        f"**{found.feature_maps[row, column, number]:.3f}**; {escape_markdown(activation)} makes it "
        f"**{found.activated[row, column, number]:.3f}**."
    )
