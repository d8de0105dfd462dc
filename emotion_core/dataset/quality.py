"""What can be told of one photo by itself: its perceptual hash and simple flags."""

from dataclasses import dataclass

import imagehash
import numpy as np
from PIL import Image

SMALL_SIDE_PX = 64
DARK_BRIGHTNESS = 40
BLANK_DEVIATION = 6
GREY_SATURATION = 4
WORKING_SIDE_PX = 64


@dataclass(frozen=True)
class Measured:
    """What was measured of a photo.

    Attributes:
        phash: 64-bit perceptual hash (DCT of a 32 x 32 grey copy).
        flags: any of ``small``, ``dark``, ``blank``, ``grey``.
    """

    phash: int
    flags: tuple[str, ...]


def measure(image: Image.Image) -> Measured:
    """Return the perceptual hash and the flags of one upright RGB photo."""
    working = image.resize((WORKING_SIDE_PX, WORKING_SIDE_PX), Image.Resampling.BOX)
    phash = int(str(imagehash.phash(working)), 16)
    return Measured(phash, tuple(_flags(image.size, np.asarray(working))))


def _flags(size: tuple[int, int], pixels: np.ndarray) -> list[str]:
    # One plane after the other: comparing the three numbers of a pixel where they lie takes twenty times as long.
    values = np.moveaxis(pixels, 2, 0).astype(np.float32, order="C")
    checks = {
        "small": min(size) < SMALL_SIDE_PX,
        "dark": values.mean() < DARK_BRIGHTNESS,
        "blank": values.std() < BLANK_DEVIATION,
        "grey": np.ptp(values, axis=0).mean() < GREY_SATURATION,
    }
    return [name for name, holds in checks.items() if holds]
