"""Fetched pictures on their way into the catalog, and into the ledger once they are there for good."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Self

from emotion_core.collect.extraction import is_inline, short_name
from emotion_core.collect.scrapes.ledger import Ledger, Outcome
from emotion_core.collect.scrapes.progress import FetchedPicture
from emotion_core.collect.sources import FoundPicture
from emotion_core.collect.web import Download
from emotion_core.dataset import Addition, Catalog, Origin, PhotoBatch, PreparedPhoto
from emotion_core.jobs import rejection_reason


class PictureStore:
    """Puts the pictures of one scrape into the catalog; a context, at whose end the last ones are added.

    Args:
        catalog: that the photos are added to.
        label: of all photos.
        ledger: of the scrape.
    """

    def __init__(self, catalog: Catalog, label: str, ledger: Ledger) -> None:
        self._catalog, self._label, self._ledger = catalog, label, ledger
        self._batch = PhotoBatch(catalog)
        # Prepared in threads and not in the batch yet.
        self._loose: list[PreparedPhoto] = []
        # Pictures that an earlier scrape stored under the same label are not fetched again.
        self._known = catalog.offered_names(label)
        # A killed process may have stored photos without recording them in the ledger.
        self._unrecorded = catalog.offered_names(label, since=ledger.started)

    def __enter__(self) -> Self:
        self._batch.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._batch.__exit__(*raised)

    def discard(self) -> None:
        """Remove the files of pictures that were prepared and not recorded; no thread may prepare one any more."""
        for photo in self._loose:
            photo.files.discard()

    def missing(self, wanted: Sequence[FoundPicture]) -> list[FoundPicture]:
        """Return the pictures that must be fetched, because neither ledger nor catalog has them."""
        # The catalog knows those that are damaged, but their files must be fetched again.
        names = {short_name(picture.url) for picture in wanted}
        damaged = self._catalog.damaged_names(self._label, self._known.keys() & names)
        self._known = {name: is_new for name, is_new in self._known.items() if name not in damaged}
        return [picture for picture in wanted if not self._is_done(picture)]

    def _is_done(self, picture: FoundPicture) -> bool:
        url = short_name(picture.url)
        if url not in self._ledger.pictures and url in self._known:
            self._ledger.add_picture(url, "added" if self._unrecorded.get(url) else "duplicate")
        return url in self._ledger.pictures

    def prepare(
        self, page_url: str | None, listed: FoundPicture, described: FoundPicture, download: Download
    ) -> FetchedPicture:
        """Prepare a picture for the catalog under the URL that its page listed; called in threads.

        Args:
            page_url: the page; None for a picture that was given by its own address.
            listed: the picture as the page listed it.
            described: the same with what its own page says of it.
            download: its file.
        """
        origin = Origin(
            short_name(listed.url),
            source_url=None if is_inline(listed.url) else download.url,
            page_url=page_url,
            licence=described.licence,
            author=described.author,
            landing_url=described.landing_url,
            content_type=download.content_type or None,
        )
        size = 0 if is_inline(listed.url) else len(download.data)  # Its page counted already.
        try:
            photo = self._catalog.prepare(download.data, label=self._label, origin=origin)
        except Exception as error:
            return FetchedPicture(rejection_reason(error, origin.name), size)
        self._loose.append(photo)
        return FetchedPicture(size_bytes=size, photo=photo)

    def record(self, url: str, picture: FetchedPicture) -> None:
        """Record a picture in the ledger: a rejected one now, another one once it is in the catalog for good.

        Args:
            url: address of the picture.
            picture: as ``prepare`` returned it.
        """
        add = partial(self._ledger.add_picture, short_name(url), size_bytes=picture.size_bytes)

        def record(addition: Addition) -> None:
            add(_outcome(addition), photo_id=addition.photo_id, repaired=addition.repaired)

        if picture.photo is None:
            add("rejected", reason=picture.reason)
        else:
            self._loose.remove(picture.photo)
            self._batch.put(picture.photo, record)

    def commit(self) -> None:
        """Add what was recorded to the catalog, and to the ledger."""
        self._batch.commit()
        self._ledger.sync()

    def commit_if_due(self) -> bool:
        """Add the photos that have waited long enough, and return whether there were any."""
        is_due = self._batch.commit_if_due()
        if is_due:
            self._ledger.sync()
        return is_due


def _outcome(addition: Addition) -> Outcome:
    return "duplicate" if addition.duplicate else "added"
