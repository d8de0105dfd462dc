"""Checks of the photos: each file against its SHA-256, each thumbnail, and files without a row in the catalog."""

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from emotion_core.dataset import Catalog, Photo
from emotion_core.dataset.catalog import (
    TABLES,
    RowKey,
    begin_write,
    holds,
    is_thumbnail_of,
    is_valid,
    seal,
    sealed_thumbnail,
)
from emotion_core.files import make_folder, write_bytes
from emotion_core.maintenance.findings import CheckFinding, Findings, finding
from emotion_core.maintenance.leftovers import remove

UNLISTED = "unlisted"
_NAME = re.compile(r"([0-9a-z]{1,64})\.(?:jpg|png)")
# An import writes the files of a photo a moment before its row.
_PATIENCE_SECONDS, _WAIT_SECONDS = 4.0, 0.5
_BATCH = 256
OnPhotos = Callable[[int, int], None]


def photo_findings(catalog: Catalog, on_progress: OnPhotos) -> Findings:
    """Yield photos and thumbnails that are missing, damaged or of another photo.

    Args:
        catalog: catalog of the photos.
        on_progress: called with the number of photos checked and their total; may raise to cancel.
    """
    # What is known of a file is in its row, which another finding tells of.
    damaged = {photo_id for _, photo_id in catalog.damaged_rows()}
    photos = catalog.photos_of([photo_id for photo_id in catalog.photo_ids() if photo_id not in damaged])
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        for start in range(0, len(photos), _BATCH):
            on_progress(start, len(photos))
            for found in pool.map(lambda photo: _findings_of(catalog, photo), photos[start : start + _BATCH]):
                yield from found
    on_progress(len(photos), len(photos))


def _findings_of(catalog: Catalog, photo: Photo) -> list[CheckFinding]:
    path, thumbnail = catalog.photo_path(photo), catalog.thumbnail_path(photo.photo_id)
    if not holds(path, photo.sha256):
        # The user may have deleted it since the list was read.
        return [] if catalog.missing([photo.photo_id]) else [_damaged_photo(catalog, photo, path)]
    if is_thumbnail_of(thumbnail, path, photo.photo_id) or catalog.missing([photo.photo_id]):
        return []
    what = f"The thumbnail is {'damaged, or of another photo' if thumbnail.exists() else 'missing'}."
    return [finding(catalog.workspace, thumbnail, "thumbnail", what, lambda: _remake(catalog, photo))]


def _damaged_photo(catalog: Catalog, photo: Photo, path: Path) -> CheckFinding:
    state = "damaged: it is not what was written" if path.exists() else "missing"
    origin = photo.source_url or photo.page_url or photo.name
    what = f"The photo is {state}. It came from {origin}. Import or scrape it again, which repairs its file."
    return finding(catalog.workspace, path, "photo", what)


def _remake(catalog: Catalog, photo: Photo) -> str:
    write_bytes(catalog.thumbnail_path(photo.photo_id), sealed_thumbnail(catalog.read(photo), photo.photo_id))
    return "Made again from the photo."


def unlisted_findings(catalog: Catalog) -> Findings:
    """Yield files of photos and thumbnails that the catalog has no row for."""
    workspace = catalog.workspace
    files = _without_row(catalog, list(_files_in(workspace.photos)))
    known = _journal_rows(catalog) if files else {}
    for path in files:
        photo_id = path.name.partition(".")[0]
        rows = known.get(photo_id, {})
        photo = next((values for key, values in rows.items() if key.table == "photos"), None)
        if _is_deleted(catalog, photo_id):
            what = "The file of a photo that was deleted."
            yield finding(workspace, path, "photo", what, lambda path=path: _removed(path))  # type: ignore[misc]
        elif photo is not None and is_valid("photos", photo) and holds(path, str(photo.get("sha256"))):
            what = "The catalog has no row for this photo; its journal does."
            yield finding(workspace, path, "catalog", what, lambda rows=rows: _restore(catalog, rows))  # type: ignore[misc]
        else:
            what = "The catalog has no row for this file, and its journal has none: its label is not known."
            yield finding(workspace, path, "photo", what, lambda path=path: _set_aside(catalog, path))  # type: ignore[misc]
    for path in _without_row(catalog, list(_files_in(workspace.thumbnails))):
        what = "The thumbnail of no photo."
        yield finding(workspace, path, "thumbnail", what, lambda path=path: _removed(path))  # type: ignore[misc]


def _files_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*/*") if _NAME.fullmatch(path.name))


def _without_row(catalog: Catalog, paths: list[Path]) -> list[Path]:
    """Return the files whose photo is not in the catalog, after waiting for the rows of photos that are being added."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        missing = set(catalog.missing([path.name.partition(".")[0] for path in paths]))
        paths = [path for path in paths if path.name.partition(".")[0] in missing and path.exists()]
        if not any(_is_young(path) for path in paths) or time.monotonic() > deadline:
            return paths
        time.sleep(_WAIT_SECONDS)


def _is_young(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime < 60
    except OSError:
        return False


def _journal_rows(catalog: Catalog) -> dict[str, dict[RowKey, dict[str, Any]]]:
    """Return the rows in the journal by photo id."""
    by_photo: dict[str, dict[RowKey, dict[str, Any]]] = {}
    for key, values in catalog.journal.read().rows.items():
        by_photo.setdefault(str(values.get("photo_id")), {})[key] = values
    return by_photo


def _is_deleted(catalog: Catalog, photo_id: str) -> bool:
    with catalog.connection() as connection:
        statement = "SELECT 1 FROM deleted WHERE photo_id = ? LIMIT 1"
        return connection.execute(statement, (photo_id,)).fetchone() is not None


def _restore(catalog: Catalog, rows: Mapping[RowKey, Mapping[str, Any]]) -> str:
    """Insert the rows of a photo again, where no other row has taken their place."""
    with catalog.connection() as connection:
        begin_write(connection)
        for table in TABLES:
            columns = {str(row["name"]) for row in connection.execute(f"PRAGMA table_info({table})")}
            for key, values in rows.items():
                is_there = f"SELECT 1 FROM {table} WHERE rowid = ? AND photo_id = ?"
                if key.table == table and not connection.execute(is_there, (key.rowid, values["photo_id"])).fetchone():
                    known = {name: value for name, value in values.items() if name in columns and name != "mark_id"}
                    places = ", ".join(f":{name}" for name in known)
                    new = connection.execute(
                        f"INSERT OR IGNORE INTO {table} ({', '.join(known)}) VALUES ({places})", known
                    )
                    if new.rowcount:
                        seal(connection, table, [new.lastrowid or 0])
    return "Its row is back from the journal, with its label, status and origin."


def _set_aside(catalog: Catalog, path: Path) -> str:
    folder = catalog.workspace.root / UNLISTED
    make_folder(folder)
    path.replace(folder / path.name)
    return f"Moved to the folder {UNLISTED}. Import that folder with a label to use it, or delete it."


def _removed(path: Path) -> str:
    remove(path)
    return "Removed."
