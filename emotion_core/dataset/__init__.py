"""The photos there are: catalog, near copies, splits, frozen snapshots."""

from emotion_core.dataset.catalog import Catalog
from emotion_core.dataset.near_copies import near_copy_clusters
from emotion_core.dataset.photos import LABELS, STATUSES, Addition, Origin, Photo
from emotion_core.dataset.snapshot import Snapshot, SnapshotItem, freeze, load_snapshot, snapshot_pixels
from emotion_core.dataset.splits import SPLITS, SplitFractions, assign_splits

__all__ = [
    "LABELS",
    "SPLITS",
    "STATUSES",
    "Addition",
    "Catalog",
    "Origin",
    "Photo",
    "Snapshot",
    "SnapshotItem",
    "SplitFractions",
    "assign_splits",
    "freeze",
    "load_snapshot",
    "near_copy_clusters",
    "snapshot_pixels",
]
