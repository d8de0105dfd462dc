"""Training photos changed a little in each epoch, so that none is met twice; the page previews the same way."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from emotion_core.images import Pixels
from emotion_core.training.config import RunConfig, has_augmentation, has_geometric_augmentation

Floats = npt.NDArray[np.float64]


def augment(pixels: Pixels, config: RunConfig, rng: np.random.Generator) -> Pixels:
    """Return photos changed by chance, each within what the settings allow.

    They are mirrored, turned, cut, zoomed and moved; then brightness and contrast change; then they are blurred; and
    last a rectangle is erased. Where a moved photo does not reach, its own edge is mirrored, so that no black corner
    tells that it was moved. Random erasing follows Zhong et al. (2020).

    Args:
        pixels: uint8 of shape ``(n, size, size, channels)``; unchanged itself.
        config: the limits: ``flip``, ``rotation``, ``crop``, ``zoom``, ``shift``, ``brightness``, ``contrast``,
            ``blur`` and ``erase``.
        rng: decides; the same state gives the same photos.

    Returns:
        uint8 of the same shape; ``pixels`` itself where nothing is switched on.
    """
    if not has_augmentation(config):
        return pixels
    # OpenCV takes a fifth of Pillow's time for this, and mirrors edges.
    import cv2

    n, side = pixels.shape[:2]
    # All is drawn whether it is used or not: switching one change on alters nothing about the others.
    draws = rng.uniform(-1.0, 1.0, (16, n))
    maps, moving = _maps(draws, side, config), has_geometric_augmentation(config)
    flags, edge = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, cv2.BORDER_REFLECT_101
    changed = np.empty_like(pixels)
    for row, draw in enumerate(draws.T):
        photo: npt.NDArray[Any] = pixels[row]
        if moving:
            photo = cv2.warpAffine(photo, maps[row], (side, side), flags=flags, borderMode=edge)
        if config.brightness or config.contrast:
            photo = cv2.LUT(photo, _tones(photo, draw, config))
        if config.blur * draw[7] > 0:
            photo = cv2.GaussianBlur(photo, (0, 0), config.blur * draw[7], borderType=edge)
        changed[row] = photo.reshape(changed.shape[1:])
        if config.erase * draw[8] > 0:
            _erase(changed[row], draw, config)
    return changed


def mix(
    pixels: Pixels, truth: npt.NDArray[np.float32], config: RunConfig, rng: np.random.Generator
) -> tuple[Pixels, npt.NDArray[np.float32]]:
    """Return each photo blended with another one of the batch, and its label likewise.

    The share of the other one is that of ``Beta(mixup, mixup)`` which is below one half, so that a photo stays the
    larger part of itself; otherwise it is mixup as in Zhang et al. (2018), with a share for each photo.

    Args:
        pixels: uint8 of shape ``(n, size, size, channels)``.
        truth: their labels, float32 of shape ``(n, 1)``.
        config: says how much, ``mixup``.
        rng: decides; the same state gives the same photos.

    Returns:
        Both of the same shape and type; themselves where ``mixup`` is 0.
    """
    if not config.mixup:
        return pixels, truth
    drawn = rng.beta(config.mixup, config.mixup, len(pixels))
    share, other = np.minimum(drawn, 1 - drawn).astype(np.float32)[:, None], rng.permutation(len(pixels))
    shares = share[:, :, None, None]
    mixed = (1 - shares) * pixels + shares * pixels[other]
    return mixed.round().astype(np.uint8), (1 - share) * truth + share * truth[other]


def _tones(photo: npt.NDArray[Any], draw: Floats, config: RunConfig) -> Pixels:
    """Return what each of the 256 values becomes, uint8: contrast about the photo's mean, then brightness."""
    brightness, contrast = 1 + config.brightness * draw[5], 1 + config.contrast * draw[6]
    mean = float(photo.mean())
    tones = ((np.arange(256) - mean) * contrast + mean) * brightness
    rounded: Pixels = tones.round().clip(0, 255).astype(np.uint8)
    return rounded


def _erase(photo: Pixels, draw: Floats, config: RunConfig) -> None:
    """Paint one grey over a rectangle of the photo: up to twice as long as wide, its area drawn up to the limit."""
    side = photo.shape[0]
    length = side * np.sqrt(config.erase * draw[8])  # of the square of that area
    sides = length * 2 ** (np.array([0.5, -0.5]) * draw[9])
    height, width = np.minimum(np.maximum(sides.round().astype(int), 1), side)
    top = round((side - height) * (draw[10] + 1) / 2)
    left = round((side - width) * (draw[11] + 1) / 2)
    photo[top : top + height, left : left + width] = round(255 * (draw[12] + 1) / 2)


def _maps(draws: Floats, side: int, config: RunConfig) -> Floats:
    """Return where each pixel of a changed photo is looked up in the photo, affine maps of shape ``(n, 2, 3)``.

    Args:
        draws: -1 to 1, shape ``(16, n)``; of mirroring, angle, size of the cut, its place across and down, and from the
            14th of zoom and of the move across and down.
        side: of the photos, in pixels.
        config: the limits.
    """
    mirror = np.where(config.flip & (draws[0] < 0), -1.0, 1.0)
    angle = np.radians(config.rotation) * draws[1]
    cut = config.crop * (draws[2] + 1) / 2
    reach = (1 - cut) / (1 + config.zoom * draws[13])
    across, down = np.cos(angle) * reach, np.sin(angle) * reach
    # Mirrored, turned and shrunk about the middle; then the middle is moved to that of the cut.
    turn = np.array([[mirror * across, -down], [mirror * down, across]]).transpose(2, 0, 1)
    middle = (side - 1) / 2
    move = middle * (1 + cut * draws[3:5]).T - middle * turn.sum(axis=2) + config.shift * side * draws[14:16].T
    return np.concatenate([turn, move[:, :, None]], axis=2)
