"""Convolution, activation and pooling on a photo: select a filter and a pixel, and see how its value is computed."""

from functools import partial

import numpy as np
import pyarrow as pa
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
from emotion_core.teaching.activations.figures import pixel_columns, pixel_spec
from emotion_core.training import find_run
from pages.components.activations.convolution_images import (
    Numbers,
    map_picture,
    maps_sheet,
    numbers_table,
    photo_picture,
)
from pages.components.common.classifiers import load_starter
from pages.components.common.html import render
from pages.components.common.markdown import escape_markdown
from pages.components.common.polling import poll
from pages.components.common.uploads import upload_bytes
from pages.components.common.workspace import catalog, runs, workspace
from pages.components.predict.answerers import answerers_of

BY_HAND, SIDE_PX = "by hand", 64
GALLERY, OWN, UPLOAD = "Sample gallery", "My photos", "A file"
MAX_PHOTOS = 200
MAP_PX, STEPS_PER_ROW, TICK_SECONDS = 300, 12, 0.5
PLAYING_KEY = "learn_sliding"
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
    playing = st.session_state.get(PLAYING_KEY, False)
    poll(partial(_show_pixel, view, activation, number, channel, key, playing), playing, every_seconds=TICK_SECONDS)


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


def _show_pixel(view: ConvolutionView, activation: str, number: int, channel: int, key: str, playing: bool) -> bool:
    """Draw the choice of a pixel and how it is computed; return whether the kernel is moving over the image."""
    row, column = _choose_pixel(view, number, key, playing)
    _show_steps(view, number, channel, row, column)
    _show_sum(view, activation, number, channel, row, column)
    return bool(st.session_state.get(PLAYING_KEY, False))


def _choose_pixel(view: ConvolutionView, number: int, key: str, playing: bool) -> tuple[int, int]:
    """Draw the choice of a pixel of the feature map, by default its maximum; return row and column, from 0."""
    feature_map = view.feature_maps[..., number]
    strongest = np.unravel_index(int(feature_map.argmax()), feature_map.shape)
    pixel_key = f"{key}-{number}-{strongest[0]}-{strongest[1]}"
    keys = f"learn_row-{pixel_key}", f"learn_column-{pixel_key}"
    for name, index in zip(keys, strongest, strict=True):
        st.session_state.setdefault(name, int(index) + 1)
    if playing and st.session_state[PLAYING_KEY]:
        _move_on(keys, feature_map.shape)
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        _show_map(feature_map, f"learn_map-{pixel_key}", keys)
    with right:
        label, icon = ("Pause", "pause") if playing else ("Play", "play_arrow")
        st.button(label, icon=f":material/{icon}:", key="learn_slide", on_click=_play, args=(not playing,))
        row = st.slider("Row", 1, feature_map.shape[0], key=keys[0])
        column = st.slider("Column", 1, feature_map.shape[1], key=keys[1])
    return row - 1, column - 1


def _show_map(feature_map: Numbers, key: str, keys: tuple[str, str]) -> None:
    """Draw the feature map as a chart whose pixels can be pressed.

    Args:
        feature_map: float32 of shape ``(h, w)``.
        key: widget key of the chart.
        keys: of the row and the column in the session, which a pressed pixel sets.
    """
    st.caption("**Press a pixel of the feature map**, or press Play and watch the kernel move.")
    st.vega_lite_chart(
        pa.table(pixel_columns(feature_map)),
        pixel_spec(*feature_map.shape),
        key=key,
        on_select=lambda: _take_pixel(key, keys),
        selection_mode="pixel",
        width=MAP_PX,
        alt="The feature map; each pixel can be pressed. The sliders beside it choose a pixel, too.",
    )


def _take_pixel(key: str, keys: tuple[str, str]) -> None:
    """Choose the pixel that was pressed, which ends playing; what the browser sends is checked by the sliders."""
    pressed = st.session_state[key].selection.get("pixel") or []
    if pressed:
        st.session_state.update({keys[0]: int(pressed[0]["row"]), keys[1]: int(pressed[0]["column"])})
        st.session_state[PLAYING_KEY] = False


def _play(playing: bool) -> None:
    st.session_state[PLAYING_KEY] = playing


def _move_on(keys: tuple[str, str], shape: tuple[int, ...]) -> None:
    """Move the kernel along its row, and on to a lower row at the end; from the last pixel to the first."""
    rows, columns = shape
    row, column = (st.session_state[name] for name in keys)
    column += max(columns // STEPS_PER_ROW, 1)
    if column > columns:
        column, row = 1, row + max(rows // STEPS_PER_ROW, 1)
    st.session_state.update({keys[0]: row if row <= rows else 1, keys[1]: column})


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
