"""An opened catalog: its connections, its journal and where its files lie."""

import contextlib
import sqlite3
from pathlib import Path

from emotion_core.dataset.catalog.database import CatalogDatabase
from emotion_core.dataset.catalog.journal import Journal
from emotion_core.dataset.catalog.rebuild import check_not_lost
from emotion_core.dataset.catalog.records import Photo
from emotion_core.dataset.catalog.schema import upgrade
from emotion_core.settings import Workspace


class OpenCatalog:
    """The file of a catalog, created or upgraded if needed; safe to use from several threads and processes at once.

    Args:
        workspace: workspace of the photos.

    Raises:
        DataError: the catalog file is busy, damaged, of a newer version, or missing where there are photos.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        check_not_lost(workspace)
        self.journal = Journal(workspace.journal)
        self._database = CatalogDatabase(workspace.catalog, self.journal)
        with self.connection() as connection:
            # Readers and one writer do not block each other: pages read while a scrape adds photos.
            connection.execute("PRAGMA journal_mode=WAL")
            upgrade(connection)
            self.journal.attach(connection)

    def connection(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        """Open the catalog's file for one transaction, which is committed at the end and rolled back on any error."""
        return self._database.connection()

    def kept_open(self, *, sync_at_end: bool = False) -> contextlib.AbstractContextManager[None]:
        """Return a context in which adding many photos is faster, because the file stays open between them.

        Threads may use the catalog within the context, but not beyond its end.

        Args:
            sync_at_end: wait for the disk once, at the end of the context, instead of after every change. Nothing may
                be acknowledged before.
        """
        return self._database.kept_open(sync_at_end=sync_at_end)

    @property
    def state(self) -> tuple[int, ...]:
        """A value that changes with every write, for caches of results that depend on all photos."""
        # Writes go to the write-ahead log first. An empty log appears and disappears without any write.
        paths = (self.workspace.catalog, self.workspace.catalog.with_name(f"{self.workspace.catalog.name}-wal"))
        stats = [path.stat() for path in paths if path.exists()]
        return tuple(number for stat in stats if stat.st_size for number in (stat.st_size, stat.st_mtime_ns))

    def photo_path(self, photo: Photo) -> Path:
        """Return the path of the stored photo."""
        return self.stored_path(photo.photo_id, photo.suffix)

    def stored_path(self, photo_id: str, suffix: str) -> Path:
        """Return the path of a stored photo by its id and suffix."""
        # One folder per two digits: some file systems are slow with a hundred thousand files in one.
        return self.workspace.photos / photo_id[:2] / f"{photo_id}{suffix}"

    def thumbnail_path(self, photo_id: str) -> Path:
        """Return the path of a photo's thumbnail."""
        return self.workspace.thumbnails / photo_id[:2] / f"{photo_id}.jpg"
