"""Findings among the photos of a catalog: near copies, and images that have both labels."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from emotion_core.dataset.catalog import NOT_UNDONE, Catalog, Findings
from emotion_core.dataset.near_copies import ShareCallback, known_near_copies, near_copy_clusters

# Comparing 300 new photos with 4,000 takes about a second, short enough to do it while a page loads.
_NEW_AT_ONCE, _PHOTOS_AT_ONCE = 300, 4000


class Sighting(NamedTuple):
    """One occasion on which a photo was offered to the catalog.

    Attributes:
        photo_id: id of the photo.
        label: label under which it was offered.
        name: file name or address.
        source_url: address of the image, if it came from the web.
        page_url: address of the page that showed it.
    """

    photo_id: str
    label: str
    name: str
    source_url: str | None
    page_url: str | None


def uncompared(catalog: Catalog) -> set[str]:
    """Return the ids of the photos that were not searched for near copies yet."""
    return set(catalog.photo_ids()) - known_near_copies(catalog.workspace).keys()


def has_few_uncompared(catalog: Catalog) -> bool:
    """Return whether there are uncompared photos, but so few that comparing them takes about a second."""
    photo_ids = catalog.photo_ids()
    uncompared_count = len(set(photo_ids) - known_near_copies(catalog.workspace).keys())
    return 0 < uncompared_count <= _NEW_AT_ONCE and len(photo_ids) <= _PHOTOS_AT_ONCE


def find_duplicates(
    catalog: Catalog, *, only_known: bool = False, on_progress: ShareCallback = lambda _: None
) -> Findings:
    """Return the near copies and label conflicts among all photos of a catalog.

    Args:
        catalog: catalog to search; rejected photos count as near copies, but not as conflicts.
        only_known: return near copies known from earlier searches only. Comparing thousands of new photos takes a
            while; with this option they count as having no near copies.
        on_progress: called repeatedly with the completed share of the search, 0 to 1. An exception from it ends the
            search, which keeps most of its results.
    """
    if only_known:
        known = {photo_id: cluster for photo_id, cluster in known_near_copies(catalog.workspace).items() if cluster}
        deleted = set(catalog.missing(list(known)))
        clusters = {photo_id: cluster for photo_id, cluster in known.items() if photo_id not in deleted}
    else:
        clusters = near_copy_clusters(catalog.workspace, catalog.photo_ids(), catalog.thumbnail_path, on_progress)
    with catalog.connection() as connection:
        # A decision of the user settles the conflict: a status, or a relabeling that was not undone.
        both = [
            str(row[0])
            for row in connection.execute(
                f"""SELECT photo_id FROM photos WHERE status = 'new'
                AND photo_id IN (SELECT photo_id FROM sightings GROUP BY photo_id HAVING MIN(label) < MAX(label))
                AND photo_id NOT IN (SELECT photo_id FROM marks WHERE {NOT_UNDONE}) ORDER BY rowid"""
            )
        ]
        # In the order of adding; rejected photos cannot be in conflict.
        statement = """SELECT photo_id, label FROM photos WHERE status <> 'rejected'
            AND photo_id IN (SELECT value FROM json_each(?)) ORDER BY rowid"""
        labels = dict(connection.execute(statement, (json.dumps([*clusters, *both]),)))
    return Findings(clusters, _conflicts(labels, clusters, both))


def sightings(catalog: Catalog, photo_ids: Sequence[str]) -> list[Sighting]:
    """Return when photos were offered under which label and from where, oldest first: both sides of a conflict.

    Args:
        catalog: catalog of the photos.
        photo_ids: ids of the photos.
    """
    statement = f"""SELECT {", ".join(Sighting._fields)} FROM sightings
        WHERE photo_id IN (SELECT value FROM json_each(?)) ORDER BY rowid"""
    with catalog.connection() as connection:
        return [Sighting(*row) for row in connection.execute(statement, (json.dumps(list(photo_ids)),))]


def _conflicts(labels: dict[str, str], clusters: dict[str, str], both: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return the groups in conflict.

    Args:
        labels: label of each photo that can be in conflict, in the order of adding.
        clusters: near-copy cluster of each photo that has near copies.
        both: photos that were offered under both labels themselves.
    """
    # A photo without near copies is a group of its own, under its own id.
    members: dict[str, list[str]] = {}
    for photo_id in labels:
        members.setdefault(clusters.get(photo_id, photo_id), []).append(photo_id)
    # Dictionaries in place of sets, because they keep the order.
    of_both = {clusters.get(photo_id, photo_id): None for photo_id in both}
    mixed = [name for name, group in members.items() if len({labels[photo_id] for photo_id in group}) > 1]
    return tuple(tuple(members[name]) for name in {**of_both, **dict.fromkeys(mixed)})


def keep_best(catalog: Catalog, photo_ids: Sequence[str]) -> str:
    """Keep the best of several near copies and reject the others, as one batch that can be undone.

    The best has the most pixels in its original, then is the sharpest, then the largest file, then the oldest. A photo
    that is rejected already is kept only if all are.

    Args:
        catalog: catalog of the photos.
        photo_ids: ids of the near copies, at least one.

    Returns:
        The id of the photo that was kept.

    Raises:
        PhotoNotFound: an id is unknown.
    """
    copies = [catalog.photo(photo_id) for photo_id in photo_ids]
    photos = [photo for photo in copies if photo.status != "rejected"] or copies
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
