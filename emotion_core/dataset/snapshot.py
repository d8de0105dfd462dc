"""A snapshot freezes which photos, labels and splits a study uses; reviewing later never changes it."""

import contextlib
import hashlib
import json
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emotion_core.dataset.catalog import Catalog
from emotion_core.dataset.findings import find
from emotion_core.dataset.photos import LABELS, Photo
from emotion_core.dataset.splits import SPLITS, SplitFractions, assign_folds, assign_splits
from emotion_core.dataset.viewing import to_pixels
from emotion_core.errors import DataError
from emotion_core.files import move_into_place, read_json, temporary_beside, write_json
from emotion_core.images import View
from emotion_core.settings import Workspace

SNAPSHOT_FILE = "snapshot.json"
READ_ONLY = 0o444


@dataclass(frozen=True)
class SnapshotItem:
    """One photo of a snapshot.

    Attributes:
        photo_id: id in the catalog.
        label: ``happy`` or ``sad``, as it was when the snapshot was taken.
        split: ``train``, ``validation`` or ``test``; that of the first fold where there are folds.
        folds: its split in each fold of a cross-validation; empty where there is none.
    """

    photo_id: str
    label: str
    split: str
    folds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """Photos with their labels and splits, named by what they are.

    Attributes:
        fingerprint: the first 16 hexadecimal digits of the SHA-256 of ``items``; equal snapshots have equal names.
        items: sorted by photo id.
        seed: that chose the split.
        created_at: seconds since 1970.
        clusters: how many groups of near copies its photos form; None where that was not counted yet.
    """

    fingerprint: str
    items: tuple[SnapshotItem, ...]
    seed: int
    created_at: float
    clusters: int | None = None

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        """0 (happy) or 1 (sad) for each item, int64 of shape ``(n,)``."""
        return np.array([LABELS.index(item.label) for item in self.items], dtype=np.int64)

    @property
    def folds(self) -> int:
        """How many folds of a cross-validation it has; 0 for none."""
        return len(self.items[0].folds) if self.items else 0

    def of_fold(self, fold: int) -> "Snapshot":
        """Return the same photos, split as in one fold; fold 0 is the snapshot itself.

        Raises:
            DataError: it has no such fold.
        """
        if not fold:
            return self
        if fold > self.folds:
            raise DataError(
                f"The snapshot {self.fingerprint} has no such fold. Expected 1 to {self.folds}. "
                f"Received: fold={fold}. Start a new study from the catalog."
            )
        return replace(self, items=tuple(replace(item, split=item.folds[fold - 1]) for item in self.items))

    def rows(self, split: str) -> npt.NDArray[np.intp]:
        """Return the positions of one split's items, ascending."""
        return np.flatnonzero([item.split == split for item in self.items])

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many photos of each label each split holds: ``counts()["test"]["sad"]``."""
        table = {split: dict.fromkeys(LABELS, 0) for split in SPLITS}
        for item in self.items:
            table[item.split][item.label] += 1
        return table


def freeze(
    catalog: Catalog,
    *,
    fractions: SplitFractions | None = None,
    seed: int = 0,
    sources: Collection[str] = (),
    folds: int = 0,
) -> Snapshot:
    """Freeze the catalog's usable photos into a snapshot and write it to the workspace.

    Args:
        catalog: whose photos; the rejected are left out.
        fractions: shares of validation and test; 60/20/20 by default.
        seed: chooses the split.
        sources: hosts (or ``files``) whose photos are used; all where none is named.
        folds: of a cross-validation, each of which has its own test photos whatever their share; 0 for none.

    Raises:
        DataError: too few photos of a class.
    """
    photos = sorted(catalog.usable_photos(sources), key=lambda photo: photo.photo_id)
    clusters = _clusters(catalog, photos)
    labels = [LABELS.index(photo.label) for photo in photos]
    groups = [clusters.get(photo.photo_id, photo.photo_id) for photo in photos]
    fractions = fractions or SplitFractions()
    if folds:
        table = assign_folds(labels, groups, folds=folds, validation=fractions.validation, seed=seed)
        splits = [split[0] for split in table]
    else:
        splits = assign_splits(labels, groups, fractions=fractions, seed=seed)
        table = [()] * len(photos)
    items = tuple(
        SnapshotItem(photo.photo_id, photo.label, split, in_folds)
        for photo, split, in_folds in zip(photos, splits, table, strict=True)
    )
    snapshot = Snapshot(_fingerprint(items), items, seed, time.time(), len(set(clusters.values())))
    path = _folder(catalog.workspace, snapshot.fingerprint) / SNAPSHOT_FILE
    known = _stored(path)
    if known is None or known.items != items:
        write_json(path, asdict(snapshot))
        path.chmod(READ_ONLY)
    return snapshot


def _clusters(catalog: Catalog, photos: Sequence[Photo]) -> dict[str, str]:
    """Return the near-copy cluster of each photo that has near copies among these."""
    found = find(catalog).clusters
    clusters = {photo.photo_id: found[photo.photo_id] for photo in photos if photo.photo_id in found}
    sizes = Counter(clusters.values())
    return {photo_id: cluster for photo_id, cluster in clusters.items() if sizes[cluster] > 1}


def load_snapshot(workspace: Workspace, fingerprint: str) -> Snapshot:
    """Return a snapshot that was frozen before.

    Raises:
        DataError: it is missing or damaged, or what it holds is not what its name says.
    """
    snapshot = _stored(_folder(workspace, fingerprint) / SNAPSHOT_FILE)
    if snapshot is None:
        raise DataError(
            f"The snapshot is missing or damaged. Received: snapshot={fingerprint!r}. "
            "Start a new study from the catalog."
        )
    found = _fingerprint(snapshot.items)
    if found != fingerprint:
        raise DataError(
            "The snapshot was changed after it was frozen. Expected photos, labels and splits with the fingerprint "
            f"{fingerprint}. Received: {found}. Put its file back, or start a new study from the catalog."
        )
    return snapshot


def list_snapshots(workspace: Workspace) -> list[Snapshot]:
    """Return the workspace's snapshots, newest first; the damaged are left out."""
    found = []
    for path in workspace.snapshots.glob(f"*/{SNAPSHOT_FILE}"):
        # One that was changed is none any more: `load_snapshot` says so to who asks for it.
        with contextlib.suppress(DataError):
            found.append(load_snapshot(workspace, path.parent.name))
    return sorted(found, key=lambda snapshot: snapshot.created_at, reverse=True)


def _stored(path: Path) -> Snapshot | None:
    stored = read_json(path)
    try:
        items = tuple(SnapshotItem(**{**item, "folds": tuple(item.get("folds", ()))}) for item in stored["items"])
        return Snapshot(stored["fingerprint"], items, stored["seed"], stored["created_at"], stored.get("clusters"))
    except (TypeError, KeyError):
        return None


def snapshot_pixels(catalog: Catalog, snapshot: Snapshot, view: View) -> npt.NDArray[np.uint8]:
    """Return every photo of the snapshot as a network sees it, decoded once and shared by all runs with that view.

    Args:
        catalog: that holds the photos.
        snapshot: whose photos.
        view: how they are seen.

    Returns:
        uint8 of shape ``(n, *view.shape)``, in the order of ``snapshot.items``, mapped from disk.

    Raises:
        DataError: a photo is gone from the catalog, also where its pixels are still kept.
    """
    photos = _photos_of(catalog, snapshot)
    path = _folder(catalog.workspace, snapshot.fingerprint) / _cache_name(view)
    cached = _mapped(path, (len(photos), *view.shape))
    if cached is None:
        _build_cache(catalog, photos, view, path)
        cached = np.lib.format.open_memmap(path, mode="r")
    return cached


def _cache_name(view: View) -> str:
    """Return ``pixels-64.npy`` for colours resized bilinearly, and else a name that says what is otherwise."""
    usual = View._field_defaults.values()
    words = [word for word in (view.interpolation, view.color) if word not in usual] + ["face"] * view.face_crop
    words += [f"{view.face_margin:g}"] * (view.face_crop and view.face_margin not in usual)
    return f"{'-'.join(['pixels', str(view.size_px), *words])}.npy"


def _mapped(path: Path, shape: tuple[int, ...]) -> npt.NDArray[np.uint8] | None:
    try:
        # np.load would also try archives and pickles, each with errors of its own.
        cached: npt.NDArray[np.uint8] = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError):
        return None
    return cached if cached.shape == shape and cached.dtype == np.uint8 else None


def _photos_of(catalog: Catalog, snapshot: Snapshot) -> list[Photo]:
    wanted = [item.photo_id for item in snapshot.items]
    found = catalog.photos_of(wanted)
    if len(found) < len(wanted):
        gone = next(photo_id for photo_id in wanted if photo_id not in {photo.photo_id for photo in found})
        raise DataError(
            f"{len(wanted) - len(found)} of the {len(wanted)} photos of this snapshot are no longer in the catalog, so "
            f"nothing more can be trained on it. Received: photo_id={gone!r}. Start a new study from the catalog."
        )
    return found


def _build_cache(catalog: Catalog, photos: Sequence[Photo], view: View, path: Path) -> None:
    # Built aside and moved into place: a reader, or a second run building the same, never sees half of it.
    temporary = temporary_beside(path)
    try:
        _fill(temporary, catalog, photos, view)
        move_into_place(temporary, path)
    except PermissionError:
        # Windows does not replace a file that another run has mapped; that one holds the same pixels.
        if _mapped(path, (len(photos), *view.shape)) is None:
            raise
    finally:
        temporary.unlink(missing_ok=True)


def _fill(temporary: Path, catalog: Catalog, photos: Sequence[Photo], view: View) -> None:
    shape = (len(photos), *view.shape)
    built = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=shape)
    for row, photo in enumerate(photos):
        built[row] = to_pixels(catalog.read(photo), view)
    built.flush()


def _folder(workspace: Workspace, fingerprint: str) -> Path:
    return workspace.snapshots / fingerprint


def _fingerprint(items: Sequence[SnapshotItem]) -> str:
    text = json.dumps([[item.photo_id, item.label, item.split, *item.folds] for item in items])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
