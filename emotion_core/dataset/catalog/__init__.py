"""The catalog: photos with labels, status, origin, quality and every mark."""

from emotion_core.dataset.catalog.catalog import Catalog
from emotion_core.dataset.catalog.marks import STANDING, Mark, Undone, begin
from emotion_core.dataset.catalog.quality import FLAGS, measure
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

__all__ = [
    "FLAGS",
    "LABELS",
    "SAMPLES",
    "STANDING",
    "STATUSES",
    "Addition",
    "Catalog",
    "Face",
    "Findings",
    "Mark",
    "Origin",
    "Photo",
    "PhotoFilter",
    "PhotoGroup",
    "PhotoNumbers",
    "Undone",
    "begin",
    "measure",
]
