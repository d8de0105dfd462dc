"""What is read from a catalog: photos, their numbers, their history, and how many there are of which kind."""

import json
from collections.abc import Collection, Sequence

from PIL import Image

from emotion_core import images
from emotion_core.dataset.catalog.journal_lines import RowKey
from emotion_core.dataset.catalog.marks import Mark, history_of, not_found
from emotion_core.dataset.catalog.opening import OpenCatalog
from emotion_core.dataset.catalog.photo_files import holds
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
from emotion_core.dataset.catalog.records import LABELS, STATUSES, Findings, Photo, PhotoGroup, PhotoNumbers
from emotion_core.dataset.catalog.row_checks import check_column
from emotion_core.dataset.catalog.row_sums import TABLES, intact_sql
from emotion_core.dataset.catalog.rows import SELECT_PHOTOS, photo_from_row, where_clause
from emotion_core.errors import DataError
from emotion_core.formatting import encodable


class CatalogReader(OpenCatalog):
    """The reading half of a catalog."""

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
        # Without the index of ids: where its entry is damaged, a photo would be missing without a word.
        with self.connection() as connection:
            rows = connection.execute(f"{SELECT_PHOTOS} WHERE status <> 'rejected' ORDER BY rowid").fetchall()
        return [photo for photo in map(photo_from_row, rows) if not sources or photo.source in sources]

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

    def damaged_rows(self) -> list[tuple[RowKey, str]]:
        """Return each row of any table that is not as it was written, with the id of its photo."""
        with self.connection() as connection:
            return [
                (RowKey(table, row["number"]), str(row["photo_id"]))
                for table in TABLES
                for row in connection.execute(
                    f"SELECT rowid AS number, photo_id FROM {table} WHERE NOT {intact_sql(table)} ORDER BY rowid"
                )
            ]

    def sources(self) -> dict[str, int]:
        """Return the number of photos from each source, largest first; imported ones count as ``files``."""
        with self.connection() as connection:
            return source_counts(connection)

    def history(self, photo_id: str) -> list[Mark]:
        """Return a photo's marks, newest first, including those that undid others."""
        with self.connection() as connection:
            return history_of(connection, photo_id)

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
        return {
            name for name, photo_id, sha256, suffix in rows if not holds(self.stored_path(photo_id, suffix), sha256)
        }
