"""A snapshot freezes which photos, labels and splits a study uses; reviewing later never changes it."""

import hashlib
import json
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emotion_core import images
from emotion_core.dataset.catalog import Catalog
from emotion_core.dataset.near_copies import near_copy_clusters
from emotion_core.dataset.photos import LABELS
from emotion_core.dataset.splits import SPLITS, SplitFractions, assign_splits
from emotion_core.errors import DataError
from emotion_core.files import move_into_place, read_json, temporary_beside, write_json
from emotion_core.settings import Workspace


@dataclass(frozen=True)
class SnapshotItem:
    """One photo of a snapshot.

    Attributes:
        photo_id: id in the catalog.
        label: ``happy`` or ``sad``, as it was when the snapshot was taken.
        split: ``train``, ``validation`` or ``test``.
    """

    photo_id: str
    label: str
    split: str


@dataclass(frozen=True)
class Snapshot:
    """Photos with their labels and splits, named by what they are.

    Attributes:
        fingerprint: the first 16 hexadecimal digits of the SHA-256 of ``items``; equal snapshots have equal names.
        items: sorted by photo id.
        seed: that chose the split.
        created_at: seconds since 1970.
    """

    fingerprint: str
    items: tuple[SnapshotItem, ...]
    seed: int
    created_at: float

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        """0 (happy) or 1 (sad) for each item, int64 of shape ``(n,)``."""
        return np.array([LABELS.index(item.label) for item in self.items], dtype=np.int64)

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
    catalog: Catalog, *, fractions: SplitFractions | None = None, seed: int = 0, sources: Collection[str] = ()
) -> Snapshot:
    """Freeze the catalog's usable photos into a snapshot and write it to the workspace.

    Args:
        catalog: whose photos; the rejected are left out.
        fractions: shares of validation and test; 60/20/20 by default.
        seed: chooses the split.
        sources: hosts (or ``files``) whose photos are used; all where none is named.

    Raises:
        DataError: too few photos of a class.
    """
    photos = sorted(catalog.usable_photos(sources), key=lambda photo: photo.photo_id)
    clusters = near_copy_clusters(photos)
    splits = assign_splits(
        [LABELS.index(photo.label) for photo in photos],
        [clusters.get(photo.photo_id, photo.photo_id) for photo in photos],
        fractions=fractions or SplitFractions(),
        seed=seed,
    )
    items = tuple(SnapshotItem(photo.photo_id, photo.label, split) for photo, split in zip(photos, splits, strict=True))
    snapshot = Snapshot(_fingerprint(items), items, seed, time.time())
    path = _folder(catalog.workspace, snapshot.fingerprint) / "snapshot.json"
    if read_json(path) is None:
        write_json(path, asdict(snapshot))
    return snapshot


def load_snapshot(workspace: Workspace, fingerprint: str) -> Snapshot:
    """Return a snapshot that was frozen before.

    Raises:
        DataError: it is missing or damaged.
    """
    stored = read_json(_folder(workspace, fingerprint) / "snapshot.json")
    try:
        items = tuple(SnapshotItem(**item) for item in stored["items"])
        return Snapshot(stored["fingerprint"], items, stored["seed"], stored["created_at"])
    except (TypeError, KeyError) as error:
        raise DataError(
            f"The snapshot is missing or damaged. Received: snapshot={fingerprint!r}. "
            "Start a new study from the catalog."
        ) from error


def snapshot_pixels(catalog: Catalog, snapshot: Snapshot, size_px: int) -> npt.NDArray[np.uint8]:
    """Return every photo of the snapshot as a network sees it, decoded once and shared by all runs.

    Args:
        catalog: that holds the photos.
        snapshot: whose photos.
        size_px: side of the square, in pixels.

    Returns:
        uint8 of shape ``(n, size_px, size_px, 3)``, in the order of ``snapshot.items``, mapped from disk.

    Raises:
        DataError: a photo is gone from the catalog.
    """
    path = _folder(catalog.workspace, snapshot.fingerprint) / f"pixels-{size_px}.npy"
    shape = (len(snapshot.items), size_px, size_px, 3)
    cached = _mapped(path, shape)
    if cached is None:
        _build_cache(catalog, snapshot, size_px, path, shape)
        cached = np.lib.format.open_memmap(path, mode="r")
    return cached


def _mapped(path: Path, shape: tuple[int, ...]) -> npt.NDArray[np.uint8] | None:
    try:
        # np.load would also try archives and pickles, each with errors of its own.
        cached: npt.NDArray[np.uint8] = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError):
        return None
    return cached if cached.shape == shape and cached.dtype == np.uint8 else None


def _build_cache(catalog: Catalog, snapshot: Snapshot, size_px: int, path: Path, shape: tuple[int, ...]) -> None:
    # Built aside and moved into place: a reader, or a second run building the same, never sees half of it.
    temporary = temporary_beside(path)
    try:
        _fill(temporary, catalog, snapshot, size_px, shape)
        move_into_place(temporary, path)
    except PermissionError:
        # Windows does not replace a file that another run has mapped; that one holds the same pixels.
        if _mapped(path, shape) is None:
            raise
    finally:
        temporary.unlink(missing_ok=True)


def _fill(temporary: Path, catalog: Catalog, snapshot: Snapshot, size_px: int, shape: tuple[int, ...]) -> None:
    built = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=shape)
    photos = {photo.photo_id: photo for photo in catalog.photos()}
    for row, item in enumerate(snapshot.items):
        if item.photo_id not in photos:
            raise DataError(
                "A photo of this snapshot is no longer in the catalog. "
                f"Received: photo_id={item.photo_id!r}. Start a new study from the catalog."
            )
        built[row] = images.to_pixels(catalog.read(photos[item.photo_id]), size_px)
    built.flush()


def _folder(workspace: Workspace, fingerprint: str) -> Path:
    return workspace.snapshots / fingerprint


def _fingerprint(items: Sequence[SnapshotItem]) -> str:
    text = json.dumps([[item.photo_id, item.label, item.split] for item in items])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
