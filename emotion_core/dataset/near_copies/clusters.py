"""Near copies: the same picture resized, recompressed, mirrored, retouched or cut, told from the thumbnails.

What was found is kept in the workspace, so that only photos that came since are compared.
"""

import functools
import zipfile
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
from emotion_core.dataset.near_copies.dct_descriptors import COARSE_SIDE_PX, Pictures
from emotion_core.dataset.near_copies.matching import FINE_SIDE_PX, Pairs, same_pictures
from emotion_core.files import move_into_place, temporary_beside
from emotion_core.settings import Workspace

# What an earlier way of comparing found counts no more.
VERSION = 2
# Groups that one such pair connects are one; a weaker pair connects them where it is not the only one.
SURE_SCORE = 0.85
_LEAST_SHARE_OF_PAIRS = 1 / 3

# What is kept of a search that was interrupted; each time costs as much as some thousand photos.
_AT_ONCE = 20_000
# Each is asked for with every picture that it may be a copy of; they take 4 KB.
_FINE_KEPT = 50_000

ThumbnailPath = Callable[[str], Path]
Told = Callable[[float], None]


@dataclass(frozen=True)
class _Known:
    """What is kept of the photos that were compared.

    Attributes:
        ids: of the photos, shape ``(n,)``.
        pictures: grey levels, uint8 of shape ``(n, 32, 32)``.
        pairs: that show the same.
    """

    ids: npt.NDArray[np.str_]
    pictures: Pictures
    pairs: Pairs

    def without(self, gone: npt.NDArray[np.bool_]) -> "_Known":
        """Return what is left when these photos, bool of shape ``(n,)``, are gone."""
        place = np.cumsum(~gone) - 1
        stays = ~gone[self.pairs.first] & ~gone[self.pairs.second]
        first, second = place[self.pairs.first[stays]], place[self.pairs.second[stays]]
        return _Known(self.ids[~gone], self.pictures[~gone], Pairs(first, second, self.pairs.score[stays]))


def near_copy_clusters(
    workspace: Workspace, photo_ids: Sequence[str], thumbnail_path: ThumbnailPath, told: Told = lambda _: None
) -> dict[str, str]:
    """Return the near-copy cluster of each photo that has near copies.

    Args:
        workspace: where what was found is kept, also of a search that was interrupted.
        photo_ids: all photos there are; label and status play no part.
        thumbnail_path: tells where a photo's thumbnail lies.
        told: is called with the share of the search that is done, 0 to 1, again and again; what it raises ends it.

    Returns:
        ``photo_id`` to a cluster name (the smallest ``photo_id`` in it); photos without a near copy are left out.
    """
    known = known_near_copies(workspace)
    if known.keys() != set(photo_ids):
        with _locked(workspace):
            # Whoever held the lock may have compared them.
            known = known_near_copies(workspace)
            if known.keys() != set(photo_ids):
                _compare(_path(workspace), photo_ids, thumbnail_path, told)
                known = known_near_copies(workspace)
    return {photo_id: cluster for photo_id, cluster in known.items() if cluster}


def known_near_copies(workspace: Workspace) -> Mapping[str, str]:
    """Return the near-copy cluster of each photo that was compared so far, empty for those without near copies."""
    path = _path(workspace)
    try:
        # Pages ask again and again. Whoever writes the file replaces it.
        found = path.stat()
    except OSError:
        return {}
    return _known_clusters(path, (found.st_ino, found.st_size, found.st_mtime_ns))


@functools.lru_cache(maxsize=2)
def _known_clusters(path: Path, _state: tuple[int, ...]) -> Mapping[str, str]:
    stored = _read(path, "ids", "clusters")
    known = dict(zip(*(column.tolist() for column in stored), strict=True)) if stored else {}
    return MappingProxyType(known)


def forget_photos(workspace: Workspace, photo_ids: Collection[str]) -> None:
    """Remove what is kept of photos, the small pictures of them too."""
    with _locked(workspace):
        known = _load(_path(workspace))
        gone = np.isin(known.ids, list(photo_ids))
        if not len(known.ids):
            # Nothing, or nothing that can be read.
            _path(workspace).unlink(missing_ok=True)
        elif gone.any():
            left = known.without(gone)
            _write(_path(workspace), left, _clusters(left))


def _path(workspace: Workspace) -> Path:
    return workspace.root / "near_copies.npz"


def _locked(workspace: Workspace) -> FileLock:
    return FileLock(_path(workspace).with_suffix(".lock"))


def _compare(path: Path, photo_ids: Sequence[str], thumbnail_path: ThumbnailPath, told: Told) -> None:
    """Compare photos that came with all others, so many at a time, and keep what was found so far."""
    known = _load(path)
    known = known.without(~np.isin(known.ids, list(photo_ids)))
    came = sorted(set(photo_ids) - set(known.ids.tolist()))
    for start in range(0, max(len(came), 1), _AT_ONCE):
        some = came[start : start + _AT_ONCE]
        if some:
            known = _updated(known, some, thumbnail_path, _within(told, start / len(came), len(some) / len(came)))
        _write(path, known, _clusters(known))


def _within(told: Told, begin: float, size: float) -> Told:
    return lambda share: told(begin + size * share)


def _updated(known: _Known, came: Sequence[str], thumbnail_path: ThumbnailPath, told: Told) -> _Known:
    ids = np.array([*known.ids.tolist(), *came])
    coarse = [_grey(thumbnail_path(photo_id), COARSE_SIDE_PX) for photo_id in came]
    pictures = np.concatenate([known.pictures, np.array(coarse)])

    @functools.lru_cache(_FINE_KEPT)
    def fine_one(number: int) -> Pictures:
        return _grey(thumbnail_path(str(ids[number])), FINE_SIDE_PX)

    def fine(numbers: Indices) -> Pictures:
        found = [fine_one(number) for number in numbers.tolist()]
        return np.array(found, dtype=np.uint8).reshape(-1, FINE_SIDE_PX, FINE_SIDE_PX)

    found = same_pictures(pictures, np.arange(len(ids)) >= len(known.ids), fine, told)
    pairs = Pairs(*(np.concatenate([old, new]) for old, new in zip(known.pairs, found, strict=True)))
    return _Known(ids, pictures, pairs)


def _grey(path: Path, side_px: int) -> Pictures:
    try:
        with Image.open(path, formats=("JPEG",)) as thumbnail:
            # Decoded to half its size, which is all that is needed.
            thumbnail.draft("L", (FINE_SIDE_PX, FINE_SIDE_PX))
            return np.asarray(thumbnail.convert("L").resize((side_px, side_px), Image.Resampling.BOX))
    except (OSError, ValueError, SyntaxError):
        # Black, which is like nothing: a photo whose file is lost has no copies.
        return np.zeros((side_px, side_px), dtype=np.uint8)


def _clusters(known: _Known) -> npt.NDArray[np.str_]:
    """Return the cluster of each photo, empty for those without near copies, shape ``(n,)``."""
    group = _components(len(known.ids), known.pairs, known.pairs.score >= SURE_SCORE)
    groups = _Groups(group, known.pairs)
    # Weaker pairs, the better first, each over the groups as those before left them.
    order = np.argsort(-known.pairs.score, kind="stable")
    for number in order[known.pairs.score[order] < SURE_SCORE]:
        groups.join_if_alike(int(group[known.pairs.first[number]]), int(group[known.pairs.second[number]]))
    return _named(known.ids, [groups.now(number) for number in group.tolist()])


class _Groups:
    """Groups of photos, and between which of them there are how many pairs that show the same.

    Args:
        group: of each photo, shape ``(n,)``.
        pairs: within and between the groups.
    """

    def __init__(self, group: npt.NDArray[np.int32], pairs: Pairs) -> None:
        self._sizes = Counter(group.tolist())
        self._joined: dict[int, int] = {}
        self._across: defaultdict[int, Counter[int]] = defaultdict(Counter)
        ends = np.stack([group[pairs.first], group[pairs.second]])
        for one, other in ends[:, ends[0] != ends[1]].T.tolist():
            self._across[one][other] += 1
            self._across[other][one] += 1

    def now(self, number: int) -> int:
        """Return the group that a group is part of now."""
        while number in self._joined:
            number = self._joined[number]
        return number

    def join_if_alike(self, one: int, other: int) -> None:
        """Make two groups one, if it is known of enough pairs across them that they show the same."""
        small, large = sorted((self.now(one), self.now(other)), key=lambda group: len(self._across[group]))
        pairs = self._sizes[small] * self._sizes[large]
        if small != large and self._across[small][large] >= _LEAST_SHARE_OF_PAIRS * pairs:
            self._join(small, large)

    def _join(self, small: int, large: int) -> None:
        # The one with fewer neighbours into the other: so none is moved often.
        self._joined[small] = large
        self._sizes[large] += self._sizes.pop(small)
        for neighbour, count in self._across.pop(small).items():
            del self._across[neighbour][small]
            if neighbour != large:
                self._across[large][neighbour] += count
                self._across[neighbour][large] += count


def _components(count: int, pairs: Pairs, used: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    # Here, because whoever only adds photos need not wait for half of SciPy.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(used.sum(), dtype=bool), (pairs.first[used], pairs.second[used])), shape=(count, count))
    group: npt.NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return group


def _named(ids: npt.NDArray[np.str_], group: Sequence[int]) -> npt.NDArray[np.str_]:
    members: dict[int, list[str]] = {}
    for photo_id, number in zip(ids.tolist(), group, strict=True):
        members.setdefault(number, []).append(photo_id)
    names = {number: min(found) for number, found in members.items() if len(found) > 1}
    return np.array([names.get(number, "") for number in group], dtype=np.str_)


def _load(path: Path) -> _Known:
    stored = _read(path, "ids", "pictures", "first", "second", "score")
    if stored is None:
        nothing = np.zeros(0, dtype=np.intp)
        blank = np.zeros((0, COARSE_SIDE_PX, COARSE_SIDE_PX), dtype=np.uint8)
        return _Known(np.zeros(0, dtype=np.str_), blank, Pairs(nothing, nothing, np.zeros(0, dtype=np.float32)))
    ids, pictures, *pairs = stored
    return _Known(ids, pictures, Pairs(*pairs))


def _read(path: Path, *names: str) -> list[npt.NDArray[Any]] | None:
    """Return arrays of the file, or None where it is missing, damaged or of another version."""
    try:
        # Opened here: of a damaged file, NumPy would leave it open.
        with path.open("rb") as stream, np.load(stream) as stored:
            return [stored[name] for name in names] if stored["version"] == VERSION else None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _write(path: Path, known: _Known, clusters: npt.NDArray[np.str_]) -> None:
    temporary = temporary_beside(path)
    with temporary.open("wb") as stream:
        np.savez(
            stream,
            version=VERSION,
            ids=known.ids,
            pictures=known.pictures,
            clusters=clusters,
            **known.pairs._asdict(),
        )
    move_into_place(temporary, path)
