"""Convolution, activation and pooling on a photo: select a filter and a pixel, and see how its value is computed."""

import numpy as np
import streamlit as st
from PIL import Image

from emotion_core import images, sandbox
from emotion_core.collect.samples import PAGES, PHOTOS_PER_PAGE, photo_bytes
from emotion_core.dataset import LABELS, to_pixels
from emotion_core.errors import EmotionError
from emotion_core.images import InputSpec
from emotion_core.network import HIDDEN_ACTIVATIONS
from emotion_core.prediction import STARTER_ID, Classifier
from emotion_core.teaching.activations import KERNELS, ConvolutionView, convolve_by_hand, convolve_by_network
from emotion_core.training import find_run
from pages.components.activations.convolution_images import map_picture, maps_sheet, numbers_table, photo_picture
from pages.components.common.classifiers import load_starter
from pages.components.common.html import render
from pages.components.common.markdown import escape_markdown
from pages.components.common.uploads import upload_bytes
from pages.components.common.workspace import catalog, runs, workspace
from pages.components.predict.answerers import answerers_of

BY_HAND, SIDE_PX = "by hand", 64
GALLERY, OWN, UPLOAD = "Sample gallery", "My photos", "A file"
MAX_PHOTOS = 200
_TABLES = '<div style="display:flex;flex-wrap:wrap;gap:20px">{% for table in tables %}{{ table }}{% endfor %}</div>'


def show_convolution() -> None:
    """Draw the choice of a photo, kernels and a pixel, the steps of one filter, and the arithmetic of the pixel."""
    st.markdown(
        "A **kernel** is a small window of numbers. At every position of the image it is multiplied with the pixels "
        "below it, and the products are added up: the sum is one pixel of the **feature map**. The activation is "
        "applied to every pixel; **pooling** keeps the largest of every 2 × 2. In a trained network the kernels were "
        "learned by gradient descent."
    )
    photo = _choose_photo()
    if photo is None:
        return
    try:
        view, activation, key = _choose_kernels(photo)
    except EmotionError as error:
        st.error(escape_markdown(error))
        return
    number = _choose_filter(view, key)
    channel = _choose_channel(view, key)
    row, column = _choose_pixel(view, number, key)
    _show_steps(view, number, channel, row, column)
    _show_sum(view, activation, number, channel, row, column)


def _choose_photo() -> Image.Image | None:
    sources = (GALLERY, OWN, UPLOAD)
    source = st.segmented_control("Photo from", sources, default=GALLERY, required=True, key="learn_place")
    if source == GALLERY:
        name = st.selectbox("Photo", _gallery(), key="learn_gallery", help="Drawn faces that come with this app.")
        label, number = name.split()
        return images.decode(photo_bytes(label, int(number) - 1)).image
    return _own_photo() if source == OWN else _uploaded()


def _gallery() -> list[str]:
    return [f"{label} {number}" for number in range(1, PAGES * PHOTOS_PER_PAGE + 1) for label in LABELS]


def _own_photo() -> Image.Image | None:
    photos = catalog().photos(limit=MAX_PHOTOS)
    if not photos:
        st.info("You have no photos yet. Choose one from the sample gallery, or collect some.")
        return None
    chosen = st.selectbox(
        "Photo",
        range(len(photos)),
        format_func=lambda index: f"{photos[index].label}: {photos[index].name}",
        key="learn_own",
    )
    try:
        return catalog().read(photos[chosen])
    except (EmotionError, OSError) as error:
        st.error(f"This photo cannot be read. {escape_markdown(error)}")
        return None


def _uploaded() -> Image.Image | None:
    upload = st.file_uploader("Photo", type=None, key="learn_upload", help="The photo is not stored.")
    if upload is None:
        return None
    try:
        return sandbox.decode(upload_bytes(upload)).image
    except EmotionError as error:
        st.error(escape_markdown(error))
        return None


def _choose_kernels(photo: Image.Image) -> tuple[ConvolutionView, str, str]:
    """Draw the choice of kernels; return the convolved photo, the activation's name, and a key for the choice."""
    networks = {run.run_id: run.config.label for run in runs() if run.state.name == "finished"}
    titles = {**networks, STARTER_ID: "The starter that comes with this app", BY_HAND: "Made by hand"}
    if load_starter() is None:
        del titles[STARTER_ID]
    left, middle, right = st.columns(3)
    source = left.selectbox("Kernels", list(titles), format_func=titles.__getitem__, key="learn_source")
    if source == BY_HAND:
        kernels = {name: kernel.title for name, kernel in KERNELS.items()}
        name = middle.selectbox("Kernel", list(kernels), format_func=kernels.__getitem__, key="learn_kernel")
        activation = right.selectbox("Activation", list(HIDDEN_ACTIVATIONS), key="learn_conv_activation")
        st.caption(
            KERNELS[name].note
            + ("" if networks else " Once you have trained a network, you can choose its kernels here too.")
        )
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
    view = convolve_by_network(classifier, to_pixels(photo, classifier.input_spec), number)
    return view, classifier.config.hidden_activation, f"{source}-{number}"


def _classifier(source: str) -> Classifier:
    trained = [] if source == STARTER_ID else [find_run(workspace(), source)]
    return answerers_of(trained, None).classifiers[0]


def _choose_filter(view: ConvolutionView, key: str) -> int:
    count = view.kernels.shape[-1]
    if count == 1:
        return 0
    number: int = st.slider("Filter", 1, count, 1, key=f"learn_filter-{key}") - 1
    st.image(maps_sheet(view.activated, number), alt=f"Feature maps of all {count} filters after the activation")
    st.caption("All filters of this layer after the activation; the selected one is framed.")
    return number


def _choose_channel(view: ConvolutionView, key: str) -> int:
    count = view.kernels.shape[2]
    if count == 1:
        return 0
    names = ("red", "green", "blue") if count == 3 else tuple(f"map {number}" for number in range(1, count + 1))
    return st.select_slider(
        "Input channel",
        range(count),
        format_func=names.__getitem__,
        key=f"learn_channel-{key}",
        help="A filter has one kernel per color, or per map of the previous layer; their sums are added.",
    )


def _choose_pixel(view: ConvolutionView, number: int, key: str) -> tuple[int, int]:
    """Draw the choice of a pixel of the feature map, by default its maximum; return row and column, from 0."""
    feature_map = view.feature_maps[..., number]
    strongest = np.unravel_index(int(feature_map.argmax()), feature_map.shape)
    left, right = st.columns(2)
    pixel_key = f"{key}-{number}-{strongest[0]}-{strongest[1]}"
    row = left.slider("Row", 1, feature_map.shape[0], int(strongest[0]) + 1, key=f"learn_row-{pixel_key}")
    column = right.slider("Column", 1, feature_map.shape[1], int(strongest[1]) + 1, key=f"learn_column-{pixel_key}")
    return row - 1, column - 1


def _show_steps(view: ConvolutionView, number: int, channel: int, row: int, column: int) -> None:
    height, width = view.kernels.shape[:2]
    top, left = row * view.stride, column * view.stride
    pictures = [
        ("Input", photo_picture(view.inputs, channel, (top, left, height, width))),
        ("Kernel", map_picture(view.kernels[:, :, channel, number])),
        ("Feature map", map_picture(view.feature_maps[..., number], (row, column, 1, 1))),
        ("After the activation", map_picture(view.activated[..., number], (row, column, 1, 1))),
    ]
    if view.pooled is not None:
        pooled = view.pooled[..., number]
        inside = row // 2 < pooled.shape[0] and column // 2 < pooled.shape[1]
        pictures.append(("Pooled", map_picture(pooled, (row // 2, column // 2, 1, 1) if inside else None)))
    with st.container(horizontal=True):
        for title, picture in pictures:
            with st.container(width=picture.width):
                st.markdown(f"**{title}**")
                st.image(picture, width=picture.width, alt=f"{title} of filter {number + 1}, the selected pixel framed")
    st.caption(
        ":blue[Blue] is positive, :orange[orange] is negative. Each image is scaled to its largest absolute value."
    )


def _show_sum(view: ConvolutionView, activation: str, number: int, channel: int, row: int, column: int) -> None:
    patch, kernels = view.patch(row, column), view.kernels[..., number]
    products = patch * kernels
    tables = (
        ("Input under the kernel", patch[:, :, channel]),
        ("× kernel", kernels[:, :, channel]),
        ("= products", products[:, :, channel]),
    )
    st.html(render(_TABLES, tables=[numbers_table(title, numbers) for title, numbers in tables]))
    channels = kernels.shape[2]
    others = f"; over all {channels} channels **{products.sum():.3f}**" if channels > 1 else ""
    st.markdown(
        f"Sum **{products[:, :, channel].sum():.3f}**{others}; plus the bias {view.bias[number]:.3f} gives "
        f"**{view.feature_maps[row, column, number]:.3f}**; after {escape_markdown(activation)} "
        f"**{view.activated[row, column, number]:.3f}**."
    )
