"""Photos that are added together: waiting for the disk once for all of them takes a fraction of the time."""

import time
from collections.abc import Callable
from typing import Self

from emotion_core.dataset.catalog.catalog import Catalog
from emotion_core.dataset.catalog.records import Addition, PreparedPhoto
from emotion_core.disk_space import check_free_space

# A user who watches sees progress twice a second; more photos at once gain little.
MAX_PHOTOS, MAX_SECONDS = 64, 0.5


class PhotoBatch:
    """Adds photos a few at a time; each is in the catalog for good when its callback is called, in order.

    Used as a context, which adds what is left at its end, also after an error.

    Args:
        catalog: that the photos are added to.

    Raises:
        DiskFull: the disk is full, or nearly.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._waiting: list[tuple[PreparedPhoto, Callable[[Addition], None]]] = []
        self._last_commit = 0.0

    def __enter__(self) -> Self:
        check_free_space(self._catalog.workspace.root)
        return self

    def __exit__(self, *_: object) -> None:
        self.commit()

    def __len__(self) -> int:
        """Return how many photos are waiting."""
        return len(self._waiting)

    def put(self, photo: PreparedPhoto, on_added: Callable[[Addition], None]) -> None:
        """Add a photo with the next ones.

        Args:
            photo: what ``Catalog.prepare`` returned.
            on_added: called with what became of it once that is on the disk.
        """
        self._waiting.append((photo, on_added))

    def commit_if_due(self) -> bool:
        """Add the waiting photos if they are many or have waited long enough, and return whether that was so.

        Raises:
            DiskFull: the disk is full, or so nearly that no more photos should follow.
        """
        is_due = len(self._waiting) >= MAX_PHOTOS or time.monotonic() - self._last_commit > MAX_SECONDS
        if not self._waiting or not is_due:
            return False
        self.commit()
        check_free_space(self._catalog.workspace.root)
        return True

    def commit(self) -> None:
        """Add the waiting photos now."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            additions = self._catalog.add_prepared([photo for photo, _ in waiting])
            for (_, on_added), addition in zip(waiting, additions, strict=True):
                on_added(addition)
        # From the end: on a slow disk, photos are added in larger batches.
        self._last_commit = time.monotonic()
