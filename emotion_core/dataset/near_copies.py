"""Near copies: the same picture resized, recompressed, mirrored, retouched or cut, told from the thumbnails.

What was found is kept in the workspace, so that only photos that came since are compared.
"""

import zipfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from filelock import FileLock
from PIL import Image

from emotion_core.dataset.resemblance import COARSE_SIDE_PX, FINE_SIDE_PX, Numbers, Pairs, Pictures, same_pictures
from emotion_core.files import move_into_place, temporary_beside
from emotion_core.settings import Workspace

# What an earlier way of comparing found counts no more.
VERSION = 2
# Groups that one such pair connects are one; a weaker pair connects them where it is not the only one.
SURE_SCORE = 0.85
_LEAST_SHARE_OF_PAIRS = 1 / 3

ThumbnailPath = Callable[[str], Path]


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


def near_copy_clusters(workspace: Workspace, photo_ids: Sequence[str], thumbnail_path: ThumbnailPath) -> dict[str, str]:
    """Return the near-copy cluster of each photo that has near copies.

    Args:
        workspace: where what was found is kept.
        photo_ids: all photos there are; label and status play no part.
        thumbnail_path: tells where a photo's thumbnail lies.

    Returns:
        ``photo_id`` to a cluster name (the smallest ``photo_id`` in it); photos without a near copy are left out.
    """
    known = known_near_copies(workspace)
    if known.keys() != set(photo_ids):
        with _locked(workspace):
            # Whoever held the lock may have compared them.
            known = known_near_copies(workspace)
            if known.keys() != set(photo_ids):
                compared = _updated(_load(_path(workspace)), photo_ids, thumbnail_path)
                _write(_path(workspace), compared, _clusters(compared))
                known = known_near_copies(workspace)
    return {photo_id: cluster for photo_id, cluster in known.items() if cluster}


def known_near_copies(workspace: Workspace) -> dict[str, str]:
    """Return the near-copy cluster of each photo that was compared so far, empty for those without near copies."""
    stored = _read(_path(workspace), "ids", "clusters")
    return dict(zip(*(column.tolist() for column in stored), strict=True)) if stored else {}


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


def _updated(known: _Known, photo_ids: Sequence[str], thumbnail_path: ThumbnailPath) -> _Known:
    known = known.without(~np.isin(known.ids, list(photo_ids)))
    came = sorted(set(photo_ids) - set(known.ids.tolist()))
    if not came:
        return known
    ids = np.array([*known.ids.tolist(), *came])
    pictures = np.concatenate([known.pictures, _pictures(came, thumbnail_path, COARSE_SIDE_PX)])

    def fine(numbers: Numbers) -> Pictures:
        return _pictures(ids[numbers].tolist(), thumbnail_path, FINE_SIDE_PX)

    found = same_pictures(pictures, np.arange(len(ids)) >= len(known.ids), fine)
    pairs = Pairs(*(np.concatenate([old, new]) for old, new in zip(known.pairs, found, strict=True)))
    return _Known(ids, pictures, pairs)


def _pictures(photo_ids: Sequence[str], thumbnail_path: ThumbnailPath, side_px: int) -> Pictures:
    pictures = np.zeros((len(photo_ids), side_px, side_px), dtype=np.uint8)
    seen: dict[str, int] = {}
    for number, photo_id in enumerate(photo_ids):
        if photo_id not in seen:
            pictures[number] = _grey(thumbnail_path(photo_id), side_px)
        else:
            pictures[number] = pictures[seen[photo_id]]
        seen[photo_id] = number
    return pictures


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
    # Weaker pairs, the better first, each over the groups as those before left them.
    for number in np.flatnonzero(known.pairs.score < SURE_SCORE)[
        np.argsort(-known.pairs.score[known.pairs.score < SURE_SCORE])
    ]:
        one, other = group[known.pairs.first[number]], group[known.pairs.second[number]]
        if one != other and _share_of_pairs(group, known.pairs, one, other) >= _LEAST_SHARE_OF_PAIRS:
            group[group == other] = one
    return _named(known.ids, group)


def _components(count: int, pairs: Pairs, used: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    # Here, because whoever only adds photos need not wait for half of SciPy.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(used.sum(), dtype=bool), (pairs.first[used], pairs.second[used])), shape=(count, count))
    group: npt.NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return group


def _share_of_pairs(group: npt.NDArray[np.int32], pairs: Pairs, one: int, other: int) -> float:
    """Return of how many of the pairs across two groups it is known that they show the same."""
    ends = np.sort(np.stack([group[pairs.first], group[pairs.second]]), axis=0)
    across = ((ends[0] == min(one, other)) & (ends[1] == max(one, other))).sum()
    return float(across / ((group == one).sum() * (group == other).sum()))


def _named(ids: npt.NDArray[np.str_], group: npt.NDArray[np.int32]) -> npt.NDArray[np.str_]:
    members: dict[int, list[str]] = {}
    for photo_id, number in zip(ids.tolist(), group.tolist(), strict=True):
        members.setdefault(number, []).append(photo_id)
    names = {number: min(found) for number, found in members.items() if len(found) > 1}
    return np.array([names.get(number, "") for number in group.tolist()], dtype=np.str_)


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
