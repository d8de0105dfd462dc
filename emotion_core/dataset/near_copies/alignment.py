"""Lays one small grey picture over another, and tells how much of what is to be seen in them is the same."""

import functools
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
    # What the first picture is a sum of; filled in place, because copies take most of the time.
    planes = np.empty((pairs, 7, side, side), dtype=np.float32)
    along, down, seen = planes[:, 1], planes[:, 3], planes[:, 4]
    planes[:, 6] = first
    for _ in range(steps):
        at, inside = _places(fit, own)
        seen[:] = _sample(second, at)
        _slopes(seen, along)
        _slopes(seen.transpose(0, 2, 1), down.transpose(0, 2, 1))
        np.multiply(along, own, out=planes[:, 0])
        np.multiply(down, own[:, None], out=planes[:, 2])
        planes[:, 5] = 1
        # Outside of the second picture nothing counts.
        planes[:, :6] *= inside[:, None]
        terms = planes.reshape(pairs, 7, side * side)
        products = terms[:, :6] @ terms.transpose(0, 2, 1)
        normal = products[:, :, :6] + np.eye(6, dtype=np.float32) * 0.01
        solved = np.linalg.solve(normal, products[:, :, 6:])[:, :, 0]
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


def _slopes(pictures: Floats, slopes: Floats) -> None:
    """Write how pictures change along their rows, in grey levels for half a side, as ``np.gradient`` tells it."""
    half = np.float32(pictures.shape[2] / 2)
    np.subtract(pictures[:, :, 2:], pictures[:, :, :-2], out=slopes[:, :, 1:-1])
    slopes[:, :, 1:-1] *= half / 2
    slopes[:, :, 0] = (pictures[:, :, 1] - pictures[:, :, 0]) * half
    slopes[:, :, -1] = (pictures[:, :, -1] - pictures[:, :, -2]) * half


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
    return pictures - both_ways(_blur(pictures.shape[1]), pictures)


@functools.cache
def _blur(side: int) -> Floats:
    """Return what blurs a column of so many pixels, shape ``(side, side)``."""
    # A product takes less time than the filter. Here, because whoever only adds photos need not wait for half of SciPy.
    from scipy.ndimage import gaussian_filter1d

    blurred: Floats = gaussian_filter1d(np.eye(side), side * _DETAIL_SIGMA_SHARE, axis=0, mode="nearest")
    return blurred.astype(np.float32)


def _in_blocks(values: Floats) -> Floats:
    return both_ways(averages(values.shape[1], _BLOCKS), values)


@functools.cache
def averages(side: int, count: int) -> Floats:
    """Return what averages a column of so many pixels in blocks, shape ``(count, side)``."""
    return np.repeat(np.eye(count, dtype=np.float32), side // count, axis=1) * np.float32(count / side)


def both_ways(product: Floats, pictures: Floats) -> Floats:
    """Return what a product makes of the columns and rows of pictures.

    Args:
        product: shape ``(new, side)``.
        pictures: shape ``(pairs, side, side)``.

    Returns:
        Shape ``(pairs, new, new)``.
    """
    rows = (pictures.reshape(-1, pictures.shape[2]) @ product.T).reshape(*pictures.shape[:2], len(product))
    made: Floats = product @ rows
    return made
