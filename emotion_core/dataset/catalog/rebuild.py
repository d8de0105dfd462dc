"""Rebuild a lost or damaged catalog from its journal, and from what can still be read of it."""

import contextlib
import re
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from emotion_core.dataset.catalog.journal import Journal, lost_catalog
from emotion_core.dataset.catalog.journal_changes import install, seal
from emotion_core.dataset.catalog.journal_lines import RowKey
from emotion_core.dataset.catalog.row_checks import is_possible_photo
from emotion_core.dataset.catalog.row_sums import COLUMNS, TABLES
from emotion_core.dataset.catalog.schema import seal_rows, upgrade
from emotion_core.files import move_into_place, sync_file, sync_folder, temporary_beside
from emotion_core.settings import Workspace

# Photo ids and suffixes become paths, and these rows may come from a backup that someone else made.
_PHOTO_ID = re.compile(r"[0-9a-z]{1,64}")
Rows = dict[RowKey, dict[str, Any]]


def check_not_lost(workspace: Workspace) -> None:
    """Check that a catalog is not missing, or empty, in a workspace that has photos.

    Raises:
        DataError: it is; opening it would show an empty workspace.
    """
    with contextlib.suppress(FileNotFoundError):
        if workspace.catalog.stat().st_size:
            return
    if workspace.journal.exists() or any(workspace.photos.glob("*/*")):
        raise lost_catalog("is empty" if workspace.catalog.exists() else "is missing")


def damaged_catalog(workspace: Workspace) -> Path:
    """Return where a repair keeps a catalog that it has replaced."""
    return workspace.catalog.with_name(f"{workspace.catalog.name}.damaged")


def rebuild_catalog(workspace: Workspace) -> int:
    """Replace the catalog by one made from the journal; without a whole journal, also from what the catalog still has.

    The earlier file stays beside the new one, as ``catalog.sqlite.damaged``.

    Args:
        workspace: whose catalog no other process uses.

    Returns:
        Number of photos in the new catalog.
    """
    content = Journal(workspace.journal).read()
    rows = content.rows
    if content.damaged or not content.lineage:
        rows = {**readable_rows(workspace.catalog), **content.rows}
    new = temporary_beside(workspace.catalog)
    try:
        photos = write_catalog(new, rows, content.lineage or secrets.token_hex(8))
        _move_away(workspace)
        move_into_place(new, workspace.catalog)
    finally:
        new.unlink(missing_ok=True)
    sync_folder(workspace.root)
    return photos


def _move_away(workspace: Workspace) -> None:
    catalog = workspace.catalog
    # A log without its catalog, or beside another one, would be taken for a part of it.
    for ending in ("-wal", "-shm"):
        catalog.with_name(f"{catalog.name}{ending}").unlink(missing_ok=True)
    if catalog.exists() and catalog.stat().st_size:
        move_into_place(catalog, damaged_catalog(workspace))


def write_catalog(path: Path, rows: Mapping[RowKey, Mapping[str, Any]], lineage: str) -> int:
    """Write a new catalog with these rows, durably, and return how many photos it has.

    Args:
        path: file to create.
        rows: values of each row by column; unknown columns are left out, and so are rows that cannot be a photo's.
        lineage: identity of the catalog.
    """
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        with connection:
            upgrade(connection)
            columns = {table: _columns(connection, table) for table in TABLES}
            for (table, rowid), values in rows.items():
                if table in columns and is_valid(table, values):
                    known = {name: value for name, value in values.items() if name in columns[table]}
                    _insert(connection, table, rowid, known)
            # A damaged row of a catalog that could be read keeps its checksum, and stays told as damaged.
            seal_rows(connection)
            install(connection, lineage)
        photos = connection.execute("SELECT COUNT(*) FROM photos").fetchone()[0]
    sync_file(path)
    return int(photos)


def is_valid(table: str, values: Mapping[str, Any]) -> bool:
    """Return whether a row can have been written by this project: its values lead to no other files and labels.

    Args:
        table: name of its table.
        values: values by column.
    """
    if not _PHOTO_ID.fullmatch(str(values.get("photo_id"))):
        return False
    if table in ("deleted", "sightings"):
        return isinstance(values.get("original_sha256"), str)
    return table != "photos" or is_possible_photo(values)


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {str(row["name"]) for row in connection.execute(f"PRAGMA table_info({table})")}


def _insert(connection: sqlite3.Connection, table: str, rowid: int, values: Mapping[str, Any]) -> None:
    # The order of the photos is that of their rowids. `mark_id` is the rowid of a mark itself.
    named = dict(values) if "mark_id" in values else {"rowid": rowid, **values}
    places = ", ".join(f":{name}" for name in named)
    # Values that are not what the column takes, or a row without a needed value: not one that this project wrote.
    with contextlib.suppress(sqlite3.IntegrityError, sqlite3.ProgrammingError, OverflowError):
        connection.execute(f"INSERT OR REPLACE INTO {table} ({', '.join(named)}) VALUES ({places})", named)


def overwrite(connection: sqlite3.Connection, key: RowKey, values: Mapping[str, Any]) -> None:
    """Give a row the values that the journal has for it.

    Args:
        connection: connection with the write lock.
        key: of a row that is there.
        values: values by column; NULL in the other columns.
    """
    columns = COLUMNS[key.table]
    changes = ", ".join(f"{column} = ?" for column in columns)
    connection.execute(
        f"UPDATE {key.table} SET {changes} WHERE rowid = ?", (*(values.get(column) for column in columns), key.rowid)
    )
    seal(connection, key.table, [key.rowid])


def readable_rows(path: Path) -> Rows:
    """Return the rows of a catalog that can still be read; none if the file is missing or no SQLite file.

    Args:
        path: SQLite file, perhaps damaged, perhaps from someone else: only its tables are read.
    """
    rows: Rows = {}
    if not path.is_file():
        return rows
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        # A changed byte may be no text any more.
        connection.text_factory = lambda data: data.decode(errors="replace")
        for table in TABLES:
            # What was read before the damage counts.
            with contextlib.suppress(sqlite3.Error):
                connection.execute("PRAGMA trusted_schema = OFF")
                rows |= dict(_rows_of(connection, table))
    return rows


def _rows_of(connection: sqlite3.Connection, table: str) -> Iterator[tuple[RowKey, dict[str, Any]]]:
    kind = connection.execute("SELECT type FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    if kind is None or kind["type"] != "table":
        return
    with contextlib.suppress(sqlite3.Error):
        for row in connection.execute(f"SELECT rowid AS journal_row, * FROM {table}"):
            values = {name: row[name] for name in row.keys() if name != "journal_row"}  # noqa: SIM118
            yield RowKey(table, row["journal_row"]), values
