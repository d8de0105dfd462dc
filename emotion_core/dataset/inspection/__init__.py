"""Inspection of photos in the background: faces, quality, near copies and label conflicts."""

from emotion_core.dataset.inspection.faces import (
    LOOKS_SCRIPT,
    detector_available,
    detector_problem,
    detector_weights,
    find_faces,
    is_cut_out,
    shows_upright_face,
)
from emotion_core.dataset.inspection.findings import (
    Sighting,
    find_duplicates,
    has_few_uncompared,
    keep_best,
    sightings,
    uncompared,
)
from emotion_core.dataset.inspection.inspection_job import inspection_progress, start_inspection, uninspected
from emotion_core.dataset.inspection.looks import (
    CUT_OUT_PX,
    MIN_LEAD,
    Box,
    box_of,
    face_boxes,
    turned_box,
    turned_text,
    upright_part,
    whole_box,
)

__all__ = [
    "CUT_OUT_PX",
    "LOOKS_SCRIPT",
    "MIN_LEAD",
    "Box",
    "Sighting",
    "box_of",
    "detector_available",
    "detector_problem",
    "detector_weights",
    "face_boxes",
    "find_duplicates",
    "find_faces",
    "has_few_uncompared",
    "inspection_progress",
    "is_cut_out",
    "keep_best",
    "shows_upright_face",
    "sightings",
    "start_inspection",
    "turned_box",
    "turned_text",
    "uncompared",
    "uninspected",
    "upright_part",
    "whole_box",
]
