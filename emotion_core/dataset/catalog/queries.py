"""Queries that select, order and count photos in the catalog's SQLite file."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from emotion_core.dataset.catalog.records import LABELS, SPLITS, STATUSES, PhotoGroup, PhotoNumbers, source_of
from emotion_core.dataset.catalog.row_checks import changed_row, check_column
from emotion_core.dataset.catalog.row_sums import intact_sql
from emotion_core.errors import DataError

Faces = Literal["none", "one", "several", "small"]
Kind = Literal["all", "near copies", "conflicts"]
_NUMBER_COLUMNS = tuple(name for name in PhotoNumbers._fields if name not in ("source", "faces"))
SORTS = ("oldest", "newest", "cluster", "label")
# A smaller face, cropped and enlarged to an input of 64 pixels, has few pixels of its own.
SMALL_FACE_PX = 32

_FACES = {
    "none": "json_array_length(boxes) = 0",
    "one": "json_array_length(boxes) = 1",
    "several": "json_array_length(boxes) > 1",
    # The largest face comes first.
    "small": f"MIN(json_extract(boxes, '$[0][2]') * width, json_extract(boxes, '$[0][3]') * height) < {SMALL_FACE_PX}",
}


@dataclass(frozen=True)
class PhotoFilter:
    """Filter for photos; a photo must match every field that is given.

    Attributes:
        label: ``happy`` or ``sad``.
        status: ``new``, ``kept`` or ``rejected``.
        source: host that served the photo, ``sample gallery`` or ``files``.
        flag: quality flag, for instance ``grey``.
        faces: ``none``, ``one``, ``several`` or ``small`` (the largest face is); photos that were not checked for faces
            never match.
        kind: ``near copies`` for photos that have any, ``conflicts`` for those under both labels, or ``all``.
        split: part of their data set's own split, ``train``, ``validation`` or ``test``.

    Raises:
        DataError: a value is unknown.
    """

    label: str | None = None
    status: str | None = None
    source: str | None = None
    flag: str | None = None
    faces: str | None = None
    kind: str = "all"
    split: str | None = None

    def __post_init__(self) -> None:
        check_choice("label", self.label, LABELS)
        check_choice("status", self.status, STATUSES)
        check_choice("faces", self.faces, get_args(Faces))
        check_choice("kind", self.kind, get_args(Kind))
        check_choice("split", self.split, SPLITS)


def matching_ids(connection: sqlite3.Connection, chosen: PhotoFilter) -> list[str]:
    """Return the ids of the photos that match a filter, oldest first; its ``kind`` is not applied.

    Args:
        connection: open connection to the catalog.
        chosen: filter to apply.
    """
    tests: dict[str, str | None] = {
        "label = ?": chosen.label,
        "status = ?": chosen.status,
        "split = ?": chosen.split,
        "source_of(source_url) = ?": chosen.source,
        # Flags are stored in one column, separated by spaces; the added ones make only whole words match.
        "instr(' ' || flags || ' ', ' ' || ? || ' ')": chosen.flag,
    }
    given = {test: value for test, value in tests.items() if value is not None}
    conditions = [*given, *([_FACES[chosen.faces]] if chosen.faces else [])]
    table = "photos JOIN faces USING (photo_id)" if chosen.faces else "photos"
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    _register_source_of(connection)
    rows = connection.execute(f"SELECT photo_id FROM {table} {where} ORDER BY photos.rowid", tuple(given.values()))
    return [str(row[0]) for row in rows]


def usable_labels(connection: sqlite3.Connection, sources: Collection[str]) -> dict[str, str]:
    """Return the label of each photo id that is not rejected, oldest first.

    Args:
        connection: open connection to the catalog.
        sources: hosts, ``sample gallery`` or ``files`` to select from; empty for all.
    """
    # A changed address would take a photo out of the selection. Without one it plays no part, and checksums take time.
    is_intact = intact_sql("photos") if sources else "1"
    statement = f"SELECT photo_id, label, source_url, {is_intact} FROM photos WHERE status <> 'rejected' ORDER BY rowid"
    rows = connection.execute(statement).fetchall()
    for row in rows:
        if not row[3]:
            raise changed_row("photos", row[0])
    check_column("label", ((row[0], row[1]) for row in rows))
    check_column("source_url", ((row[0], row[2]) for row in rows))
    return {str(row[0]): row[1] for row in rows if not sources or source_of(row[2]) in sources}


def usable_groups(connection: sqlite3.Connection) -> list[PhotoGroup]:
    """Return the photos that are not rejected, counted by source and label, sorted by both."""
    _register_source_of(connection)
    statement = """SELECT source_of(source_url) AS source, label, COUNT(*), SUM(width * height)
        FROM photos WHERE status <> 'rejected' GROUP BY source, label ORDER BY source, label"""
    return [PhotoGroup(*row) for row in connection.execute(statement)]


def numbers_of(connection: sqlite3.Connection, photo_ids: Sequence[str]) -> list[PhotoNumbers]:
    """Return the numbers recorded for photos, in the order of the ids; unknown ids are skipped.

    Args:
        connection: open connection to the catalog.
        photo_ids: ids of the photos.
    """
    _register_source_of(connection)
    columns = {name: f"photos.{name}" for name in PhotoNumbers._fields}
    columns |= {"source": "source_of(source_url)", "faces": "json_array_length(boxes)"}
    columns["is_intact"] = f"{intact_sql('photos')} AND (faces.photo_id IS NULL OR {intact_sql('faces')})"
    statement = f"""SELECT {", ".join(columns.values())} FROM photos LEFT JOIN faces USING (photo_id)
        WHERE photo_id IN (SELECT value FROM json_each(?))"""
    rows = connection.execute(statement, (json.dumps(list(photo_ids)),))
    by_id = {numbers.photo_id: numbers for numbers in map(_checked_numbers, rows)}
    return [by_id[photo_id] for photo_id in photo_ids if photo_id in by_id]


def _checked_numbers(row: sqlite3.Row) -> PhotoNumbers:
    *values, is_intact = row
    numbers = PhotoNumbers._make(values)
    for column in _NUMBER_COLUMNS:
        check_column(column, [(numbers.photo_id, getattr(numbers, column))])
    if not is_intact:
        raise changed_row("photos", numbers.photo_id)
    return numbers


def source_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the number of photos from each source, largest first; imported ones count as ``files``."""
    _register_source_of(connection)
    rows = connection.execute(
        "SELECT source_of(source_url) AS host, COUNT(*) FROM photos GROUP BY host ORDER BY 2 DESC, 1"
    )
    return {str(host): int(count) for host, count in rows}


def by_label(connection: sqlite3.Connection, photo_ids: Sequence[str]) -> list[str]:
    """Return ids sorted by label, happy first; within a label the order stays.

    Args:
        connection: open connection to the catalog.
        photo_ids: ids of the photos.
    """
    statement = "SELECT photo_id FROM photos WHERE label = 'happy' AND photo_id IN (SELECT value FROM json_each(?))"
    happy = {str(row[0]) for row in connection.execute(statement, (json.dumps(list(photo_ids)),))}
    return sorted(photo_ids, key=lambda photo_id: photo_id not in happy)


def by_cluster(
    photo_ids: Sequence[str], clusters: Mapping[str, str], conflicts: Sequence[Collection[str]]
) -> list[str]:
    """Return ids with conflicts first, then near copies side by side, then the rest.

    Args:
        photo_ids: ids of the photos; their order stays within a group and among the rest.
        clusters: near-copy cluster of each photo that has near copies.
        conflicts: groups of ids, in the order wanted.
    """
    position = {photo_id: index for index, photo_id in enumerate(photo_ids)}
    cluster_start: dict[str, int] = {}
    for photo_id in photo_ids:
        cluster_start.setdefault(clusters.get(photo_id, ""), position[photo_id])
    conflict_of = {photo_id: index for index, group in enumerate(conflicts) for photo_id in group}

    def key(photo_id: str) -> tuple[int, int, int]:
        if photo_id in conflict_of:
            return (0, conflict_of[photo_id], position[photo_id])
        if photo_id in clusters:
            # A cluster stands where its first photo would.
            return (1, cluster_start[clusters[photo_id]], position[photo_id])
        return (2, 0, position[photo_id])

    return sorted(photo_ids, key=key)


def in_given_order(photo_ids: Sequence[str], order: Sequence[str]) -> list[str]:
    """Return ids in a given order.

    Args:
        photo_ids: ids of the photos.
        order: ids in the order wanted; photos that it does not name come last.
    """
    position = {photo_id: index for index, photo_id in enumerate(order)}
    return sorted(photo_ids, key=lambda photo_id: position.get(photo_id, len(position)))


def check_choice(name: str, value: str | None, choices: Sequence[str]) -> None:
    """Check that a value is one of the choices; None passes.

    Args:
        name: name of the parameter, for the error message.
        value: value to check.
        choices: allowed values.

    Raises:
        DataError: the value is none of the choices.
    """
    if value is not None and value not in choices:
        raise DataError(f"The {name} is unknown. Expected one of {', '.join(choices)}. Received: {name}={value!r}.")


def _register_source_of(connection: sqlite3.Connection) -> None:
    connection.create_function("source_of", 1, source_of, deterministic=True)
