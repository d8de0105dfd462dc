"""Deletion of photos everywhere: their files, their rows, and their pixels in every cache.

What stays is the SHA-256 of the original file, without any address, so that the same image is not collected again, and
the photo's id, label and split in snapshots, so that studies keep their scores.
"""

import contextlib
import json
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emotion_core.dataset.catalog import Catalog, begin_write, damaged_catalog
from emotion_core.dataset.image_folder import discard_photo_exports
from emotion_core.dataset.near_copies import forget_photos
from emotion_core.documents import stored_document
from emotion_core.files import remove_file, sync_folders
from emotion_core.settings import Workspace

_IS_DELETED = "photo_id IN (SELECT value FROM json_each(?))"


def delete_photos(catalog: Catalog, photo_ids: Sequence[str]) -> int:
    """Delete photos everywhere.

    Args:
        catalog: catalog of the photos.
        photo_ids: ids of the photos to delete; unknown ones are skipped.

    Returns:
        Number of photos deleted.
    """
    photos = catalog.photos_of(photo_ids)
    deleted_ids = {photo.photo_id for photo in photos}
    # Rows come last: after an interruption the photos are still listed and can be deleted again.
    paths = [path for photo in photos for path in (catalog.photo_path(photo), catalog.thumbnail_path(photo.photo_id))]
    for path in paths:
        path.unlink(missing_ok=True)
    # A power failure must not bring a file back whose row is gone.
    sync_folders(path.parent for path in paths)
    _remove_cached_pixels(catalog.workspace, deleted_ids)
    forget_photos(catalog.workspace, deleted_ids)
    with catalog.connection() as connection:
        # SQLite otherwise only marks deleted rows as free space, and names and addresses stay readable in the file.
        connection.execute("PRAGMA secure_delete = ON")
        _delete_rows(connection, json.dumps(sorted(deleted_ids)))
    with catalog.connection() as connection:
        # The write-ahead log still holds earlier versions of the rows.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # A repair keeps what was left of a damaged catalog, which may name the photos.
    damaged_catalog(catalog.workspace).unlink(missing_ok=True)
    # After the rows: an export that is still being written looks for them at its end.
    discard_photo_exports(catalog.workspace)
    return len(photos)


def _delete_rows(connection: sqlite3.Connection, ids: str) -> None:
    begin_write(connection)
    # Sightings too: a photo may have come as several files, each with a hash of its own.
    for table in ("photos", "sightings"):
        connection.execute(
            "INSERT OR IGNORE INTO deleted (original_sha256, photo_id, deleted_at) "
            f"SELECT original_sha256, photo_id, ? FROM {table} WHERE {_IS_DELETED}",
            (time.time(), ids),
        )
    for table in ("photos", "sightings", "marks", "faces"):
        connection.execute(f"DELETE FROM {table} WHERE {_IS_DELETED}", (ids,))


def _remove_cached_pixels(workspace: Workspace, deleted_ids: set[str]) -> None:
    """Remove the pixel caches of every snapshot that contains one of the photos."""
    for path in workspace.snapshots.glob("*/snapshot.json"):
        snapshot = stored_document(path)
        try:
            items = () if snapshot is None else snapshot["items"]
            rows = [row for row, item in enumerate(items) if item["photo_id"] in deleted_ids]
            is_affected = bool(rows) or snapshot is None
        except (KeyError, TypeError):
            rows, is_affected = [], True
        # A snapshot that cannot be read may contain the photos, and its pixels can be made again. The leading asterisk
        # covers a cache that is being built right now, whose name has a prefix.
        for cache in path.parent.glob("*pixels-*.npy") if is_affected else ():
            _remove_cache(cache, rows)


def _remove_cache(cache: Path, rows: Sequence[int]) -> None:
    try:
        remove_file(cache)
    except PermissionError:
        # Windows refuses to delete a file that a run has mapped. Overwriting the deleted photos' pixels is possible.
        with contextlib.suppress(OSError, ValueError):
            pixels = np.lib.format.open_memmap(cache, mode="r+")
            pixels[rows or slice(None)] = 0
            pixels.flush()
