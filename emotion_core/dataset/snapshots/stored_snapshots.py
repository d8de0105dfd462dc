"""The files of snapshots: written, read and checked, listed and deleted."""

import contextlib
import dataclasses
import functools
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from emotion_core.dataset.catalog import LABELS, SPLITS
from emotion_core.dataset.snapshots.predefined import PredefinedSplit
from emotion_core.dataset.snapshots.record import Snapshot, SnapshotItem, content_fingerprint
from emotion_core.documents import Unreadable, not_a_record, read_document, write_document
from emotion_core.errors import DataError, DocumentDamaged, OtherVersion
from emotion_core.files import sync_folder, temporary_beside
from emotion_core.settings import Workspace

T = TypeVar("T")
SNAPSHOT_FILE = "snapshot.json"


def load_snapshot(workspace: Workspace, fingerprint: str) -> Snapshot:
    """Return a snapshot from the workspace.

    Args:
        workspace: workspace of the snapshot.
        fingerprint: fingerprint of the snapshot.

    Raises:
        DataError: the snapshot is missing, damaged, or was changed after it was frozen.
    """
    path = snapshot_folder(workspace, fingerprint) / SNAPSHOT_FILE
    return _loaded(path, _state_of(path))


def _state_of(path: Path) -> tuple[int, ...]:
    """Return what changes with the file of a snapshot.

    Raises:
        DataError: there is no such file.
    """
    try:
        # Pages load the same snapshot at every rerun. Writers replace the file, which changes its inode: these values
        # are a safe cache key.
        stat = path.stat()
    except (OSError, ValueError):  # ValueError: characters that no file name has
        raise DataError(
            f"The snapshot is missing. Expected its file {SNAPSHOT_FILE}. Received: snapshot={path.parent.name!r}. "
            "Restore it from a backup, or start a new study from the catalog."
        ) from None
    return (stat.st_ino, stat.st_size, stat.st_mtime_ns)


# A snapshot may take megabytes, so that few are kept.
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


def has_snapshot(workspace: Workspace, fingerprint: str) -> bool:
    """Return whether the workspace has a snapshot, readable or not.

    Args:
        workspace: workspace of the snapshot.
        fingerprint: fingerprint of the snapshot.
    """
    return (snapshot_folder(workspace, fingerprint) / SNAPSHOT_FILE).exists()


def list_snapshots(workspace: Workspace) -> list[Snapshot]:
    """Return the workspace's snapshots, newest first; ``unreadable_snapshots`` returns those that cannot be read."""
    snapshots, _ = _listed(workspace, lambda path: load_snapshot(workspace, path.parent.name))
    return sorted(snapshots, key=lambda snapshot: snapshot.created_at, reverse=True)


def unreadable_snapshots(workspace: Workspace) -> list[Unreadable]:
    """Return the snapshots that are damaged, changed after they were frozen, or of a newer version."""
    return _listed(workspace, lambda path: _check_file(path, _state_of(path)))[1]


def _listed(workspace: Workspace, read: Callable[[Path], T]) -> tuple[list[T], list[Unreadable]]:
    """Return what a function makes of the file of each snapshot, and those that cannot be read."""
    read_ones, unreadable = [], []
    for path in sorted(workspace.snapshots.glob(f"*/{SNAPSHOT_FILE}")):
        try:
            read_ones.append(read(path))
        except DataError as error:
            unreadable.append(Unreadable.of(path.parent.name, path, error))
    return read_ones, unreadable


@functools.lru_cache(maxsize=4096)
def _check_file(path: Path, state: tuple[int, ...]) -> None:
    """Raise ``DataError`` where a snapshot cannot be read; an intact one is read again only once its file changes."""
    _loaded(path, state)


def delete_snapshot(workspace: Workspace, fingerprint: str) -> None:
    """Delete a snapshot with its pixel caches; the photos stay.

    Args:
        workspace: workspace of the snapshot.
        fingerprint: fingerprint of the snapshot, which no study uses.
    """
    # A hidden name first: no reader sees a snapshot without its photos.
    removed = temporary_beside(snapshot_folder(workspace, fingerprint))
    with contextlib.suppress(FileNotFoundError):
        snapshot_folder(workspace, fingerprint).rename(removed)
        sync_folder(removed.parent)
    shutil.rmtree(removed, ignore_errors=True)


def store_snapshot(path: Path, snapshot: Snapshot) -> None:
    """Write a snapshot.

    Args:
        path: file to create or replace.
        snapshot: what is written.
    """
    fields = [field.name for field in dataclasses.fields(SnapshotItem)]
    items = [{name: getattr(item, name) for name in fields} for item in snapshot.items]
    predefined = vars(snapshot.predefined) if snapshot.predefined else None
    write_document(path, {**vars(snapshot), "items": items, "predefined": predefined}, indent=None)


def is_stored(path: Path, snapshot: Snapshot) -> bool:
    """Return whether a file holds the snapshot already.

    Args:
        path: file of a snapshot; may be missing.
        snapshot: expected in it.

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
        known = {name: stored.get(name) for name in ("clusters", "fold_validation", "drawings")}
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
    numbers = (snapshot.clusters, snapshot.fold_validation, snapshot.drawings)
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


def snapshot_folder(workspace: Workspace, fingerprint: str) -> Path:
    """Return the folder of a snapshot.

    Args:
        workspace: workspace of the snapshot.
        fingerprint: fingerprint of the snapshot.
    """
    return workspace.snapshots / fingerprint
