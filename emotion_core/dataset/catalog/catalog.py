"""The catalog: every photo of a workspace with its label, status, origin and history."""

import contextlib
import hashlib
import json
import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from PIL import Image

from emotion_core import images
from emotion_core.dataset.catalog.database import CatalogDatabase
from emotion_core.dataset.catalog.marks import Change, Mark, Undone, history_of, not_found, undo_newest, write_batch
from emotion_core.dataset.catalog.preparing import prepare
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
)
from emotion_core.dataset.catalog.rows import (
    SELECT_PHOTOS,
    insert,
    is_deleted,
    known_photo_id,
    new_row,
    photo_from_row,
    take_split,
    where_clause,
)
from emotion_core.dataset.catalog.schema import upgrade
from emotion_core.errors import DataError
from emotion_core.files import write_bytes
from emotion_core.settings import Workspace, stored_side_px


class Catalog:
    """The photos of one workspace, safe to use from several threads and processes at once.

    Args:
        workspace: workspace of the photos; its catalog file is created or upgraded if needed.

    Raises:
        DataError: the catalog file is busy, damaged, or of a newer version.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._database = CatalogDatabase(workspace.catalog)
        with self.connection() as connection:
            # Readers and one writer do not block each other: pages read while a scrape adds photos.
            connection.execute("PRAGMA journal_mode=WAL")
            upgrade(connection)

    def connection(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        """Open the catalog's file for one transaction, which is committed at the end and rolled back on any error."""
        return self._database.connection()

    def kept_open(self) -> contextlib.AbstractContextManager[None]:
        """Return a context in which adding many photos is faster, because the file stays open between them.

        Threads may use the catalog within the context, but not beyond its end.
        """
        return self._database.kept_open()

    def add(self, data: bytes, *, label: str, origin: Origin, split: str | None = None) -> Addition:
        """Add one photo, re-encoded from its pixels, unless the catalog has the same image or it was deleted.

        Args:
            data: bytes of the image file.
            label: ``happy`` or ``sad``.
            origin: where the photo came from.
            split: part of its data set's own split, ``train``, ``validation`` or ``test``; None if it came without one.
                A photo that comes with several keeps the later part, test last.

        Raises:
            UnreadableImage: the bytes are no image within the size limits.
            DataError: the label is neither ``happy`` nor ``sad``, or the split is unknown.
        """
        check_choice("label", label, LABELS)
        check_choice("split", split, SPLITS)
        original_sha256 = hashlib.sha256(data).hexdigest()
        with self.connection() as connection:
            photo_id = known_photo_id(connection, original_sha256)
            row = None
            if photo_id is None:
                # Decoding takes a while, but locks nothing: a transaction begins with the first write.
                row = self._store_files(connection, data, label, origin, split, original_sha256)
                photo_id = str(row["photo_id"])
            if is_deleted(connection, photo_id):
                # The user deleted the photo: nothing more is recorded about it, not even this origin.
                return Addition(photo_id, duplicate=True)
            # Another process may have added the same pixels just now, and another file may have the same pixels.
            added = insert(connection, "photos", row) if row else 0
            sighting = {"original_sha256": original_sha256, "photo_id": photo_id, "label": label, "name": origin.name}
            where = {"source_url": origin.source_url, "page_url": origin.page_url, "split": split}
            insert(connection, "sightings", {**sighting, **where, "seen_at": time.time(), "added": added})
            split_conflict = split is not None and not added and take_split(connection, photo_id, split)
        return Addition(photo_id, duplicate=not added, split_conflict=split_conflict)

    def _store_files(
        self,
        connection: sqlite3.Connection,
        data: bytes,
        label: str,
        origin: Origin,
        split: str | None,
        original_sha256: str,
    ) -> dict[str, object]:
        """Write the photo's files, unless the user deleted the same pixels before, and return its row."""
        prepared = prepare(data, stored_side_px(images.STORED_SIDE_PX))
        sha256 = hashlib.sha256(prepared.stored).hexdigest()
        # Derived from the stored pixels, so that the same pixels have one id whatever file they came in.
        photo_id = sha256[:20]
        if not is_deleted(connection, photo_id):
            # Files first, then the row: a crash in between leaves an unlisted file, not a row without its file.
            write_bytes(self._path(photo_id, prepared.suffix), prepared.stored)
            write_bytes(self.thumbnail_path(photo_id), prepared.thumbnail)
        return new_row(
            photo_id,
            label,
            origin,
            prepared,
            sha256=sha256,
            original_sha256=original_sha256,
            original_bytes=len(data),
            split=split,
        )

    def offered_names(self, label: str, since: float = 0.0) -> dict[str, bool]:
        """Return the names that were offered under a label, each with whether it brought a new photo.

        Args:
            label: ``happy`` or ``sad``.
            since: earliest time of the offer, in seconds since 1970.
        """
        statement = "SELECT name, MAX(added) FROM sightings WHERE label = ? AND seen_at >= ? GROUP BY name"
        with self.connection() as connection:
            return {str(name): bool(added) for name, added in connection.execute(statement, (label, since))}

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
            return dict(connection.execute("SELECT photo_id, split FROM photos WHERE split IS NOT NULL").fetchall())

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
            row = connection.execute(f"{SELECT_PHOTOS} WHERE photo_id = ?", (photo_id,)).fetchone()
        if row is None:
            raise not_found(photo_id)
        return photo_from_row(row)

    def read(self, photo: Photo, least_side_px: int | None = None) -> Image.Image:
        """Return the stored image of a photo.

        Args:
            photo: photo to read.
            least_side_px: longer side that is enough, in pixels; a large JPEG is then decoded smaller, which is faster.

        Raises:
            UnreadableImage: the file is missing or damaged.
        """
        return images.read_kept(self.photo_path(photo), least_side_px)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of photos by label and status, as in ``counts()["sad"]["kept"]``."""
        table = {label: dict.fromkeys(STATUSES, 0) for label in LABELS}
        with self.connection() as connection:
            for row in connection.execute("SELECT label, status, COUNT(*) AS n FROM photos GROUP BY label, status"):
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
