"""What the machine finds among photos: near copies, and the same picture under both labels."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from emotion_core.dataset.catalog import STANDING, Catalog, Findings
from emotion_core.dataset.near_copies import Told, known_near_copies, near_copy_clusters

# So many are compared with so many in about a second.
_NEW_AT_ONCE, _PHOTOS_AT_ONCE = 300, 4000


class Sighting(NamedTuple):
    """A photo as it was offered once.

    Attributes:
        photo_id: which.
        label: under which it was offered.
        name: file name or address.
        source_url: address of the picture, if it came from the web.
        page_url: address of the page that showed it.
    """

    photo_id: str
    label: str
    name: str
    source_url: str | None
    page_url: str | None


def uncompared(catalog: Catalog) -> set[str]:
    """Return the ids of the photos whose near copies nobody looked for yet."""
    return set(catalog.photo_ids()) - known_near_copies(catalog.workspace).keys()


def few_uncompared(catalog: Catalog) -> bool:
    """Return whether there are photos nobody compared yet, so few that comparing them takes about a second."""
    photo_ids = catalog.photo_ids()
    apart = len(set(photo_ids) - known_near_copies(catalog.workspace).keys())
    return 0 < apart <= _NEW_AT_ONCE and len(photo_ids) <= _PHOTOS_AT_ONCE


def find_duplicates(catalog: Catalog, *, only_known: bool = False, told: Told = lambda _: None) -> Findings:
    """Return what is found among all photos of a catalog; near copies are kept until photos come or go.

    Args:
        catalog: whose photos, the rejected among them; only the others can be in conflict.
        only_known: take the near copies that are known; photos nobody compared with the others, which takes a while
            where they are thousands, count as having none.
        told: is called with the share of the search for near copies that is done, 0 to 1, again and again; what it
            raises ends the search, of which most is kept.
    """
    if only_known:
        known = {photo_id: cluster for photo_id, cluster in known_near_copies(catalog.workspace).items() if cluster}
        gone = set(catalog.missing(list(known)))
        clusters = {photo_id: cluster for photo_id, cluster in known.items() if photo_id not in gone}
    else:
        clusters = near_copy_clusters(catalog.workspace, catalog.photo_ids(), catalog.thumbnail_path, told)
    with catalog.connection() as connection:
        both = [
            str(row[0])
            for row in connection.execute(
                f"""SELECT photo_id FROM photos WHERE status = 'new'
                AND photo_id IN (SELECT photo_id FROM sightings GROUP BY photo_id HAVING MIN(label) < MAX(label))
                AND photo_id NOT IN (SELECT photo_id FROM marks WHERE {STANDING}) ORDER BY rowid"""
            )
        ]
        # In the order of adding, and only of those that can be in conflict.
        statement = """SELECT photo_id, label FROM photos WHERE status <> 'rejected'
            AND photo_id IN (SELECT value FROM json_each(?)) ORDER BY rowid"""
        labels = dict(connection.execute(statement, (json.dumps([*clusters, *both]),)))
    return Findings(clusters, _conflicts(labels, clusters, both))


def sightings(catalog: Catalog, photo_ids: Sequence[str]) -> list[Sighting]:
    """Return under which labels photos were offered, and from where, oldest first: both sides of a conflict."""
    statement = f"""SELECT {", ".join(Sighting._fields)} FROM sightings
        WHERE photo_id IN (SELECT value FROM json_each(?)) ORDER BY rowid"""
    with catalog.connection() as connection:
        return [Sighting(*row) for row in connection.execute(statement, (json.dumps(list(photo_ids)),))]


def _conflicts(labels: dict[str, str], clusters: dict[str, str], both: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    members: dict[str, list[str]] = {}
    for photo_id in labels:
        members.setdefault(clusters.get(photo_id, photo_id), []).append(photo_id)
    of_both = {clusters.get(photo_id, photo_id): None for photo_id in both}
    mixed = [name for name, group in members.items() if len({labels[photo_id] for photo_id in group}) > 1]
    return tuple(tuple(members[name]) for name in {**of_both, **dict.fromkeys(mixed)})


def keep_best(catalog: Catalog, photo_ids: Sequence[str]) -> str:
    """Keep the best of near copies and reject the rest, as one batch that can be undone.

    The best has most pixels as it came, then is sharpest, then the largest file, then came first. What is rejected
    already is kept only where all are.

    Args:
        catalog: that holds them.
        photo_ids: at least one.

    Returns:
        The id of the photo that is kept.

    Raises:
        PhotoNotFound: an id is unknown.
    """
    found = [catalog.photo(photo_id) for photo_id in photo_ids]
    photos = [photo for photo in found if photo.status != "rejected"] or found
    best = max(
        photos,
        key=lambda photo: (
            (photo.original_width or photo.width) * (photo.original_height or photo.height),
            photo.sharpness or 0.0,
            photo.original_bytes,
            -photo.added_at,
        ),
    ).photo_id
    catalog.mark_each({photo_id: "kept" if photo_id == best else "rejected" for photo_id in photo_ids})
    return best
