"""Descriptors: a part of an image has the descriptor of its crop."""

import numpy as np
from PIL import Image

from emotion_core.collect.samples.gallery import draw_photo
from emotion_core.dataset.near_copies.dct_descriptors import (
    COARSE_SIDE_PX,
    MIRROR,
    WHOLE,
    GrayImages,
    Window,
    dct_descriptors,
)

SIDES = (COARSE_SIDE_PX,) * 2


def small(image: Image.Image) -> GrayImages:
    """Return the image in the size that is compared, as an array of one image."""
    return np.asarray(image.convert("L").resize(SIDES, Image.Resampling.BOX))[None]


def test_part_has_the_low_frequencies_of_its_cut_out() -> None:
    """A window of an image is very similar to the crop taken there, while the whole image is not."""
    photo = draw_photo("sad", 2)
    cut = dct_descriptors(small(photo.crop((0, 0, photo.width * 8 // 10, photo.height * 8 // 10))), WHOLE)
    part, whole = (dct_descriptors(small(photo), window) for window in (Window(0, 0, 0.8, 0.8), WHOLE))
    assert (part @ cut.T).item() > 0.9
    assert (whole @ cut.T).item() < 0.7


def test_mirrored_picture_has_the_odd_ones_with_the_other_sign() -> None:
    """A mirror image needs no second transform."""
    picture = small(draw_photo("happy", 1))
    turned = dct_descriptors(picture[:, :, ::-1], WHOLE)
    np.testing.assert_allclose(turned, dct_descriptors(picture, WHOLE) * MIRROR, atol=1e-5)


def test_blank_picture_is_like_nothing() -> None:
    """An image of one gray level has no frequencies."""
    assert not dct_descriptors(np.full((1, *SIDES), 90, dtype=np.uint8), WHOLE).round(3).any()
