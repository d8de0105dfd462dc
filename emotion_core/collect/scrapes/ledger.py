"""What a scrape did so far, written down as it happens, so that one that goes on after a crash repeats nothing."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from emotion_core.collect.import_summary import ImportSummary
from emotion_core.collect.sources import FoundPicture, PageContents

LedgerEntry = dict[str, Any]
Outcome = Literal["added", "duplicate", "rejected"]


@dataclass(frozen=True)
class PageEntry:
    """A page that was dealt with.

    Attributes:
        page_url: after redirects; None where it is no page but a list of the person's.
        reading: what it shows; nothing where it could not be read.
        problem: why it brought nothing; empty where it did.
    """

    page_url: str | None
    reading: PageContents
    problem: str = ""

    @property
    def failed(self) -> bool:
        """Whether it could not be read, unlike a page that was read and shows nothing."""
        return self.page_url is None and bool(self.problem)


def _forget(_record: LedgerEntry) -> None:
    """Write nothing down."""


class Ledger:
    """The pages and pictures that a scrape has dealt with, and its account.

    A picture's record follows its photo in the catalog: a process that is killed between the two has stored a photo
    that the ledger does not know. The catalog's sightings since the first record tell which.

    Attributes:
        summary: the account so far.
        started: when the scrape began, in seconds since 1970.
        pages: what each page brought, by the address that was asked for.
        pictures: addresses that were dealt with.
        bytes: fetched so far.

    Args:
        records: of the same scrape's earlier processes, in their order; others are ignored.
        write: is given each new record; must bring it to safety before it returns.
    """

    def __init__(
        self, records: Iterable[Mapping[str, Any]] = (), write: Callable[[LedgerEntry], None] = _forget
    ) -> None:
        self.summary = ImportSummary()
        self.started = time.time()
        self.pages: dict[str, PageEntry] = {}
        self.pictures: set[str] = set()
        self.bytes = 0
        self._write = write
        self._readers = {"page": self._take_page, "picture": self._take_picture}
        earlier = list(records)
        if earlier:
            self.started = min(self.started, float(earlier[0]["time"]))
        for record in earlier:
            self._take(record)

    def _take(self, record: Mapping[str, Any]) -> None:
        reader = self._readers.get(str(record.get("event")))
        if reader is not None:
            reader(record)

    def _add(self, event: str, url: str, **values: Any) -> None:
        record = {"event": event, "url": url, **values}
        self._write(record)
        self._take(record)

    def add_page(self, url: str, entry: PageEntry, size_bytes: int = 0) -> None:
        """Record a page that was read, or could not be, under the address that was asked for."""
        pictures = [_brief(picture) for picture in entry.reading.pictures]
        about = {"page_url": entry.page_url, "pictures": pictures, "next_url": entry.reading.next_url}
        self._add("page", url, **about, problem=entry.problem, bytes=size_bytes)

    def add_picture(self, url: str, outcome: Outcome, *, reason: str = "", size_bytes: int = 0) -> None:
        """Record what became of a picture, under the address that its page gave."""
        self._add("picture", url, outcome=outcome, reason=reason, bytes=size_bytes)

    def _take_page(self, record: Mapping[str, Any]) -> None:
        pictures = tuple(FoundPicture(**picture) for picture in record["pictures"])
        entry = PageEntry(record["page_url"], PageContents(pictures, record["next_url"]), record["problem"])
        self.pages[record["url"]] = entry
        self.bytes += record["bytes"]
        if entry.problem:
            self.summary.reject(record["url"], entry.problem)

    def _take_picture(self, record: Mapping[str, Any]) -> None:
        url = record["url"]
        self.pictures.add(url)
        self.bytes += record["bytes"]
        if record["outcome"] == "rejected":
            self.summary.reject(url, record["reason"])
        elif record["outcome"] == "duplicate":
            self.summary.duplicates += 1
        else:
            self.summary.added += 1


def _brief(picture: FoundPicture) -> LedgerEntry:
    return {name: value for name, value in asdict(picture).items() if value is not None}
