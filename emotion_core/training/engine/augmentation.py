"""Random changes of the training photos in each epoch; the page Configure shows previews of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from emotion_core.images import Pixels
from emotion_core.training.config import RunConfig, has_augmentation, has_geometric_augmentation

# Random numbers from -1 to 1: one row per use, one column per photo; for a single photo just its column.
Draws = npt.NDArray[np.float64]
N_DRAWS = 16
# Further rows for darkening and covering, which came later: the draws of older settings stay as they were.
N_LATER_DRAWS = 8
# Standard deviation of the noise in a darkened photo, out of 255.
DARK_NOISE = 3.0
# Half of the numbers from -1 to 1 that are above 0: a quarter of the photos.
DARK_FROM = 0.5
# Shares of a cropped face's side: where a mask begins and where the eyes are; each moves by up to COVER_SHIFT.
MASK_TOP, EYES_TOP, EYES_HEIGHT, COVER_SHIFT = 0.59, 0.25, 0.19, 0.08


def augment(pixels: Pixels, config: RunConfig, rng: np.random.Generator) -> Pixels:
    """Return randomly changed photos.

    Photos are mirrored, rotated, cropped, zoomed and shifted; mouth or eyes are covered; then brightness and contrast
    change; then they are blurred, and darkened; last, a rectangle is erased. Random erasing follows Zhong et al.
    (2020).

    Args:
        pixels: uint8 of shape ``(n, size, size, channels)``; not changed in place.
        config: the limits ``flip``, ``rotation``, ``crop``, ``zoom``, ``shift``, ``brightness``, ``contrast``,
            ``blur``, ``erase``, ``dark`` and ``cover``.
        rng: its state decides the changes.

    Returns:
        uint8 of the same shape; ``pixels`` itself without augmentation.
    """
    if not has_augmentation(config):
        return pixels
    # OpenCV takes a fifth of Pillow's time for this, and mirrors edges.
    import cv2

    n, side = pixels.shape[:2]
    # All numbers are drawn, used or not: switching one kind of change on does not alter the others.
    draws = rng.uniform(-1.0, 1.0, (N_DRAWS, n))
    later = rng.uniform(-1.0, 1.0, (N_LATER_DRAWS, n)) if config.dark or config.cover else np.zeros((N_LATER_DRAWS, n))
    maps, is_geometric = _affine_maps(draws, side, config), has_geometric_augmentation(config)
    # Pixels from outside the photo mirror its edge: black corners would show the network which photos were moved.
    flags, edge = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, cv2.BORDER_REFLECT_101
    changed = np.empty_like(pixels)
    for row, (draw, more) in enumerate(zip(draws.T, later.T, strict=True)):
        photo: npt.NDArray[Any] = pixels[row]
        if is_geometric:
            photo = cv2.warpAffine(photo, maps[row], (side, side), flags=flags, borderMode=edge)
        if (more[0] + 1) / 2 < config.cover:
            photo = _covered(photo, more)
        if config.brightness or config.contrast:
            photo = cv2.LUT(photo, _tone_table(photo, draw, config))
        # Half of the draws are negative, so blurring and erasing change every second photo on average.
        if config.blur * draw[7] > 0:
            photo = cv2.GaussianBlur(photo, (0, 0), config.blur * draw[7], borderType=edge)
        if config.dark and more[6] > DARK_FROM:
            photo = _darkened(photo, 1 - config.dark * (more[7] + 1) / 2, rng)
        changed[row] = photo.reshape(changed.shape[1:])
        if config.erase * draw[8] > 0:
            _erase(changed[row], draw, config)
    return changed


def mix(
    pixels: Pixels, truth: npt.NDArray[np.float32], config: RunConfig, rng: np.random.Generator
) -> tuple[Pixels, npt.NDArray[np.float32]]:
    """Return photos and labels blended with those of another photo of the batch.

    This is mixup as in Zhang et al. (2018), with a share drawn for each photo. Of the two shares from
    ``Beta(mixup, mixup)`` the other photo gets the smaller one, so each photo stays the larger part of its blend.

    Args:
        pixels: uint8 of shape ``(n, size, size, channels)``.
        truth: their targets, float32 of shape ``(n, columns)``.
        config: its setting ``mixup``, 0 to 2, decides how much is blended.
        rng: its state decides shares and partners.

    Returns:
        Pixels and labels of the same shapes and types; the arguments themselves if ``mixup`` is 0.
    """
    if not config.mixup:
        return pixels, truth
    drawn = rng.beta(config.mixup, config.mixup, len(pixels))
    share, other = np.minimum(drawn, 1 - drawn).astype(np.float32)[:, None], rng.permutation(len(pixels))
    shares = share[:, :, None, None]
    blended = (1 - shares) * pixels + shares * pixels[other]
    return blended.round().astype(np.uint8), (1 - share) * truth + share * truth[other]


def _tone_table(photo: npt.NDArray[Any], draw: Draws, config: RunConfig) -> Pixels:
    """Return the new value of each of the 256 values, uint8: contrast about the photo's mean, then brightness."""
    brightness, contrast = 1 + config.brightness * draw[5], 1 + config.contrast * draw[6]
    mean = float(photo.mean())
    tones = ((np.arange(256) - mean) * contrast + mean) * brightness
    rounded: Pixels = tones.round().clip(0, 255).astype(np.uint8)
    return rounded


def _covered(photo: npt.NDArray[Any], draw: Draws) -> npt.NDArray[Any]:
    """Return a cropped face with a mask over mouth and chin, or a band over the eyes, in one gray and a little tilted.

    Args:
        photo: uint8 of shape ``(side, side)`` or ``(side, side, channels)``.
        draw: rows 1 to 5 decide which, the height, the tilt, the width and the gray.
    """
    import cv2

    photo = photo.copy()
    side, is_mask = photo.shape[0], draw[1] > 0
    top = (MASK_TOP if is_mask else EYES_TOP) + COVER_SHIFT * draw[2]
    bottom, tilt, inset = (1.0 if is_mask else top + EYES_HEIGHT), COVER_SHIFT * draw[3], COVER_SHIFT * (draw[4] + 1)
    lift = COVER_SHIFT if is_mask else 0.0  # a mask is higher over the nose
    corners = [(inset, top - tilt), (0.5, top - lift), (1 - inset, top + tilt), (1 - inset, bottom + tilt)]
    outline = np.round(side * np.array([*corners, (inset, bottom - tilt)])).astype(np.int32)
    gray = round(255 * (draw[5] + 1) / 2)
    return np.asarray(cv2.fillPoly(photo, [outline], (gray, gray, gray)))


def _darkened(photo: npt.NDArray[Any], share: float, rng: np.random.Generator) -> Pixels:
    """Return a photo with this share of its light, and the noise that a camera adds in the dark."""
    noisy = photo * share + rng.normal(0, DARK_NOISE, photo.shape)
    dark: Pixels = noisy.round().clip(0, 255).astype(np.uint8)
    return dark


def _erase(photo: Pixels, draw: Draws, config: RunConfig) -> None:
    """Paint a rectangle of the photo in one gray: up to twice as long as wide, with a random area up to the limit."""
    side = photo.shape[0]
    length = side * np.sqrt(config.erase * draw[8])  # side of a square with that area
    sides = length * 2 ** (np.array([0.5, -0.5]) * draw[9])
    height, width = np.minimum(np.maximum(sides.round().astype(int), 1), side)
    top = round((side - height) * (draw[10] + 1) / 2)
    left = round((side - width) * (draw[11] + 1) / 2)
    photo[top : top + height, left : left + width] = round(255 * (draw[12] + 1) / 2)


def _affine_maps(draws: Draws, side: int, config: RunConfig) -> npt.NDArray[np.float64]:
    """Return the affine maps from pixels of the changed photos to pixels of the originals, shape ``(n, 2, 3)``.

    Args:
        draws: shape ``(16, n)``; rows 0 to 4 decide mirroring, angle, size of the crop and its position across and
            down, rows 13 to 15 zoom and shift across and down.
        side: of the photos, in pixels.
        config: the limits.
    """
    mirror = np.where(config.flip & (draws[0] < 0), -1.0, 1.0)
    angle = np.radians(config.rotation) * draws[1]
    cut = config.crop * (draws[2] + 1) / 2
    reach = (1 - cut) / (1 + config.zoom * draws[13])
    across, down = np.cos(angle) * reach, np.sin(angle) * reach
    # Mirrored, rotated and scaled about the center, which then moves to the center of the crop.
    turn = np.array([[mirror * across, -down], [mirror * down, across]]).transpose(2, 0, 1)
    middle = (side - 1) / 2
    move = middle * (1 + cut * draws[3:5]).T - middle * turn.sum(axis=2) + config.shift * side * draws[14:16].T
    return np.concatenate([turn, move[:, :, None]], axis=2)
