"""Which photos, and in which order: answered by the catalog's file, with ids only."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from emotion_core.dataset.catalog.records import LABELS, SMALL_FACE_PX, STATUSES, PhotoGroup, PhotoNumbers, source_of
from emotion_core.errors import DataError

Faces = Literal["none", "one", "several", "small"]
Kind = Literal["all", "near copies", "conflicts"]
SORTS = ("oldest", "newest", "cluster", "label")

_FACES = {
    "none": "json_array_length(boxes) = 0",
    "one": "json_array_length(boxes) = 1",
    "several": "json_array_length(boxes) > 1",
    # The largest face comes first.
    "small": f"MIN(json_extract(boxes, '$[0][2]') * width, json_extract(boxes, '$[0][3]') * height) < {SMALL_FACE_PX}",
}


@dataclass(frozen=True)
class PhotoFilter:
    """Which photos; each field that is given must hold.

    Attributes:
        label: ``happy`` or ``sad``.
        status: ``new``, ``kept`` or ``rejected``.
        source: host that served the photo, or ``files``.
        flag: what the machine noticed.
        faces: ``none``, ``one``, ``several`` or ``small`` (the largest one); photos nobody looked at have no answer.
        kind: ``near copies``: those that have any; ``conflicts``: under both labels; or ``all``.

    Raises:
        DataError: a value is unknown.
    """

    label: str | None = None
    status: str | None = None
    source: str | None = None
    flag: str | None = None
    faces: str | None = None
    kind: str = "all"

    def __post_init__(self) -> None:
        check_choice("label", self.label, LABELS)
        check_choice("status", self.status, STATUSES)
        check_choice("faces", self.faces, get_args(Faces))
        check_choice("kind", self.kind, get_args(Kind))


def matching_ids(connection: sqlite3.Connection, chosen: PhotoFilter) -> list[str]:
    """Return the ids of the photos that a filter matches, but for its kind, oldest first."""
    tests: dict[str, str | None] = {
        "label = ?": chosen.label,
        "status = ?": chosen.status,
        "source_of(source_url) = ?": chosen.source,
        "instr(' ' || flags || ' ', ' ' || ? || ' ')": chosen.flag,
    }
    given = {test: value for test, value in tests.items() if value is not None}
    conditions = [*given, *([_FACES[chosen.faces]] if chosen.faces else [])]
    table = "photos JOIN faces USING (photo_id)" if chosen.faces else "photos"
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    _know_sources(connection)
    rows = connection.execute(f"SELECT photo_id FROM {table} {where} ORDER BY photos.rowid", tuple(given.values()))
    return [str(row[0]) for row in rows]


def usable_labels(connection: sqlite3.Connection, sources: Collection[str]) -> dict[str, str]:
    """Return id and label of the photos that are not rejected, oldest first, from these sources where any is named."""
    statement = "SELECT photo_id, label, source_url FROM photos WHERE status <> 'rejected' ORDER BY rowid"
    rows = connection.execute(statement)
    return {str(row[0]): str(row[1]) for row in rows if not sources or source_of(row[2]) in sources}


def usable_groups(connection: sqlite3.Connection) -> list[PhotoGroup]:
    """Return the photos that are not rejected, counted by source and label, in the order of these."""
    _know_sources(connection)
    statement = """SELECT source_of(source_url) AS source, label, COUNT(*), SUM(width * height)
        FROM photos WHERE status <> 'rejected' GROUP BY source, label ORDER BY source, label"""
    return [PhotoGroup(*row) for row in connection.execute(statement)]


def numbers_of(connection: sqlite3.Connection, photo_ids: Sequence[str]) -> list[PhotoNumbers]:
    """Return what is known of photos without looking at them, in the order of the ids; unknown ones are passed over."""
    _know_sources(connection)
    columns = {name: name for name in PhotoNumbers._fields}
    columns |= {"source": "source_of(source_url)", "faces": "json_array_length(boxes)"}
    statement = f"""SELECT {", ".join(columns.values())} FROM photos LEFT JOIN faces USING (photo_id)
        WHERE photo_id IN (SELECT value FROM json_each(?))"""
    rows = connection.execute(statement, (json.dumps(list(photo_ids)),))
    found = {numbers.photo_id: numbers for numbers in map(PhotoNumbers._make, rows)}
    return [found[photo_id] for photo_id in photo_ids if photo_id in found]


def source_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many photos each host served, the most first; ``files`` are the imported."""
    _know_sources(connection)
    rows = connection.execute(
        "SELECT source_of(source_url) AS host, COUNT(*) FROM photos GROUP BY host ORDER BY 2 DESC, 1"
    )
    return {str(host): int(count) for host, count in rows}


def by_label(connection: sqlite3.Connection, photo_ids: Sequence[str]) -> list[str]:
    """Return the ids sorted by label, happy first."""
    statement = "SELECT photo_id FROM photos WHERE label = 'happy' AND photo_id IN (SELECT value FROM json_each(?))"
    happy = {str(row[0]) for row in connection.execute(statement, (json.dumps(list(photo_ids)),))}
    return sorted(photo_ids, key=lambda photo_id: photo_id not in happy)


def by_cluster(
    photo_ids: Sequence[str], clusters: Mapping[str, str], conflicts: Sequence[Collection[str]]
) -> list[str]:
    """Return the ids with conflicts first, then near copies side by side, then the rest.

    Args:
        photo_ids: in an order that stays within a group, and among the rest.
        clusters: near-copy cluster of each photo that has any.
        conflicts: groups of ids.
    """
    place = {photo_id: number for number, photo_id in enumerate(photo_ids)}
    first: dict[str, int] = {}
    for photo_id in photo_ids:
        first.setdefault(clusters.get(photo_id, ""), place[photo_id])
    group_of = {photo_id: number for number, group in enumerate(conflicts) for photo_id in group}

    def key(photo_id: str) -> tuple[int, int, int]:
        if photo_id in group_of:
            return (0, group_of[photo_id], place[photo_id])
        if photo_id in clusters:
            return (1, first[clusters[photo_id]], place[photo_id])
        return (2, 0, place[photo_id])

    return sorted(photo_ids, key=key)


def in_given_order(photo_ids: Sequence[str], order: Sequence[str]) -> list[str]:
    """Return the ids as ``order`` has them, those it does not name last."""
    place = {photo_id: number for number, photo_id in enumerate(order)}
    return sorted(photo_ids, key=lambda photo_id: place.get(photo_id, len(place)))


def check_choice(name: str, value: str | None, choices: Sequence[str]) -> None:
    """Raise where a value is given that is none of the choices.

    Raises:
        DataError: so it is.
    """
    if value is not None and value not in choices:
        raise DataError(f"The {name} is unknown. Expected one of {', '.join(choices)}. Received: {name}={value!r}.")


def _know_sources(connection: sqlite3.Connection) -> None:
    connection.create_function("source_of", 1, source_of, deterministic=True)
