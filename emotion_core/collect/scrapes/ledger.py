"""The ledger of a scrape: every finished page and picture, so that a resumed scrape fetches nothing twice."""

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from emotion_core.collect.import_summary import ImportSummary
from emotion_core.collect.sources import FoundPicture, PageContents
from emotion_core.collect.web import Referrer
from emotion_core.jobs import Record

Outcome = Literal["added", "duplicate", "rejected"]


@dataclass(frozen=True)
class PageEntry:
    """A page that was read, or could not be.

    Attributes:
        page_url: URL after redirects; None if the pictures come from the user's list, or if the page failed.
        contents: pictures and next page; empty if the page could not be read.
        problem: why the page gave no pictures; empty if it gave some.
    """

    page_url: str | None
    contents: PageContents
    problem: str = ""

    @property
    def failed(self) -> bool:
        """Whether the page could not be read; a page that was read but shows no pictures has not failed."""
        return self.page_url is None and bool(self.problem)

    @property
    def referrer(self) -> Referrer | None:
        """The page as the origin of requests; None if there is none."""
        return Referrer(self.page_url, self.contents.referrer_policy) if self.page_url is not None else None


def _discard(_record: Record) -> None:
    """Write nothing."""


class Ledger:
    """The pages and pictures that a scrape has finished, and its import summary.

    A picture is recorded after its photo is stored in the catalog. A process killed between the two leaves a photo
    that the ledger does not know; the catalog's sightings since ``started`` reveal it.

    Attributes:
        summary: import summary so far.
        started: start of the scrape, in seconds since 1970.
        pages: finished pages, by the URL that was requested.
        pictures: outcomes of finished pictures, by the URLs that their pages listed.
        photo_urls: the URLs that gave each photo, by its id in the catalog; the URLs are those of ``pictures``.
        bytes: bytes fetched so far.
        sync: waits until the records so far are on the disk.

    Args:
        records: records of earlier processes of the same scrape, in order; records of other kinds are ignored.
        write: stores a new record; a killed process must not take it along.
        sync: waits until the records written so far are on the disk.
    """

    def __init__(
        self,
        records: Iterable[Mapping[str, Any]] = (),
        write: Callable[[Record], None] = _discard,
        sync: Callable[[], None] = lambda: None,
    ) -> None:
        self.summary = ImportSummary()
        self.started = time.time()
        self.pages: dict[str, PageEntry] = {}
        self.pictures: dict[str, Outcome] = {}
        self.photo_urls: dict[str, dict[str, None]] = {}
        self.bytes = 0
        self._write = write
        self.sync = sync
        self._appliers = {"page": self._apply_page, "picture": self._apply_picture, "note": self._apply_note}
        earlier = list(records)
        if earlier:
            self.started = min(self.started, float(earlier[0].get("time", self.started)))
        for record in earlier:
            # A record of version 0 has no checksum. One that cannot be used is as if its picture were not done yet.
            with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
                self._apply(record)

    def _apply(self, record: Mapping[str, Any]) -> None:
        apply = self._appliers.get(str(record.get("event")))
        if apply is not None:
            apply(record)

    def _add(self, event: str, url: str, **values: Any) -> None:
        record = {"event": event, "url": url, **values}
        self._write(record)
        self._apply(record)

    def add_page(self, url: str, entry: PageEntry, size_bytes: int = 0) -> None:
        """Record a page that was read, or could not be.

        Args:
            url: URL that was requested.
            entry: contents of the page, or its problem.
            size_bytes: bytes fetched.
        """
        pictures = [_without_none(picture) for picture in entry.contents.pictures]
        contents = {"next_url": entry.contents.next_url, "referrer_policy": entry.contents.referrer_policy}
        fields = {"page_url": entry.page_url, "pictures": pictures, **contents}
        self._add("page", url, **fields, problem=entry.problem, bytes=size_bytes)

    def add_note(self, url: str, text: str) -> None:
        """Record a sentence for the summary, unless it is there already.

        Args:
            url: page that it is about.
            text: the sentence.
        """
        if text not in self.summary.notes:
            self._add("note", url, text=text)

    def add_picture(
        self,
        url: str,
        outcome: Outcome,
        *,
        reason: str = "",
        size_bytes: int = 0,
        photo_id: str = "",
        repaired: bool = False,
    ) -> None:
        """Record the outcome of a picture; a later outcome takes the place of an earlier one.

        Args:
            url: URL of the picture, as its page listed it.
            outcome: ``added``, ``duplicate`` or ``rejected``.
            reason: why it was rejected; empty if it was not.
            size_bytes: bytes fetched.
            photo_id: its photo in the catalog; empty if it has none.
            repaired: whether the photo's missing or damaged file is whole again.
        """
        more = {"repaired": True} if repaired else {}
        self._add("picture", url, outcome=outcome, reason=reason, bytes=size_bytes, photo_id=photo_id, **more)

    def _apply_note(self, record: Mapping[str, Any]) -> None:
        self.summary.notes.append(record["text"])

    def _apply_page(self, record: Mapping[str, Any]) -> None:
        pictures = tuple(FoundPicture(**picture) for picture in record["pictures"])
        contents = PageContents(pictures, record["next_url"], record.get("referrer_policy", ""))
        entry = PageEntry(record["page_url"], contents, record["problem"])
        self.pages[record["url"]] = entry
        self.bytes += record["bytes"]
        if entry.problem:
            self.summary.reject(record["url"], entry.problem)

    def _apply_picture(self, record: Mapping[str, Any]) -> None:
        url = record["url"]
        earlier = self.pictures.get(url)
        self.summary.added -= earlier == "added"
        self.summary.duplicates -= earlier == "duplicate"
        self.pictures[url] = record["outcome"]
        if record.get("photo_id"):
            self.photo_urls.setdefault(record["photo_id"], {})[url] = None
        self.bytes += record["bytes"]
        self.summary.repaired += bool(record.get("repaired"))
        if record["outcome"] == "rejected":
            self.summary.reject(url, record["reason"])
        elif record["outcome"] == "duplicate":
            self.summary.duplicates += 1
        else:
            self.summary.added += 1


def _without_none(picture: FoundPicture) -> Record:
    return {name: value for name, value in asdict(picture).items() if value is not None}
