"""The catalog: every photo of a workspace, its label, its status, where it came from and how it was marked."""

import contextlib
import hashlib
import json
import sqlite3
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from PIL import Image

from emotion_core import images
from emotion_core.dataset.catalog import quality
from emotion_core.dataset.catalog.marks import Change, Mark, Undone, history_of, not_found, undo_newest, write_batch
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
    STATUSES,
    Addition,
    Face,
    Findings,
    Origin,
    Photo,
    PhotoGroup,
    PhotoNumbers,
)
from emotion_core.dataset.catalog.schema import upgrade
from emotion_core.errors import DataError
from emotion_core.files import write_bytes
from emotion_core.settings import Workspace, stored_side_px

LOCK_WAIT_SECONDS = 30
_SELECT_PHOTOS = "SELECT *, (SELECT boxes FROM faces WHERE faces.photo_id = photos.photo_id) AS faces FROM photos"
_PASSING_TROUBLE = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}
)


class Catalog:
    """The photos of one workspace, safe to use from several threads and processes at once.

    Args:
        workspace: whose photos.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        # Open ones that nobody uses right now, while the catalog is kept open.
        self._idle: list[sqlite3.Connection] | None = None
        with self.connection() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            upgrade(connection)

    @contextlib.contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Open the catalog's file for one transaction, which is rolled back on any error."""
        try:
            connection = (self._idle or []).pop()
        except IndexError:
            connection = self._open()
        try:
            with connection:
                yield connection
        except sqlite3.DatabaseError as error:
            raise self._unusable(error) from error
        finally:
            if self._idle is None:
                connection.close()
            else:
                self._idle.append(connection)

    def _open(self) -> sqlite3.Connection:
        try:
            # Each is used by one thread at a time, though not always by the same.
            connection = sqlite3.connect(self.workspace.catalog, timeout=LOCK_WAIT_SECONDS, check_same_thread=False)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous=NORMAL")
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        return connection

    def _unusable(self, error: sqlite3.Error) -> DataError:
        # The low byte is the kind of error; without a code it is none of these.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING_TROUBLE:
            # The photos are all right, and moving them away would lose them.
            return DataError(
                f"The catalog of photos is busy or cannot be written: {error}. "
                f"Received: {str(self.workspace.catalog)!r}. Look for free space and permissions, then try again."
            )
        return DataError(
            f"The catalog of photos cannot be used: {error}. Expected a SQLite file that this project wrote. "
            f"Received: {str(self.workspace.catalog)!r}. Move it away to begin with an empty catalog."
        )

    @contextlib.contextmanager
    def kept_open(self) -> Iterator[None]:
        """Add many photos within this: whoever closes the file last tidies it up, which takes longer than one photo.

        Threads may add meanwhile, but not beyond its end.
        """
        if self._idle is not None:
            yield
            return
        self._idle = []
        try:
            with self.connection() as connection:
                connection.execute("SELECT 1 FROM photos LIMIT 1").fetchone()
            yield
        finally:
            idle, self._idle = self._idle, None
            for connection in idle:
                connection.close()

    def add(self, data: bytes, *, label: str, origin: Origin) -> Addition:
        """Add one photo, re-encoded from its pixels, unless the same picture is there already.

        Args:
            data: the image file's bytes.
            label: ``happy`` or ``sad``.
            origin: where it was found.

        Raises:
            UnreadableImage: ``data`` is no picture within our limits.
            DataError: the label is neither ``happy`` nor ``sad``.
        """
        check_choice("label", label, LABELS)
        original_sha256 = hashlib.sha256(data).hexdigest()
        with self.connection() as connection:
            photo_id = _known(connection, original_sha256)
            row = None
            if photo_id is None:
                # Nothing is locked meanwhile: a transaction begins with the first row that is written.
                row = self._keep(connection, data, label, origin, original_sha256)
                photo_id = str(row["photo_id"])
            if _is_deleted(connection, photo_id):
                # Nothing is recorded of it any more, not even where it was found now.
                return Addition(photo_id, duplicate=True)
            # Somebody else may have added the same pixels just now, or as another file.
            added = _insert(connection, "photos", row) if row else 0
            sighting = {"original_sha256": original_sha256, "photo_id": photo_id, "label": label, "name": origin.name}
            where = {"source_url": origin.source_url, "page_url": origin.page_url}
            _insert(connection, "sightings", {**sighting, **where, "seen_at": time.time(), "added": added})
        return Addition(photo_id, duplicate=not added)

    def _keep(
        self, connection: sqlite3.Connection, data: bytes, label: str, origin: Origin, original_sha256: str
    ) -> dict[str, object]:
        """Write the photo's files, unless somebody deleted it, and return its row."""
        picture = images.decode(data, stored_side_px(images.STORED_SIDE_PX))
        stored, suffix = images.encode(picture)
        sha256 = hashlib.sha256(stored).hexdigest()
        photo_id = sha256[:20]
        if not _is_deleted(connection, photo_id):
            self._write_files(photo_id, suffix, stored, picture)
        return _new_row(photo_id, label, origin, picture, sha256, original_sha256, suffix, len(data))

    def sighted(self, label: str, since: float = 0.0) -> dict[str, bool]:
        """Return the names that were offered under a label, each with whether it brought a photo that was not there.

        Args:
            label: ``happy`` or ``sad``.
            since: only what was offered then or later, in seconds since 1970.
        """
        statement = "SELECT name, MAX(added) FROM sightings WHERE label = ? AND seen_at >= ? GROUP BY name"
        with self.connection() as connection:
            return {str(name): bool(added) for name, added in connection.execute(statement, (label, since))}

    def _write_files(self, photo_id: str, suffix: str, stored: bytes, picture: images.Picture) -> None:
        # Files first, row after: a crash between the two leaves a file nobody lists, not a row without its file.
        write_bytes(self._path(photo_id, suffix), stored)
        write_bytes(self.thumbnail_path(photo_id), images.thumbnail(picture.image))

    def photo_path(self, photo: Photo) -> Path:
        """Return where the photo lies as it is kept."""
        return self._path(photo.photo_id, photo.suffix)

    def _path(self, photo_id: str, suffix: str) -> Path:
        return self.workspace.photos / photo_id[:2] / f"{photo_id}{suffix}"

    def thumbnail_path(self, photo_id: str) -> Path:
        """Return where the photo's thumbnail lies."""
        return self.workspace.thumbnails / photo_id[:2] / f"{photo_id}.jpg"

    def photos(
        self,
        *,
        label: str | None = None,
        status: str | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> list[Photo]:
        """Return the photos in the order they were added, those of one label or status where it is given."""
        where, values = _conditions(label, status)
        with self.connection() as connection:
            rows = connection.execute(
                f"{_SELECT_PHOTOS} {where} ORDER BY rowid LIMIT ? OFFSET ?",
                (*values, -1 if limit is None else limit, offset),
            ).fetchall()
        return [_photo(row) for row in rows]

    def photo_ids(self, *, label: str | None = None, status: str | None = None) -> list[str]:
        """Return the ids of the photos that ``photos`` would return, in the same order."""
        where, values = _conditions(label, status)
        # As one row: a hundred thousand of them take three times as long.
        statement = f"SELECT json_group_array(photo_id) FROM (SELECT photo_id FROM photos {where} ORDER BY rowid)"
        with self.connection() as connection:
            found: list[str] = json.loads(connection.execute(statement, values).fetchone()[0])
        return found

    def photos_of(self, photo_ids: Sequence[str]) -> list[Photo]:
        """Return the photos of these ids, in the order of the ids; an unknown id is passed over."""
        # One JSON array, because SQLite limits how many values a statement takes.
        statement = f"{_SELECT_PHOTOS} WHERE photo_id IN (SELECT value FROM json_each(?))"
        with self.connection() as connection:
            rows = connection.execute(statement, (json.dumps(list(photo_ids)),)).fetchall()
        found = {str(row["photo_id"]): _photo(row) for row in rows}
        return [found[photo_id] for photo_id in photo_ids if photo_id in found]

    def missing(self, photo_ids: Sequence[str]) -> list[str]:
        """Return those of the ids that no photo has, in their order."""
        statement = "SELECT value FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM photos WHERE photo_id = value)"
        with self.connection() as connection:
            return [str(row[0]) for row in connection.execute(statement, (json.dumps(list(photo_ids)),))]

    def usable_photos(self, sources: Collection[str] = ()) -> list[Photo]:
        """Return the photos that a study uses: all but the rejected, from these sources only where any is named."""
        return self.photos_of(list(self.usable_labels(sources)))

    def usable_labels(self, sources: Collection[str] = ()) -> dict[str, str]:
        """Return id and label of the photos that ``usable_photos`` would return, which is faster."""
        with self.connection() as connection:
            return usable_labels(connection, sources)

    def usable_groups(self) -> list[PhotoGroup]:
        """Return the photos that a study uses, counted by source and label."""
        with self.connection() as connection:
            return usable_groups(connection)

    def numbers_of(self, photo_ids: Sequence[str]) -> list[PhotoNumbers]:
        """Return what ``photos_of`` would return, without what only a page shows, which is faster."""
        with self.connection() as connection:
            return numbers_of(connection, photo_ids)

    @property
    def state(self) -> tuple[int, ...]:
        """What changes with everything that is written, so that what was made of all photos can be kept until then."""
        # SQLite writes beside the file first; what lies there empty says nothing.
        files = (self.workspace.catalog, self.workspace.catalog.with_name(f"{self.workspace.catalog.name}-wal"))
        found = [path.stat() for path in files if path.exists()]
        return tuple(number for one in found if one.st_size for number in (one.st_size, one.st_mtime_ns))

    def photo(self, photo_id: str) -> Photo:
        """Return one photo.

        Raises:
            PhotoNotFound: no photo of that id.
        """
        with self.connection() as connection:
            row = connection.execute(f"{_SELECT_PHOTOS} WHERE photo_id = ?", (photo_id,)).fetchone()
        if row is None:
            raise not_found(photo_id)
        return _photo(row)

    def read(self, photo: Photo, least_side_px: int | None = None) -> Image.Image:
        """Return the photo's pixels as they are kept; fewer where so long a side is enough, which is faster.

        Raises:
            UnreadableImage: its file is gone or damaged.
        """
        return images.read_kept(self.photo_path(photo), least_side_px)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many photos each label has in each status: ``counts()["sad"]["kept"]``."""
        table = {label: dict.fromkeys(STATUSES, 0) for label in LABELS}
        with self.connection() as connection:
            for row in connection.execute("SELECT label, status, COUNT(*) AS n FROM photos GROUP BY label, status"):
                table[row["label"]][row["status"]] = row["n"]
        return table

    def usable_counts(self) -> dict[str, int]:
        """Return how many photos of each label a study would use."""
        return {label: row["new"] + row["kept"] for label, row in self.counts().items()}

    def mark(self, photo_ids: Sequence[str], *, label: str | None = None, status: str | None = None) -> int:
        """Set the label, the status or both of photos, as one batch; on disk when this returns, and in their history.

        Returns:
            How many photos changed.

        Raises:
            DataError: neither is given, or a value is unknown.
            PhotoNotFound: an id is unknown; nothing is changed then.
        """
        values = _values_to_mark(label, status).items()
        changes = [Change(photo_id, field, value) for photo_id in dict.fromkeys(photo_ids) for field, value in values]
        with self.connection() as connection:
            return write_batch(connection, changes)

    def mark_each(self, statuses: Mapping[str, str]) -> int:
        """Set the status of each of these photos, as one batch; otherwise as ``mark``."""
        for status in statuses.values():
            check_choice("status", status, STATUSES)
        with self.connection() as connection:
            return write_batch(connection, [Change(photo_id, "status", value) for photo_id, value in statuses.items()])

    def undo(self) -> Undone | None:
        """Take back the newest batch of marks that was not taken back yet, or return None where none is left.

        One call of ``mark`` is one batch. Undoing is kept in the history, and goes on where it stopped after a restart.
        """
        with self.connection() as connection:
            return undo_newest(connection)

    def history(self, photo_id: str) -> list[Mark]:
        """Return a photo's marks, newest first, with those that took back others."""
        with self.connection() as connection:
            return history_of(connection, photo_id)

    def query(
        self, chosen: PhotoFilter, sort: str | Sequence[str] = "oldest", findings: Findings | None = None
    ) -> list[str]:
        """Return the ids of the photos that a filter matches.

        Args:
            chosen: which photos.
            sort: ``oldest`` or ``newest`` first, ``label`` (happy first), ``cluster`` (conflicts first, then near
                copies side by side), or ids in the order wanted; photos that it does not name come last.
            findings: near copies and conflicts, as ``find`` returns them; needed where the kind or the order asks for
                them.

        Raises:
            DataError: the order is unknown, or findings are needed and missing.
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
                    "Near copies and conflicts cannot be queried without having been looked for. Expected findings. "
                    f"Received: findings=None, kind={chosen.kind!r}, sort={sort!r}. Pass those of find."
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
        """Return how many photos each host served, the most first; ``files`` are the imported."""
        with self.connection() as connection:
            return source_counts(connection)


def _known(connection: sqlite3.Connection, original_sha256: str) -> str | None:
    """Return the id of the photo that this file brought, also where it was deleted since."""
    statement = """
        SELECT photo_id FROM sightings WHERE original_sha256 = :sha256
        UNION ALL SELECT photo_id FROM deleted WHERE original_sha256 = :sha256 LIMIT 1"""
    row = connection.execute(statement, {"sha256": original_sha256}).fetchone()
    return str(row["photo_id"]) if row else None


def _is_deleted(connection: sqlite3.Connection, photo_id: str) -> bool:
    return connection.execute("SELECT 1 FROM deleted WHERE photo_id = ? LIMIT 1", (photo_id,)).fetchone() is not None


def _values_to_mark(label: str | None, status: str | None) -> dict[str, str]:
    check_choice("label", label, LABELS)
    check_choice("status", status, STATUSES)
    values = {field: value for field, value in {"label": label, "status": status}.items() if value is not None}
    if not values:
        raise DataError("There is nothing to mark. Expected a label, a status or both. Received: neither.")
    return values


def _conditions(label: str | None, status: str | None) -> tuple[str, tuple[str, ...]]:
    wanted = {"label": label, "status": status}
    check_choice("label", label, LABELS)
    check_choice("status", status, STATUSES)
    given = {field: value for field, value in wanted.items() if value is not None}
    clause = " AND ".join(f"{field} = ?" for field in given)
    return (f"WHERE {clause}" if clause else ""), tuple(given.values())


def _insert(connection: sqlite3.Connection, table: str, row: Mapping[str, object]) -> int:
    """Add a row unless an equal one is there, and return how many were added."""
    columns, marks = ", ".join(row), ", ".join(f":{column}" for column in row)
    return connection.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", row).rowcount


def _new_row(
    photo_id: str,
    label: str,
    origin: Origin,
    picture: images.Picture,
    sha256: str,
    original_sha256: str,
    suffix: str,
    original_bytes: int,
) -> dict[str, object]:
    seen = quality.measure(picture.image)
    original_width, original_height = picture.original_size
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
        "sha256": sha256,
        "original_sha256": original_sha256,
        "suffix": suffix,
        "width": picture.image.width,
        "height": picture.image.height,
        "original_bytes": original_bytes,
        "original_width": original_width,
        "original_height": original_height,
        **seen.as_row(),
        "flags": " ".join([*seen.flags, *(["animated"] if picture.animated else [])]),
        "added_at": time.time(),
    }


def _photo(row: sqlite3.Row) -> Photo:
    values = dict(row)
    boxes = json.loads(values["faces"]) if values["faces"] else None
    faces = None if boxes is None else tuple(Face(*box) for box in boxes)
    return Photo(**{**values, "flags": tuple(values["flags"].split()), "faces": faces})
