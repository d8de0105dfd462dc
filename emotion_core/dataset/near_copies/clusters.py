"""Clusters of near copies: the same image resized, recompressed, mirrored, retouched or cropped.

The search uses the thumbnails. Its results are stored in the workspace, so that only new photos are compared.
"""

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from filelock import FileLock
from PIL import Image

from emotion_core.dataset.near_copies.candidate_index import Indices
from emotion_core.dataset.near_copies.dct_descriptors import COARSE_SIDE_PX, GrayImages
from emotion_core.dataset.near_copies.matching import FINE_SIDE_PX, Pairs, ShareCallback, same_pictures
from emotion_core.files import read_arrays, remove_file, replacing
from emotion_core.settings import Workspace

# To be increased with every change of the comparison: results of other versions are discarded.
VERSION = 2
# One pair with at least this score joins two groups. Weaker pairs join them only together: a chain of single weak pairs
# would otherwise merge unrelated photos.
SURE_SCORE = 0.85
_MIN_SHARE_OF_PAIRS = 1 / 3

# Photos compared between two saves, which an interrupted search keeps. A save costs as much as a few thousand photos.
_PHOTOS_PER_SAVE = 20_000
# Each fine image (4 KB) is needed for every photo that it may be a copy of.
_FINE_CACHE_SIZE = 50_000

ThumbnailPath = Callable[[str], Path]


@dataclass(frozen=True)
class _Known:
    """The stored state of the search.

    Attributes:
        ids: ids of the photos that were compared with each other, shape ``(n,)``.
        pictures: their gray levels, uint8 of shape ``(n, 32, 32)``.
        pairs: the pairs that show the same image.
    """

    ids: npt.NDArray[np.str_]
    pictures: GrayImages
    pairs: Pairs

    def without(self, removed: npt.NDArray[np.bool_]) -> "_Known":
        """Return the state without some photos, given as a mask of shape ``(n,)``."""
        new_position = np.cumsum(~removed) - 1
        stays = ~removed[self.pairs.first] & ~removed[self.pairs.second]
        first, second = new_position[self.pairs.first[stays]], new_position[self.pairs.second[stays]]
        return _Known(self.ids[~removed], self.pictures[~removed], Pairs(first, second, self.pairs.score[stays]))


def near_copy_clusters(
    workspace: Workspace,
    photo_ids: Sequence[str],
    thumbnail_path: ThumbnailPath,
    on_progress: ShareCallback = lambda _: None,
) -> dict[str, str]:
    """Return the near-copy cluster of each photo that has near copies.

    Args:
        workspace: workspace where results are stored, including those of an interrupted search.
        photo_ids: ids of all photos; labels and statuses do not matter.
        thumbnail_path: returns the path of a photo's thumbnail.
        on_progress: called repeatedly with the completed share of the search, 0 to 1; an exception from it ends the
            search.

    Returns:
        Cluster name (the smallest ``photo_id`` in it) by ``photo_id``; photos without near copies are left out.
    """
    known = known_near_copies(workspace)
    if known.keys() != set(photo_ids):
        with _locked(workspace):
            # The process that held the lock may have compared them meanwhile.
            known = known_near_copies(workspace)
            if known.keys() != set(photo_ids):
                _compare(_path(workspace), photo_ids, thumbnail_path, on_progress)
                known = known_near_copies(workspace)
    return {photo_id: cluster for photo_id, cluster in known.items() if cluster}


def known_near_copies(workspace: Workspace) -> Mapping[str, str]:
    """Return the near-copy cluster of each photo compared so far; an empty name for those without near copies."""
    path = _path(workspace)
    try:
        # Pages need this at every rerun. Writers replace the file, which changes its inode: these values are a safe
        # cache key.
        stat = path.stat()
    except OSError:
        return {}
    return _known_clusters(path, (stat.st_ino, stat.st_size, stat.st_mtime_ns))


@functools.lru_cache(maxsize=2)
def _known_clusters(path: Path, _state: tuple[int, ...]) -> Mapping[str, str]:
    stored = _read(path, "ids", "clusters")
    known = dict(zip(*(column.tolist() for column in stored), strict=True)) if stored else {}
    # Read-only, because all callers share the cached value.
    return MappingProxyType(known)


def forget_photos(workspace: Workspace, photo_ids: Collection[str]) -> None:
    """Remove all stored data of photos, including their small images.

    Args:
        workspace: workspace of the photos.
        photo_ids: ids of the photos.
    """
    with _locked(workspace):
        known = _load(_path(workspace))
        removed = np.isin(known.ids, list(photo_ids))
        if not len(known.ids):
            # The file is missing or unreadable. One of another version may contain the photos.
            remove_file(_path(workspace))
        elif removed.any():
            remaining = known.without(removed)
            _write(_path(workspace), remaining, _clusters(remaining))


def _path(workspace: Workspace) -> Path:
    return workspace.root / "near_copies.npz"


def _locked(workspace: Workspace) -> FileLock:
    return FileLock(_path(workspace).with_suffix(".lock"))


def _compare(path: Path, photo_ids: Sequence[str], thumbnail_path: ThumbnailPath, on_progress: ShareCallback) -> None:
    """Compare new photos with all others, and save the results after every batch."""
    known = _load(path)
    known = known.without(~np.isin(known.ids, list(photo_ids)))
    new_ids = sorted(set(photo_ids) - set(known.ids.tolist()))
    # At least one pass: without new photos, the removal of deleted ones is saved.
    for start in range(0, max(len(new_ids), 1), _PHOTOS_PER_SAVE):
        batch = new_ids[start : start + _PHOTOS_PER_SAVE]
        if batch:
            batch_progress = _scaled(on_progress, start / len(new_ids), len(batch) / len(new_ids))
            known = _updated(known, batch, thumbnail_path, batch_progress)
        _write(path, known, _clusters(known))


def _scaled(on_progress: ShareCallback, start: float, size: float) -> ShareCallback:
    return lambda share: on_progress(start + size * share)


def _updated(
    known: _Known, new_ids: Sequence[str], thumbnail_path: ThumbnailPath, on_progress: ShareCallback
) -> _Known:
    ids = np.array([*known.ids.tolist(), *new_ids])
    coarse = [_gray_image(thumbnail_path(photo_id), COARSE_SIDE_PX) for photo_id in new_ids]
    pictures = np.concatenate([known.pictures, np.array(coarse)])

    @functools.lru_cache(_FINE_CACHE_SIZE)
    def fine_image(position: int) -> GrayImages:
        return _gray_image(thumbnail_path(str(ids[position])), FINE_SIDE_PX)

    def fine(positions: Indices) -> GrayImages:
        images = [fine_image(position) for position in positions.tolist()]
        return np.array(images, dtype=np.uint8).reshape(-1, FINE_SIDE_PX, FINE_SIDE_PX)

    new_pairs = same_pictures(pictures, np.arange(len(ids)) >= len(known.ids), fine, on_progress)
    pairs = Pairs(*(np.concatenate(columns) for columns in zip(known.pairs, new_pairs, strict=True)))
    return _Known(ids, pictures, pairs)


def _gray_image(path: Path, side_px: int) -> GrayImages:
    """Return a thumbnail's gray levels, uint8 of shape ``(side_px, side_px)``."""
    try:
        with Image.open(path, formats=("JPEG",)) as thumbnail:
            # Decoding JPEG at half its size is faster and still fine enough.
            thumbnail.draft("L", (FINE_SIDE_PX, FINE_SIDE_PX))
            return np.asarray(thumbnail.convert("L").resize((side_px, side_px), Image.Resampling.BOX))
    except (OSError, ValueError, SyntaxError):
        # A photo whose thumbnail is missing or damaged has no near copies: a blank image is similar to nothing.
        return np.zeros((side_px, side_px), dtype=np.uint8)


def _clusters(known: _Known) -> npt.NDArray[np.str_]:
    """Return the cluster name of each photo, empty for those without near copies, shape ``(n,)``."""
    group_of = _components(len(known.ids), known.pairs, known.pairs.score >= SURE_SCORE)
    groups = _MergingGroups(group_of, known.pairs)
    # Weaker pairs from best to worst: each may join groups that better pairs have formed.
    order = np.argsort(-known.pairs.score, kind="stable")
    for pair in order[known.pairs.score[order] < SURE_SCORE]:
        groups.join_if_similar(int(group_of[known.pairs.first[pair]]), int(group_of[known.pairs.second[pair]]))
    return _cluster_names(known.ids, [groups.root(group) for group in group_of.tolist()])


class _MergingGroups:
    """Groups of photos that may be joined, with the number of matching pairs between any two of them.

    Args:
        group_of: group of each photo, shape ``(n,)``.
        pairs: matching pairs of photos, within and between groups.
    """

    def __init__(self, group_of: npt.NDArray[np.int32], pairs: Pairs) -> None:
        self._sizes = Counter(group_of.tolist())
        self._parent: dict[int, int] = {}
        self._across: defaultdict[int, Counter[int]] = defaultdict(Counter)
        ends = np.stack([group_of[pairs.first], group_of[pairs.second]])
        for first, second in ends[:, ends[0] != ends[1]].T.tolist():
            self._across[first][second] += 1
            self._across[second][first] += 1

    def root(self, group: int) -> int:
        """Return the group that a group has become part of."""
        while group in self._parent:
            group = self._parent[group]
        return group

    def join_if_similar(self, first: int, second: int) -> None:
        """Join two groups if a large enough share of the pairs between them match."""
        small, large = sorted((self.root(first), self.root(second)), key=lambda group: len(self._across[group]))
        pairs = self._sizes[small] * self._sizes[large]
        if small != large and self._across[small][large] >= _MIN_SHARE_OF_PAIRS * pairs:
            self._join(small, large)

    def _join(self, small: int, large: int) -> None:
        # The group with fewer neighbors moves into the other, so that no entry is moved often.
        self._parent[small] = large
        self._sizes[large] += self._sizes.pop(small)
        for neighbour, count in self._across.pop(small).items():
            del self._across[neighbour][small]
            if neighbour != large:
                self._across[large][neighbour] += count
                self._across[neighbour][large] += count


def _components(count: int, pairs: Pairs, used: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """Return the connected component of each photo in the graph of the used pairs."""
    # Imported here, because adding photos needs no SciPy and should not wait for its import.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(used.sum(), dtype=bool), (pairs.first[used], pairs.second[used])), shape=(count, count))
    component: npt.NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return component


def _cluster_names(ids: npt.NDArray[np.str_], group_of: Sequence[int]) -> npt.NDArray[np.str_]:
    members: dict[int, list[str]] = {}
    for photo_id, group in zip(ids.tolist(), group_of, strict=True):
        members.setdefault(group, []).append(photo_id)
    names = {group: min(photo_ids) for group, photo_ids in members.items() if len(photo_ids) > 1}
    return np.array([names.get(group, "") for group in group_of], dtype=np.str_)


def _load(path: Path) -> _Known:
    stored = _read(path, "ids", "pictures", "first", "second", "score")
    if stored is None:
        empty = np.zeros(0, dtype=np.intp)
        no_pictures = np.zeros((0, COARSE_SIDE_PX, COARSE_SIDE_PX), dtype=np.uint8)
        return _Known(np.zeros(0, dtype=np.str_), no_pictures, Pairs(empty, empty, np.zeros(0, dtype=np.float32)))
    ids, pictures, *pairs = stored
    return _Known(ids, pictures, Pairs(*pairs))


def _read(path: Path, *names: str) -> list[npt.NDArray[Any]] | None:
    """Return arrays of the file, or None if it is missing, damaged or of another version."""
    stored = read_arrays(path)
    if stored is None or not stored.keys() >= {"version", *names} or stored["version"] != VERSION:
        return None
    return [stored[name] for name in names]


def _write(path: Path, known: _Known, clusters: npt.NDArray[np.str_]) -> None:
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(
            stream,
            version=VERSION,
            ids=known.ids,
            pictures=known.pictures,
            clusters=clusters,
            **known.pairs._asdict(),
        )
