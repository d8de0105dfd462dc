"""What a person did to photos: marks in batches, taken back one batch after the other through the whole history."""

import datetime
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from emotion_core.errors import PhotoNotFound
from emotion_core.formatting import count_text

# Neither taken back nor itself the taking back of another.
STANDING = "undoes IS NULL AND batch NOT IN (SELECT undoes FROM marks WHERE undoes IS NOT NULL)"


class Change(NamedTuple):
    """What is to become of a photo: the new value of its ``label`` or ``status``."""

    photo_id: str
    field: str
    value: str


@dataclass(frozen=True)
class Mark:
    """One change of one photo.

    Attributes:
        photo_id: whose.
        field: ``label`` or ``status``.
        before: its value until then.
        after: its value from then on.
        marked_at: seconds since 1970.
        undo: whether it took back an earlier mark.
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
    """A batch that was taken back.

    Attributes:
        marks: by which it was taken back; ``after`` is what holds again.
    """

    marks: tuple[Mark, ...]

    @property
    def photo_ids(self) -> tuple[str, ...]:
        """The photos that changed."""
        return tuple(dict.fromkeys(mark.photo_id for mark in self.marks))

    def __str__(self) -> str:
        changes = ", ".join(sorted({f"{mark.before} is {mark.after} again" for mark in self.marks}))
        number = len(self.photo_ids)
        return f"{changes} ({count_text(number, 'photo')})"


def write_batch(connection: sqlite3.Connection, changes: Sequence[Change]) -> int:
    """Change photos and record it as one batch.

    Args:
        connection: in whose transaction this happens.
        changes: what is so already is no change and is not recorded.

    Returns:
        How many photos changed.

    Raises:
        PhotoNotFound: an id is unknown; nothing is changed then.
    """
    begin(connection)
    marks = [(change, _current(connection, change)) for change in changes]
    written = _write(connection, [(*change, old) for change, old in marks if old != change.value], undoes=None)
    return len({mark.photo_id for mark in written})


def undo_newest(connection: sqlite3.Connection) -> Undone | None:
    """Take back the newest batch that stands, or return None where none is left.

    Args:
        connection: in whose transaction this happens.
    """
    begin(connection)
    batch = connection.execute(f"SELECT MAX(batch) FROM marks WHERE {STANDING}").fetchone()[0]
    if batch is None:
        return None
    rows = connection.execute("SELECT photo_id, field, before, after FROM marks WHERE batch = ?", (batch,))
    return Undone(tuple(_write(connection, rows.fetchall(), undoes=batch)))


def history_of(connection: sqlite3.Connection, photo_id: str) -> list[Mark]:
    """Return a photo's marks, newest first."""
    rows = connection.execute("SELECT * FROM marks WHERE photo_id = ? ORDER BY mark_id DESC", (photo_id,))
    return [
        Mark(row["photo_id"], row["field"], row["before"], row["after"], row["marked_at"], row["undoes"] is not None)
        for row in rows
    ]


def begin(connection: sqlite3.Connection) -> None:
    """Keep other writers out from here on: what is read is still so when it is changed."""
    connection.execute("BEGIN IMMEDIATE")


def _current(connection: sqlite3.Connection, change: Change) -> str:
    row = connection.execute(f"SELECT {change.field} FROM photos WHERE photo_id = ?", (change.photo_id,)).fetchone()
    if row is None:
        raise not_found(change.photo_id)
    return str(row[0])


def _write(
    connection: sqlite3.Connection, changes: Iterable[tuple[str, str, str, str]], *, undoes: int | None
) -> list[Mark]:
    """Write changes of photo, field, value and the value before as the next batch."""
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
    return PhotoNotFound(f"There is no such photo. Expected an id from the catalog. Received: photo_id={photo_id!r}.")
