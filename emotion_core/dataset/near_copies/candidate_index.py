"""Candidate search: the pairs among many images that are most similar in their low frequencies.

With many thousand images, not all pairs are compared. An inverted file (Sivic and Zisserman 2003) divides the
descriptors into cells: each image is listed in the few cells nearest to it, and a part of another image is compared
with the images listed in its own nearest cell, in one matrix product per cell and window.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core.dataset.near_copies.alignment import FloatArray
from emotion_core.dataset.near_copies.dct_descriptors import MIRROR, WHOLE, WINDOWS, GrayImages, dct_descriptors

Indices = npt.NDArray[np.integer]
BoolMask = npt.NDArray[np.bool_]

# Similarities of copies with a third cut off start at .5. Many unrelated images are as similar, so only the best
# candidates of each image are kept.
MIN_SIMILARITY = 0.5
_MAX_CANDIDATES = 40
# More cells make the search faster, and listing each image in more of them makes it miss fewer copies.
_PICTURES_PER_CELL, MAX_CELLS, _CELLS_PER_PICTURE = 128, 1024, 32
_SAMPLE_PER_CELL = 32
# Bounds on memory: pairs compared in one product, candidates held before the worst are dropped, rows of a product.
_PAIRS_AT_ONCE, _MAX_HELD, _ROWS_AT_ONCE = 2_000_000, 4_000_000, 4096


class Candidates(NamedTuple):
    """Pairs of images that may show the same; all arrays have shape ``(pairs,)``.

    Attributes:
        first: positions of images that may be a part of the second.
        second: positions of images that may contain the first.
        similarity: cosine similarity of the descriptors, -1 to 1.
        window: which part of the second: number of the window, from 1, negative for a mirror image.
    """

    first: Indices
    second: Indices
    similarity: FloatArray
    window: npt.NDArray[np.int8]

    def starts(self) -> FloatArray:
        """Return the initial parameters for ``align``, shape ``(pairs, 4)``."""
        left, top, width, height = np.array(WINDOWS, dtype=np.float32)[np.abs(self.window) - 1].T
        start: FloatArray = np.stack(
            [np.sign(self.window) * width, 2 * left + width - 1, height, 2 * top + height - 1], 1
        )
        return start

    def subset(self, selection: "Indices | slice") -> "Candidates":
        """Return the selected pairs, in the order of the selection."""
        first, second = self.first[selection], self.second[selection]
        return Candidates(first, second, self.similarity[selection], self.window[selection])


class InvertedFileIndex:
    """Index of images by the cells that their descriptors are nearest to.

    Args:
        whole: descriptors of whole images, float32 of shape ``(n, 80)``.
    """

    def __init__(self, whole: FloatArray) -> None:
        count = min(len(whole) // _PICTURES_PER_CELL, MAX_CELLS)
        # With few images each would be listed in every cell; a single cell then does the same.
        is_divided = count > _CELLS_PER_PICTURE
        self._centers = _cell_centers(whole, count) if is_divided else np.zeros((1, whole.shape[1]), np.float32)
        cells_each = min(_CELLS_PER_PICTURE, len(self._centers))
        batches = self._similarities(whole)
        nearest = [np.argpartition(-batch, cells_each - 1, axis=1)[:, :cells_each] for batch in batches]
        cells = np.concatenate(nearest).ravel()
        # The images of one cell side by side, with the bounds of each cell.
        self._order = np.argsort(cells, kind="stable")
        self._bounds = np.searchsorted(cells[self._order], np.arange(len(self._centers) + 1))
        # From positions among all listings to positions of images: each has the same number of listings in a row.
        self._order //= cells_each

    def _similarities(self, vectors: FloatArray) -> Iterator[FloatArray]:
        """Yield the similarities of descriptors to all cell centers, in batches."""
        for start in range(0, max(len(vectors), 1), _ROWS_AT_ONCE):
            yield vectors[start : start + _ROWS_AT_ONCE] @ self._centers.T

    def groups(self, parts: FloatArray) -> Iterator[tuple[Indices, Indices]]:
        """Yield, per cell, the positions of the parts nearest to it and of the images to compare them with."""
        cells = np.concatenate([batch.argmax(axis=1) for batch in self._similarities(parts)])
        order = np.argsort(cells, kind="stable")
        bounds = np.searchsorted(cells[order], np.arange(len(self._centers) + 1))
        for cell in range(len(self._centers)):
            yield (
                order[bounds[cell] : bounds[cell + 1]],
                self._order[self._bounds[cell] : self._bounds[cell + 1]],
            )


def _cell_centers(whole: FloatArray, count: int) -> FloatArray:
    # Imported here, because it takes a second and only large collections need it.
    from sklearn.cluster import MiniBatchKMeans

    # Rough centers are enough, because each image is listed in many cells: hence the sample and few iterations.
    sample = whole[:: max(len(whole) // (count * _SAMPLE_PER_CELL), 1)]
    kmeans = MiniBatchKMeans(count, init="random", n_init=1, batch_size=_ROWS_AT_ONCE, max_iter=10, random_state=0)
    centers: FloatArray = kmeans.fit(sample).cluster_centers_.astype(np.float32)
    centers /= np.maximum(np.linalg.norm(centers, axis=1, keepdims=True), 1e-6)
    return centers


def likely_pairs(pictures: GrayImages, is_new: BoolMask, on_progress: Callable[[float], None]) -> Candidates:
    """Find the most similar pairs of images, each once.

    Args:
        pictures: gray levels, uint8 of shape ``(n, 32, 32)``.
        is_new: which images are new, shape ``(n,)``; pairs without a new image are left out.
        on_progress: called repeatedly with the completed share, 0 to 1.
    """
    whole = dct_descriptors(pictures, WHOLE)
    index, nearest = InvertedFileIndex(whole), _NearestCandidates(is_new)
    for number, window in enumerate(WINDOWS, start=1):
        parts = whole if window is WHOLE else dct_descriptors(pictures, window)
        for signed_number, descriptors in ((number, parts), (-number, parts * MIRROR)):
            for rows, columns in index.groups(descriptors):
                # All parts with new images, then parts of new images with old ones: never two old images.
                new, old = columns[is_new[columns]], columns[~is_new[columns]]
                _compare(nearest, descriptors, whole, rows, new, signed_number)
                _compare(nearest, descriptors, whole, rows[is_new[rows]], old, signed_number)
        on_progress(number / len(WINDOWS))
    return nearest.all()


def _compare(
    nearest: "_NearestCandidates", parts: FloatArray, whole: FloatArray, rows: Indices, columns: Indices, window: int
) -> None:
    """Add the similar pairs of a part (of the images in ``rows``) and a whole image (of those in ``columns``)."""
    if not len(columns):
        return
    compared = whole[columns].T
    at_once = max(_PAIRS_AT_ONCE // len(columns), 1)
    for start in range(0, len(rows), at_once):
        batch = rows[start : start + at_once]
        similarity = parts[batch] @ compared
        row, column = np.divmod(np.flatnonzero(similarity > nearest.thresholds(batch, columns)), len(columns))
        nearest.add(columns[column], batch[row], similarity[row, column], window)


class _NearestCandidates:
    """The most similar pairs of each new image; a pair of a new and an old image belongs to the new one.

    Args:
        is_new: which images are new, shape ``(n,)``.
    """

    def __init__(self, is_new: BoolMask) -> None:
        self._is_new = is_new
        # Rises once an image has its full number of candidates, so that most later pairs are dropped at once.
        self._threshold = np.full(len(is_new), MIN_SIMILARITY, dtype=np.float32)
        empty = np.zeros(0, dtype=np.int32)
        self._batches = [Candidates(empty, empty, empty.astype(np.float32), empty.astype(np.int8))]
        self._added = 0

    def thresholds(self, rows: Indices, columns: Indices) -> FloatArray:
        """Return the similarity that each pair must exceed, shaped to broadcast over rows and columns."""
        return self._threshold[columns] if self._is_new[columns[0]] else self._threshold[rows, None]

    def add(self, first: Indices, second: Indices, similarity: FloatArray, window: int) -> None:
        """Add pairs; those of an image with itself are left out."""
        is_pair = first != second
        columns = (first[is_pair].astype(np.int32), second[is_pair].astype(np.int32), similarity[is_pair])
        self._batches.append(Candidates(*columns, np.full(is_pair.sum(), window, dtype=np.int8)))
        self._added += len(columns[0])
        if self._added > _MAX_HELD:
            self._drop_surplus()

    def _drop_surplus(self) -> None:
        """Keep the best candidates of each new image and raise its threshold to the worst of them."""
        pairs = _concatenated(self._batches)
        owner = np.where(self._is_new[pairs.first], pairs.first, pairs.second)
        # Several windows may have brought the same pair.
        order = _best_of_each_pair(owner, pairs.first + pairs.second - owner, pairs.similarity)
        order = order[np.lexsort((-pairs.similarity[order], owner[order]))]
        starts = np.searchsorted(owner[order], owner[order])
        rank = np.arange(len(order)) - starts
        worst_kept = order[rank == _MAX_CANDIDATES - 1]
        self._threshold[owner[worst_kept]] = pairs.similarity[worst_kept]
        self._batches = [pairs.subset(order[rank < _MAX_CANDIDATES])]
        self._added = 0

    def all(self) -> Candidates:
        """Return the pairs, each once."""
        self._drop_surplus()
        [pairs] = self._batches
        # Two new images may have each other as a candidate; the pair is kept in the better direction.
        smaller, larger = np.minimum(pairs.first, pairs.second), np.maximum(pairs.first, pairs.second)
        return pairs.subset(_best_of_each_pair(smaller, larger, pairs.similarity))


def _concatenated(batches: list[Candidates]) -> Candidates:
    return Candidates(*(np.concatenate(columns) for columns in zip(*batches, strict=True)))


def _best_of_each_pair(first: Indices, second: Indices, similarity: FloatArray) -> Indices:
    """Return the positions of the most similar entry of each pair, in the order of the pairs."""
    order = np.lexsort((-similarity, second, first))
    is_repeated = (np.diff(first[order], prepend=-1) == 0) & (np.diff(second[order], prepend=-1) == 0)
    best: Indices = order[~is_repeated]
    return best
