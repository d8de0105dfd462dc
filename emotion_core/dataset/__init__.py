"""The photos there are: catalog, near copies, faces, quality, splits, frozen snapshots."""

from emotion_core.dataset.catalog.catalog import Catalog
from emotion_core.dataset.catalog.marks import Mark, Undone
from emotion_core.dataset.catalog.queries import PhotoFilter
from emotion_core.dataset.catalog.records import (
    LABELS,
    SAMPLES,
    STATUSES,
    Addition,
    Face,
    Findings,
    Origin,
    Photo,
    PhotoGroup,
    PhotoNumbers,
)
from emotion_core.dataset.inspection.faces import detector_available, detector_problem, find_faces
from emotion_core.dataset.inspection.findings import Offer, few_uncompared, find, keep_best, offers, uncompared
from emotion_core.dataset.inspection.inspection_job import index_progress, start_index, unindexed
from emotion_core.dataset.preprocessing import (
    Box,
    box_of,
    face_box,
    is_cut_out,
    part_to_pixels,
    to_image,
    to_pixels,
)
from emotion_core.dataset.snapshots.comparability import why_not_comparable
from emotion_core.dataset.snapshots.snapshot import (
    Snapshot,
    SnapshotItem,
    freeze,
    list_snapshots,
    load_snapshot,
    snapshot_pixels,
)
from emotion_core.dataset.snapshots.splits import SPLITS, SplitFractions, assign_splits

__all__ = [
    "LABELS",
    "SAMPLES",
    "SPLITS",
    "STATUSES",
    "Addition",
    "Box",
    "Catalog",
    "Face",
    "Findings",
    "Mark",
    "Offer",
    "Origin",
    "Photo",
    "PhotoFilter",
    "PhotoGroup",
    "PhotoNumbers",
    "Snapshot",
    "SnapshotItem",
    "SplitFractions",
    "Undone",
    "assign_splits",
    "box_of",
    "detector_available",
    "detector_problem",
    "face_box",
    "few_uncompared",
    "find",
    "find_faces",
    "freeze",
    "index_progress",
    "is_cut_out",
    "keep_best",
    "list_snapshots",
    "load_snapshot",
    "offers",
    "part_to_pixels",
    "snapshot_pixels",
    "start_index",
    "to_image",
    "to_pixels",
    "uncompared",
    "unindexed",
    "why_not_comparable",
]
