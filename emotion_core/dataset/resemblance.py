"""Which of many small grey pictures show the same: first by their low frequencies, then laid over one another."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core.dataset.alignment import Floats, agreement, align

Pictures = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.intp]

COARSE_SIDE_PX, FINE_SIDE_PX = 32, 64


class _Window(NamedTuple):
    """Where a cut-out is looked for in the other picture, as shares of it. Alignment finds the exact place."""

    left: float
    top: float
    width: float
    height: float


_WHOLE = _Window(0, 0, 1, 1)
# A square out of a landscape, or a picture above its caption.
_ONE_WAY = [(start * (1 - size), size) for size in (0.88, 0.76, 0.64) for start in (0, 0.5, 1)]
_WINDOWS = (
    _WHOLE,
    *(_Window(x, y, 0.9, 0.9) for x, y in ((0, 0), (0, 0.1), (0.1, 0), (0.1, 0.1), (0.05, 0.05))),
    *(_Window(x, y, 0.8, 0.8) for x in (0, 0.1, 0.2) for y in (0, 0.1, 0.2)),
    *(_Window(x, y, 0.7, 0.7) for x in (0, 0.15, 0.3) for y in (0, 0.15, 0.3)),
    *(_Window(x, 0, width, 1) for x, width in _ONE_WAY),
    *(_Window(0, y, 1, height) for y, height in _ONE_WAY),
)
_FREQUENCIES = 9
_ODD = np.indices((_FREQUENCIES, _FREQUENCIES))[1].ravel()[1:] % 2 == 1  # those that change sign in a mirror
# Copies of which a third is cut off begin at .5; many strangers are as much alike, so each picture's most alike are
# looked at only.
LEAST_ALIKE = 0.5
_MOST_ALIKE = 40
# At 16 and at 32 pixels: most strangers are told from less, and the last look takes longest.
_LEAST_COARSE_SCORES = (0.5, 0.6)
# Different photos reach .60, drawn portraits by one painter .76 where all of them is compared, .78 where three
# quarters are; copies with a text or a border begin at .7, cut ones at .87.
LEAST_SCORE, _MORE_FOR_A_PART = 0.77, 0.15
# Cards of one template with other words reach .84; a photo has one grey level in more than .55 of it in 1 of 100 cases.
LEAST_SCORE_FLAT, _FLAT_SHARE, _FLAT_LEVELS = 0.9, 0.55, 9
_LEAST_COMMON = 0.4
_PAIRS_AT_ONCE, _LEAST_AT_ONCE, _CHUNK = 10_000_000, 128, 512


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
    new = np.flatnonzero(fresh)
    at_once = max(_PAIRS_AT_ONCE // max(len(pictures), 1), _LEAST_AT_ONCE)
    blocks = [new[start : start + at_once] for start in range(0, max(len(new), 1), at_once)]
    whole = _low_frequencies(pictures, _WHOLE)
    found = _best_of_each(
        _joined(_candidates(pictures, whole, rows, both_ways=len(new) < len(fresh)) for rows in blocks)
    )
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


def _candidates(pictures: Pictures, whole: Floats, rows: Numbers, *, both_ways: bool) -> _Candidates:
    """Return for each of some pictures those that are most like it, and where it lies in them or they lie in it.

    Args:
        pictures: all of them.
        whole: their low frequencies.
        rows: positions of these pictures.
        both_ways: whether all pictures are looked for in these too, and not only these in all.
    """
    best = np.full((len(rows), len(pictures)), -1, dtype=np.float32)
    # Which window, plus their number where the picture of the column lies in that of the row; negative for a mirror.
    place = np.zeros(best.shape, dtype=np.int8)
    for number, window in enumerate(_WINDOWS, start=1):
        parts = whole if window is _WHOLE else _low_frequencies(pictures, window)
        _improve(best, place, whole[rows], parts, number)
        if both_ways and window is not _WHOLE:
            _improve(best, place, parts[rows], whole, number + len(_WINDOWS))
    best[np.arange(len(rows)), rows] = -1
    return _most_alike(best, place, rows)


def _improve(best: Floats, place: npt.NDArray[np.int8], own: Floats, others: Floats, number: int) -> None:
    """Note which pairs are more alike in this window than in those before."""
    odd = own[:, _ODD] @ others[:, _ODD].T
    alike = np.abs(odd)
    # A mirror changes the sign of the odd ones: the better of the two is even + |odd|.
    alike += own[:, ~_ODD] @ others[:, ~_ODD].T
    better = alike > np.maximum(best, LEAST_ALIKE)
    best[better] = alike[better]
    place[better] = np.where(odd[better] < 0, -number, number)


def _most_alike(best: Floats, place: npt.NDArray[np.int8], rows: Numbers) -> _Candidates:
    if best.shape[1] > _MOST_ALIKE:
        least = np.partition(best, -_MOST_ALIKE, axis=1)[:, -_MOST_ALIKE, None]
        best = np.where(best >= least, best, -1)
    row, column = np.nonzero(best > LEAST_ALIKE)
    number = place[row, column]
    turned = np.abs(number) > len(_WINDOWS)
    left, top, width, height = np.array(_WINDOWS, dtype=np.float32)[(np.abs(number) - 1) % len(_WINDOWS)].T
    start = np.stack([np.sign(number) * width, 2 * left + width - 1, height, 2 * top + height - 1], axis=1)
    first, second = np.where(turned, column, rows[row]), np.where(turned, rows[row], column)
    return _Candidates(first, second, best[row, column], start.astype(np.float32))


def _low_frequencies(pictures: Pictures, window: _Window) -> Floats:
    """Return unit vectors of a window's cosine transform, the higher frequencies weighted up as they are weaker."""
    down, along = _cosines(window.top, window.height), _cosines(window.left, window.width)
    cosines = down @ pictures.astype(np.float32) @ along.T
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
    least_score = np.where(flat, LEAST_SCORE_FLAT, LEAST_SCORE) + _MORE_FOR_A_PART * (1 - agrees.common)
    same = agrees.score >= least_score
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
