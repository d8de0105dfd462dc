"""Rows of the catalog's tables: how a photo becomes one and is read back."""

import sqlite3
import time
from collections.abc import Mapping
from typing import Any

from emotion_core.dataset.catalog.photo_encoding import EncodedPhoto
from emotion_core.dataset.catalog.queries import check_choice
from emotion_core.dataset.catalog.records import LABELS, SPLITS, STATUSES, Origin, Photo, StoredFile
from emotion_core.dataset.catalog.row_checks import changed_row, check_photo, faces_of
from emotion_core.dataset.catalog.row_sums import COLUMNS, intact_sql, is_own_change

_FACES = "FROM faces WHERE faces.photo_id = photos.photo_id"
SELECT_PHOTOS = f"""SELECT {", ".join(COLUMNS["photos"])}, (SELECT boxes {_FACES}) AS faces,
    photos.rowid AS number, {intact_sql("photos")} AS is_intact,
    (SELECT {intact_sql("faces")} {_FACES}) AS has_intact_faces FROM photos"""


def new_row(
    photo_id: str,
    label: str,
    origin: Origin,
    encoded: EncodedPhoto,
    *,
    sha256: str,
    original_sha256: str,
    original_bytes: int,
    split: str | None,
) -> dict[str, object]:
    """Return the row of a new photo.

    Args:
        photo_id: id of the photo.
        label: ``happy`` or ``sad``.
        origin: where the photo came from.
        encoded: what is stored of it.
        sha256: hash of the stored file.
        original_sha256: hash of the original file.
        original_bytes: size of the original file.
        split: part of its data set's own split; None if it came without one.
    """
    return {
        "photo_id": photo_id,
        "label": label,
        "status": "new",
        "name": origin.name,
        "source_url": origin.source_url,
        "page_url": origin.page_url,
        "licence": origin.licence,
        "content_type": origin.content_type,
        "author": origin.author,
        "landing_url": origin.landing_url,
        "split": split,
        "sha256": sha256,
        "original_sha256": original_sha256,
        "suffix": encoded.suffix,
        "width": encoded.width,
        "height": encoded.height,
        "original_bytes": original_bytes,
        "original_width": encoded.original_width,
        "original_height": encoded.original_height,
        **encoded.measures,
        "flags": " ".join(encoded.flags),
        "added_at": time.time(),
    }


def photo_from_row(row: sqlite3.Row) -> Photo:
    """Return the photo in a row of ``SELECT_PHOTOS``.

    Raises:
        DataError: the row is not as it was written.
    """
    values = dict(row)
    del values["number"]
    check_intact("photos", values, values.pop("is_intact"))
    check_intact("faces", values, values.pop("has_intact_faces") in (None, 1))
    faces = faces_of(values["photo_id"], values["faces"] or None)
    return Photo(**{**values, "flags": tuple(values["flags"].split()), "faces": faces})


def check_intact(table: str, values: Mapping[str, Any], is_intact: bool | int) -> None:
    """Check that a row was found to be as it was written.

    Args:
        table: name of its table.
        values: values of the row, among them ``photo_id``; all that belong to a photo for the table of photos.
        is_intact: what ``intact_sql`` found.

    Raises:
        DataError: it is not; the message names the column if its value is impossible.
    """
    if not is_intact:
        if table == "photos":
            check_photo(values)
        raise changed_row(table, values["photo_id"])


def intact_photo(connection: sqlite3.Connection, photo_id: str) -> dict[str, Any] | None:
    """Return the values of a photo's row before some of them are changed, or None if there is none.

    What is changed gets a new checksum, with which damage to the other values would never be noticed.

    Args:
        connection: connection with the write lock.
        photo_id: id of the photo.

    Raises:
        DataError: the row is not as it was written.
    """
    row = connection.execute(f"{SELECT_PHOTOS} WHERE photo_id = ?", (photo_id,)).fetchone()
    if row is None:
        return None
    check_intact("photos", dict(row), row["is_intact"] or is_own_change(connection, "photos", row["number"]))
    return dict(row)


def insert(connection: sqlite3.Connection, table: str, row: Mapping[str, object]) -> int:
    """Insert a row unless its key exists already, and return how many rows were inserted.

    Args:
        connection: open connection to the catalog.
        table: name of the table.
        row: value of each column.
    """
    columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
    return connection.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({values})", row).rowcount


def known_photo_id(connection: sqlite3.Connection, original_sha256: str) -> str | None:
    """Return the id of the photo that a file became, even if it was deleted since, or None for a new file.

    Args:
        connection: open connection to the catalog.
        original_sha256: hash of the original file.
    """
    # A photo's stored file is the photo too: an export may be imported again.
    statement = """
        SELECT photo_id FROM sightings WHERE original_sha256 = :sha256
        UNION ALL SELECT photo_id FROM photos WHERE sha256 = :sha256
        UNION ALL SELECT photo_id FROM deleted WHERE original_sha256 = :sha256 LIMIT 1"""
    row = connection.execute(statement, {"sha256": original_sha256}).fetchone()
    return str(row["photo_id"]) if row else None


def replace_stored_file(connection: sqlite3.Connection, photo_id: str, file: StoredFile) -> None:
    """Record the file that is stored in place of a photo's missing or damaged one.

    Another version of Pillow, or another size of stored photos, gives other bytes for the same picture.

    Args:
        connection: open connection.
        photo_id: id of the photo.
        file: what is stored now.
    """
    intact_photo(connection, photo_id)
    statement = "UPDATE OR IGNORE photos SET sha256 = ?, suffix = ?, width = ?, height = ? WHERE photo_id = ?"
    connection.execute(statement, (*file, photo_id))


def take_split(connection: sqlite3.Connection, photo_id: str, split: str) -> bool:
    """Record the split that a known photo came with, and return whether it was another one before.

    The later part stays, test last: it keeps the test part whole, and does not depend on the order of imports. A photo
    that had no split takes it: it may have come from elsewhere, or before splits were kept.

    Args:
        connection: open connection to the catalog.
        photo_id: id of the photo.
        split: ``train``, ``validation`` or ``test``.
    """
    row = intact_photo(connection, photo_id)
    before = row["split"] if row else None
    if before is None or SPLITS.index(before) < SPLITS.index(split):
        connection.execute("UPDATE photos SET split = ? WHERE photo_id = ?", (split, photo_id))
    return before not in (None, split)


def is_deleted(connection: sqlite3.Connection, photo_id: str) -> bool:
    """Return whether the user deleted a photo.

    Args:
        connection: open connection to the catalog.
        photo_id: id of the photo.
    """
    return connection.execute("SELECT 1 FROM deleted WHERE photo_id = ? LIMIT 1", (photo_id,)).fetchone() is not None


def where_clause(label: str | None, status: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the SQL condition for a label, a status or both, with its values; empty without either.

    Args:
        label: ``happy`` or ``sad``.
        status: ``new``, ``kept`` or ``rejected``.

    Raises:
        DataError: a value is unknown.
    """
    check_choice("label", label, LABELS)
    check_choice("status", status, STATUSES)
    given = {field: value for field, value in {"label": label, "status": status}.items() if value is not None}
    condition = " AND ".join(f"{field} = ?" for field in given)
    return (f"WHERE {condition}" if condition else ""), tuple(given.values())
