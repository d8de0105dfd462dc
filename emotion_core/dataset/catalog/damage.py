"""What pages say about damaged rows: they count and select photos by single columns, which checksums do not cover."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from emotion_core.dataset.catalog.reading import CatalogReader
from emotion_core.dataset.catalog.row_checks import changed_row
from emotion_core.documents import DAMAGED, Unreadable

# 100,000 photos take about a second. Looking again after each of many changes must not slow down what changes them.
_SHARE_OF_TIME = 0.05


@dataclass
class _Look:
    """The last look at a catalog.

    Attributes:
        state: of the catalog, as it was looked at.
        due: time from which a changed catalog is looked at again.
        found: what was found.
    """

    state: tuple[int, ...] = ()
    due: float = 0.0
    found: list[Unreadable] = field(default_factory=list)


_looks: dict[Path, _Look] = {}
_lock = threading.Lock()


def unreadable_photos(catalog: CatalogReader) -> list[Unreadable]:
    """Return the photos that have a row which is not as it was written, by their ids.

    Rows are read once per change of the catalog, and a catalog that changes all the time for a twentieth of the time.

    Args:
        catalog: of the photos.

    Raises:
        DataError: the catalog cannot be read.
    """
    with _lock:
        look = _looks.setdefault(catalog.workspace.catalog, _Look())
        state, start = catalog.state, time.monotonic()
        if state != look.state and start >= look.due:
            rows = {photo_id: key.table for key, photo_id in catalog.damaged_rows()}
            look.found = [
                Unreadable(photo_id, catalog.workspace.catalog, DAMAGED, str(changed_row(table, photo_id)))
                for photo_id, table in rows.items()
            ]
            look.state, now = state, time.monotonic()
            look.due = now + (now - start) / _SHARE_OF_TIME
        return list(look.found)
