"""Adding photos to a catalog: their files first, then their rows."""

import hashlib
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from emotion_core import images
from emotion_core.dataset.catalog.photo_encoding import EncodedPhoto, encode_photo
from emotion_core.dataset.catalog.photo_files import holds, sealed
from emotion_core.dataset.catalog.queries import check_choice
from emotion_core.dataset.catalog.reading import CatalogReader
from emotion_core.dataset.catalog.records import LABELS, SPLITS, Addition, Origin, PreparedPhoto, StoredFile
from emotion_core.dataset.catalog.rows import (
    insert,
    is_deleted,
    known_photo_id,
    new_row,
    replace_stored_file,
    take_split,
)
from emotion_core.disk_space import naming_full_disk
from emotion_core.errors import DiskFull
from emotion_core.files import WriteBatch, sync_batches
from emotion_core.settings import stored_side_px


def prepare(
    catalog: CatalogReader, data: bytes, *, label: str, origin: Origin, split: str | None = None
) -> PreparedPhoto:
    """Decode one photo and write its files beside their places; ``add_prepared`` adds it.

    Args:
        catalog: catalog of the photos.
        data: as for ``Catalog.add``.
        label: as for ``Catalog.add``.
        origin: as for ``Catalog.add``.
        split: as for ``Catalog.add``.

    Raises:
        UnreadableImage: the bytes are no image within the size limits.
        DataError: the label is neither ``happy`` nor ``sad``, or the split is unknown.
        DiskFull: the disk is full.
    """
    check_choice("label", label, LABELS)
    check_choice("split", split, SPLITS)
    for text in filter(None, vars(origin).values()):
        # SQLite stores no lone surrogates. They must fail here, where they concern this photo alone.
        text.encode()
    original_sha256 = hashlib.sha256(data).hexdigest()
    with catalog.connection() as connection:
        photo_id = known_photo_id(connection, original_sha256)
        if photo_id is not None:
            photo = PreparedPhoto(photo_id, original_sha256, label, origin, split)
            return _with_repaired_files(catalog, connection, photo, data)
        # Decoding takes a while, but locks nothing: a transaction begins with the first write.
        return _store_files(catalog, connection, data, label, origin, split, original_sha256)


def add_prepared(catalog: CatalogReader, photos: Sequence[PreparedPhoto]) -> list[Addition]:
    """Add photos whose files are written, in their order; all are on the disk when this returns.

    Args:
        catalog: catalog of the photos.
        photos: from ``prepare``.

    Raises:
        DiskFull: the disk is full; no photo is added.
    """
    # Files first, then the rows: a crash in between leaves unlisted files, not rows without their files.
    with naming_full_disk(catalog.workspace.root):
        sync_batches([photo.files for photo in photos])
    try:
        with catalog.connection() as connection:
            return [_add_row(catalog, connection, photo) for photo in photos]
    except DiskFull:
        _remove_unlisted(catalog, photos)
        raise


def _remove_unlisted(catalog: CatalogReader, photos: Sequence[PreparedPhoto]) -> None:
    """Remove the files of photos that are not in the catalog."""
    unlisted = set(catalog.missing([photo.photo_id for photo in photos]))
    for photo in photos:
        if photo.row is not None and photo.photo_id in unlisted:
            _remove_files(catalog, photo.photo_id, str(photo.row["suffix"]))


def _remove_files(catalog: CatalogReader, photo_id: str, suffix: str) -> None:
    catalog.stored_path(photo_id, suffix).unlink(missing_ok=True)
    catalog.thumbnail_path(photo_id).unlink(missing_ok=True)


def _add_row(catalog: CatalogReader, connection: sqlite3.Connection, photo: PreparedPhoto) -> Addition:
    if is_deleted(connection, photo.photo_id):
        # The user deleted the photo: nothing more is recorded about it, not even this origin.
        suffix = photo.row["suffix"] if photo.row else photo.repair.suffix if photo.repair else None
        if suffix is not None:
            _remove_files(catalog, photo.photo_id, str(suffix))
        return Addition(photo.photo_id, duplicate=True)
    # Another process may have added the same pixels just now, and another file may have the same pixels.
    added = insert(connection, "photos", photo.row) if photo.row else 0
    if photo.repair is not None:
        replace_stored_file(connection, photo.photo_id, photo.repair)
    origin, split = photo.origin, photo.split
    sighting = {"original_sha256": photo.original_sha256, "photo_id": photo.photo_id, "label": photo.label}
    where = {"name": origin.name, "source_url": origin.source_url, "page_url": origin.page_url, "split": split}
    insert(connection, "sightings", {**sighting, **where, "seen_at": time.time(), "added": added})
    split_conflict = split is not None and not added and take_split(connection, photo.photo_id, split)
    repaired = not added and (photo.repair is not None or photo.replaces_damaged)
    return Addition(photo.photo_id, duplicate=not added, split_conflict=split_conflict, repaired=repaired)


def _store_files(
    catalog: CatalogReader,
    connection: sqlite3.Connection,
    data: bytes,
    label: str,
    origin: Origin,
    split: str | None,
    original_sha256: str,
) -> PreparedPhoto:
    """Write the photo's files beside their places, unless the user deleted the same pixels before."""
    encoded = encode_photo(data, stored_side_px(images.STORED_SIDE_PX))
    sha256 = hashlib.sha256(encoded.stored).hexdigest()
    # Derived from the stored pixels, so that the same pixels have one id whatever file they came in.
    photo_id = sha256[:20]
    is_damaged = photo_id not in catalog.missing([photo_id]) and not holds(
        catalog.stored_path(photo_id, encoded.suffix), sha256
    )
    row = new_row(
        photo_id,
        label,
        origin,
        encoded,
        sha256=sha256,
        original_sha256=original_sha256,
        original_bytes=len(data),
        split=split,
    )
    photo = PreparedPhoto(photo_id, original_sha256, label, origin, split, row, replaces_damaged=is_damaged)
    if not is_deleted(connection, photo_id):
        _write_files(catalog, photo, encoded)
    return photo


def _write_files(catalog: CatalogReader, photo: PreparedPhoto, encoded: EncodedPhoto) -> None:
    """Write the files of a photo beside their places, both or neither."""
    files = {
        catalog.stored_path(photo.photo_id, encoded.suffix): encoded.stored,
        catalog.thumbnail_path(photo.photo_id): sealed(encoded.thumbnail, photo.photo_id),
    }
    with naming_full_disk(catalog.workspace.root):
        _write_aside(photo.files, files)


def _with_repaired_files(
    catalog: CatalogReader, connection: sqlite3.Connection, photo: PreparedPhoto, data: bytes
) -> PreparedPhoto:
    """Return a known photo as it is, or with its files written again if they are missing or damaged."""
    row = connection.execute("SELECT sha256, suffix FROM photos WHERE photo_id = ?", (photo.photo_id,)).fetchone()
    if row is None or holds(catalog.stored_path(photo.photo_id, row["suffix"]), row["sha256"]):
        return photo
    encoded = encode_photo(data, stored_side_px(images.STORED_SIDE_PX))
    if hashlib.sha256(data).hexdigest() == row["sha256"]:
        # What is offered is the stored file itself, from an export or a copy.
        encoded = replace(encoded, stored=data, suffix=row["suffix"])
    _write_files(catalog, photo, encoded)
    sha256 = hashlib.sha256(encoded.stored).hexdigest()
    return replace(photo, repair=StoredFile(sha256, encoded.suffix, encoded.width, encoded.height))


def _write_aside(batch: WriteBatch, files: Mapping[Path, bytes]) -> None:
    """Write all of these files with a batch, or none."""
    try:
        for path, data in files.items():
            batch.write_bytes(path, data)
    except BaseException:
        batch.discard()
        raise
