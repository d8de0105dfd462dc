"""The catalog: every photo of a workspace with its label, status, origin and history."""

import contextlib
import hashlib
import json
import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image

from emotion_core import images
from emotion_core.dataset.catalog.database import CatalogDatabase
from emotion_core.dataset.catalog.journal import Journal
from emotion_core.dataset.catalog.marks import Change, Mark, Undone, history_of, not_found, undo_newest, write_batch
from emotion_core.dataset.catalog.photo_encoding import EncodedPhoto, encode_photo
from emotion_core.dataset.catalog.photo_files import holds, sealed
from emotion_core.dataset.catalog.queries import (
    SORTS,
    PhotoFilter,
    by_cluster,
    by_label,
    check_choice,
    in_given_order,
    matching_ids,
    numbers_of,
    source_counts,
    usable_groups,
    usable_labels,
)
from emotion_core.dataset.catalog.rebuild import check_not_lost
from emotion_core.dataset.catalog.records import (
    LABELS,
    SPLITS,
    STATUSES,
    Addition,
    Findings,
    Origin,
    Photo,
    PhotoGroup,
    PhotoNumbers,
    PreparedPhoto,
    StoredFile,
)
from emotion_core.dataset.catalog.row_checks import check_column
from emotion_core.dataset.catalog.rows import (
    SELECT_PHOTOS,
    insert,
    is_deleted,
    known_photo_id,
    new_row,
    photo_from_row,
    replace_stored_file,
    take_split,
    where_clause,
)
from emotion_core.dataset.catalog.schema import upgrade
from emotion_core.disk_space import naming_full_disk
from emotion_core.errors import DataError, DiskFull
from emotion_core.files import WriteBatch, sync_batches
from emotion_core.formatting import encodable
from emotion_core.settings import Workspace, stored_side_px


class Catalog:
    """The photos of one workspace, safe to use from several threads and processes at once.

    Args:
        workspace: workspace of the photos; its catalog file is created or upgraded if needed.

    Raises:
        DataError: the catalog file is busy, damaged, of a newer version, or missing where there are photos.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        check_not_lost(workspace)
        self.journal = Journal(workspace.journal)
        self._database = CatalogDatabase(workspace.catalog, self.journal)
        with self.connection() as connection:
            # Readers and one writer do not block each other: pages read while a scrape adds photos.
            connection.execute("PRAGMA journal_mode=WAL")
            upgrade(connection)
            self.journal.attach(connection)

    def connection(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        """Open the catalog's file for one transaction, which is committed at the end and rolled back on any error."""
        return self._database.connection()

    def kept_open(self, *, sync_at_end: bool = False) -> contextlib.AbstractContextManager[None]:
        """Return a context in which adding many photos is faster, because the file stays open between them.

        Threads may use the catalog within the context, but not beyond its end.

        Args:
            sync_at_end: wait for the disk once, at the end of the context, instead of after every change. Nothing may
                be acknowledged before.
        """
        return self._database.kept_open(sync_at_end=sync_at_end)

    def add(self, data: bytes, *, label: str, origin: Origin, split: str | None = None) -> Addition:
        """Add one photo, re-encoded from its pixels, unless the catalog has the same image or it was deleted.

        It is on the disk when this returns. For many photos there is ``PhotoBatch``.

        Args:
            data: bytes of the image file.
            label: ``happy`` or ``sad``.
            origin: where the photo came from.
            split: part of its data set's own split, ``train``, ``validation`` or ``test``; None if it came without one.
                A photo that comes with several keeps the later part, test last.

        Raises:
            UnreadableImage: the bytes are no image within the size limits.
            DataError: the label is neither ``happy`` nor ``sad``, or the split is unknown.
            DiskFull: the disk is full.
        """
        [addition] = self.add_prepared([self.prepare(data, label=label, origin=origin, split=split)])
        return addition

    def prepare(self, data: bytes, *, label: str, origin: Origin, split: str | None = None) -> PreparedPhoto:
        """Decode one photo and write its files beside their places; ``add_prepared`` adds it.

        Args:
            data: as for ``add``.
            label: as for ``add``.
            origin: as for ``add``.
            split: as for ``add``.

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
        with self.connection() as connection:
            photo_id = known_photo_id(connection, original_sha256)
            if photo_id is not None:
                photo = PreparedPhoto(photo_id, original_sha256, label, origin, split)
                return self._with_repaired_files(connection, photo, data)
            # Decoding takes a while, but locks nothing: a transaction begins with the first write.
            return self._store_files(connection, data, label, origin, split, original_sha256)

    def add_prepared(self, photos: Sequence[PreparedPhoto]) -> list[Addition]:
        """Add photos whose files are written, in their order; all are on the disk when this returns.

        Args:
            photos: from ``prepare``.

        Raises:
            DiskFull: the disk is full; no photo is added.
        """
        # Files first, then the rows: a crash in between leaves unlisted files, not rows without their files.
        with naming_full_disk(self.workspace.root):
            sync_batches([photo.files for photo in photos])
        try:
            with self.connection() as connection:
                return [self._add_row(connection, photo) for photo in photos]
        except DiskFull:
            self._remove_unlisted(photos)
            raise

    def _remove_unlisted(self, photos: Sequence[PreparedPhoto]) -> None:
        """Remove the files of photos that are not in the catalog."""
        unlisted = set(self.missing([photo.photo_id for photo in photos]))
        for photo in photos:
            if photo.row is not None and photo.photo_id in unlisted:
                self._remove_files(photo.photo_id, str(photo.row["suffix"]))

    def _remove_files(self, photo_id: str, suffix: str) -> None:
        self._path(photo_id, suffix).unlink(missing_ok=True)
        self.thumbnail_path(photo_id).unlink(missing_ok=True)

    def _add_row(self, connection: sqlite3.Connection, photo: PreparedPhoto) -> Addition:
        if is_deleted(connection, photo.photo_id):
            # The user deleted the photo: nothing more is recorded about it, not even this origin.
            suffix = photo.row["suffix"] if photo.row else photo.repair.suffix if photo.repair else None
            if suffix is not None:
                self._remove_files(photo.photo_id, str(suffix))
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
        self,
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
        is_damaged = photo_id not in self.missing([photo_id]) and not holds(
            self._path(photo_id, encoded.suffix), sha256
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
            self._write_aside(photo, encoded)
        return photo

    def _write_aside(self, photo: PreparedPhoto, encoded: EncodedPhoto) -> None:
        """Write the files of a photo beside their places, both or neither."""
        files = {
            self._path(photo.photo_id, encoded.suffix): encoded.stored,
            self.thumbnail_path(photo.photo_id): sealed(encoded.thumbnail, photo.photo_id),
        }
        with naming_full_disk(self.workspace.root):
            _write_aside(photo.files, files)

    def _with_repaired_files(self, connection: sqlite3.Connection, photo: PreparedPhoto, data: bytes) -> PreparedPhoto:
        """Return a known photo as it is, or with its files written again if they are missing or damaged."""
        row = connection.execute("SELECT sha256, suffix FROM photos WHERE photo_id = ?", (photo.photo_id,)).fetchone()
        if row is None or holds(self._path(photo.photo_id, row["suffix"]), row["sha256"]):
            return photo
        encoded = encode_photo(data, stored_side_px(images.STORED_SIDE_PX))
        if hashlib.sha256(data).hexdigest() == row["sha256"]:
            # What is offered is the stored file itself, from an export or a copy.
            encoded = replace(encoded, stored=data, suffix=row["suffix"])
        self._write_aside(photo, encoded)
        sha256 = hashlib.sha256(encoded.stored).hexdigest()
        return replace(photo, repair=StoredFile(sha256, encoded.suffix, encoded.width, encoded.height))

    def offered_names(self, label: str, since: float = 0.0) -> dict[str, bool]:
        """Return the names that were offered under a label, each with whether it brought a new photo.

        Args:
            label: ``happy`` or ``sad``.
            since: earliest time of the offer, in seconds since 1970.
        """
        statement = "SELECT name, MAX(added) FROM sightings WHERE label = ? AND seen_at >= ? GROUP BY name"
        with self.connection() as connection:
            return {str(name): bool(added) for name, added in connection.execute(statement, (label, since))}

    def added_files(self, since: float) -> set[tuple[str, str]]:
        """Return SHA-256 and name of each file that brought a new photo since a time in seconds since 1970."""
        statement = "SELECT original_sha256, name FROM sightings WHERE added AND seen_at >= ?"
        with self.connection() as connection:
            return {(str(sha256), str(name)) for sha256, name in connection.execute(statement, (since,))}

    def damaged_names(self, label: str, names: Collection[str]) -> set[str]:
        """Return those of the names offered under a label whose photo's file is missing or damaged.

        Args:
            label: ``happy`` or ``sad``.
            names: as ``offered_names`` returns them.
        """
        statement = """
            SELECT DISTINCT sightings.name, photos.photo_id, photos.sha256, photos.suffix
            FROM sightings JOIN photos USING (photo_id)
            WHERE sightings.label = ? AND sightings.name IN (SELECT value FROM json_each(?))"""
        with self.connection() as connection:
            rows = connection.execute(statement, (label, json.dumps(list(names)))).fetchall() if names else ()
        return {name for name, photo_id, sha256, suffix in rows if not holds(self._path(photo_id, suffix), sha256)}

    def photo_path(self, photo: Photo) -> Path:
        """Return the path of the stored photo."""
        return self._path(photo.photo_id, photo.suffix)

    def _path(self, photo_id: str, suffix: str) -> Path:
        # One folder per two digits: some file systems are slow with a hundred thousand files in one.
        return self.workspace.photos / photo_id[:2] / f"{photo_id}{suffix}"

    def thumbnail_path(self, photo_id: str) -> Path:
        """Return the path of a photo's thumbnail."""
        return self.workspace.thumbnails / photo_id[:2] / f"{photo_id}.jpg"

    def photos(
        self,
        *,
        label: str | None = None,
        status: str | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> list[Photo]:
        """Return photos in the order in which they were added.

        Args:
            label: only photos with this label; all by default.
            status: only photos with this status; all by default.
            offset: number of photos to skip.
            limit: largest number of photos to return; all by default.

        Raises:
            DataError: the label or the status is unknown.
        """
        where, values = where_clause(label, status)
        with self.connection() as connection:
            rows = connection.execute(
                f"{SELECT_PHOTOS} {where} ORDER BY rowid LIMIT ? OFFSET ?",
                (*values, -1 if limit is None else limit, offset),
            ).fetchall()
        return [photo_from_row(row) for row in rows]

    def photo_ids(self, *, label: str | None = None, status: str | None = None) -> list[str]:
        """Return the ids of the photos that ``photos`` would return, in the same order.

        Args:
            label: only photos with this label; all by default.
            status: only photos with this status; all by default.

        Raises:
            DataError: the label or the status is unknown.
        """
        where, values = where_clause(label, status)
        # All ids in one row: fetching a hundred thousand rows takes three times as long.
        statement = f"SELECT json_group_array(photo_id) FROM (SELECT photo_id FROM photos {where} ORDER BY rowid)"
        with self.connection() as connection:
            ids: list[str] = json.loads(connection.execute(statement, values).fetchone()[0])
        return ids

    def photos_of(self, photo_ids: Sequence[str]) -> list[Photo]:
        """Return the photos with these ids, in the order of the ids; unknown ids are skipped."""
        # One JSON array, because SQLite limits the number of parameters of a statement.
        statement = f"{SELECT_PHOTOS} WHERE photo_id IN (SELECT value FROM json_each(?))"
        with self.connection() as connection:
            rows = connection.execute(statement, (json.dumps(list(photo_ids)),)).fetchall()
        by_id = {str(row["photo_id"]): photo_from_row(row) for row in rows}
        return [by_id[photo_id] for photo_id in photo_ids if photo_id in by_id]

    def missing(self, photo_ids: Sequence[str]) -> list[str]:
        """Return the ids that are not in the catalog, in their order."""
        statement = "SELECT value FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM photos WHERE photo_id = value)"
        with self.connection() as connection:
            return [str(row[0]) for row in connection.execute(statement, (json.dumps(list(photo_ids)),))]

    def usable_photos(self, sources: Collection[str] = ()) -> list[Photo]:
        """Return the photos that a study uses: all but the rejected ones, only from these sources if any are given."""
        return self.photos_of(list(self.usable_labels(sources)))

    def usable_labels(self, sources: Collection[str] = ()) -> dict[str, str]:
        """Return the label of each photo id that ``usable_photos`` would return, which is faster."""
        with self.connection() as connection:
            return usable_labels(connection, sources)

    def own_splits(self) -> dict[str, str]:
        """Return the part of each photo id in its data set's own split; photos that came without one are left out."""
        with self.connection() as connection:
            rows = connection.execute("SELECT photo_id, split FROM photos WHERE split IS NOT NULL").fetchall()
        check_column("split", rows)
        return dict(rows)

    def usable_groups(self) -> list[PhotoGroup]:
        """Return the photos that a study uses, counted by source and label."""
        with self.connection() as connection:
            return usable_groups(connection)

    def numbers_of(self, photo_ids: Sequence[str]) -> list[PhotoNumbers]:
        """Return the numbers of the photos that ``photos_of`` would return, which is faster."""
        with self.connection() as connection:
            return numbers_of(connection, photo_ids)

    @property
    def state(self) -> tuple[int, ...]:
        """A value that changes with every write, for caches of results that depend on all photos."""
        # Writes go to the write-ahead log first. An empty log appears and disappears without any write.
        paths = (self.workspace.catalog, self.workspace.catalog.with_name(f"{self.workspace.catalog.name}-wal"))
        stats = [path.stat() for path in paths if path.exists()]
        return tuple(number for stat in stats if stat.st_size for number in (stat.st_size, stat.st_mtime_ns))

    def photo(self, photo_id: str) -> Photo:
        """Return one photo.

        Raises:
            PhotoNotFound: the id is unknown.
        """
        with self.connection() as connection:
            row = connection.execute(f"{SELECT_PHOTOS} WHERE photo_id = ?", (encodable(photo_id),)).fetchone()
        if row is None:
            raise not_found(photo_id)
        return photo_from_row(row)

    def read(self, photo: Photo, least_side_px: int | None = None) -> Image.Image:
        """Return the stored image of a photo.

        Args:
            photo: photo to read.
            least_side_px: longer side that is enough, in pixels; a large JPEG is then decoded smaller, which is faster.

        Raises:
            UnreadableImage: the file is missing, damaged, or not the one that was stored.
        """
        return images.read_kept(self.photo_path(photo), least_side_px, sha256=photo.sha256)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of photos by label and status, as in ``counts()["sad"]["kept"]``."""
        table = {label: dict.fromkeys(STATUSES, 0) for label in LABELS}
        with self.connection() as connection:
            statement = "SELECT label, status, COUNT(*) AS n, MIN(photo_id) AS first FROM photos GROUP BY label, status"
            for row in connection.execute(statement):
                check_column("label", [(row["first"], row["label"])])
                check_column("status", [(row["first"], row["status"])])
                table[row["label"]][row["status"]] = row["n"]
        return table

    def usable_counts(self) -> dict[str, int]:
        """Return the number of photos of each label that a study would use."""
        return {label: row["new"] + row["kept"] for label, row in self.counts().items()}

    def mark(self, photo_ids: Sequence[str], *, label: str | None = None, status: str | None = None) -> int:
        """Set the label, the status or both of photos, as one batch that can be undone.

        Args:
            photo_ids: ids of the photos; repeated ones count once.
            label: new label, ``happy`` or ``sad``; unchanged by default.
            status: new status, ``new``, ``kept`` or ``rejected``; unchanged by default.

        Returns:
            Number of photos that changed.

        Raises:
            DataError: neither a label nor a status is given, or a value is unknown.
            PhotoNotFound: an id is unknown; then nothing is changed.
        """
        values = _values_to_mark(label, status).items()
        changes = [Change(photo_id, field, value) for photo_id in dict.fromkeys(photo_ids) for field, value in values]
        with self.connection() as connection:
            return write_batch(connection, changes)

    def mark_each(self, statuses: Mapping[str, str]) -> int:
        """Set the status of each photo id, as one batch; otherwise as ``mark``."""
        for status in statuses.values():
            check_choice("status", status, STATUSES)
        with self.connection() as connection:
            return write_batch(connection, [Change(photo_id, "status", value) for photo_id, value in statuses.items()])

    def undo(self) -> Undone | None:
        """Undo the newest batch of marks in effect and return it, or return None if none is left.

        One call of ``mark`` is one batch. Undone batches are recorded, so undoing continues after a restart.
        """
        with self.connection() as connection:
            return undo_newest(connection)

    def history(self, photo_id: str) -> list[Mark]:
        """Return a photo's marks, newest first, including those that undid others."""
        with self.connection() as connection:
            return history_of(connection, photo_id)

    def query(
        self, chosen: PhotoFilter, sort: str | Sequence[str] = "oldest", findings: Findings | None = None
    ) -> list[str]:
        """Return the ids of the photos that match a filter.

        Args:
            chosen: filter to apply.
            sort: ``oldest`` or ``newest`` first, ``label`` (happy first), ``cluster`` (conflicts first, then near
                copies side by side), or ids in the order wanted; photos that it does not name come last.
            findings: near copies and conflicts from ``find_duplicates``; required if the filter's kind or the order
                depends on them.

        Raises:
            DataError: the order is unknown, or findings are required and missing.
        """
        if isinstance(sort, str):
            check_choice("sort", sort, SORTS)
        with self.connection() as connection:
            ids = matching_ids(connection, chosen)
            if sort == "label":
                ids = by_label(connection, ids)
        if chosen.kind != "all" or sort == "cluster":
            if findings is None:
                raise DataError(
                    "Near copies and conflicts cannot be queried before they were searched for. Expected findings. "
                    f"Received: findings=None, kind={chosen.kind!r}, sort={sort!r}. Pass the result of find_duplicates."
                )
            conflicting = {photo_id for group in findings.conflicts for photo_id in group}
            of_kind = {"all": set(ids), "near copies": set(findings.clusters), "conflicts": conflicting}[chosen.kind]
            ids = [photo_id for photo_id in ids if photo_id in of_kind]
            if sort == "cluster":
                ids = by_cluster(ids, findings.clusters, findings.conflicts)
        if sort == "newest":
            ids.reverse()
        return ids if isinstance(sort, str) else in_given_order(ids, sort)

    def sources(self) -> dict[str, int]:
        """Return the number of photos from each source, largest first; imported ones count as ``files``."""
        with self.connection() as connection:
            return source_counts(connection)


def _write_aside(batch: WriteBatch, files: Mapping[Path, bytes]) -> None:
    """Write all of these files with a batch, or none."""
    try:
        for path, data in files.items():
            batch.write_bytes(path, data)
    except BaseException:
        batch.discard()
        raise


def _values_to_mark(label: str | None, status: str | None) -> dict[str, str]:
    check_choice("label", label, LABELS)
    check_choice("status", status, STATUSES)
    values = {field: value for field, value in {"label": label, "status": status}.items() if value is not None}
    if not values:
        raise DataError(
            "There is nothing to mark. Expected a label, a status or both. Received: label=None, status=None. "
            "Pass at least one of them."
        )
    return values
