"""From web pages to photos in the catalog: page after page, a few pictures at a time, one account at the end."""

import mimetypes
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from emotion_core.collect.import_summary import ImportSummary
from emotion_core.collect.scrapes.downloads import Downloads
from emotion_core.collect.scrapes.ledger import Ledger, Outcome, PageEntry
from emotion_core.collect.scrapes.scrape_request import MAX_PICTURES, ScrapeRequest
from emotion_core.collect.sources import FoundPicture, PageContents, is_numbered, is_photo_page, page_urls, read_page
from emotion_core.collect.web import Download, Fetcher, Limits, Page
from emotion_core.dataset import Catalog, Origin
from emotion_core.errors import CollectError, UnreadableImage
from emotion_core.jobs import StopRequested

# A site that has fewer pages than asked for often answers with its last one, or with none of its pictures, for ever.
_BARREN_PAGES = 3


class BudgetSpent(StopRequested):
    """The scrape has used up the time or the bytes that it may take."""


@dataclass(frozen=True)
class ScrapeProgress:
    """How far a scrape has come.

    Attributes:
        pages_done: pages that were read, or could not be.
        pages_total: pages that will be read at most.
        pictures_done: pictures that were fetched, or could not be.
        pictures_found: pictures found so far, on the pages read so far.
        added: photos that are new in the catalog.
        duplicates: pictures that were there already.
        rejected: pictures and pages that could not be used.
        bytes: fetched so far.
        note: why it goes slower than it could, as a sentence; empty where nothing holds it up.
    """

    pages_done: int = 0
    pages_total: int = 0
    pictures_done: int = 0
    pictures_found: int = 0
    added: int = 0
    duplicates: int = 0
    rejected: int = 0
    bytes: int = 0
    note: str = ""


def _ignore(_progress: ScrapeProgress) -> None:
    """Watch nothing."""


def _never() -> None:
    """Stop never."""


def scrape(
    catalog: Catalog,
    request: ScrapeRequest,
    *,
    on_progress: Callable[[ScrapeProgress], None] = _ignore,
    stop: Callable[[], None] = _never,
    fetcher: Fetcher | None = None,
    ledger: Ledger | None = None,
) -> ImportSummary:
    """Collect the pictures of web pages into the catalog; one that cannot be used never ends the scrape.

    Args:
        catalog: where the photos go as they arrive.
        request: what to collect.
        on_progress: called after each page and picture.
        stop: called often; raises to end the scrape, keeping what was collected so far.
        fetcher: closed at the end; by default one that keeps to the request.
        ledger: of the same scrape's earlier processes, where it goes on.

    Returns:
        What became of each picture, and the pages that could not be read.

    Raises:
        CollectError: not one page could be read, or the selector is not CSS.
        BudgetSpent: the time or the bytes that it may take are used up.
    """
    with fetcher or fetcher_for(request) as opened, catalog.kept_open():
        return _Scrape(catalog, request, opened, on_progress, stop, ledger or Ledger()).run()


def fetcher_for(request: ScrapeRequest) -> Fetcher:
    """Return a fetcher that goes where, and as fast as, the request allows."""
    return Fetcher(
        allowed_hosts=request.allow_hosts,
        contact=request.contact,
        honour_opt_out=request.honour_opt_out,
        limits=Limits(delay_seconds=request.delay_seconds),
    )


@dataclass(frozen=True)
class Kept:
    """What became of a picture.

    Attributes:
        outcome: as the ledger calls it.
        reason: why it was rejected; empty where it was not.
        size_bytes: of its file, 0 where it was not fetched.
    """

    outcome: Outcome
    reason: str = ""
    size_bytes: int = 0


class _Scrape:
    """One scrape under way."""

    def __init__(
        self,
        catalog: Catalog,
        request: ScrapeRequest,
        fetcher: Fetcher,
        on_progress: Callable[[ScrapeProgress], None],
        stop: Callable[[], None],
        ledger: Ledger,
    ) -> None:
        self.catalog, self.request, self.fetcher, self.ledger = catalog, request, fetcher, ledger
        self.downloads = Downloads(fetcher, self._check)
        self.on_progress, self.stop = on_progress, stop
        self.pages_done = self.pages_read = self.barren_pages = 0
        self.pages_total = len(request.urls or request.page_range or (1,))
        # What an earlier scrape brought under the same label need not be asked for again.
        self.known = catalog.offered_names(request.label)
        # A process that was killed may have stored photos that it could not write down any more.
        self.unwritten = catalog.offered_names(request.label, since=ledger.started)
        self.found: set[str] = set()
        self.ends = time.monotonic() + 60 * request.max_minutes
        self.max_bytes = ledger.bytes + 1e6 * request.max_megabytes

    def run(self) -> ImportSummary:
        with self.downloads:
            for entry in self._pages():
                self._collect(entry)
        if not self.pages_read:
            raise CollectError(self.ledger.summary.rejected[-1].reason)
        return self.ledger.summary

    def _check(self) -> None:
        """Raise where the scrape is to end early."""
        self.stop()
        if time.monotonic() > self.ends:
            raise BudgetSpent(
                f"The time budget of {self.request.max_minutes:g} minutes is used up. Go on for the rest."
            )
        if self.ledger.bytes > self.max_bytes:
            raise BudgetSpent(f"The budget of {self.request.max_megabytes:g} MB is used up. Go on for the rest.")

    def _pages(self) -> Iterator[PageEntry]:
        """Give the pages to collect from: those of a list, by number, or by following links."""
        pages = self.request.page_range
        if self.request.urls:
            yield from self._listed()
        elif is_numbered(self.request.url):
            urls = page_urls(self.request.url, pages)
            self.pages_total = len(urls)
            yield from filter(None, map(self._page, urls))
        else:
            yield from self._linked(pages[0] if pages else 1, pages[-1] if pages else 1)

    def _listed(self) -> Iterator[PageEntry]:
        pictures = [url for url in self.request.urls if _names_picture(url)]
        others = [url for url in self.request.urls if not _names_picture(url)]
        self.pages_total = len(others)
        if pictures:
            self.pages_read += 1
            yield PageEntry(None, PageContents(tuple(map(FoundPicture, pictures))))
        yield from filter(None, map(self._page, others))

    def _linked(self, first: int, last: int) -> Iterator[PageEntry]:
        self.pages_total = last
        url: str | None = self.request.url
        visited: set[str] = set()
        for number in range(1, last + 1):
            entry = self._page(url) if url is not None and url not in visited else None
            if entry is None or url is None:
                return
            visited.add(url)
            if number >= first:
                yield entry
            url = entry.reading.next_url

    def _page(self, url: str) -> PageEntry | None:
        """Return what a page shows; None where it could not be read, or need not be any more."""
        if self._still_wanted() <= 0 or self.barren_pages >= _BARREN_PAGES:
            return None
        if url not in self.ledger.pages:
            self._read(url)
        entry = self.ledger.pages[url]
        self.pages_done += 1
        self.pages_read += not entry.failed
        self._report()
        return None if entry.failed else entry

    def _read(self, url: str) -> None:
        self._check()
        try:
            answer = self.downloads.page(url)
            if isinstance(answer, Page):
                self.ledger.add_page(url, self._entry(answer), answer.size_bytes)
                return
        except CollectError as error:
            self.ledger.add_page(url, PageEntry(None, PageContents(()), str(error)))
            return
        picture = FoundPicture(url)
        self.ledger.add_page(url, PageEntry(None, PageContents((picture,))))
        self._write(url, self._keep(None, picture, picture, answer))

    def _entry(self, page: Page) -> PageEntry:
        reading = read_page(page, self.request.select)
        chosen = f" (select={self.request.select!r})" if self.request.select else ""
        problem = "" if reading.pictures else f"No pictures found on this page{chosen}. Expected at least one."
        return PageEntry(page.url, reading, problem)

    def _still_wanted(self) -> int:
        return (self.request.limit or MAX_PICTURES) - len(self.found)

    def _collect(self, entry: PageEntry) -> None:
        fresh = [picture for picture in entry.reading.pictures if picture.url not in self.found]
        self.barren_pages = 0 if fresh or self.request.urls else self.barren_pages + 1
        wanted = fresh[: self._still_wanted()]
        self.found.update(picture.url for picture in wanted)
        self._report()
        missing = [picture for picture in wanted if not self._is_dealt_with(picture)]
        for picture, fate in self.downloads.pictures(missing, partial(self._keep, entry.page_url)):
            try:
                self._write(picture.url, fate.result())
            except CollectError as error:
                self._write(picture.url, Kept("rejected", str(error)))
            self._report()

    def _is_dealt_with(self, picture: FoundPicture) -> bool:
        """Whether a picture need not be fetched: its fate is written down, or the catalog knows it."""
        url = picture.url
        if url not in self.ledger.pictures and url in self.known:
            self.ledger.add_picture(url, "added" if self.unwritten.get(url) else "duplicate")
        return url in self.ledger.pictures

    def _keep(self, page_url: str | None, found: FoundPicture, described: FoundPicture, download: Download) -> Kept:
        """Bring a picture into the catalog, under the address that its page gave; called in threads."""
        origin = Origin(
            found.url,
            source_url=download.url,
            page_url=page_url,
            licence=described.licence,
            author=described.author,
            landing_url=described.landing_url,
            content_type=download.content_type or None,
        )
        size = len(download.data)
        try:
            addition = self.catalog.add(download.data, label=self.request.label, origin=origin)
        except UnreadableImage as error:
            return Kept("rejected", str(error), size)
        return Kept("duplicate" if addition.duplicate else "added", size_bytes=size)

    def _write(self, url: str, kept: Kept) -> None:
        self.ledger.add_picture(url, kept.outcome, reason=kept.reason, size_bytes=kept.size_bytes)

    def _report(self) -> None:
        summary = self.ledger.summary
        self.on_progress(
            ScrapeProgress(
                self.pages_done,
                self.pages_total,
                len(self.ledger.pictures),
                len(self.found),
                summary.added,
                summary.duplicates,
                len(summary.rejected),
                self.ledger.bytes,
                self.fetcher.note,
            )
        )


def _names_picture(url: str) -> bool:
    """Whether an address calls itself a picture's, so that it need not be read as a page first."""
    kind, _encoding = mimetypes.guess_type(urlsplit(url).path)
    return kind is not None and kind.startswith("image/") and not is_photo_page(url)
