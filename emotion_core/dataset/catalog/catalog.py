"""The catalog: every photo of a workspace with its label, status, origin and history."""

from collections.abc import Mapping, Sequence

from emotion_core.dataset.catalog import adding
from emotion_core.dataset.catalog.marks import Change, Undone, undo_newest, write_batch
from emotion_core.dataset.catalog.queries import check_choice
from emotion_core.dataset.catalog.reading import CatalogReader
from emotion_core.dataset.catalog.records import LABELS, STATUSES, Addition, Origin, PreparedPhoto
from emotion_core.errors import DataError


class Catalog(CatalogReader):
    """The photos of one workspace, safe to use from several threads and processes at once.

    Args:
        workspace: workspace of the photos; its catalog file is created or upgraded if needed.

    Raises:
        DataError: the catalog file is busy, damaged, of a newer version, or missing where there are photos.
    """

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
        return adding.prepare(self, data, label=label, origin=origin, split=split)

    def add_prepared(self, photos: Sequence[PreparedPhoto]) -> list[Addition]:
        """Add photos whose files are written, in their order; all are on the disk when this returns.

        Args:
            photos: from ``prepare``.

        Raises:
            DiskFull: the disk is full; no photo is added.
        """
        return adding.add_prepared(self, photos)

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
