"""Lays one small grey picture over another, and tells how much of what is to be seen in them is the same."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]

_MAX_STEP = 0.08
_MIN_GAIN = 0.2
_DETAIL_SIGMA_SHARE = 3 / 64
_BLOCKS = 8
# In grey levels of 255: blocks with less detail than the first hold noise only, more than the second counts no more.
_LEAST_DETAIL, _MOST_DETAIL = 1.0, 12.0


class Agreement(NamedTuple):
    """How well pairs of pictures agree, each of shape ``(pairs,)``.

    Attributes:
        score: correlation of the fine detail, averaged over the blocks that have any; 1 is the same picture.
        textured: share of the common area that has any detail; a card with text on it has little.
        common: share of the first picture that the second one covers.
    """

    score: Floats
    textured: Floats
    common: Floats


def align(first: Floats, second: Floats, start: Floats, steps: int) -> Floats:
    """Find how the second picture of each pair must be scaled and shifted to lie over the first.

    Gauss-Newton over two scales, two shifts, gain and offset, forward compositional (Baker and Matthews 2004): slopes
    of the second picture find the edge of a border, those of the first do not.

    Args:
        first: grey levels, shape ``(pairs, side, side)``.
        second: likewise.
        start: guesses, shape ``(pairs, 4)``: horizontal scale (negative for a mirror image) and shift, vertical scale
            and shift, in units of half the side.
        steps: how often the guess is improved.

    Returns:
        Such guesses, improved.
    """
    fit = start.astype(np.float32)
    pairs, side, _ = first.shape
    own = _coordinates(side)
    wanted = first.reshape(pairs, side * side, 1)
    for _ in range(steps):
        at, inside = _places(fit, own)
        seen = _sample(second, at)
        down, along = (slope * np.float32(side / 2) for slope in np.gradient(seen, axis=(1, 2)))
        flat = (along * own, along, down * own[:, None], down, seen, np.ones_like(seen))
        terms = np.stack([term.reshape(pairs, side * side) for term in flat], axis=1)  # (pairs, 6, pixels)
        weighted = terms * inside.reshape(pairs, 1, side * side)
        normal = weighted @ terms.transpose(0, 2, 1) + np.eye(6, dtype=np.float32) * 0.01
        solved = np.linalg.solve(normal, weighted @ wanted)[:, :, 0]
        step = np.clip(solved[:, :4] / np.maximum(solved[:, 4:5], _MIN_GAIN), -_MAX_STEP, _MAX_STEP)
        for scale, shift in ((0, 1), (2, 3)):
            fit[:, shift] += fit[:, scale] * step[:, shift]
            fit[:, scale] *= 1 + step[:, scale]
    return fit


def agreement(first: Floats, second: Floats, fit: Floats) -> Agreement:
    """Compare the pictures of each pair where the second one lies over the first.

    Args:
        first: grey levels, shape ``(pairs, side, side)``.
        second: likewise.
        fit: from ``align``.
    """
    at, inside = _places(fit, _coordinates(first.shape[1]))
    one, other = _detail(first), _detail(_sample(second, at))
    floor = _LEAST_DETAIL**2
    energy, other_energy = _in_blocks(one * one), _in_blocks(other * other)
    correlation = _in_blocks(one * other) / np.sqrt((energy + floor) * (other_energy + floor))
    most = np.maximum(energy, other_energy)
    common = _in_blocks(inside) > 0.9
    textured = common & (most > floor)
    weight = np.minimum(np.sqrt(most), _MOST_DETAIL) * textured
    score = (correlation * weight).sum((1, 2)) / (weight.sum((1, 2)) + 1e-6)
    return Agreement(score, textured.sum((1, 2)) / np.maximum(common.sum((1, 2)), 1), common.mean((1, 2)))


def _coordinates(side: int) -> Floats:
    """Return where the middles of the pixels lie between -1 and 1."""
    return (np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1


def _places(fit: Floats, own: Floats) -> tuple[tuple[Floats, Floats], Floats]:
    """Return where in the second picture each column and row lies, in pixels, and which pixels lie inside of it."""
    x, y = fit[:, :1] * own + fit[:, 1:2], fit[:, 2:3] * own + fit[:, 3:]
    inside = (np.abs(y) <= 1)[:, :, None] & (np.abs(x) <= 1)[:, None, :]
    return ((x + 1) / 2 * len(own) - 0.5, (y + 1) / 2 * len(own) - 0.5), inside.astype(np.float32)


def _sample(pictures: Floats, at: tuple[Floats, Floats]) -> Floats:
    """Return the pictures at these columns and rows, bilinear; scale and shift alone keep the two apart."""
    columns, rows = at
    return _along_rows(_along_rows(pictures, rows).transpose(0, 2, 1), columns).transpose(0, 2, 1)


def _along_rows(pictures: Floats, rows: Floats) -> Floats:
    clipped = np.clip(rows, 0, pictures.shape[1] - 1)
    above = np.minimum(clipped.astype(np.intp), pictures.shape[1] - 2)
    share = (clipped - above).astype(np.float32)[..., None]
    pair = np.arange(len(pictures))[:, None]
    between: Floats = pictures[pair, above] * (1 - share) + pictures[pair, above + 1] * share
    return between


def _detail(pictures: Floats) -> Floats:
    # Here, because whoever only adds photos need not wait for half of SciPy.
    from scipy.ndimage import gaussian_filter

    sigma = pictures.shape[1] * _DETAIL_SIGMA_SHARE
    blurred: Floats = gaussian_filter(pictures, (0, sigma, sigma), mode="nearest")
    return pictures - blurred


def _in_blocks(values: Floats) -> Floats:
    size = values.shape[1] // _BLOCKS
    means: Floats = values.reshape(len(values), _BLOCKS, size, _BLOCKS, size).mean((2, 4))
    return means
