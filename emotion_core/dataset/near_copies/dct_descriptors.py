"""Small grey pictures as unit vectors of their low frequencies, of the whole or of a part that a cut may have left."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core.dataset.near_copies.alignment import Floats

Pictures = npt.NDArray[np.uint8]

COARSE_SIDE_PX = 32


class Window(NamedTuple):
    """Where a cut-out is looked for in the other picture, as shares of it. Alignment finds the exact place."""

    left: float
    top: float
    width: float
    height: float


WHOLE = Window(0, 0, 1, 1)
# A square out of a landscape, or a picture above its caption.
_ONE_WAY = [(start * (1 - size), size) for size in (0.88, 0.76, 0.64) for start in (0, 0.5, 1)]
WINDOWS = (
    WHOLE,
    *(Window(x, y, 0.9, 0.9) for x, y in ((0, 0), (0, 0.1), (0.1, 0), (0.1, 0.1), (0.05, 0.05))),
    *(Window(x, y, 0.8, 0.8) for x in (0, 0.1, 0.2) for y in (0, 0.1, 0.2)),
    *(Window(x, y, 0.7, 0.7) for x in (0, 0.15, 0.3) for y in (0, 0.15, 0.3)),
    *(Window(x, 0, width, 1) for x, width in _ONE_WAY),
    *(Window(0, y, 1, height) for y, height in _ONE_WAY),
)
_FREQUENCIES = 9
# A mirror changes the sign of the odd ones.
MIRROR = np.where(np.indices((_FREQUENCIES, _FREQUENCIES))[1].ravel()[1:] % 2, -1, 1).astype(np.float32)
_PICTURES_AT_ONCE = 4096


def dct_descriptors(pictures: Pictures, window: Window) -> Floats:
    """Return unit vectors of a window's cosine transform, the higher frequencies weighted up as they are weaker.

    Args:
        pictures: grey levels, uint8 of shape ``(n, 32, 32)``.
        window: which part of them.

    Returns:
        float32 of shape ``(n, 80)``.
    """
    found = np.empty((len(pictures), len(MIRROR)), dtype=np.float32)
    down, along = _cosines(window.top, window.height), _cosines(window.left, window.width)
    weights = np.hypot(*np.indices((_FREQUENCIES, _FREQUENCIES))).astype(np.float32)
    for start in range(0, len(pictures), _PICTURES_AT_ONCE):
        some = pictures[start : start + _PICTURES_AT_ONCE].astype(np.float32)
        # All rows of all pictures in one product.
        waves = (some.reshape(-1, COARSE_SIDE_PX) @ along.T).reshape(len(some), COARSE_SIDE_PX, _FREQUENCIES)
        flat = ((down @ waves) * weights).reshape(len(some), -1)[:, 1:]
        # What is blank is like nothing.
        found[start : start + len(some)] = flat / (np.linalg.norm(flat, axis=1, keepdims=True) + COARSE_SIDE_PX**2)
    return found


def _cosines(start: float, size: float) -> Floats:
    place = (np.arange(COARSE_SIDE_PX) + 0.5) / COARSE_SIDE_PX
    share = np.clip((place - start) * COARSE_SIDE_PX + 0.5, 0, 1)
    share *= np.clip((start + size - place) * COARSE_SIDE_PX + 0.5, 0, 1)
    waves = np.cos(np.pi * np.arange(_FREQUENCIES)[:, None] * (place - start) / size)
    within: Floats = (waves * share).astype(np.float32)
    return within
