"""Marks: the user's changes of labels and statuses, in batches that can be undone one at a time, back to the first."""

import datetime
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from emotion_core.dataset.catalog.row_sums import intact_sql
from emotion_core.dataset.catalog.rows import check_intact, intact_photo
from emotion_core.errors import PhotoNotFound
from emotion_core.formatting import count_text

# SQL condition for marks in effect: neither undone nor an undo themselves.
NOT_UNDONE = "undoes IS NULL AND batch NOT IN (SELECT undoes FROM marks WHERE undoes IS NOT NULL)"


class Change(NamedTuple):
    """A requested change: the new value of a photo's ``label`` or ``status``."""

    photo_id: str
    field: str
    value: str


@dataclass(frozen=True)
class Mark:
    """One recorded change of one photo.

    Attributes:
        photo_id: id of the photo.
        field: ``label`` or ``status``.
        before: value before the change.
        after: value after the change.
        marked_at: time of the change, in seconds since 1970.
        undo: whether the change undid an earlier mark.
    """

    photo_id: str
    field: str
    before: str
    after: str
    marked_at: float
    undo: bool

    def __str__(self) -> str:
        when = f"{datetime.datetime.fromtimestamp(self.marked_at):%Y-%m-%d %H:%M:%S}"
        return f"{when}: {self.field} {self.before} → {self.after}{' (undone)' if self.undo else ''}"


@dataclass(frozen=True)
class Undone:
    """A batch that was undone.

    Attributes:
        marks: marks that undid it; ``after`` is the restored value.
    """

    marks: tuple[Mark, ...]

    @property
    def photo_ids(self) -> tuple[str, ...]:
        """Ids of the photos that changed."""
        return tuple(dict.fromkeys(mark.photo_id for mark in self.marks))

    def __str__(self) -> str:
        changes = ", ".join(sorted({f"{mark.before} is {mark.after} again" for mark in self.marks}))
        number = len(self.photo_ids)
        return f"{changes} ({count_text(number, 'photo')})"


def write_batch(connection: sqlite3.Connection, changes: Sequence[Change]) -> int:
    """Apply changes to photos and record them as one batch.

    Args:
        connection: connection whose transaction this is part of.
        changes: requested changes; those that change nothing are not recorded.

    Returns:
        Number of photos that changed.

    Raises:
        PhotoNotFound: an id is unknown; then nothing is changed.
    """
    # The old values are recorded for undo, so no other writer may change them in between.
    begin_write(connection)
    marks = [(change, _current(connection, change)) for change in changes]
    written = _write(connection, [(*change, old) for change, old in marks if old != change.value], undoes=None)
    return len({mark.photo_id for mark in written})


def undo_newest(connection: sqlite3.Connection) -> Undone | None:
    """Undo the newest batch in effect and return it, or return None if none is left.

    Args:
        connection: connection whose transaction this is part of.
    """
    begin_write(connection)
    batch = connection.execute(f"SELECT MAX(batch) FROM marks WHERE {NOT_UNDONE}").fetchone()[0]
    if batch is None:
        return None
    changes = [
        (mark.photo_id, mark.field, mark.before, mark.after) for mark in _marks(connection, "batch = ?", (batch,))
    ]
    for photo_id, *_ in changes:
        intact_photo(connection, photo_id)
    return Undone(tuple(_write(connection, changes, undoes=batch)))


def history_of(connection: sqlite3.Connection, photo_id: str) -> list[Mark]:
    """Return a photo's marks, newest first.

    Args:
        connection: open connection to the catalog.
        photo_id: id of the photo; an unknown one has no marks.
    """
    return _marks(connection, "photo_id = ? ORDER BY mark_id DESC", (photo_id,))


def _marks(connection: sqlite3.Connection, condition: str, values: tuple[str | int, ...]) -> list[Mark]:
    rows = connection.execute(
        f"SELECT *, {intact_sql('marks')} AS is_intact FROM marks WHERE {condition}", values
    ).fetchall()
    for row in rows:
        check_intact("marks", dict(row), row["is_intact"])
    return [
        Mark(row["photo_id"], row["field"], row["before"], row["after"], row["marked_at"], row["undoes"] is not None)
        for row in rows
    ]


def begin_write(connection: sqlite3.Connection) -> None:
    """Begin a transaction that keeps other writers out, so that what it reads is still true when it writes."""
    # A plain BEGIN takes the write lock only at the first write, when another process may have written in between.
    connection.execute("BEGIN IMMEDIATE")


def _current(connection: sqlite3.Connection, change: Change) -> str:
    row = intact_photo(connection, change.photo_id)
    if row is None:
        raise not_found(change.photo_id)
    return str(row[change.field])


def _write(
    connection: sqlite3.Connection, changes: Iterable[tuple[str, str, str, str]], *, undoes: int | None
) -> list[Mark]:
    """Write changes, each given as photo id, field, new value and old value, as the next batch."""
    now = time.time()
    batch = connection.execute("SELECT COALESCE(MAX(batch), 0) + 1 FROM marks").fetchone()[0]
    marks = [Mark(photo_id, field, old, value, now, undoes is not None) for photo_id, field, value, old in changes]
    for mark in marks:
        connection.execute(
            "INSERT INTO marks (photo_id, field, before, after, marked_at, batch, undoes) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (mark.photo_id, mark.field, mark.before, mark.after, now, batch, undoes),
        )
        connection.execute(f"UPDATE photos SET {mark.field} = ? WHERE photo_id = ?", (mark.after, mark.photo_id))
    return marks


def not_found(photo_id: str) -> PhotoNotFound:
    """Return the error for an id that is not in the catalog."""
    return PhotoNotFound(
        f"There is no such photo. Expected an id from the catalog. Received: photo_id={photo_id!r}. "
        "It may have been deleted."
    )
