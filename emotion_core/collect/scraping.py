"""From web pages to photos in the catalog: page after page, a few pictures at a time, one account at the end."""

import concurrent.futures
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from emotion_core.collect.fetch import CONNECTIONS_PER_HOST, Download, Fetcher, Page
from emotion_core.collect.pages import is_numbered, next_page_url, page_urls
from emotion_core.collect.pictures import find_image_urls
from emotion_core.collect.requesting import MAX_PICTURES, ScrapeRequest
from emotion_core.collect.tally import Tally, offer
from emotion_core.dataset import Catalog, Origin
from emotion_core.errors import CollectError

_WAIT_SECONDS = 0.2
_QUEUED_PICTURES = 2 * CONNECTIONS_PER_HOST
_Result = TypeVar("_Result")


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
    """

    pages_done: int = 0
    pages_total: int = 0
    pictures_done: int = 0
    pictures_found: int = 0
    added: int = 0
    duplicates: int = 0
    rejected: int = 0
    bytes: int = 0


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
) -> Tally:
    """Collect the pictures of web pages into the catalog; one that cannot be used never ends the scrape.

    Args:
        catalog: where the photos go as they arrive.
        request: what to collect.
        on_progress: called after each page and picture.
        stop: called often; raises to end the scrape, keeping what was collected so far.
        fetcher: closed at the end; by default one that allows what the request allows.

    Returns:
        What became of each picture, and the pages that could not be read.

    Raises:
        CollectError: not one page could be read, or the selector is not CSS.
    """
    with fetcher or Fetcher(allowed_hosts=request.allow_hosts) as opened:
        return _Scrape(catalog, request, opened, on_progress, stop).run()


class _Scrape:
    """One scrape under way; pages and pictures are fetched in threads, everything else happens in the caller's."""

    def __init__(
        self,
        catalog: Catalog,
        request: ScrapeRequest,
        fetcher: Fetcher,
        on_progress: Callable[[ScrapeProgress], None],
        stop: Callable[[], None],
    ) -> None:
        self.catalog, self.request, self.fetcher = catalog, request, fetcher
        self.on_progress, self.stop = on_progress, stop
        self.tally = Tally()
        self.pages_done = self.pages_read = self.pictures_done = self.bytes = 0
        self.pages_total = len(request.page_range or (1,))
        # What an earlier scrape brought under the same label need not be asked for again.
        self.known = {photo.source_url for photo in catalog.photos(label=request.label)}
        self.found: set[str] = set()

    def run(self) -> Tally:
        with ThreadPoolExecutor(CONNECTIONS_PER_HOST, "fetch") as self.pool:
            try:
                for page in self._pages():
                    self._collect(page)
            finally:
                # Ends the threads' downloads too, so that leaving the pool does not wait for slow servers.
                self.fetcher.close()
        if not self.pages_read:
            raise CollectError(self.tally.rejected[-1].reason)
        return self.tally

    def _pages(self) -> Iterator[Page]:
        """Give the pages to collect from, by number or by following links."""
        pages = self.request.page_range
        if is_numbered(self.request.url):
            urls = page_urls(self.request.url, pages)
            self.pages_total = len(urls)
            yield from filter(None, map(self._read_page, urls))
            return
        first, last = (pages[0], pages[-1]) if pages else (1, 1)
        self.pages_total = last
        url: str | None = self.request.url
        visited: set[str] = set()
        for number in range(1, last + 1):
            page = self._read_page(url) if url is not None and url not in visited else None
            if page is None:
                return
            visited.add(url or "")
            if number >= first:
                yield page
            url = next_page_url(page.html, page.url) if number < last else None

    def _read_page(self, url: str) -> Page | None:
        page = None
        try:
            page = self._wait(self.pool.submit(self.fetcher.get_page, url))
            self.pages_read += 1
            self.bytes += page.size_bytes
        except CollectError as error:
            self.tally.reject(url, str(error))
        self.pages_done += 1
        self._report()
        return page

    def _wait(self, future: Future[_Result]) -> _Result:
        while not concurrent.futures.wait([future], _WAIT_SECONDS).done:
            self.stop()
        return future.result()

    def _collect(self, page: Page) -> None:
        urls = find_image_urls(page.html, page.url, self.request.select)
        if not urls:
            chosen = f" (select={self.request.select!r})" if self.request.select else ""
            self.tally.reject(page.url, f"No pictures found on this page{chosen}. Expected at least one.")
        fresh = [url for url in urls if url not in self.found][: self._still_wanted()]
        self.found.update(fresh)
        self._report()
        self._fetch_pictures(fresh, page.url)

    def _still_wanted(self) -> int:
        return (self.request.limit or MAX_PICTURES) - len(self.found)

    def _fetch_pictures(self, urls: list[str], page_url: str) -> None:
        waiting: dict[Future[Download], str] = {}
        for url in urls:
            self.stop()
            if url in self.known:
                self.tally.duplicates += 1
                self._picture_done()
                continue
            while len(waiting) >= _QUEUED_PICTURES:
                self._take_finished(waiting, page_url)
            waiting[self.pool.submit(self.fetcher.get_image, url)] = url
        while waiting:
            self._take_finished(waiting, page_url)

    def _take_finished(self, waiting: dict[Future[Download], str], page_url: str) -> None:
        finished = concurrent.futures.wait(waiting, _WAIT_SECONDS, return_when=FIRST_COMPLETED).done
        self.stop()
        for future in finished:
            self._keep(future, waiting.pop(future), page_url)
            self._picture_done()

    def _keep(self, future: Future[Download], url: str, page_url: str) -> None:
        try:
            download = future.result()
        except CollectError as error:
            self.tally.reject(url, str(error))
            return
        self.bytes += len(download.data)
        origin = Origin(url, download.url, page_url, content_type=download.content_type or None)
        offer(self.catalog, download.data, self.request.label, origin, self.tally)

    def _picture_done(self) -> None:
        self.pictures_done += 1
        self._report()

    def _report(self) -> None:
        self.on_progress(
            ScrapeProgress(
                self.pages_done,
                self.pages_total,
                self.pictures_done,
                len(self.found),
                self.tally.added,
                self.tally.duplicates,
                len(self.tally.rejected),
                self.bytes,
            )
        )
