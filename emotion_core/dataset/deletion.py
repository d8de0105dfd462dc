"""Deleting a photo everywhere: its files, its rows, and its pixels in every cache.

What stays is the SHA-256 of the file that came, without any address, so that the same picture is not collected again,
and the hash, label and split in snapshots, so that studies keep their scores.
"""

import contextlib
import json
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emotion_core.dataset.catalog import Catalog, begin
from emotion_core.dataset.near_copies import forget_photos
from emotion_core.files import read_json
from emotion_core.settings import Workspace

_ALL_OF = "photo_id IN (SELECT value FROM json_each(?))"


def delete_photos(catalog: Catalog, photo_ids: Sequence[str]) -> int:
    """Delete photos everywhere; an id that is unknown is passed over.

    Args:
        catalog: that holds them.
        photo_ids: of the photos.

    Returns:
        How many photos there were.
    """
    photos = catalog.photos_of(photo_ids)
    gone = {photo.photo_id for photo in photos}
    # Rows last: should this be interrupted, the photo is still listed and can be deleted again.
    for photo in photos:
        catalog.photo_path(photo).unlink(missing_ok=True)
        catalog.thumbnail_path(photo.photo_id).unlink(missing_ok=True)
    _forget_pixels(catalog.workspace, gone)
    forget_photos(catalog.workspace, gone)
    with catalog.connection() as connection:
        # What is deleted is overwritten, the addresses too.
        connection.execute("PRAGMA secure_delete = ON")
        _delete_rows(connection, json.dumps(sorted(gone)))
    with catalog.connection() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(photos)


def _delete_rows(connection: sqlite3.Connection, ids: str) -> None:
    begin(connection)
    for table in ("photos", "sightings"):
        connection.execute(
            f"INSERT OR IGNORE INTO deleted SELECT original_sha256, photo_id, ? FROM {table} WHERE {_ALL_OF}",
            (time.time(), ids),
        )
    for table in ("photos", "sightings", "marks", "faces"):
        connection.execute(f"DELETE FROM {table} WHERE {_ALL_OF}", (ids,))


def _forget_pixels(workspace: Workspace, gone: set[str]) -> None:
    """Remove the pixel caches of every snapshot that holds one of the photos."""
    for path in workspace.snapshots.glob("*/snapshot.json"):
        items = (read_json(path) or {}).get("items", ())
        rows = [row for row, item in enumerate(items) if item["photo_id"] in gone]
        # Also one that is being built just now, which has a longer name.
        for cache in path.parent.glob("*pixels-*.npy") if rows else ():
            _remove(cache, rows)


def _remove(cache: Path, rows: Sequence[int]) -> None:
    try:
        cache.unlink(missing_ok=True)
    except PermissionError:
        # Windows keeps a file that a run has mapped; then only the photos' own pixels are overwritten.
        with contextlib.suppress(OSError, ValueError):
            pixels = np.lib.format.open_memmap(cache, mode="r+")
            pixels[rows] = 0
            pixels.flush()
