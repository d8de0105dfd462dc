"""The catalog's journal: each of its rows once more, as text beside the photos, to rebuild a lost or damaged catalog.

Triggers note which rows a transaction changes. Before it is committed, the new rows get their checksums and are
appended here and synced; the
last line of a row counts. A new, empty catalog has another lineage than the journal, and is not mistaken for one
without photos.
"""

import contextlib
import json
import os
import secrets
import sqlite3
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from emotion_core.dataset.catalog.journal_changes import install, lineage_of, take_changes, values_of
from emotion_core.dataset.catalog.journal_lines import (
    FORMAT_VERSION,
    LINEAGE,
    JournalContent,
    RowKey,
    apply_line,
    line_of,
    parsed_line,
    photo_id_of,
)
from emotion_core.dataset.catalog.marks import begin_write
from emotion_core.dataset.catalog.row_sums import TABLES, intact_sql
from emotion_core.errors import DataError
from emotion_core.files import move_into_place, sync_folder, temporary_beside

# Typical bytes of a line. A journal of several times what its rows take is written again.
_LINE_BYTES = {"photos": 800, "sightings": 450, "marks": 220, "faces": 250, "deleted": 220}
_GROWTH, _LEAST_BYTES = 4, 2**20
REPAIR_COMMAND = "python -m emotion_core check --repair"


class Journal:
    """The journal of one catalog; written only inside the catalog's own transactions, which come one at a time.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def attach(self, connection: sqlite3.Connection) -> None:
        """Let a catalog keep this journal: create what notes its changes, and the file itself if it is missing.

        Args:
            connection: open connection to a catalog with all tables; the caller commits.

        Raises:
            DataError: the journal belongs to another catalog, so this one has replaced a catalog with photos.
        """
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (LINEAGE,)).fetchone():
            if not connection.in_transaction:
                begin_write(connection)
            install(connection, secrets.token_hex(8))
        if self._is_missing():
            if _has_rows(connection):
                if not connection.in_transaction:
                    begin_write(connection)
                self.rewrite(connection)
            return
        known = self._first_line()
        if known not in (None, lineage_of(connection)) or (known is None and not _has_rows(connection)):
            raise lost_catalog("was replaced by a new one")

    def _is_missing(self) -> bool:
        return not self.path.exists() or not self.path.stat().st_size

    @contextlib.contextmanager
    def committing(self, connection: sqlite3.Connection, strange: Container[RowKey] = ()) -> Iterator[None]:
        """Append the rows that a transaction has changed; the body commits it.

        Args:
            connection: connection whose transaction ends; the write lock of SQLite keeps other writers out until then.
            strange: rows that another program had changed before the transaction.

        Raises:
            OSError: the journal cannot be written, for instance because the disk is full; it is as before.
        """
        changed = take_changes(connection, strange)
        if not changed:
            yield
        elif self._is_missing() or self._has_outgrown(connection):
            self.rewrite(connection)
            yield
        elif removed := _deleted({photo_id for photo_id, line in changed if line is None}, connection):
            # Names and addresses of deleted photos must not stay readable here, either.
            self._replace_without(removed, [line for _, line in changed if line is not None])
            yield
        else:
            with self._appended(b"".join(line for _, line in changed if line is not None)):
                yield

    @contextlib.contextmanager
    def _appended(self, data: bytes) -> Iterator[None]:
        """Append lines before the body commits, and take them back if it fails."""
        with self.path.open("r+b") as stream:
            start = stream.seek(0, os.SEEK_END)
            stream.seek(max(start - 1, 0))
            # A process that was killed, or a power failure, may have left half a line.
            lines = data if stream.read(1) in (b"\n", b"") else b"\n" + data
            try:
                stream.write(lines)
                stream.flush()
                os.fsync(stream.fileno())
                yield
            except BaseException:
                # Where the failed commit has released the lock already, another writer may have appended since.
                if os.fstat(stream.fileno()).st_size <= start + len(lines):
                    stream.truncate(start)
                raise

    def rewrite(self, connection: sqlite3.Connection) -> None:
        """Replace the journal by one line for each row of the catalog.

        Args:
            connection: connection with the write lock.
        """
        # Damage in the catalog must not become the journal's word.
        known = self.read().rows if _has_damage(connection) else {}
        statements = [
            f"SELECT '{table}' AS tbl, rowid AS journal_row, {intact_sql(table)} AS is_intact, * FROM {table}"
            " ORDER BY rowid"
            for table in TABLES
        ]
        rows = (row for statement in statements for row in connection.execute(statement))
        lines = (_line(row, known) for row in rows)
        self._replace([line_of(LINEAGE, 0, lineage_of(connection), {"format": FORMAT_VERSION})], lines)

    def _replace_without(self, photo_ids: set[str], more: list[bytes]) -> None:
        removed = {photo_id.encode() for photo_id in photo_ids}
        with self.path.open("rb") as stream:
            self._replace((line for line in stream if photo_id_of(line) not in removed), more)

    def _replace(self, *parts: Iterable[bytes]) -> None:
        temporary = temporary_beside(self.path)
        try:
            with temporary.open("xb") as stream:
                for part in parts:
                    stream.writelines(part)
                stream.flush()
                os.fsync(stream.fileno())
            move_into_place(temporary, self.path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(self.path.parent)

    def _has_outgrown(self, connection: sqlite3.Connection) -> bool:
        size = self.path.stat().st_size
        if size < _LEAST_BYTES:
            return False
        # The largest rowid is found without counting, and is about the number of rows.
        largest = {table: connection.execute(f"SELECT MAX(rowid) FROM {table}").fetchone()[0] or 0 for table in TABLES}
        return size > _GROWTH * (_LEAST_BYTES + sum(_LINE_BYTES[table] * rows for table, rows in largest.items()))

    def _first_line(self) -> str | None:
        """Return the lineage, or None if the first line is damaged."""
        with self.path.open("rb") as stream:
            parsed = parsed_line(stream.readline())
        return str(parsed[1]) if parsed is not None and parsed[0].table == LINEAGE else None

    def read(self) -> JournalContent:
        """Return what the journal says; nothing if there is none.

        Raises:
            OtherVersion: a newer version of this project wrote it.
        """
        content = JournalContent()
        if not self.path.exists():
            return content
        with self.path.open("rb") as stream:
            for line in stream:
                apply_line(content, line)
        return content


def lost_catalog(what: str) -> DataError:
    """Return the error for a workspace whose photos are there and whose catalog is not.

    Args:
        what: what happened to the catalog, as the end of a sentence.
    """
    return DataError(
        f"The catalog of photos {what}, but this workspace has photos. Expected the catalog that lists them. "
        f"Run {REPAIR_COMMAND}, which rebuilds it from its journal, or restore a backup."
    )


def _has_damage(connection: sqlite3.Connection) -> bool:
    statements = (f"SELECT 1 FROM {table} WHERE NOT {intact_sql(table)} LIMIT 1" for table in TABLES)
    return any(connection.execute(statement).fetchone() for statement in statements)


def _line(row: sqlite3.Row, known: Mapping[RowKey, Mapping[str, Any]]) -> bytes:
    """Return the line of a row; of a damaged one that which the journal had, or none."""
    key = RowKey(row["tbl"], row["journal_row"])
    values = values_of(row) if row["is_intact"] else known.get(key, {})
    return line_of(*key, values["photo_id"], values) if values else b""


def _has_rows(connection: sqlite3.Connection) -> bool:
    return any(connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in TABLES)


def _deleted(photo_ids: set[str], connection: sqlite3.Connection) -> set[str]:
    """Return those of the photos that the user deleted; a row that is gone without that is damage, and stays here."""
    statement = "SELECT DISTINCT photo_id FROM deleted WHERE photo_id IN (SELECT value FROM json_each(?))"
    return (
        {str(row[0]) for row in connection.execute(statement, (json.dumps(list(photo_ids)),))} if photo_ids else set()
    )
