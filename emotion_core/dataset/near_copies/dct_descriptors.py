"""Descriptors of small gray images: unit vectors of their low frequencies, of the whole or of a part."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core.dataset.near_copies.alignment import FloatArray

GrayImages = npt.NDArray[np.uint8]

COARSE_SIDE_PX = 32


class Window(NamedTuple):
    """A part of an image, as shares of its sides, that a cropped copy may show; alignment finds the exact position."""

    left: float
    top: float
    width: float
    height: float


WHOLE = Window(0, 0, 1, 1)
# Crops along one side only: a square from a landscape, or an image above its caption.
_ONE_SIDED = [(start * (1 - size), size) for size in (0.88, 0.76, 0.64) for start in (0, 0.5, 1)]
WINDOWS = (
    WHOLE,
    *(Window(x, y, 0.9, 0.9) for x, y in ((0, 0), (0, 0.1), (0.1, 0), (0.1, 0.1), (0.05, 0.05))),
    *(Window(x, y, 0.8, 0.8) for x in (0, 0.1, 0.2) for y in (0, 0.1, 0.2)),
    *(Window(x, y, 0.7, 0.7) for x in (0, 0.15, 0.3) for y in (0, 0.15, 0.3)),
    *(Window(x, 0, width, 1) for x, width in _ONE_SIDED),
    *(Window(0, y, 1, height) for y, height in _ONE_SIDED),
)
_FREQUENCIES = 9
# Mirroring an image changes the sign of the horizontally odd frequencies. The first frequency, the mean, is left out
# so that brighter copies have the same descriptor.
MIRROR = np.where(np.indices((_FREQUENCIES, _FREQUENCIES))[1].ravel()[1:] % 2, -1, 1).astype(np.float32)
_PICTURES_AT_ONCE = 4096


def dct_descriptors(pictures: GrayImages, window: Window) -> FloatArray:
    """Return unit vectors of a window's discrete cosine transform, without its mean.

    Higher frequencies are weaker in photos, so each is weighted by its distance from zero.

    Args:
        pictures: gray levels, uint8 of shape ``(n, 32, 32)``.
        window: part of the images to describe.

    Returns:
        float32 of shape ``(n, 80)``.
    """
    descriptors = np.empty((len(pictures), len(MIRROR)), dtype=np.float32)
    vertical, horizontal = _cosines(window.top, window.height), _cosines(window.left, window.width)
    weights = np.hypot(*np.indices((_FREQUENCIES, _FREQUENCIES))).astype(np.float32)
    for start in range(0, len(pictures), _PICTURES_AT_ONCE):
        batch = pictures[start : start + _PICTURES_AT_ONCE].astype(np.float32)
        # One large product for the rows of all images is faster than one per image.
        waves = (batch.reshape(-1, COARSE_SIDE_PX) @ horizontal.T).reshape(len(batch), COARSE_SIDE_PX, _FREQUENCIES)
        flat = ((vertical @ waves) * weights).reshape(len(batch), -1)[:, 1:]
        # The constant makes the vector of a blank image short instead of scaling up its noise: similar to nothing.
        norms = np.linalg.norm(flat, axis=1, keepdims=True) + COARSE_SIDE_PX**2
        descriptors[start : start + len(batch)] = flat / norms
    return descriptors


def _cosines(start: float, size: float) -> FloatArray:
    """Return the cosines over a window of one side, 0 outside it, shape ``(frequencies, side)``."""
    centers = (np.arange(COARSE_SIDE_PX) + 0.5) / COARSE_SIDE_PX
    # Pixels at the edge of the window count with the share that lies inside.
    inside = np.clip((centers - start) * COARSE_SIDE_PX + 0.5, 0, 1)
    inside *= np.clip((start + size - centers) * COARSE_SIDE_PX + 0.5, 0, 1)
    waves = np.cos(np.pi * np.arange(_FREQUENCIES)[:, None] * (centers - start) / size)
    windowed: FloatArray = (waves * inside).astype(np.float32)
    return windowed
