"""Which pairs of many pictures may show the same: those most alike in their low frequencies.

Of many thousand pictures not all pairs are looked at: each picture stands in the few of many cells that it is nearest
to, and is compared with those parts of others whose nearest cell is one of these (an inverted file, Sivic and Zisserman
2003, with one matrix product per cell and window in place of one search per part).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core.dataset.near_copies.alignment import Floats
from emotion_core.dataset.near_copies.dct_descriptors import MIRROR, WHOLE, WINDOWS, Pictures, dct_descriptors

Indices = npt.NDArray[np.integer]
Flags = npt.NDArray[np.bool_]

# Copies of which a third is cut off begin at .5; many strangers are as much alike, so each picture's most alike are
# looked at only.
LEAST_ALIKE = 0.5
_MOST_ALIKE = 40
_PICTURES_PER_CELL, MOST_CELLS, _CELLS_OF_EACH = 128, 1024, 32
_SAMPLE_PER_CELL = 32
_PAIRS_AT_ONCE, _KEPT_AT_ONCE, _ROWS_AT_ONCE = 2_000_000, 4_000_000, 4096


class Candidates(NamedTuple):
    """Pairs that may show the same.

    Attributes:
        first: positions of pictures that may be a cut-out of the second, shape ``(pairs,)``.
        second: likewise.
        alike: how much, -1 to 1.
        place: where in the second one: number of the window from 1 on, negative for a mirror image.
    """

    first: Indices
    second: Indices
    alike: Floats
    place: npt.NDArray[np.int8]

    def starts(self) -> Floats:
        """Return where alignment begins, as it takes it, shape ``(pairs, 4)``."""
        left, top, width, height = np.array(WINDOWS, dtype=np.float32)[np.abs(self.place) - 1].T
        start: Floats = np.stack([np.sign(self.place) * width, 2 * left + width - 1, height, 2 * top + height - 1], 1)
        return start

    def chosen(self, which: "Indices | slice") -> "Candidates":
        """Return some of the pairs, in this order."""
        return Candidates(self.first[which], self.second[which], self.alike[which], self.place[which])


class InvertedFileIndex:
    """Cells around the commonest kinds of pictures.

    Args:
        whole: low frequencies of all pictures, shape ``(n, 80)``.
    """

    def __init__(self, whole: Floats) -> None:
        count = min(len(whole) // _PICTURES_PER_CELL, MOST_CELLS)
        # So few that each picture would stand in all of them are one.
        self._centres = _centres(whole, count) if count > _CELLS_OF_EACH else np.zeros((1, whole.shape[1]), np.float32)
        each = min(_CELLS_OF_EACH, len(self._centres))
        nearest = [np.argpartition(-near, each - 1, axis=1)[:, :each] for near in self._nearness(whole)]
        cells = np.concatenate(nearest).ravel()
        self._order = np.argsort(cells, kind="stable")
        self._bounds = np.searchsorted(cells[self._order], np.arange(len(self._centres) + 1))
        self._order //= each  # of a picture's cells in a row: which picture

    def _nearness(self, vectors: Floats) -> Iterator[Floats]:
        for start in range(0, max(len(vectors), 1), _ROWS_AT_ONCE):
            yield vectors[start : start + _ROWS_AT_ONCE] @ self._centres.T

    def groups(self, parts: Floats) -> Iterator[tuple[Indices, Indices]]:
        """Give positions of parts, and those of the pictures to compare all of them with."""
        cells = np.concatenate([near.argmax(axis=1) for near in self._nearness(parts)])
        order = np.argsort(cells, kind="stable")
        bounds = np.searchsorted(cells[order], np.arange(len(self._centres) + 1))
        for cell in range(len(self._centres)):
            yield (
                order[bounds[cell] : bounds[cell + 1]],
                self._order[self._bounds[cell] : self._bounds[cell + 1]],
            )


def _centres(whole: Floats, count: int) -> Floats:
    # Here, because it takes a second, and few collections are as large.
    from sklearn.cluster import MiniBatchKMeans

    sample = whole[:: max(len(whole) // (count * _SAMPLE_PER_CELL), 1)]
    found = MiniBatchKMeans(count, init="random", n_init=1, batch_size=_ROWS_AT_ONCE, max_iter=10, random_state=0)
    centres: Floats = found.fit(sample).cluster_centers_.astype(np.float32)
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-6)
    return centres


def likely_pairs(pictures: Pictures, fresh: Flags, told: Callable[[float], None]) -> Candidates:
    """Find the pairs that are most alike, each once.

    Args:
        pictures: grey levels, uint8 of shape ``(n, 32, 32)``.
        fresh: which of them are new, bool of shape ``(n,)``; pairs without a new one are left out.
        told: is called with the share that is done, 0 to 1, again and again.
    """
    whole = dct_descriptors(pictures, WHOLE)
    cells, found = InvertedFileIndex(whole), _NearestCandidates(fresh)
    for number, window in enumerate(WINDOWS, start=1):
        parts = whole if window is WHOLE else dct_descriptors(pictures, window)
        for place, turned in ((number, parts), (-number, parts * MIRROR)):
            for rows, columns in cells.groups(turned):
                _compare(found, turned, whole, rows, columns[fresh[columns]], place)
                _compare(found, turned, whole, rows[fresh[rows]], columns[~fresh[columns]], place)
        told(number / len(WINDOWS))
    return found.all()


def _compare(
    found: "_NearestCandidates", parts: Floats, whole: Floats, rows: Indices, columns: Indices, place: int
) -> None:
    """Note which of these pictures, the columns, are like a part of these, the rows."""
    if not len(columns):
        return
    compared = whole[columns].T
    at_once = max(_PAIRS_AT_ONCE // len(columns), 1)
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        alike = parts[some] @ compared
        row, column = np.divmod(np.flatnonzero(alike > found.least(some, columns)), len(columns))
        found.add(columns[column], some[row], alike[row, column], place)


class _NearestCandidates:
    """Of each new picture the pairs that are most alike; a pair of a new and an old one is the new one's.

    Args:
        fresh: which pictures are new.
    """

    def __init__(self, fresh: Flags) -> None:
        self._fresh = fresh
        self._least = np.full(len(fresh), LEAST_ALIKE, dtype=np.float32)
        nothing = np.zeros(0, dtype=np.int32)
        self._kept = [Candidates(nothing, nothing, nothing.astype(np.float32), nothing.astype(np.int8))]
        self._waiting = 0

    def least(self, rows: Indices, columns: Indices) -> Floats:
        """Return how alike parts of the first and the second must be, as a row or as a column."""
        return self._least[columns] if self._fresh[columns[0]] else self._least[rows, None]

    def add(self, first: Indices, second: Indices, alike: Floats, place: int) -> None:
        """Note such pairs; those of a picture with itself are left out."""
        other = first != second
        columns = (first[other].astype(np.int32), second[other].astype(np.int32), alike[other])
        self._kept.append(Candidates(*columns, np.full(other.sum(), place, dtype=np.int8)))
        self._waiting += len(columns[0])
        if self._waiting > _KEPT_AT_ONCE:
            self._tidy()

    def _tidy(self) -> None:
        found = _joined(self._kept)
        owner = np.where(self._fresh[found.first], found.first, found.second)
        order = _best_of_each(owner, found.first + found.second - owner, found.alike)
        order = order[np.lexsort((-found.alike[order], owner[order]))]
        begins = np.searchsorted(owner[order], owner[order])
        rank = np.arange(len(order)) - begins
        last = order[rank == _MOST_ALIKE - 1]
        self._least[owner[last]] = found.alike[last]
        self._kept = [found.chosen(order[rank < _MOST_ALIKE])]
        self._waiting = 0

    def all(self) -> Candidates:
        """Return the pairs, each once."""
        self._tidy()
        [found] = self._kept
        order = _best_of_each(np.minimum(found.first, found.second), np.maximum(found.first, found.second), found.alike)
        return found.chosen(order)


def _joined(parts: list[Candidates]) -> Candidates:
    return Candidates(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _best_of_each(one: Indices, other: Indices, alike: Floats) -> Indices:
    """Return where the most alike of each pair stands, in the order of the pairs."""
    order = np.lexsort((-alike, other, one))
    again = (np.diff(one[order], prepend=-1) == 0) & (np.diff(other[order], prepend=-1) == 0)
    kept: Indices = order[~again]
    return kept
