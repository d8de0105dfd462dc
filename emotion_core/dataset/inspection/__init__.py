"""What a background job finds on photos: faces, quality, duplicates and label conflicts."""

from emotion_core.dataset.inspection.faces import detector_available, detector_problem, detector_weights, find_faces
from emotion_core.dataset.inspection.findings import (
    Sighting,
    few_uncompared,
    find_duplicates,
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
    "few_uncompared",
    "find_duplicates",
    "find_faces",
    "inspection_progress",
    "keep_best",
    "sightings",
    "start_inspection",
    "uncompared",
    "uninspected",
]
