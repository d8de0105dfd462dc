"""A snapshot freezes which photos, labels and splits a study uses; reviewing later never changes it."""

import contextlib
import dataclasses
import functools
import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emotion_core.dataset.catalog import LABELS, Catalog
from emotion_core.dataset.inspection import find_duplicates
from emotion_core.dataset.preprocessing import to_pixels
from emotion_core.dataset.snapshots.pixel_cache import OnProgress, cached_pixels
from emotion_core.dataset.snapshots.splits import SPLITS, SplitFractions, assign_folds, assign_splits
from emotion_core.errors import DataError
from emotion_core.files import read_json, write_json
from emotion_core.images import InputSpec
from emotion_core.settings import Workspace

SNAPSHOT_FILE = "snapshot.json"
READ_ONLY = 0o444


@dataclass(frozen=True, slots=True)
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
    usable = dict(sorted(catalog.usable_labels(sources).items()))
    clusters = _clusters(catalog, usable)
    labels = [LABELS.index(label) for label in usable.values()]
    groups = [clusters.get(photo_id, photo_id) for photo_id in usable]
    fractions = fractions or SplitFractions()
    if folds:
        table = assign_folds(labels, groups, folds=folds, validation=fractions.validation, seed=seed)
        splits = [split[0] for split in table]
    else:
        splits = assign_splits(labels, groups, fractions=fractions, seed=seed)
        table = [()] * len(usable)
    items = tuple(map(SnapshotItem, usable, usable.values(), splits, table))
    snapshot = Snapshot(_fingerprint(items), items, seed, time.time(), len(set(clusters.values())))
    path = _folder(catalog.workspace, snapshot.fingerprint) / SNAPSHOT_FILE
    known = _stored(path)
    if known is None or known.items != items:
        _store(path, snapshot)
        path.chmod(READ_ONLY)
    return snapshot


def _clusters(catalog: Catalog, photo_ids: Collection[str]) -> dict[str, str]:
    """Return the near-copy cluster of each photo that has near copies among these."""
    found = find_duplicates(catalog).clusters
    clusters = {photo_id: found[photo_id] for photo_id in photo_ids if photo_id in found}
    sizes = Counter(clusters.values())
    return {photo_id: cluster for photo_id, cluster in clusters.items() if sizes[cluster] > 1}


def load_snapshot(workspace: Workspace, fingerprint: str) -> Snapshot:
    """Return a snapshot that was frozen before.

    Raises:
        DataError: it is missing or damaged, or what it holds is not what its name says.
    """
    path = _folder(workspace, fingerprint) / SNAPSHOT_FILE
    try:
        # Pages ask again and again. Whoever writes the file replaces it.
        found = path.stat()
    except OSError:
        raise _unreadable(fingerprint) from None
    return _loaded(path, (found.st_ino, found.st_size, found.st_mtime_ns))


@functools.lru_cache(maxsize=8)
def _loaded(path: Path, _state: tuple[int, ...]) -> Snapshot:
    snapshot, fingerprint = _stored(path), path.parent.name
    if snapshot is None:
        raise _unreadable(fingerprint)
    found = _fingerprint(snapshot.items)
    if found != fingerprint:
        raise DataError(
            "The snapshot was changed after it was frozen. Expected photos, labels and splits with the fingerprint "
            f"{fingerprint}. Received: {found}. Put its file back, or start a new study from the catalog."
        )
    return snapshot


def _unreadable(fingerprint: str) -> DataError:
    return DataError(
        f"The snapshot is missing or damaged. Received: snapshot={fingerprint!r}. Start a new study from the catalog."
    )


def list_snapshots(workspace: Workspace) -> list[Snapshot]:
    """Return the workspace's snapshots, newest first; the damaged are left out."""
    found = []
    for path in workspace.snapshots.glob(f"*/{SNAPSHOT_FILE}"):
        # One that was changed is none any more: `load_snapshot` says so to who asks for it.
        with contextlib.suppress(DataError):
            found.append(load_snapshot(workspace, path.parent.name))
    return sorted(found, key=lambda snapshot: snapshot.created_at, reverse=True)


def _store(path: Path, snapshot: Snapshot) -> None:
    fields = [field.name for field in dataclasses.fields(SnapshotItem)]
    items = [{name: getattr(item, name) for name in fields} for item in snapshot.items]
    write_json(path, {**vars(snapshot), "items": items}, indent=None)


def _stored(path: Path) -> Snapshot | None:
    stored = read_json(path)
    try:
        items = tuple(map(_item, stored["items"]))
        return Snapshot(stored["fingerprint"], items, stored["seed"], stored["created_at"], stored.get("clusters"))
    except (TypeError, KeyError):
        return None


def _item(stored: dict[str, Any]) -> SnapshotItem:
    # There are thousands, and a few words between them.
    label, split, *folds = map(sys.intern, (stored["label"], stored["split"], *stored.get("folds", ())))
    return SnapshotItem(stored["photo_id"], label, split, tuple(folds))


def snapshot_pixels(
    catalog: Catalog, snapshot: Snapshot, view: InputSpec, on_progress: OnProgress = lambda done, total: None
) -> npt.NDArray[np.uint8]:
    """Return every photo of the snapshot as a network sees it, decoded once and shared by all runs with that view.

    Args:
        catalog: that holds the photos.
        snapshot: whose photos.
        view: how they are seen.
        on_progress: called with photos done and all while they are decoded; may raise to give up.

    Returns:
        uint8 of shape ``(n, *view.shape)``, in the order of ``snapshot.items``, mapped from disk.

    Raises:
        DataError: a photo is gone from the catalog, also where its pixels are still kept.
    """
    photo_ids = [item.photo_id for item in snapshot.items]
    _check_there(catalog, photo_ids)

    def decode(rows: slice) -> npt.NDArray[np.uint8]:
        photos = catalog.photos_of(photo_ids[rows])
        _check_there(catalog, photo_ids[rows])
        return np.stack([to_pixels(catalog.read(photo), view) for photo in photos])

    path = _folder(catalog.workspace, snapshot.fingerprint) / _cache_name(view)
    return cached_pixels(path, (len(photo_ids), *view.shape), decode, on_progress)


def _cache_name(view: InputSpec) -> str:
    """Return ``pixels-64.npy`` for colours resized bilinearly, and else a name that says what is otherwise."""
    usual = InputSpec._field_defaults.values()
    words = [word for word in (view.interpolation, view.color) if word not in usual] + ["face"] * view.face_crop
    words += [f"{view.face_margin:g}"] * (view.face_crop and view.face_margin not in usual)
    return f"{'-'.join(['pixels', str(view.size_px), *words])}.npy"


def _check_there(catalog: Catalog, photo_ids: Sequence[str]) -> None:
    gone = catalog.missing(photo_ids)
    if gone:
        raise DataError(
            f"{len(gone)} of the {len(photo_ids)} photos of this snapshot are no longer in the catalog, so nothing "
            f"more can be trained on it. Received: photo_id={gone[0]!r}. Start a new study from the catalog."
        )


def _folder(workspace: Workspace, fingerprint: str) -> Path:
    return workspace.snapshots / fingerprint


def _fingerprint(items: Sequence[SnapshotItem]) -> str:
    text = json.dumps([[item.photo_id, item.label, item.split, *item.folds] for item in items])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
