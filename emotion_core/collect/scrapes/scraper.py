"""Scrape web pages into the catalog: page by page, a few pictures at a time."""

import mimetypes
import time
from collections.abc import Callable, Iterator
from functools import partial

from emotion_core.collect.extraction import short_name
from emotion_core.collect.import_summary import ImportSummary
from emotion_core.collect.scrapes.downloads import Downloads
from emotion_core.collect.scrapes.ledger import Ledger, PageEntry
from emotion_core.collect.scrapes.picture_store import PictureStore
from emotion_core.collect.scrapes.placeholders import withdraw_placeholders
from emotion_core.collect.scrapes.progress import FetchedPicture, ScrapeProgress
from emotion_core.collect.scrapes.scrape_request import MAX_PICTURES, ScrapeRequest
from emotion_core.collect.sources import FoundPicture, PageContents, is_numbered, is_photo_page, page_urls, read_page
from emotion_core.collect.urls import normal_url, url_parts
from emotion_core.collect.web import Fetcher, Limits, Page, Referrer
from emotion_core.dataset import Catalog
from emotion_core.errors import CollectError
from emotion_core.jobs import StopRequested, attempt, rejection_reason

# Past its last page, a site often repeats that page or shows pages without pictures, without end.
_MAX_BARREN_PAGES = 3


class BudgetSpent(StopRequested):
    """The scrape has used up its time or download budget."""


def _ignore(_progress: ScrapeProgress) -> None:
    """Report nothing."""


def _never() -> None:
    """Never stop."""


def scrape(
    catalog: Catalog,
    request: ScrapeRequest,
    *,
    on_progress: Callable[[ScrapeProgress], None] = _ignore,
    stop: Callable[[], None] = _never,
    fetcher: Fetcher | None = None,
    ledger: Ledger | None = None,
) -> ImportSummary:
    """Collect the pictures of web pages into the catalog; rejected pictures and pages do not end the scrape.

    Args:
        catalog: catalog that the photos are added to as they arrive.
        request: what to collect.
        on_progress: called after each page and picture.
        stop: called several times a second; raises to end the scrape, which keeps what it has collected.
        fetcher: fetcher to use, closed at the end; None for one made from the request.
        ledger: ledger of the earlier processes of a resumed scrape; None for a new scrape.

    Returns:
        The import summary; pages that could not be read are among the rejected.

    Raises:
        CollectError: no page could be read, or the selector is not valid CSS.
        BudgetSpent: the time or download budget is used up.
    """
    with fetcher or fetcher_for(request) as opened, catalog.kept_open():
        return _Scrape(catalog, request, opened, on_progress, stop, ledger or Ledger()).run()


def fetcher_for(request: ScrapeRequest) -> Fetcher:
    """Return a fetcher with the allowed hosts, contact and delay of a request."""
    return Fetcher(
        allowed_hosts=request.allow_hosts,
        contact=request.contact,
        honour_opt_out=request.honour_opt_out,
        limits=Limits(delay_seconds=request.delay_seconds),
    )


class _Scrape:
    """State of one running scrape."""

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
        self.store = PictureStore(catalog, request.label, ledger)
        self.on_progress, self.stop = on_progress, stop
        self.pages_done = self.pages_read = self.barren_pages = 0
        self.pages_total = len(request.urls or request.page_range or (1,))
        self.wanted_urls: set[str] = set()
        self.ends = time.monotonic() + 60 * request.max_minutes
        self.max_bytes = ledger.bytes + 1e6 * request.max_megabytes

    def run(self) -> ImportSummary:
        try:
            self._collect_all()
        finally:
            self.store.discard()
        if not self.pages_read:
            raise CollectError(self.ledger.summary.rejected[-1].reason)
        return self.ledger.summary

    def _collect_all(self) -> None:
        with self.downloads:
            try:
                with self.store:
                    for entry in self._pages():
                        self._collect_safely(entry)
            finally:
                self.ledger.sync()
                withdraw_placeholders(self.catalog, self.ledger)
                self._report()

    def _check(self) -> None:
        """Add the photos that have waited long enough, and raise if the scrape has to end early."""
        if self.store.commit_if_due():
            self._report()
        self.stop()
        if time.monotonic() > self.ends:
            raise BudgetSpent(
                f"The time budget of {self.request.max_minutes:g} minutes is used up. Resume to fetch the rest."
            )
        if self.ledger.bytes > self.max_bytes:
            raise BudgetSpent(f"The budget of {self.request.max_megabytes:g} MB is used up. Resume to fetch the rest.")

    def _pages(self) -> Iterator[PageEntry]:
        """Yield the pages to collect from: those of a list, by number, or by following links."""
        pages = self.request.page_range
        if self.request.urls:
            yield from self._listed_pages()
        elif is_numbered(self.request.url):
            urls = page_urls(self.request.url, pages)
            self.pages_total = len(urls)
            yield from filter(None, map(self._page, urls))
        else:
            yield from self._linked_pages(pages[0] if pages else 1, pages[-1] if pages else 1)

    def _listed_pages(self) -> Iterator[PageEntry]:
        pictures = [url for url in self.request.urls if _is_picture_url(url)]
        others = [url for url in self.request.urls if not _is_picture_url(url)]
        self.pages_total = len(others)
        if pictures:
            self.pages_read += 1
            yield PageEntry(None, PageContents(tuple(map(FoundPicture, pictures))))
        yield from filter(None, map(self._page, others))

    def _linked_pages(self, first: int, last: int) -> Iterator[PageEntry]:
        self.pages_total = last
        url, referrer = normal_url(self.request.url), None
        visited: set[str] = set()
        for number in range(1, last + 1):
            entry = self._page(url, referrer)
            if entry is None:
                return
            visited.update((url, entry.page_url or url))
            if number >= first:
                yield entry
            next_url, referrer = entry.contents.next_url, entry.referrer
            if next_url is None or next_url in visited:
                self._note_last_page(url, number, next_url)
                return
            url = next_url

    def _note_last_page(self, url: str, number: int, next_url: str | None) -> None:
        """Say that fewer pages were read than asked for, because the links to the next page ended."""
        if number < self.pages_total:
            end = f"its next link leads back to {next_url}" if next_url else "no link to a next page was found on it"
            note = f"Page {number} of pages {self.request.pages} is the last one that was read: {end}."
            hint = " If there are more pages, write {page} in the address in place of the page number."
            self.ledger.add_note(url, note + (hint if number == 1 else ""))

    def _page(self, url: str, referrer: Referrer | None = None) -> PageEntry | None:
        """Return the entry of a page; None if it could not be read or is no longer needed."""
        if self._count_left() <= 0 or self.barren_pages >= _MAX_BARREN_PAGES:
            return None
        if url not in self.ledger.pages:
            self._read(url, referrer)
        entry = self.ledger.pages[url]
        self.pages_done += 1
        self.pages_read += not entry.failed
        self._report()
        return None if entry.failed else entry

    def _read(self, url: str, referrer: Referrer | None) -> None:
        self._check()
        try:
            response = self.downloads.page(url, referrer)
            if isinstance(response, Page):
                self.ledger.add_page(url, self._entry(response), response.size_bytes)
                return
        except Exception as error:
            self.ledger.add_page(url, PageEntry(None, PageContents(()), rejection_reason(error, url)))
            return
        picture = FoundPicture(url)
        self.ledger.add_page(url, PageEntry(None, PageContents((picture,))))
        self.store.record(
            url, attempt(lambda: self.store.prepare(None, picture, picture, response), url, FetchedPicture)
        )
        self._commit()

    def _entry(self, page: Page) -> PageEntry:
        contents = read_page(page, self.request.select)
        selector = f" (select={self.request.select!r})" if self.request.select else ""
        problem = "" if contents.pictures else f"No pictures found on this page{selector}. Expected at least one."
        return PageEntry(page.url, contents, problem)

    def _count_left(self) -> int:
        return (self.request.limit or MAX_PICTURES) - len(self.wanted_urls)

    def _collect_safely(self, entry: PageEntry) -> None:
        try:
            self._collect(entry)
        except Exception as error:
            url = entry.page_url or self.request.url
            self.ledger.add_note(url, f"Not all pictures of {url} were collected. {rejection_reason(error, url)}")

    def _collect(self, entry: PageEntry) -> None:
        new = [picture for picture in entry.contents.pictures if short_name(picture.url) not in self.wanted_urls]
        self.barren_pages = 0 if new or self.request.urls else self.barren_pages + 1
        wanted = new[: self._count_left()]
        self.wanted_urls.update(short_name(picture.url) for picture in wanted)
        self._report()
        missing = self.store.missing(wanted)
        store = partial(self.store.prepare, entry.page_url)
        for picture, future in self.downloads.pictures(missing, store, entry.referrer):
            self.store.record(picture.url, attempt(future.result, picture.url, FetchedPicture))
            self._report()
        self._commit()

    def _commit(self) -> None:
        self.store.commit()
        self._report()

    def _report(self) -> None:
        summary = self.ledger.summary
        self.on_progress(
            ScrapeProgress(
                self.pages_done,
                self.pages_total,
                len(self.ledger.pictures),
                len(self.wanted_urls),
                summary.added,
                summary.duplicates,
                len(summary.rejected),
                self.ledger.bytes,
                self.fetcher.note,
            )
        )


def _is_picture_url(url: str) -> bool:
    """Whether a URL has the suffix of a picture, so that it need not be read as a page first."""
    media_type, _encoding = mimetypes.guess_type(url_parts(normal_url(url)).path)
    return media_type is not None and media_type.startswith("image/") and not is_photo_page(url)
