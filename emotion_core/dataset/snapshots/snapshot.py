"""Snapshots freeze the photos, labels and splits of a study, so that reviewing photos later never changes it."""

import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from emotion_core.dataset.catalog import LABELS, SAMPLES, Catalog
from emotion_core.dataset.inspection import find_duplicates
from emotion_core.dataset.preprocessing import to_pixels
from emotion_core.dataset.snapshots.drawings import count_drawings
from emotion_core.dataset.snapshots.pixel_cache import OnProgress, cached_pixels
from emotion_core.dataset.snapshots.predefined import PREDEFINED, predefined_split
from emotion_core.dataset.snapshots.record import Snapshot, SnapshotItem, content_fingerprint
from emotion_core.dataset.snapshots.splits import SplitFractions, assign_folds, assign_splits
from emotion_core.dataset.snapshots.stored_snapshots import SNAPSHOT_FILE, is_stored, snapshot_folder, store_snapshot
from emotion_core.errors import DataError
from emotion_core.images import InputSpec

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
    gallery = catalog.usable_labels((SAMPLES,))
    drawings = count_drawings(catalog, [item.photo_id for item in snapshot.items], gallery)
    snapshot = replace(snapshot, fingerprint=content_fingerprint(snapshot), drawings=drawings)
    path = snapshot_folder(catalog.workspace, snapshot.fingerprint) / SNAPSHOT_FILE
    # An equal snapshot is kept as it is, with its time of creation, and a damaged one is replaced.
    if not is_stored(path, snapshot):
        store_snapshot(path, snapshot)
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

    path = snapshot_folder(catalog.workspace, snapshot.fingerprint) / _cache_name(view)
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
