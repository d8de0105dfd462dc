"""What a background job finds on photos: faces, quality, duplicates and label conflicts."""

from emotion_core.dataset.inspection.faces import detector_available, detector_problem, detector_weights, find_faces
from emotion_core.dataset.inspection.findings import Offer, few_uncompared, find, keep_best, offers, uncompared
from emotion_core.dataset.inspection.inspection_job import index_progress, start_index, unindexed

__all__ = [
    "Offer",
    "detector_available",
    "detector_problem",
    "detector_weights",
    "few_uncompared",
    "find",
    "find_faces",
    "index_progress",
    "keep_best",
    "offers",
    "start_index",
    "uncompared",
    "unindexed",
]
