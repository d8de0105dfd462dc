"""Image alignment: register one small gray image to another, and measure how well their details agree."""

import functools
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]

# Gauss-Newton diverges after too large a step; a tiny gain (contrast of the second image) would cause one.
_MAX_STEP = 0.08
_MIN_GAIN = 0.2
# Detail is what a Gaussian blur of this share of the side removes: 3 of 64 pixels.
_DETAIL_SIGMA_SHARE = 3 / 64
_BLOCKS = 8
# In gray levels of 255. Blocks with less detail than the minimum show only noise; more than the maximum gets no more
# weight, so that a single strong edge does not decide the score.
_MIN_DETAIL, _MAX_DETAIL = 1.0, 12.0


class Agreement(NamedTuple):
    """Agreement of pairs of images; all arrays have shape ``(pairs,)``.

    Attributes:
        score: correlation of fine detail, averaged over the blocks that have any; 1 for equal images.
        textured: share of the common area that has any detail; small for a card with text.
        common: share of the first image that the second one covers.
    """

    score: FloatArray
    textured: FloatArray
    common: FloatArray


def align(first: FloatArray, second: FloatArray, start: FloatArray, steps: int) -> FloatArray:
    """Find the scales and shifts that lay the second image of each pair over the first.

    Forward compositional Gauss-Newton (Baker and Matthews 2004) over two scales, two shifts, gain and offset. The
    gradients come from the second image, because an added border has its edge there and not in the first image.

    Args:
        first: gray levels, float32 of shape ``(pairs, side, side)``.
        second: gray levels, likewise.
        start: initial parameters, shape ``(pairs, 4)``: horizontal scale (negative for a mirror image) and shift,
            vertical scale and shift, in units of half the side.
        steps: number of iterations.

    Returns:
        Improved parameters, float32 of shape ``(pairs, 4)``.
    """
    fit = start.astype(np.float32)
    pairs, side, _ = first.shape
    own = _coordinates(side)
    # The six terms that sum to the first image (scale, shift, scale, shift, gain, offset), then that image. Filled in
    # place, because copies would take most of the time.
    planes = np.empty((pairs, 7, side, side), dtype=np.float32)
    slope_x, slope_y, warped = planes[:, 1], planes[:, 3], planes[:, 4]
    planes[:, 6] = first
    for _ in range(steps):
        positions, inside = _positions(fit, own)
        warped[:] = _sample(second, positions)
        _slopes(warped, slope_x)
        _slopes(warped.transpose(0, 2, 1), slope_y.transpose(0, 2, 1))
        np.multiply(slope_x, own, out=planes[:, 0])
        np.multiply(slope_y, own[:, None], out=planes[:, 2])
        planes[:, 5] = 1
        # Pixels outside the second image have no say.
        planes[:, :6] *= inside[:, None]
        terms = planes.reshape(pairs, 7, side * side)
        products = terms[:, :6] @ terms.transpose(0, 2, 1)
        # The small diagonal keeps the system solvable for images without any gradient.
        normal = products[:, :, :6] + np.eye(6, dtype=np.float32) * 0.01
        solved = np.linalg.solve(normal, products[:, :, 6:])[:, :, 0]
        # Gradients were taken before the gain, so the gain is divided out of the step.
        step = np.clip(solved[:, :4] / np.maximum(solved[:, 4:5], _MIN_GAIN), -_MAX_STEP, _MAX_STEP)
        for scale, shift in ((0, 1), (2, 3)):
            fit[:, shift] += fit[:, scale] * step[:, shift]
            fit[:, scale] *= 1 + step[:, scale]
    return fit


def agreement(first: FloatArray, second: FloatArray, fit: FloatArray) -> Agreement:
    """Measure the agreement of each pair where the second image covers the first.

    Args:
        first: gray levels, float32 of shape ``(pairs, side, side)``.
        second: gray levels, likewise.
        fit: parameters from ``align``, shape ``(pairs, 4)``.
    """
    positions, inside = _positions(fit, _coordinates(first.shape[1]))
    detail, other_detail = _detail(first), _detail(_sample(second, positions))
    floor = _MIN_DETAIL**2
    energy, other_energy = _in_blocks(detail * detail), _in_blocks(other_detail * other_detail)
    # The floor keeps the correlation of two nearly flat blocks small.
    correlation = _in_blocks(detail * other_detail) / np.sqrt((energy + floor) * (other_energy + floor))
    # The larger of both energies: detail that only one image has must count against the pair.
    max_energy = np.maximum(energy, other_energy)
    common = _in_blocks(inside) > 0.9
    textured = common & (max_energy > floor)
    weight = np.minimum(np.sqrt(max_energy), _MAX_DETAIL) * textured
    score = (correlation * weight).sum((1, 2)) / (weight.sum((1, 2)) + 1e-6)
    return Agreement(score, textured.sum((1, 2)) / np.maximum(common.sum((1, 2)), 1), common.mean((1, 2)))


def _slopes(pictures: FloatArray, slopes: FloatArray) -> None:
    """Write the gradient along the rows to ``slopes``, in gray levels per half side, as ``np.gradient`` computes it."""
    half = np.float32(pictures.shape[2] / 2)
    np.subtract(pictures[:, :, 2:], pictures[:, :, :-2], out=slopes[:, :, 1:-1])
    slopes[:, :, 1:-1] *= half / 2
    slopes[:, :, 0] = (pictures[:, :, 1] - pictures[:, :, 0]) * half
    slopes[:, :, -1] = (pictures[:, :, -1] - pictures[:, :, -2]) * half


def _coordinates(side: int) -> FloatArray:
    """Return the coordinates of the pixel centers, from -1 to 1."""
    return (np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1


def _positions(fit: FloatArray, own: FloatArray) -> tuple[tuple[FloatArray, FloatArray], FloatArray]:
    """Return where each column and row lies in the second image, in pixels, and which pixels lie inside it."""
    x, y = fit[:, :1] * own + fit[:, 1:2], fit[:, 2:3] * own + fit[:, 3:]
    inside = (np.abs(y) <= 1)[:, :, None] & (np.abs(x) <= 1)[:, None, :]
    return ((x + 1) / 2 * len(own) - 0.5, (y + 1) / 2 * len(own) - 0.5), inside.astype(np.float32)


def _sample(pictures: FloatArray, positions: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return the images sampled bilinearly at these columns and rows.

    Without rotation the two axes are independent, and two one-dimensional passes are enough.
    """
    columns, rows = positions
    return _along_rows(_along_rows(pictures, rows).transpose(0, 2, 1), columns).transpose(0, 2, 1)


def _along_rows(pictures: FloatArray, rows: FloatArray) -> FloatArray:
    clipped = np.clip(rows, 0, pictures.shape[1] - 1)
    above = np.minimum(clipped.astype(np.intp), pictures.shape[1] - 2)
    share = (clipped - above).astype(np.float32)[..., None]
    pair = np.arange(len(pictures))[:, None]
    sampled: FloatArray = pictures[pair, above] * (1 - share) + pictures[pair, above + 1] * share
    return sampled


def _detail(pictures: FloatArray) -> FloatArray:
    return pictures - transform_both_axes(_blur(pictures.shape[1]), pictures)


@functools.cache
def _blur(side: int) -> FloatArray:
    """Return the matrix that blurs a column of ``side`` pixels, shape ``(side, side)``."""
    # A matrix product is faster than the filter itself. Imported here, because adding photos needs no SciPy and should
    # not wait for its import.
    from scipy.ndimage import gaussian_filter1d

    blurred: FloatArray = gaussian_filter1d(np.eye(side), side * _DETAIL_SIGMA_SHARE, axis=0, mode="nearest")
    return blurred.astype(np.float32)


def _in_blocks(values: FloatArray) -> FloatArray:
    return transform_both_axes(averages(values.shape[1], _BLOCKS), values)


@functools.cache
def averages(side: int, count: int) -> FloatArray:
    """Return the matrix that averages a column of pixels in blocks.

    Args:
        side: number of pixels, a multiple of ``count``.
        count: number of blocks.

    Returns:
        float32 of shape ``(count, side)``.
    """
    return np.repeat(np.eye(count, dtype=np.float32), side // count, axis=1) * np.float32(count / side)


def transform_both_axes(matrix: FloatArray, pictures: FloatArray) -> FloatArray:
    """Apply a matrix to the columns and to the rows of images.

    Args:
        matrix: shape ``(new, side)``.
        pictures: shape ``(pairs, side, side)``.

    Returns:
        Shape ``(pairs, new, new)``.
    """
    # One large product for the rows of all images is faster than one per image.
    rows = (pictures.reshape(-1, pictures.shape[2]) @ matrix.T).reshape(*pictures.shape[:2], len(matrix))
    transformed: FloatArray = matrix @ rows
    return transformed
