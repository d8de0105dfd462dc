"""The catalog of photos: labels, status, origin, quality, and the history of every mark."""

from emotion_core.dataset.catalog.catalog import Catalog
from emotion_core.dataset.catalog.marks import NOT_UNDONE, Mark, Undone, begin_write
from emotion_core.dataset.catalog.photo_batch import PhotoBatch
from emotion_core.dataset.catalog.quality import FLAGS, measure
from emotion_core.dataset.catalog.queries import PhotoFilter
from emotion_core.dataset.catalog.records import (
    LABELS,
    SAMPLES,
    SPLITS,
    STATUSES,
    Addition,
    Face,
    Findings,
    Origin,
    Photo,
    PhotoGroup,
    PhotoNumbers,
    PreparedPhoto,
)

__all__ = [
    "FLAGS",
    "LABELS",
    "NOT_UNDONE",
    "SAMPLES",
    "SPLITS",
    "STATUSES",
    "Addition",
    "Catalog",
    "Face",
    "Findings",
    "Mark",
    "Origin",
    "Photo",
    "PhotoBatch",
    "PhotoFilter",
    "PhotoGroup",
    "PhotoNumbers",
    "PreparedPhoto",
    "Undone",
    "begin_write",
    "measure",
]
