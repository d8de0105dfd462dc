"""The changes of a transaction: triggers note the rows, so that the journal gets them whatever statement wrote them."""

import json
import sqlite3
from collections.abc import Container
from typing import Any

from emotion_core.dataset.catalog.journal_lines import LINEAGE, RowKey, line_of
from emotion_core.dataset.catalog.row_checks import is_possible_photo
from emotion_core.dataset.catalog.row_sums import COLUMNS, TABLES, checksum_sql, intact_sql

_NO_VALUES = ("tbl", "journal_row", "is_intact", "checksum")


def install(connection: sqlite3.Connection, lineage: str) -> None:
    """Create what notes the changes of a catalog, with the rows that are there already as its first changes.

    Args:
        connection: connection with the write lock, or to a file that no other process knows.
        lineage: identity of the catalog.
    """
    connection.execute(f"CREATE TABLE IF NOT EXISTS {LINEAGE} (id TEXT NOT NULL)")
    if not connection.execute(f"SELECT 1 FROM {LINEAGE}").fetchone():
        connection.execute(f"INSERT INTO {LINEAGE} VALUES (?)", (lineage,))
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
    return str(connection.execute(f"SELECT id FROM {LINEAGE}").fetchone()[0])


def noted_changes(connection: sqlite3.Connection) -> set[RowKey]:
    """Return the rows that another program has changed: this one leaves no note when it commits."""
    try:
        return {RowKey(table, row) for table, row in connection.execute("SELECT tbl, row FROM unjournaled")}
    except sqlite3.OperationalError as error:
        # A catalog that is about to be made, or upgraded.
        if "no such table" not in str(error):
            raise
        return set()


def take_changes(connection: sqlite3.Connection, strange: Container[RowKey]) -> list[tuple[str, bytes | None]]:
    """Return photo id and line of each row that the transaction has changed, None for a row that is gone.

    The rows get their checksums here.

    Args:
        connection: connection whose transaction ends.
        strange: rows that another program has changed. They get no checksum, so that they stay told as damaged.
    """
    if not connection.in_transaction:
        return []
    noted = connection.execute("SELECT tbl, row, photo_id FROM unjournaled").fetchall()
    if not noted:
        return []
    changed: list[tuple[str, bytes | None]] = []
    for table in TABLES:
        wanted = {row: str(photo_id) for name, row, photo_id in noted if name == table}
        rows = _rows(connection, table, list(wanted))
        own = [row for row in rows if row["is_intact"] or RowKey(table, row["journal_row"]) not in strange]
        seal(connection, table, [row["journal_row"] for row in own if table != "photos" or is_possible_photo(row)])
        changed += [
            (row["photo_id"], line_of(table, row["journal_row"], row["photo_id"], values_of(row))) for row in own
        ]
        gone = wanted.keys() - {row["journal_row"] for row in rows}
        changed += [(wanted[rowid], None) for rowid in gone]
    # Giving checksums is a change, too.
    connection.execute("DELETE FROM unjournaled")
    return changed


def _rows(connection: sqlite3.Connection, table: str, rowids: list[int]) -> list[sqlite3.Row]:
    columns = ", ".join(f"{table}.{column}" for column in COLUMNS[table])
    statement = f"SELECT {table}.rowid AS journal_row, {intact_sql(table)} AS is_intact, {columns} FROM {table}"
    return connection.execute(
        f"{statement} WHERE {table}.rowid IN (SELECT value FROM json_each(?))", (json.dumps(rowids),)
    ).fetchall()


def seal(connection: sqlite3.Connection, table: str, rowids: list[int]) -> None:
    """Write the checksums of rows.

    Args:
        connection: connection with the write lock.
        table: name of the table.
        rowids: of rows whose values are as they should be.
    """
    statement = f"UPDATE {table} SET checksum = {checksum_sql(table)} WHERE rowid IN (SELECT value FROM json_each(?))"
    connection.execute(statement, (json.dumps(rowids),))


def values_of(row: sqlite3.Row) -> dict[str, Any]:
    """Return the values of a row by column, as the journal has them: without its checksum and those that are NULL."""
    return {name: row[name] for name in row.keys() if name not in _NO_VALUES and row[name] is not None}  # noqa: SIM118
