"""Inspection of photos in the background: faces, quality, near copies and label conflicts."""

from emotion_core.dataset.inspection.faces import detector_available, detector_problem, detector_weights, find_faces
from emotion_core.dataset.inspection.findings import (
    Sighting,
    find_duplicates,
    has_few_uncompared,
    keep_best,
    sightings,
    uncompared,
)
from emotion_core.dataset.inspection.inspection_job import inspection_progress, start_inspection, uninspected

__all__ = [
    "Sighting",
    "detector_available",
    "detector_problem",
    "detector_weights",
    "find_duplicates",
    "find_faces",
    "has_few_uncompared",
    "inspection_progress",
    "keep_best",
    "sightings",
    "start_inspection",
    "uncompared",
    "uninspected",
]
