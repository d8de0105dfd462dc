"""Checksums of the catalog's rows: a changed character is another name or address, and nothing else would show it.

Each row has the CRC-32 of its other values in its column ``checksum``. It is written when the transaction that changed
the row is committed, and compared in SQL wherever whole rows are read.
"""

import sqlite3
import zlib

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
