"""The catalog's journal: each of its rows once more, as text beside the photos, to rebuild a lost or damaged catalog.

Triggers note which rows a transaction changes. Before it is committed, the new rows are appended here and synced; the
last line of a row counts. A line is ``CRC-32 table rowid photo_id JSON``, so that lines of deleted photos are dropped
without reading their JSON, and so that a changed digit is noticed. The first line names the catalog's lineage: a new,
empty catalog has another one than the journal, and is not mistaken for one without photos.
"""

import contextlib
import json
import os
import secrets
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from emotion_core.dataset.catalog.marks import begin_write
from emotion_core.errors import DataError, OtherVersion
from emotion_core.files import move_into_place, sync_folder, temporary_beside

FORMAT_VERSION = 1
TABLES = ("photos", "sightings", "marks", "faces", "deleted")
_LINEAGE = "lineage"
# Typical bytes of a line. A journal of several times what its rows take is written again.
_LINE_BYTES = {"photos": 800, "sightings": 450, "marks": 220, "faces": 250, "deleted": 220}
_GROWTH, _LEAST_BYTES = 4, 2**20
REPAIR_COMMAND = "python -m emotion_core check --repair"


class RowKey(NamedTuple):
    """The table and the rowid of a row."""

    table: str
    rowid: int


@dataclass
class JournalContent:
    """What a journal says.

    Attributes:
        lineage: of the catalog that it belongs to; empty if the first line is damaged.
        rows: newest values of each row that was not deleted, in the order of their last change.
        damaged: number of lines that are not what was written.
    """

    lineage: str = ""
    rows: dict[RowKey, dict[str, Any]] = field(default_factory=dict)
    damaged: int = 0


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
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_LINEAGE,)).fetchone():
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
    def committing(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Append the rows that a transaction has changed; the body commits it.

        Args:
            connection: connection whose transaction ends; the write lock of SQLite keeps other writers out until then.

        Raises:
            OSError: the journal cannot be written, for instance because the disk is full; it is as before.
        """
        changed = _take_changes(connection)
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
        lines = (
            _line(table, row["journal_row"], row["photo_id"], _values(row))
            for table in TABLES
            for row in connection.execute(f"SELECT rowid AS journal_row, * FROM {table} ORDER BY rowid")
        )
        self._replace([_line(_LINEAGE, 0, lineage_of(connection), {"format": FORMAT_VERSION})], lines)

    def _replace_without(self, photo_ids: set[str], more: list[bytes]) -> None:
        removed = {photo_id.encode() for photo_id in photo_ids}
        with self.path.open("rb") as stream:
            self._replace((line for line in stream if _photo_id(line) not in removed), more)

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
            parsed = _parsed(stream.readline())
        return str(parsed[1]) if parsed is not None and parsed[0].table == _LINEAGE else None

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
                _apply(content, line)
        return content


def install(connection: sqlite3.Connection, lineage: str) -> None:
    """Create what notes the changes of a catalog, with the rows that are there already as its first changes.

    Args:
        connection: connection with the write lock, or to a file that no other process knows.
        lineage: identity of the catalog.
    """
    connection.execute(f"CREATE TABLE IF NOT EXISTS {_LINEAGE} (id TEXT NOT NULL)")
    if not connection.execute(f"SELECT 1 FROM {_LINEAGE}").fetchone():
        connection.execute(f"INSERT INTO {_LINEAGE} VALUES (?)", (lineage,))
    connection.execute(
        "CREATE TABLE IF NOT EXISTS unjournaled (tbl TEXT, row INTEGER, photo_id TEXT, "
        "PRIMARY KEY (tbl, row, photo_id)) WITHOUT ROWID"
    )
    for table in TABLES:
        for event, version in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")):
            connection.execute(
                f"CREATE TRIGGER IF NOT EXISTS journal_{table}_{event.lower()} AFTER {event} ON {table} BEGIN "
                f"INSERT OR REPLACE INTO unjournaled VALUES ('{table}', {version}.rowid, {version}.photo_id); END"
            )


def lineage_of(connection: sqlite3.Connection) -> str:
    """Return the identity of a catalog, which a copy of its file shares and a new catalog does not."""
    return str(connection.execute(f"SELECT id FROM {_LINEAGE}").fetchone()[0])


def lost_catalog(what: str) -> DataError:
    """Return the error for a workspace whose photos are there and whose catalog is not.

    Args:
        what: what happened to the catalog, as the end of a sentence.
    """
    return DataError(
        f"The catalog of photos {what}, but this workspace has photos. Expected the catalog that lists them. "
        f"Run {REPAIR_COMMAND}, which rebuilds it from its journal, or restore a backup."
    )


def _has_rows(connection: sqlite3.Connection) -> bool:
    return any(connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in TABLES)


def _deleted(photo_ids: set[str], connection: sqlite3.Connection) -> set[str]:
    """Return those of the photos that the user deleted; a row that is gone without that is damage, and stays here."""
    statement = "SELECT DISTINCT photo_id FROM deleted WHERE photo_id IN (SELECT value FROM json_each(?))"
    return (
        {str(row[0]) for row in connection.execute(statement, (json.dumps(list(photo_ids)),))} if photo_ids else set()
    )


def _take_changes(connection: sqlite3.Connection) -> list[tuple[str, bytes | None]]:
    """Return photo id and line of each row that the transaction has changed, None for a row that is gone."""
    if not connection.in_transaction:
        return []
    noted = connection.execute("SELECT tbl, row, photo_id FROM unjournaled").fetchall()
    if not noted:
        return []
    connection.execute("DELETE FROM unjournaled")
    changed: list[tuple[str, bytes | None]] = []
    for table in TABLES:
        wanted = {row: str(photo_id) for name, row, photo_id in noted if name == table}
        statement = f"SELECT rowid AS journal_row, * FROM {table} WHERE rowid IN (SELECT value FROM json_each(?))"
        for row in connection.execute(statement, (json.dumps(list(wanted)),)):
            del wanted[row["journal_row"]]
            changed.append((row["photo_id"], _line(table, row["journal_row"], row["photo_id"], _values(row))))
        changed += [(photo_id, None) for photo_id in wanted.values()]
    return changed


def _values(row: sqlite3.Row) -> dict[str, Any]:
    return {name: row[name] for name in row.keys() if name != "journal_row" and row[name] is not None}  # noqa: SIM118


def _line(table: str, rowid: int, photo_id: str, values: Mapping[str, Any]) -> bytes:
    text = f"{table} {rowid} {photo_id} {json.dumps(values, separators=(',', ':'))}".encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _photo_id(line: bytes) -> bytes:
    words = line.split(b" ", 4)
    return words[3] if len(words) == 5 and words[1] != _LINEAGE.encode() else b""


def _parsed(line: bytes) -> tuple[RowKey, str, dict[str, Any]] | None:
    """Return key, photo id and values of a line, or None if it is damaged."""
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        table, rowid, photo_id, values = text.decode().split(" ", 3)
        return RowKey(table, int(rowid)), photo_id, json.loads(values)
    except ValueError:
        return None


def _apply(content: JournalContent, line: bytes) -> None:
    parsed = _parsed(line)
    if parsed is None:
        content.damaged += bool(line.strip())
        return
    key, photo_id, values = parsed
    if key.table == _LINEAGE:
        if int(values.get("format", 0)) > FORMAT_VERSION:
            raise OtherVersion(
                "A newer version of this project wrote the journal of the catalog. "
                f"Expected format {FORMAT_VERSION} or lower. Received: format={values['format']}. Update the project."
            )
        content.lineage = photo_id
    else:
        content.rows.pop(key, None)
        content.rows[key] = values
