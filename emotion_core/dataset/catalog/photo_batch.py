"""Photos that are added together: waiting for the disk once for all of them takes a fraction of the time."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from emotion_core.dataset.catalog.catalog import Catalog
from emotion_core.dataset.catalog.records import Addition, PreparedPhoto
from emotion_core.disk_space import check_room

# A user who watches sees progress twice a second; more photos at once gain little.
MAX_PHOTOS, MAX_SECONDS = 64, 0.5

_Photo = tuple[PreparedPhoto, Callable[[Addition], None]]


class PhotoBatch:
    """Adds photos a few at a time, in their order; each is in the catalog for good when its callback is called.

    Photos are added in a thread, so that the next ones can be decoded while the disk works. The callbacks are called in
    the caller's thread. Used as a context, which adds what is left at its end, also after an error.

    Args:
        catalog: that the photos are added to.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._pool = ThreadPoolExecutor(1, "add-photos")
        self._waiting: list[_Photo] = []
        self._adding: tuple[list[_Photo], Future[list[Addition]]] | None = None
        self._last_start = 0.0

    def __enter__(self) -> Self:
        """Raise ``DiskFull`` where the disk is nearly full already."""
        check_room(self._catalog.workspace.root)
        return self

    def __exit__(self, *_: object) -> None:
        with self._pool:
            self.commit()

    def __len__(self) -> int:
        """Return how many photos wait or are being added."""
        return len(self._waiting) + (len(self._adding[0]) if self._adding else 0)

    def put(self, photo: PreparedPhoto, on_added: Callable[[Addition], None]) -> None:
        """Add a photo with the next ones.

        Args:
            photo: what ``Catalog.prepare`` returned.
            on_added: called with what became of it once that is on the disk.
        """
        self._waiting.append((photo, on_added))

    def commit_if_due(self) -> bool:
        """Begin to add photos if they are many or have waited long enough, and return whether earlier ones were added.

        Raises:
            DiskFull: the disk is full, or so nearly that no more photos should follow.
        """
        are_many = len(self._waiting) >= MAX_PHOTOS
        has_added = self._settle(wait=are_many)
        if self._adding is None and (are_many or time.monotonic() - self._last_start > MAX_SECONDS):
            self._start()
        if has_added:
            check_room(self._catalog.workspace.root)
        return has_added

    def commit(self) -> None:
        """Add all photos, and return once they are on the disk.

        Raises:
            DiskFull: the disk is full; what could not be added is removed.
        """
        try:
            self._settle(wait=True)
            self._start()
            self._settle(wait=True)
        finally:
            for photo, _ in self._waiting:
                photo.files.discard()
            self._waiting = []

    def _start(self) -> None:
        if self._waiting:
            self._last_start = time.monotonic()
            photos = [photo for photo, _ in self._waiting]
            self._adding, self._waiting = (self._waiting, self._pool.submit(self._catalog.add_prepared, photos)), []

    def _settle(self, *, wait: bool) -> bool:
        """Call the callbacks of the photos that were added, and return whether there were any."""
        if self._adding is None or not (wait or self._adding[1].done()):
            return False
        (photos, future), self._adding = self._adding, None
        for (_, on_added), addition in zip(photos, future.result(), strict=True):
            on_added(addition)
        return True
