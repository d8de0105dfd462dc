"""Matching of small gray images: candidates by their low frequencies, then verified by alignment."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from emotion_core.dataset.near_copies.alignment import FloatArray, agreement, align, averages, transform_both_axes
from emotion_core.dataset.near_copies.candidate_index import BoolMask, Candidates, Indices, likely_pairs
from emotion_core.dataset.near_copies.dct_descriptors import GrayImages

FINE_SIDE_PX = 64
# At 16 and at 32 pixels. Low resolution rules out most unrelated pairs, and the last comparison takes the longest.
_MIN_COARSE_SCORES = (0.5, 0.6)
# Different photos score up to .60; drawn portraits by one painter up to .76 when compared whole, up to .78 when three
# quarters are compared. Copies with text or a border start at .7, cropped ones at .87.
MIN_SCORE, _SCORE_INCREASE_FOR_PARTS = 0.77, 0.15
# Cards of one template with different words score up to .84. Such cards have one gray level, within 9 levels, over more
# than .55 of their area; of photos, 1 in 100 has.
MIN_SCORE_FLAT, _FLAT_SHARE, _FLAT_LEVELS = 0.9, 0.55, 9
_MIN_COMMON = 0.4
# Pairs verified by one thread at a time.
_CHUNK = 512

ShareCallback = Callable[[float], None]


class Pairs(NamedTuple):
    """Pairs of images that show the same; all arrays have shape ``(pairs,)``.

    Attributes:
        first: positions of the first images.
        second: positions of the second images.
        score: agreement of their details, 0 to 1.
    """

    first: Indices
    second: Indices
    score: FloatArray


def same_pictures(
    pictures: GrayImages,
    is_new: BoolMask,
    fine: Callable[[Indices], GrayImages],
    on_progress: ShareCallback = lambda _: None,
) -> Pairs:
    """Find the pairs that show the same image, resized, recompressed, mirrored, brightened or cropped.

    Args:
        pictures: gray levels, uint8 of shape ``(n, 32, 32)``.
        is_new: which images are new, shape ``(n,)``; pairs without a new image are left out.
        fine: returns the images at some positions at 64 x 64 pixels; called from several threads at once.
        on_progress: called repeatedly with the completed share, 0 to 1.
    """
    candidates = likely_pairs(pictures, is_new, lambda share: on_progress(share / 2))
    # NumPy releases the GIL in its products, so threads are enough.
    chunks, verified, pool = list(_chunks(len(candidates.first))), [], ThreadPoolExecutor(os.cpu_count())
    try:
        results = pool.map(lambda chunk: _verified(pictures, fine, candidates.subset(chunk)), chunks)
        for done, pairs in enumerate(results, start=1):
            verified.append(pairs)
            on_progress((1 + done / len(chunks)) / 2)
    finally:
        # If `on_progress` canceled the search, the remaining chunks are not worth waiting for.
        pool.shutdown(cancel_futures=True)
    return Pairs(*(np.concatenate(parts) for parts in zip(*verified, strict=True)))


def _chunks(count: int) -> Iterator[slice]:
    yield from (slice(start, start + _CHUNK) for start in range(0, max(count, 1), _CHUNK))


def _verified(pictures: GrayImages, fine: Callable[[Indices], GrayImages], candidates: Candidates) -> Pairs:
    """Return the candidates that show the same image, by alignment from coarse to fine."""
    first, second, fit = candidates.first, candidates.second, candidates.starts()
    for at_size, steps, min_score in zip((_halved, _as_floats), (5, 4), _MIN_COARSE_SCORES, strict=True):
        image, other_image = at_size(pictures[first]), at_size(pictures[second])
        fit = align(image, other_image, fit, steps)
        is_likely = agreement(image, other_image, fit).score >= min_score
        first, second, fit = first[is_likely], second[is_likely], fit[is_likely]
    large, other_large = fine(first), fine(second)
    agreed = agreement(_as_floats(large), _as_floats(other_large), fit)
    is_flat = np.minimum(_flatness(large), _flatness(other_large)) > _FLAT_SHARE
    # The smaller the common part, the easier two unrelated images agree in it.
    min_scores = np.where(is_flat, MIN_SCORE_FLAT, MIN_SCORE) + _SCORE_INCREASE_FOR_PARTS * (1 - agreed.common)
    is_same = agreed.score >= min_scores
    is_same &= agreed.common >= _MIN_COMMON
    return Pairs(first[is_same], second[is_same], agreed.score[is_same])


def _halved(pictures: GrayImages) -> FloatArray:
    side = pictures.shape[1]
    return transform_both_axes(averages(side, side // 2), _as_floats(pictures))


def _as_floats(pictures: GrayImages) -> FloatArray:
    return pictures.astype(np.float32)


def _flatness(pictures: GrayImages) -> FloatArray:
    """Return the largest share of each image's area that lies within a few gray levels, shape ``(n,)``."""
    shares = np.zeros(len(pictures), dtype=np.float32)
    for number, picture in enumerate(pictures):
        counts = np.bincount(picture.ravel(), minlength=256)
        shares[number] = np.convolve(counts, np.ones(_FLAT_LEVELS), "same").max() / picture.size
    return shares
