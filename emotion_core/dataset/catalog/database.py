"""Connections to the catalog's SQLite file."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from emotion_core.dataset.catalog.journal import REPAIR_COMMAND, Journal
from emotion_core.dataset.catalog.journal_changes import noted_changes
from emotion_core.dataset.catalog.row_sums import CatalogConnection, register
from emotion_core.disk_space import disk_full, naming_full_disk
from emotion_core.errors import DataError, DiskFull
from emotion_core.files import sync_file, sync_folder

# How long a writer waits for another one before it gives up.
LOCK_WAIT_SECONDS = 30
# Errors that say nothing about the file itself: locked, read-only or unreachable.
_TEMPORARY_ERRORS = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}
)


class CatalogDatabase:
    """The SQLite file of a catalog, safe to use from several threads and processes at once.

    Args:
        path: SQLite file, created if needed.
        journal: file that every committed change is appended to.
    """

    def __init__(self, path: Path, journal: Journal) -> None:
        self._path, self._journal = path, journal
        # Open connections that no thread is using, while the catalog is kept open; None otherwise.
        self._idle: list[CatalogConnection] | None = None
        # FULL waits for the disk after every transaction: in a write-ahead log, NORMAL does not, and a power failure
        # undoes what was committed since the last checkpoint.
        self._synchronous = "FULL"

    @contextlib.contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction, which is committed at the end and rolled back on any error."""
        try:
            # Popping is atomic, so that two threads never share a connection.
            connection = (self._idle or []).pop()
        except IndexError:
            connection = self._open()
        try:
            connection.strange = strange = noted_changes(connection)
            with connection:
                yield connection
                with naming_full_disk(self._path.parent), self._journal.committing(connection, strange):
                    connection.commit()
        except sqlite3.DatabaseError as error:
            raise self._unusable(error) from error
        finally:
            if self._idle is None:
                connection.close()
            else:
                self._idle.append(connection)

    @contextlib.contextmanager
    def kept_open(self, *, sync_at_end: bool = False) -> Iterator[None]:
        """Reuse connections within this context instead of opening one per transaction.

        Closing the last connection makes SQLite write its log back into the file, which takes longer than adding one
        photo. Threads may use the catalog within the context, but not beyond its end.

        Args:
            sync_at_end: wait for the disk once, at the end of the context, instead of after every transaction.
        """
        if self._idle is not None:
            yield
            return
        self._idle = []
        self._synchronous = "NORMAL" if sync_at_end else "FULL"
        try:
            # SQLite opens the file at the first read: from here on, at least this connection stays open to the end.
            with self.connection() as connection:
                connection.execute("SELECT 1 FROM photos LIMIT 1").fetchone()
            yield
        finally:
            if sync_at_end:
                self._sync_log()
            idle, self._idle, self._synchronous = self._idle, None, "FULL"
            for connection in idle:
                connection.close()

    def _sync_log(self) -> None:
        # Without a log everything is in the file already, which SQLite waits for.
        with contextlib.suppress(FileNotFoundError):
            sync_file(self._path.with_name(f"{self._path.name}-wal"))
            sync_folder(self._path.parent)

    def _open(self) -> CatalogConnection:
        try:
            # sqlite3's own check would refuse a connection that another thread opened; here only one uses it at a time.
            connection = sqlite3.connect(
                self._path, timeout=LOCK_WAIT_SECONDS, check_same_thread=False, factory=CatalogConnection
            )
            connection.row_factory = sqlite3.Row
            register(connection)
            connection.execute(f"PRAGMA synchronous={self._synchronous}")
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        return connection

    def _unusable(self, error: sqlite3.Error) -> DataError | DiskFull:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            return disk_full("The disk is full", self._path)
        # The low byte of SQLite's extended code is the kind of error; an error without a code counts as damage.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _TEMPORARY_ERRORS:
            # Must not advise moving the file away, as below: the photos are intact.
            return DataError(
                f"The catalog of photos is busy or cannot be written: {error}. "
                "Expected free space and permission to write. "
                f"Received: catalog={str(self._path)!r}. Check both, then try again."
            )
        return DataError(
            f"The catalog of photos cannot be used: {error}. Expected a SQLite file that this project wrote. "
            f"Received: catalog={str(self._path)!r}. Run {REPAIR_COMMAND}, which rebuilds it from the photos' journal, "
            "or restore it from a backup."
        )
