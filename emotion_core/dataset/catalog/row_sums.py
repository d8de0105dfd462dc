"""Checksums of the catalog's rows: a changed character is another name or address, and nothing else would show it.

Each row has the CRC-32 of its other values in its column ``checksum``. It is written when the transaction that changed
the row is committed, and compared in SQL wherever whole rows are read.
"""

import sqlite3
import zlib
from collections.abc import Collection

# All columns but the checksum. Whoever adds one computes the checksums again in the same upgrade.
COLUMNS = {
    "photos": (
        *("photo_id", "label", "status", "name", "source_url", "page_url", "licence", "content_type", "sha256"),
        *("original_sha256", "suffix", "width", "height", "original_bytes", "flags", "added_at", "author"),
        *("landing_url", "original_width", "original_height", "brightness", "colourfulness", "saturation"),
        *("sharpness", "split"),
    ),
    "sightings": (
        *("original_sha256", "photo_id", "label", "name", "source_url", "seen_at", "page_url", "added", "split"),
    ),
    "marks": ("mark_id", "photo_id", "field", "before", "after", "marked_at", "batch", "undoes"),
    "faces": ("photo_id", "boxes", "found_at", "detector"),
    "deleted": ("original_sha256", "photo_id", "deleted_at"),
}
TABLES = tuple(COLUMNS)


class CatalogConnection(sqlite3.Connection):
    """A connection that knows the rows that another program had changed when its transaction began.

    Attributes:
        strange: table and rowid of each of them.
    """

    strange: Collection[tuple[str, int]] = ()


def is_own_change(connection: sqlite3.Connection, table: str, rowid: int) -> bool:
    """Return whether the transaction has changed a row, whose checksum is then written when it is committed.

    Args:
        connection: connection of the transaction.
        table: name of the row's table.
        rowid: number of the row.
    """
    if (table, rowid) in getattr(connection, "strange", ()):
        return False
    noted = connection.execute("SELECT 1 FROM unjournaled WHERE tbl = ? AND row = ?", (table, rowid)).fetchone()
    return noted is not None


def register(connection: sqlite3.Connection) -> None:
    """Let the statements of a connection compute checksums."""
    connection.create_function("row_checksum", -1, _checksum, deterministic=True)


def _checksum(*values: str | float | None) -> int:
    # `repr` tells 1 from 1.0 and '1', keeps every digit, and takes half the time of JSON.
    return zlib.crc32(repr(values).encode())


def checksum_sql(table: str) -> str:
    """Return the SQL expression for the checksum that a row of a table should have."""
    # With the number of the row, which is the order of the photos.
    return f"row_checksum({', '.join(f'{table}.{column}' for column in ('rowid', *COLUMNS[table]))})"


def intact_sql(table: str) -> str:
    """Return the SQL expression that is true for a row of a table that is as it was written."""
    return f"({table}.checksum IS {checksum_sql(table)})"
