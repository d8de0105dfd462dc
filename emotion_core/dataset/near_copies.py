"""Near copies: the same picture resized, recompressed or slightly retouched, found by perceptual hash."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from emotion_core.dataset.photos import Photo

# imagedup's benchmark: pHash finds re-encodes and resizes at a distance of a few bits with precision 1.0; more bits
# bring in other pictures.
MAX_DISTANCE_BITS = 4
_BLOCK = 2048


def near_copy_clusters(photos: Sequence[Photo], *, max_distance: int = MAX_DISTANCE_BITS) -> dict[str, str]:
    """Return the near-copy cluster of each photo that has near copies.

    Args:
        photos: any number; label and status play no part.
        max_distance: bits of 64 in which two hashes may differ, 0 to 64.

    Returns:
        ``photo_id`` to a cluster name (the smallest ``photo_id`` in it); photos without a near copy are left out.
    """
    if len(photos) < 2:
        return {}
    hashes = np.array([photo.phash for photo in photos], dtype=np.int64).view(np.uint64)
    first, second = _close_pairs(hashes, max_distance)
    graph = coo_array((np.ones(len(first), dtype=bool), (first, second)), shape=(len(photos), len(photos)))
    _, component = connected_components(graph, directed=False)
    return _named(photos, component)


def _close_pairs(
    hashes: npt.NDArray[np.uint64], max_distance: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    rows, columns = [], []
    for start in range(0, len(hashes), _BLOCK):
        block = hashes[start : start + _BLOCK]
        distance = np.bitwise_count(block[:, None] ^ hashes[None, start:])  # (block, rest)
        row, column = np.nonzero(distance <= max_distance)
        rows.append(row + start)
        columns.append(column + start)
    return np.concatenate(rows), np.concatenate(columns)


def _named(photos: Sequence[Photo], component: npt.NDArray[np.int32]) -> dict[str, str]:
    members: dict[int, list[str]] = {}
    for photo, number in zip(photos, component.tolist(), strict=True):
        members.setdefault(number, []).append(photo.photo_id)
    return {photo_id: min(group) for group in members.values() if len(group) > 1 for photo_id in group}
