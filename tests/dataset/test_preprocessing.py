"""Preprocessing: size, colors, resampling and the optional face crop."""

import io

import numpy as np
import pytest
from PIL import Image

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import face_box, find_faces, to_image, to_pixels
from emotion_core.dataset.preprocessing import RESAMPLING
from emotion_core.images import InputSpec
from emotion_core.network import NetworkConfig
from emotion_core.network.config import INTERPOLATIONS


def halves(size: tuple[int, int]) -> Image.Image:
    """Return an image that is red on the left and blue on the right."""
    image = Image.new("RGB", size, (200, 20, 10))
    image.paste((10, 30, 220), (size[0] // 2, 0, *size))
    return image


def board(side_px: int) -> Image.Image:
    """Return a checkerboard of single pixels, black and white."""
    return Image.fromarray((np.indices((side_px, side_px)).sum(axis=0) % 2 * 255).astype(np.uint8)).convert("RGB")


def _meadow_with_person(left: int, top: int, size: tuple[int, int] = (600, 400)) -> Image.Image:
    """Return a meadow with one drawn person, 256 pixels high."""
    image = Image.new("RGB", size, (90, 140, 80))
    image.paste(Image.open(io.BytesIO(photo_bytes("happy", 0))).convert("RGB").resize((256, 256)), (left, top))
    return image


@pytest.mark.parametrize("size_px", [16, 64, 256])
def test_photo_becomes_the_square_that_a_network_takes(size_px: int) -> None:
    """Any photo becomes a uint8 square of three channels with its content in place."""
    pixels = to_pixels(halves((200, 80)), InputSpec(size_px))
    assert (pixels.shape, pixels.dtype) == ((size_px, size_px, 3), np.dtype(np.uint8))
    assert pixels[:, 1, 0].min() > 50 > pixels[:, 1, 2].max()
    assert pixels[:, -2, 2].min() > 50 > pixels[:, -2, 0].max()


def test_every_interpolation_of_the_settings_is_known_and_differs_from_the_others() -> None:
    """Each name gives a different result, and the default is Pillow's bilinear."""
    photo = Image.open(io.BytesIO(photo_bytes("sad", 3))).convert("RGB")
    seen = {name: to_pixels(photo, InputSpec(32, name)).tobytes() for name in INTERPOLATIONS}
    assert RESAMPLING.keys() == seen.keys()
    assert len(set(seen.values())) == len(INTERPOLATIONS)
    assert to_pixels(photo, InputSpec(32)).tobytes() == photo.resize((32, 32), Image.Resampling.BILINEAR).tobytes()


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_shrinking_averages_but_for_nearest(interpolation: str) -> None:
    """A checkerboard shrinks to gray; only nearest picks single pixels of it."""
    pixels = to_pixels(board(256), InputSpec(16, interpolation))
    off_grey = np.abs(pixels.astype(int) - 127).max()
    assert off_grey > 100 if interpolation == "nearest" else off_grey <= 3


def test_grey_is_the_luma_of_itu_r_601() -> None:
    """One channel, .299 red + .587 green + .114 blue, rounded."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    grey = to_pixels(Image.fromarray(pixels), InputSpec(32, color="grey"))
    assert (grey.shape, grey.dtype) == ((32, 32, 1), np.dtype(np.uint8))
    assert np.abs(grey[:, :, 0] - pixels @ np.array([0.299, 0.587, 0.114])).max() <= 0.51


@pytest.mark.parametrize("color", ["rgb", "grey"])
def test_pixels_become_a_picture_again(color: str) -> None:
    """Color and gray images are shown unchanged."""
    pixels = to_pixels(halves((40, 40)), InputSpec(16, color=color))
    assert np.array_equal(np.asarray(to_image(pixels)).reshape(pixels.shape), pixels)


@pytest.mark.parametrize("margin", [0.25, 0.0])
@pytest.mark.parametrize(("left", "top"), [(40, 30), (330, 140), (0, 0)])
def test_face_crop_shows_the_face_wherever_it_is(left: int, top: int, margin: float) -> None:
    """The face fills the input with its margin, undistorted, and the box stays within the photo."""
    photo = _meadow_with_person(left, top)
    face = find_faces(photo)[0]
    width, height = face.width * photo.width, face.height * photo.height
    x0, y0, x1, y1, _ = face_box(photo, margin)
    assert x1 - x0 == pytest.approx(y1 - y0)
    assert x1 - x0 == pytest.approx((1 + 2 * margin) * max(width, height))
    assert x0 >= 0 <= y0
    assert x1 <= photo.width
    assert y1 <= photo.height
    if (left, top) == (40, 30):
        middle = (face.x + face.width / 2) * photo.width, (face.y + face.height / 2) * photo.height
        assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx(middle)
    assert x0 <= face.x * photo.width
    assert face.x * photo.width + width <= x1
    assert y0 <= face.y * photo.height
    assert face.y * photo.height + height <= y1
    seen = to_pixels(photo, InputSpec(64, face_crop=True, face_margin=margin))
    assert seen.tobytes() == photo.resize((64, 64), Image.Resampling.BILINEAR, (x0, y0, x1, y1)).tobytes()


def test_face_at_the_edge_is_cut_out_within_the_photo() -> None:
    """A square that would leave the photo is shifted inside, and is never wider than the photo."""
    photo = Image.open(io.BytesIO(photo_bytes("happy", 0))).convert("RGB")
    face = find_faces(photo)[0]
    close = photo.crop(
        (
            int(face.x * photo.width),
            int(face.y * photo.height),
            int((face.x + face.width) * photo.width),
            int((face.y + face.height) * photo.height),
        )
    )
    x0, y0, x1, y1, _ = face_box(close)
    assert min(x0, y0) >= 0
    assert x1 <= close.width
    assert y1 <= close.height
    assert x1 - x0 == pytest.approx(y1 - y0)
    assert x1 - x0 <= min(close.size)


def test_whole_photo_is_seen_where_no_face_is_found() -> None:
    """A photo without a face is not cropped."""
    photo = halves((120, 80))
    assert face_box(photo) is None
    assert np.array_equal(to_pixels(photo, InputSpec(32, face_crop=True)), to_pixels(photo, InputSpec(32)))


def test_view_of_a_network_is_what_its_settings_say() -> None:
    """Size, interpolation, colors and crop of the settings reach the input spec, whose shape is the network's input."""
    config = NetworkConfig(image_size=48, interpolation="area", color="grey", face_crop=True, face_margin=0.1)
    assert config.input_spec == InputSpec(48, "area", "grey", True, 0.1)
    assert config.input_spec.shape == (48, 48, config.channels)
    assert NetworkConfig().input_spec == InputSpec(64)
