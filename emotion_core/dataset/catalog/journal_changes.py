"""The changes of a transaction: triggers note the rows, so that the journal gets them whatever statement wrote them."""

import json
import sqlite3
from typing import Any

from emotion_core.dataset.catalog.journal_lines import LINEAGE, line_of

TABLES = ("photos", "sightings", "marks", "faces", "deleted")


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


def take_changes(connection: sqlite3.Connection) -> list[tuple[str, bytes | None]]:
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
            changed.append((row["photo_id"], line_of(table, row["journal_row"], row["photo_id"], values_of(row))))
        changed += [(photo_id, None) for photo_id in wanted.values()]
    return changed


def values_of(row: sqlite3.Row) -> dict[str, Any]:
    """Return the values of a row by column, without those that are NULL."""
    return {name: row[name] for name in row.keys() if name != "journal_row" and row[name] is not None}  # noqa: SIM118
