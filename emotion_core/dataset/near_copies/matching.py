"""Which of many small grey pictures show the same: first by their low frequencies, then laid over one another."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from emotion_core.dataset.near_copies.alignment import Floats, agreement, align, averages, both_ways
from emotion_core.dataset.near_copies.candidate_index import Candidates, Flags, Indices, likely_pairs
from emotion_core.dataset.near_copies.dct_descriptors import Pictures

FINE_SIDE_PX = 64
# At 16 and at 32 pixels: most strangers are told from less, and the last look takes longest.
_LEAST_COARSE_SCORES = (0.5, 0.6)
# Different photos reach .60, drawn portraits by one painter .76 where all of them is compared, .78 where three
# quarters are; copies with a text or a border begin at .7, cut ones at .87.
LEAST_SCORE, _MORE_FOR_A_PART = 0.77, 0.15
# Cards of one template with other words reach .84; a photo has one grey level in more than .55 of it in 1 of 100 cases.
LEAST_SCORE_FLAT, _FLAT_SHARE, _FLAT_LEVELS = 0.9, 0.55, 9
_LEAST_COMMON = 0.4
_CHUNK = 512


class Pairs(NamedTuple):
    """Pairs of pictures that show the same.

    Attributes:
        first: positions, shape ``(pairs,)``.
        second: likewise.
        score: how well their detail agrees, 0 to 1.
    """

    first: Indices
    second: Indices
    score: Floats


def same_pictures(
    pictures: Pictures,
    fresh: Flags,
    fine: Callable[[Indices], Pictures],
    told: Callable[[float], None] = lambda _: None,
) -> Pairs:
    """Find the pairs that show the same picture, resized, recompressed, mirrored, brighter or cut.

    Args:
        pictures: grey levels, uint8 of shape ``(n, 32, 32)``.
        fresh: which of them are new, bool of shape ``(n,)``; pairs without a new one are left out.
        fine: gives the same pictures at 64 x 64 for these positions.
        told: is called with the share that is done, 0 to 1, again and again.
    """
    found = likely_pairs(pictures, fresh, lambda share: told(share / 2))
    chunks, kept, pool = list(_chunks(len(found.first))), [], ThreadPoolExecutor(os.cpu_count())
    try:
        for number, pairs in enumerate(pool.map(lambda chunk: _verified(pictures, fine, found.chosen(chunk)), chunks)):
            kept.append(pairs)
            told((1 + (number + 1) / len(chunks)) / 2)
    finally:
        # Where somebody stopped it, the rest is not waited for.
        pool.shutdown(cancel_futures=True)
    return Pairs(*(np.concatenate(parts) for parts in zip(*kept, strict=True)))


def _chunks(count: int) -> Iterator[slice]:
    yield from (slice(start, start + _CHUNK) for start in range(0, max(count, 1), _CHUNK))


def _verified(pictures: Pictures, fine: Callable[[Indices], Pictures], found: Candidates) -> Pairs:
    first, second, start = found.first, found.second, found.starts()
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
    side = pictures.shape[1]
    return both_ways(averages(side, side // 2), _as_they_are(pictures))


def _as_they_are(pictures: Pictures) -> Floats:
    return pictures.astype(np.float32)


def _flatness(pictures: Pictures) -> Floats:
    """Return the largest share of each picture that lies within a few grey levels."""
    shares = np.zeros(len(pictures), dtype=np.float32)
    for number, picture in enumerate(pictures):
        counts = np.bincount(picture.ravel(), minlength=256)
        shares[number] = np.convolve(counts, np.ones(_FLAT_LEVELS), "same").max() / picture.size
    return shares
