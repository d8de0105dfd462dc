"""The catalog of photos: labels, status, origin, quality, and the history of every mark."""

from emotion_core.dataset.catalog.catalog import Catalog
from emotion_core.dataset.catalog.damage import unreadable_photos
from emotion_core.dataset.catalog.journal import REPAIR_COMMAND, Journal
from emotion_core.dataset.catalog.journal_changes import lineage_of, seal, values_of
from emotion_core.dataset.catalog.journal_lines import JournalContent, RowKey
from emotion_core.dataset.catalog.marks import NOT_UNDONE, Mark, Undone, begin_write
from emotion_core.dataset.catalog.photo_batch import PhotoBatch
from emotion_core.dataset.catalog.photo_files import holds, is_thumbnail_of, sealed_thumbnail
from emotion_core.dataset.catalog.quality import FLAGS, measure
from emotion_core.dataset.catalog.queries import PhotoFilter
from emotion_core.dataset.catalog.rebuild import (
    Rows,
    damaged_catalog,
    is_valid,
    overwrite,
    readable_rows,
    rebuild_catalog,
    write_catalog,
)
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
from emotion_core.dataset.catalog.row_sums import TABLES

__all__ = [
    "FLAGS",
    "LABELS",
    "NOT_UNDONE",
    "REPAIR_COMMAND",
    "SAMPLES",
    "SPLITS",
    "STATUSES",
    "TABLES",
    "Addition",
    "Catalog",
    "Face",
    "Findings",
    "Journal",
    "JournalContent",
    "Mark",
    "Origin",
    "Photo",
    "PhotoBatch",
    "PhotoFilter",
    "PhotoGroup",
    "PhotoNumbers",
    "PreparedPhoto",
    "RowKey",
    "Rows",
    "Undone",
    "begin_write",
    "damaged_catalog",
    "holds",
    "is_thumbnail_of",
    "is_valid",
    "lineage_of",
    "measure",
    "overwrite",
    "readable_rows",
    "rebuild_catalog",
    "seal",
    "sealed_thumbnail",
    "unreadable_photos",
    "values_of",
    "write_catalog",
]
