"""Snapshots: the frozen photos, labels and split of a study, and their pixels."""

from emotion_core.dataset.snapshots.comparability import why_not_comparable
from emotion_core.dataset.snapshots.drawings import looks_drawn, share_of_drawings
from emotion_core.dataset.snapshots.near_copy_problem import near_copy_problem
from emotion_core.dataset.snapshots.neither import NEITHER, UNREAD_LABEL, neither_catalog, neither_faces
from emotion_core.dataset.snapshots.pixel_cache import (
    KEPT_BYTES,
    cached_pixels,
    decoding_threads,
    is_intact,
    release,
    rows_of,
)
from emotion_core.dataset.snapshots.predefined import PREDEFINED, PredefinedSplit, SplitOffer, offer_predefined_split
from emotion_core.dataset.snapshots.record import Snapshot, SnapshotItem
from emotion_core.dataset.snapshots.rescue import rescue_snapshot
from emotion_core.dataset.snapshots.snapshot import freeze, snapshot_pixels
from emotion_core.dataset.snapshots.splits import SplitFractions, assign_splits
from emotion_core.dataset.snapshots.stored_snapshots import (
    SNAPSHOT_FILE,
    delete_snapshot,
    has_snapshot,
    list_snapshots,
    load_snapshot,
    unreadable_snapshots,
)

__all__ = [
    "KEPT_BYTES",
    "NEITHER",
    "PREDEFINED",
    "SNAPSHOT_FILE",
    "UNREAD_LABEL",
    "PredefinedSplit",
    "Snapshot",
    "SnapshotItem",
    "SplitFractions",
    "SplitOffer",
    "assign_splits",
    "cached_pixels",
    "decoding_threads",
    "delete_snapshot",
    "freeze",
    "has_snapshot",
    "is_intact",
    "list_snapshots",
    "load_snapshot",
    "looks_drawn",
    "near_copy_problem",
    "neither_catalog",
    "neither_faces",
    "offer_predefined_split",
    "release",
    "rescue_snapshot",
    "rows_of",
    "share_of_drawings",
    "snapshot_pixels",
    "unreadable_snapshots",
    "why_not_comparable",
]
