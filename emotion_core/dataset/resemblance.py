"""Which of many small grey pictures show the same: first by their low frequencies, then laid over one another."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core.dataset.alignment import Floats, agreement, align

Pictures = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.intp]

COARSE_SIDE_PX, FINE_SIDE_PX = 32, 64
# Where a cut-out is looked for in the other picture: left, top and side, as shares. Alignment finds the exact place.
_WHOLE = (0.0, 0.0, 1.0)
_WINDOWS = (
    _WHOLE,
    *((x, y, 0.9) for x, y in ((0, 0), (0, 0.1), (0.1, 0), (0.1, 0.1), (0.05, 0.05))),
    *((x, y, 0.8) for x in (0, 0.1, 0.2) for y in (0, 0.1, 0.2)),
    (0.13, 0.13, 0.74),
)
_FREQUENCIES = 9
_ODD = np.indices((_FREQUENCIES, _FREQUENCIES))[1].ravel()[1:] % 2 == 1  # those that change sign in a mirror
# Measured with benchmarks/near_copies.py: of 115,000 pairs of different photos .2 % are more alike.
LEAST_ALIKE = 0.7
# At 16 and at 32 pixels: most strangers are told from less, and the last look takes longest.
_LEAST_COARSE_SCORES = (0.5, 0.6)
# Different photos reach .60, drawn portraits by one painter .76, once .83; copies with a text or a border begin at .7.
LEAST_SCORE = 0.77
# Cards of one template with other words reach .84; a photo has one grey level in more than .55 of it in 1 of 100 cases.
LEAST_SCORE_FLAT, _FLAT_SHARE, _FLAT_LEVELS = 0.9, 0.55, 9
_LEAST_COMMON = 0.4
_BLOCK, _CHUNK = 1024, 512


class Pairs(NamedTuple):
    """Pairs of pictures that show the same.

    Attributes:
        first: positions, shape ``(pairs,)``.
        second: likewise.
        score: how well their detail agrees, 0 to 1.
    """

    first: Numbers
    second: Numbers
    score: Floats


class _Candidates(NamedTuple):
    """Pairs that may show the same: the first one may be a cut-out of the second."""

    first: Numbers
    second: Numbers
    alike: Floats
    start: Floats  # of the alignment


def same_pictures(pictures: Pictures, fresh: npt.NDArray[np.bool_], fine: Callable[[Numbers], Pictures]) -> Pairs:
    """Find the pairs that show the same picture, resized, recompressed, mirrored, brighter or cut.

    Args:
        pictures: grey levels, uint8 of shape ``(n, 32, 32)``.
        fresh: which of them are new, bool of shape ``(n,)``; pairs without a new one are left out.
        fine: gives the same pictures at 64 x 64 for these positions.
    """
    found = _best_of_each(_joined(_candidates(pictures, fresh)))
    kept = [_verified(pictures, fine, found, chunk) for chunk in _chunks(len(found.first))]
    return Pairs(*(np.concatenate(parts) for parts in zip(*kept, strict=True)))


def _joined(parts: Iterable[_Candidates]) -> _Candidates:
    return _Candidates(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _best_of_each(found: _Candidates) -> _Candidates:
    """Leave one place of each pair, the most alike."""
    low, high = np.minimum(found.first, found.second), np.maximum(found.first, found.second)
    order = np.lexsort((-found.alike, high, low))
    again = (np.diff(low[order], prepend=-1) == 0) & (np.diff(high[order], prepend=-1) == 0)
    return _Candidates(*(column[order][~again] for column in found))


def _chunks(count: int) -> Iterator[slice]:
    yield from (slice(start, start + _CHUNK) for start in range(0, max(count, 1), _CHUNK))


def _candidates(pictures: Pictures, fresh: npt.NDArray[np.bool_]) -> Iterator[_Candidates]:
    whole = _low_frequencies(pictures, _WHOLE)
    new, everything = np.flatnonzero(fresh), np.arange(len(pictures))
    for window in _WINDOWS:
        parts = whole if window is _WHOLE else _low_frequencies(pictures, window)
        # New ones as cut-outs of all, then all as cut-outs of new ones.
        searches = [(new, everything)]
        if window is not _WHOLE and len(new) < len(everything):
            searches.append((everything, new))
        for first, second in searches:
            for start in range(0, len(first), _BLOCK):
                rows = first[start : start + _BLOCK]
                yield _alike(whole, parts, rows, second, window)


def _alike(
    whole: Floats, parts: Floats, rows: Numbers, columns: Numbers, window: tuple[float, float, float]
) -> _Candidates:
    """Return the pairs in which a row looks like this window of a column."""
    even = whole[rows][:, ~_ODD] @ parts[columns][:, ~_ODD].T
    odd = whole[rows][:, _ODD] @ parts[columns][:, _ODD].T
    # A mirror changes the sign of the odd ones: the better of the two is even + |odd|.
    alike = even + np.abs(odd)
    row, column = np.nonzero(alike > LEAST_ALIKE)
    other = rows[row] != columns[column]
    row, column = row[other], column[other]
    left, top, side = window
    across = np.where(odd[row, column] < 0, -side, side)
    place = (across, 2 * left + side - 1, side, 2 * top + side - 1)
    start = np.stack(np.broadcast_arrays(*place), axis=1).astype(np.float32)
    return _Candidates(rows[row], columns[column], alike[row, column], start)


def _low_frequencies(pictures: Pictures, window: tuple[float, float, float]) -> Floats:
    """Return unit vectors of a window's cosine transform, the higher frequencies weighted up as they are weaker."""
    left, top, side = window
    cosines = _cosines(top, side) @ pictures.astype(np.float32) @ _cosines(left, side).T
    weights = np.hypot(*np.indices((_FREQUENCIES, _FREQUENCIES))).astype(np.float32)
    flat = (cosines * weights).reshape(len(pictures), -1)[:, 1:]
    length: Floats = np.linalg.norm(flat, axis=1, keepdims=True)
    # What is blank is like nothing.
    unit: Floats = flat / (length + COARSE_SIDE_PX**2)
    return unit


def _cosines(start: float, size: float) -> Floats:
    place = (np.arange(COARSE_SIDE_PX) + 0.5) / COARSE_SIDE_PX
    share = np.clip((place - start) * COARSE_SIDE_PX + 0.5, 0, 1)
    share *= np.clip((start + size - place) * COARSE_SIDE_PX + 0.5, 0, 1)
    waves = np.cos(np.pi * np.arange(_FREQUENCIES)[:, None] * (place - start) / size)
    within: Floats = (waves * share).astype(np.float32)
    return within


def _verified(pictures: Pictures, fine: Callable[[Numbers], Pictures], found: _Candidates, chunk: slice) -> Pairs:
    first, second, start = found.first[chunk], found.second[chunk], found.start[chunk]
    for shrunk, steps, least in zip((_halved, _as_they_are), (5, 4), _LEAST_COARSE_SCORES, strict=True):
        one, other = shrunk(pictures[first]), shrunk(pictures[second])
        start = align(one, other, start, steps)
        likely = agreement(one, other, start).score >= least
        first, second, start = first[likely], second[likely], start[likely]
    large, other_large = fine(first), fine(second)
    agrees = agreement(_as_they_are(large), _as_they_are(other_large), start)
    flat = np.minimum(_flatness(large), _flatness(other_large)) > _FLAT_SHARE
    same = agrees.score >= np.where(flat, LEAST_SCORE_FLAT, LEAST_SCORE)
    same &= agrees.common >= _LEAST_COMMON
    return Pairs(first[same], second[same], agrees.score[same])


def _halved(pictures: Pictures) -> Floats:
    half = pictures.shape[1] // 2
    means: Floats = pictures.reshape(len(pictures), half, 2, half, 2).mean((2, 4), dtype=np.float32)
    return means


def _as_they_are(pictures: Pictures) -> Floats:
    return pictures.astype(np.float32)


def _flatness(pictures: Pictures) -> Floats:
    """Return the largest share of each picture that lies within a few grey levels."""
    shares = np.zeros(len(pictures), dtype=np.float32)
    for number, picture in enumerate(pictures):
        counts = np.bincount(picture.ravel(), minlength=256)
        shares[number] = np.convolve(counts, np.ones(_FLAT_LEVELS), "same").max() / picture.size
    return shares
