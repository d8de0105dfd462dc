"""Snapshots freeze the photos, labels and splits of a study, so that reviewing photos later never changes it."""

import contextlib
import dataclasses
import functools
import shutil
import sys
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emotion_core.dataset.catalog import LABELS, SPLITS, Catalog
from emotion_core.dataset.inspection import find_duplicates
from emotion_core.dataset.preprocessing import to_pixels
from emotion_core.dataset.snapshots.pixel_cache import OnProgress, cached_pixels
from emotion_core.dataset.snapshots.predefined import PREDEFINED, PredefinedSplit, predefined_split
from emotion_core.dataset.snapshots.record import Snapshot, SnapshotItem, content_fingerprint
from emotion_core.dataset.snapshots.splits import SplitFractions, assign_folds, assign_splits
from emotion_core.documents import Unreadable, not_a_record, read_document, write_document
from emotion_core.errors import DataError, DocumentDamaged, OtherVersion
from emotion_core.files import sync_folder, temporary_beside
from emotion_core.images import InputSpec
from emotion_core.settings import Workspace

SNAPSHOT_FILE = "snapshot.json"
# A reminder for users, not a protection: the fingerprint detects changes.
READ_ONLY = 0o444


def freeze(
    catalog: Catalog,
    *,
    fractions: SplitFractions | None = None,
    seed: int = 0,
    sources: Collection[str] = (),
    folds: int = 0,
    split_source: str = "random",
) -> Snapshot:
    """Freeze the catalog's usable photos into a snapshot and write it to the workspace.

    Args:
        catalog: catalog of the photos; rejected ones are left out.
        fractions: shares of validation and test; 60/20/20 by default.
        seed: seed of the split; together with a run's seed, of the run's folds.
        sources: hosts (or ``files``) whose photos are used; empty for all.
        folds: number of folds of a cross-validation, 0 for none. Folds divide all photos into test parts, so the test
            share is not used then.
        split_source: ``random``, or ``predefined`` for the data set's own split, which has no folds.

    Raises:
        DataError: there are too few photos of a class, or near copies leave a part without one.
    """
    usable = dict(sorted(catalog.usable_labels(sources).items()))
    clusters, fractions = _clusters(catalog, usable), fractions or SplitFractions()
    if split_source == PREDEFINED:
        parts, predefined = predefined_split(usable, catalog.own_splits(), clusters, fractions=fractions, seed=seed)
        items = tuple(SnapshotItem(photo_id, usable[photo_id], part) for photo_id, part in sorted(parts.items()))
        count = len(set(_with_copies(clusters, parts).values()))
        snapshot = Snapshot("", items, seed, time.time(), count, predefined=predefined)
    else:
        items = _drawn_items(usable, clusters, fractions, seed, folds)
        count = len(set(clusters.values()))
        snapshot = Snapshot("", items, seed, time.time(), count, fractions.validation if folds else None)
    snapshot = replace(snapshot, fingerprint=content_fingerprint(snapshot))
    path = _folder(catalog.workspace, snapshot.fingerprint) / SNAPSHOT_FILE
    # An equal snapshot is kept as it is, with its time of creation, and a damaged one is replaced.
    if not _is_stored(path, snapshot):
        store(path, snapshot)
        path.chmod(READ_ONLY)
    return snapshot


def _drawn_items(
    usable: Mapping[str, str], clusters: dict[str, str], fractions: SplitFractions, seed: int, folds: int
) -> tuple[SnapshotItem, ...]:
    """Return the photos with a random split, or with random folds."""
    labels = [LABELS.index(label) for label in usable.values()]
    groups = [clusters.get(photo_id, photo_id) for photo_id in usable]
    table: list[tuple[str, ...]] = [()] * len(usable)
    if folds:
        table = assign_folds(labels, groups, folds=folds, validation=fractions.validation, seeds=(seed, 0))
        splits = [split[0] for split in table]
    else:
        splits = assign_splits(labels, groups, fractions=fractions, seed=seed)
    # Named by its first photo here: a cluster may have other members, which must not change the fingerprint.
    first = {cluster: photo_id for photo_id, cluster in reversed(clusters.items())}
    together = [first[clusters[photo_id]] if folds and photo_id in clusters else "" for photo_id in usable]
    return tuple(map(SnapshotItem, usable, usable.values(), splits, table, together))


def _clusters(catalog: Catalog, photo_ids: Collection[str]) -> dict[str, str]:
    """Return the near-copy cluster of each photo that has near copies among the given photos."""
    return _with_copies(find_duplicates(catalog).clusters, photo_ids)


def _with_copies(all_clusters: Mapping[str, str], photo_ids: Collection[str]) -> dict[str, str]:
    clusters = {photo_id: all_clusters[photo_id] for photo_id in photo_ids if photo_id in all_clusters}
    # The other members of a cluster may be rejected, or from a source that is not used.
    sizes = Counter(clusters.values())
    return {photo_id: cluster for photo_id, cluster in clusters.items() if sizes[cluster] > 1}


def load_snapshot(workspace: Workspace, fingerprint: str) -> Snapshot:
    """Return a snapshot from the workspace.

    Args:
        workspace: workspace of the snapshot.
        fingerprint: fingerprint of the snapshot.

    Raises:
        DataError: the snapshot is missing, damaged, or was changed after it was frozen.
    """
    path = _folder(workspace, fingerprint) / SNAPSHOT_FILE
    try:
        # Pages load the same snapshot at every rerun. Writers replace the file, which changes its inode: these values
        # are a safe cache key.
        stat = path.stat()
    except (OSError, ValueError):  # ValueError: characters that no file name has
        raise DataError(
            f"The snapshot is missing. Expected its file {SNAPSHOT_FILE}. Received: snapshot={fingerprint!r}. "
            "Restore it from a backup, or start a new study from the catalog."
        ) from None
    return _loaded(path, (stat.st_ino, stat.st_size, stat.st_mtime_ns))


@functools.lru_cache(maxsize=8)
def _loaded(path: Path, _state: tuple[int, ...]) -> Snapshot:
    fingerprint = path.parent.name
    try:
        snapshot = _stored(path)
    except (FileNotFoundError, DocumentDamaged) as error:
        raise DataError(f"The snapshot {fingerprint} cannot be read. {error}") from error
    except OtherVersion as error:
        raise DataError(str(error)) from error
    actual = content_fingerprint(snapshot)
    if actual != fingerprint:
        raise DataError(
            "The snapshot was changed after it was frozen. Expected photos, labels and splits with the fingerprint "
            f"{fingerprint}. Received: fingerprint={actual!r}. Restore the file, or start a new study from the catalog."
        )
    return snapshot


def list_snapshots(workspace: Workspace) -> list[Snapshot]:
    """Return the workspace's snapshots, newest first; ``unreadable_snapshots`` returns those that cannot be read."""
    return sorted(_listed(workspace)[0], key=lambda snapshot: snapshot.created_at, reverse=True)


def unreadable_snapshots(workspace: Workspace) -> list[Unreadable]:
    """Return the snapshots that are damaged, changed after they were frozen, or of a newer version."""
    return _listed(workspace)[1]


def _listed(workspace: Workspace) -> tuple[list[Snapshot], list[Unreadable]]:
    snapshots, unreadable = [], []
    for path in sorted(workspace.snapshots.glob(f"*/{SNAPSHOT_FILE}")):
        try:
            snapshots.append(load_snapshot(workspace, path.parent.name))
        except DataError as error:
            unreadable.append(Unreadable.of(path.parent.name, path, error))
    return snapshots, unreadable


def delete_snapshot(workspace: Workspace, fingerprint: str) -> None:
    """Delete a snapshot with its pixel caches; the photos stay.

    Args:
        workspace: workspace of the snapshot.
        fingerprint: fingerprint of the snapshot, which no study uses.
    """
    # A hidden name first: no reader sees a snapshot without its photos.
    removed = temporary_beside(_folder(workspace, fingerprint))
    with contextlib.suppress(FileNotFoundError):
        _folder(workspace, fingerprint).rename(removed)
        sync_folder(removed.parent)
    shutil.rmtree(removed, ignore_errors=True)


def store(path: Path, snapshot: Snapshot) -> None:
    """Write the file of a snapshot.

    Args:
        path: file to create or replace.
        snapshot: of the fingerprint that names the file's folder.
    """
    fields = [field.name for field in dataclasses.fields(SnapshotItem)]
    items = [{name: getattr(item, name) for name in fields} for item in snapshot.items]
    predefined = vars(snapshot.predefined) if snapshot.predefined else None
    write_document(path, {**vars(snapshot), "items": items, "predefined": predefined}, indent=None)


def _is_stored(path: Path, snapshot: Snapshot) -> bool:
    """Return whether a file holds the snapshot already.

    Raises:
        OtherVersion: a newer version of this program wrote the file.
    """
    try:
        return _stored(path).items == snapshot.items
    except (FileNotFoundError, DocumentDamaged):
        return False


def _stored(path: Path) -> Snapshot:
    stored = read_document(path)
    try:
        items = tuple(map(item_of, stored["items"]))
        known = {name: stored.get(name) for name in ("clusters", "fold_validation")}
        predefined = PredefinedSplit.from_json(stored.get("predefined"))
        snapshot = Snapshot(
            stored["fingerprint"], items, stored["seed"], stored["created_at"], **known, predefined=predefined
        )
        _check(snapshot)
    except (TypeError, KeyError, ValueError, OverflowError, AttributeError) as error:
        raise not_a_record(path.name, error) from error
    return snapshot


def _check(snapshot: Snapshot) -> None:
    if not isinstance(snapshot.fingerprint, str) or not isinstance(snapshot.seed, int):
        raise TypeError("a fingerprint or a seed of another kind")
    time.localtime(snapshot.created_at)
    numbers = (snapshot.clusters, snapshot.fold_validation)
    if not all(number is None or isinstance(number, int | float) for number in numbers):
        raise TypeError("numbers of another kind")
    for item in snapshot.items:
        if item.label not in LABELS or not {item.split, *item.folds} <= set(SPLITS):
            raise ValueError("unknown labels or splits")


def item_of(stored: dict[str, Any]) -> SnapshotItem:
    """Return an item from its JSON values."""
    # Thousands of items share a few strings; interning keeps one copy of each in memory.
    label, split, *folds = map(sys.intern, (stored["label"], stored["split"], *stored.get("folds", ())))
    return SnapshotItem(stored["photo_id"], label, split, tuple(folds), stored.get("cluster", ""))


def snapshot_pixels(
    catalog: Catalog, snapshot: Snapshot, view: InputSpec, on_progress: OnProgress = lambda done, total: None
) -> npt.NDArray[np.uint8]:
    """Return the network inputs of all photos in a snapshot, decoded once and shared by all runs with this input spec.

    Args:
        catalog: catalog of the photos.
        snapshot: snapshot of the photos.
        view: input spec of the network.
        on_progress: called with the number of photos decoded and their total; may raise to cancel.

    Returns:
        uint8 of shape ``(n, *view.shape)``, in the order of ``snapshot.items``, mapped from disk.

    Raises:
        DataError: a photo was deleted from the catalog.
    """
    photo_ids = [item.photo_id for item in snapshot.items]
    # Also before a cache is used: nothing more is trained on photos that the user deleted.
    _check_there(catalog, photo_ids)

    def decode(rows: slice) -> npt.NDArray[np.uint8]:
        photos = catalog.photos_of(photo_ids[rows])
        # The user may delete photos while others are decoded.
        _check_there(catalog, photo_ids[rows])
        return np.stack([to_pixels(catalog.read(photo), view) for photo in photos])

    path = _folder(catalog.workspace, snapshot.fingerprint) / _cache_name(view)
    return cached_pixels(path, (len(photo_ids), *view.shape), decode, on_progress)


def _cache_name(view: InputSpec) -> str:
    """Return ``pixels-64.npy`` for the default input spec at 64 pixels; other names add what differs from it."""
    usual = InputSpec._field_defaults.values()
    words = [word for word in (view.interpolation, view.color) if word not in usual] + ["face"] * view.face_crop
    words += [f"{view.face_margin:g}"] * (view.face_crop and view.face_margin not in usual)
    return f"{'-'.join(['pixels', str(view.size_px), *words])}.npy"


def _check_there(catalog: Catalog, photo_ids: Sequence[str]) -> None:
    missing = catalog.missing(photo_ids)
    if missing:
        raise DataError(
            f"{len(missing)} of the {len(photo_ids)} photos of this snapshot are no longer in the catalog. "
            f"Expected all of them for training. Received: photo_id={missing[0]!r}. Start a new study from the catalog."
        )


def _folder(workspace: Workspace, fingerprint: str) -> Path:
    return workspace.snapshots / fingerprint
