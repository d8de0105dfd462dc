"""The catalog's tables, and the upgrades that bring a file of an earlier version to the current one."""

import sqlite3

from emotion_core.dataset.catalog.row_sums import TABLES, checksum_sql, register
from emotion_core.documents import newer_text
from emotion_core.errors import DataError

# Each entry upgrades a catalog by one version. The first catalogs had the tables of version 1 but no version number,
# hence IF NOT EXISTS. Released entries never change: a catalog stores only how many it has been through.
_UPGRADES = (
    """
CREATE TABLE IF NOT EXISTS photos (
    photo_id TEXT PRIMARY KEY, label TEXT NOT NULL, status TEXT NOT NULL, name TEXT NOT NULL,
    source_url TEXT, page_url TEXT, licence TEXT, content_type TEXT,
    sha256 TEXT NOT NULL UNIQUE, original_sha256 TEXT NOT NULL, suffix TEXT NOT NULL,
    width INTEGER NOT NULL, height INTEGER NOT NULL, original_bytes INTEGER NOT NULL,
    phash INTEGER NOT NULL, flags TEXT NOT NULL, added_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS sightings (
    original_sha256 TEXT NOT NULL, photo_id TEXT NOT NULL, label TEXT NOT NULL, name TEXT NOT NULL,
    source_url TEXT, seen_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS sightings_by_hash ON sightings (original_sha256);
CREATE TABLE IF NOT EXISTS marks (
    mark_id INTEGER PRIMARY KEY, photo_id TEXT NOT NULL, field TEXT NOT NULL,
    before TEXT NOT NULL, after TEXT NOT NULL, marked_at REAL NOT NULL);
""",
    """
ALTER TABLE photos ADD COLUMN author TEXT;
ALTER TABLE photos ADD COLUMN landing_url TEXT;
ALTER TABLE photos ADD COLUMN original_width INTEGER;
ALTER TABLE photos ADD COLUMN original_height INTEGER;
ALTER TABLE sightings ADD COLUMN page_url TEXT;
ALTER TABLE sightings ADD COLUMN added INTEGER NOT NULL DEFAULT 0;
UPDATE sightings SET added = 1 WHERE rowid IN (SELECT MIN(rowid) FROM sightings GROUP BY photo_id);
CREATE INDEX sightings_by_label ON sightings (label, seen_at, name, added);
""",
    # boxes: [[x, y, width, height, score], ...], largest first, or NULL if the photo could not be read.
    """
ALTER TABLE photos ADD COLUMN brightness REAL;
ALTER TABLE photos ADD COLUMN colourfulness REAL;
ALTER TABLE photos ADD COLUMN saturation REAL;
ALTER TABLE photos ADD COLUMN sharpness REAL;
ALTER TABLE photos ADD COLUMN phash_mirror INTEGER;
CREATE TABLE faces (photo_id TEXT PRIMARY KEY, boxes TEXT, found_at REAL NOT NULL, detector TEXT NOT NULL);
""",
    # undoes: the batch that this mark's batch undid.
    """
ALTER TABLE marks ADD COLUMN batch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE marks ADD COLUMN undoes INTEGER;
UPDATE marks SET batch = mark_id;
CREATE INDEX marks_by_batch ON marks (batch, undoes);
CREATE INDEX marks_by_undone ON marks (undoes) WHERE undoes IS NOT NULL;
CREATE INDEX marks_by_photo ON marks (photo_id);
CREATE INDEX sightings_by_photo ON sightings (photo_id, label);
CREATE TABLE deleted (original_sha256 TEXT PRIMARY KEY, photo_id TEXT NOT NULL, deleted_at REAL NOT NULL);
CREATE INDEX deleted_by_photo ON deleted (photo_id);
""",
    # The near-copy search now uses the thumbnails in place of perceptual hashes.
    """
ALTER TABLE photos DROP COLUMN phash;
ALTER TABLE photos DROP COLUMN phash_mirror;
""",
    # split: part of the split that the photo's data set states; of a sighting, the part that it was offered for.
    """
ALTER TABLE photos ADD COLUMN split TEXT;
ALTER TABLE sightings ADD COLUMN split TEXT;
""",
    # The checksums of the rows that are there are computed by `upgrade`.
    """
ALTER TABLE photos ADD COLUMN checksum INTEGER;
ALTER TABLE sightings ADD COLUMN checksum INTEGER;
ALTER TABLE marks ADD COLUMN checksum INTEGER;
ALTER TABLE faces ADD COLUMN checksum INTEGER;
ALTER TABLE deleted ADD COLUMN checksum INTEGER;
""",
)


def upgrade(connection: sqlite3.Connection) -> None:
    """Upgrade a catalog to the newest version.

    Args:
        connection: open connection; the caller commits, or rolls back everything on any error.

    Raises:
        DataError: a newer version of this project wrote the catalog.
        sqlite3.Error: the file is not a catalog.
    """
    if _version(connection) == len(_UPGRADES):
        return
    # Another process that opens the catalog at the same moment waits here. The version is read again under the lock,
    # because that process may have finished the upgrade.
    connection.execute("BEGIN IMMEDIATE")
    version = _version(connection)
    if version > len(_UPGRADES):
        raise DataError(newer_text("The catalog of photos", version, len(_UPGRADES)))
    # One by one: `executescript` would commit the transaction first.
    for statement in ";".join(_UPGRADES[version:]).split(";"):
        connection.execute(statement)
    seal_rows(connection)
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'unjournaled'").fetchone():
        # Triggers have noted every row, and the journal has them all: it holds no checksums.
        connection.execute("DELETE FROM unjournaled")
    connection.execute(f"PRAGMA user_version = {len(_UPGRADES)}")


def seal_rows(connection: sqlite3.Connection) -> None:
    """Give each row that has no checksum the one of its values as they are now."""
    register(connection)
    for table in TABLES:
        connection.execute(f"UPDATE {table} SET checksum = {checksum_sql(table)} WHERE checksum IS NULL")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
