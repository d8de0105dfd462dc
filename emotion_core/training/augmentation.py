"""Training photos changed a little in each epoch, so that none is met twice; the page previews the same way."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from emotion_core.images import Pixels
from emotion_core.training.config import RunConfig

Floats = npt.NDArray[np.float64]


def augment(pixels: Pixels, config: RunConfig, chance: np.random.Generator) -> Pixels:
    """Return photos mirrored, turned, cut and brightened by chance, each within what the settings allow.

    Where a turned photo does not reach, its own edge is mirrored, so that no black corner tells that it was turned.

    Args:
        pixels: uint8 of shape ``(n, size, size, channels)``; unchanged itself.
        config: the limits: ``flip``, ``rotation``, ``brightness`` and ``crop``.
        chance: decides; the same state gives the same photos.

    Returns:
        uint8 of the same shape; ``pixels`` itself where nothing is switched on.
    """
    moves = bool(config.flip or config.rotation or config.crop)
    if not moves and not config.brightness:
        return pixels
    # OpenCV takes a fifth of Pillow's time for this, and mirrors edges.
    import cv2

    n, side = pixels.shape[:2]
    # All is drawn whether it is used or not: switching one change on alters nothing about the others.
    draws = chance.uniform(-1.0, 1.0, (6, n))
    maps = _maps(draws, side, config)
    flags, edge = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, cv2.BORDER_REFLECT_101
    changed = np.empty_like(pixels)
    for row in range(n):
        photo: npt.NDArray[Any] = pixels[row]
        if moves:
            photo = cv2.warpAffine(photo, maps[row], (side, side), flags=flags, borderMode=edge)
        if config.brightness:
            photo = cv2.convertScaleAbs(photo, alpha=1 + config.brightness * draws[5, row])
        changed[row] = photo.reshape(changed.shape[1:])
    return changed


def _maps(draws: Floats, side: int, config: RunConfig) -> Floats:
    """Return where each pixel of a changed photo is looked up in the photo, affine maps of shape ``(n, 2, 3)``.

    Args:
        draws: of mirroring, angle, size of the cut, its place across and down, -1 to 1, shape ``(5 or more, n)``.
        side: of the photos, in pixels.
        config: the limits.
    """
    mirror = np.where(config.flip & (draws[0] < 0), -1.0, 1.0)
    angle = np.radians(config.rotation) * draws[1]
    cut = config.crop * (draws[2] + 1) / 2
    across, down = np.cos(angle) * (1 - cut), np.sin(angle) * (1 - cut)
    # Mirrored, turned and shrunk about the middle; then the middle is moved to that of the cut.
    turn = np.array([[mirror * across, -down], [mirror * down, across]]).transpose(2, 0, 1)
    middle = (side - 1) / 2
    move = middle * (1 + cut * draws[3:5]).T - middle * turn.sum(axis=2)
    return np.concatenate([turn, move[:, :, None]], axis=2)
