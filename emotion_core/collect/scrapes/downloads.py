"""Downloads in threads: a few per host at a time, so that a slow host does not hold up the others."""

import concurrent.futures
import contextlib
import math
import queue
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Self, TypeVar

from emotion_core.collect.extraction import inline_file, inline_type, is_inline, short_name
from emotion_core.collect.sources import FoundPicture, read_description
from emotion_core.collect.urls import host_of
from emotion_core.collect.web import CONNECTIONS_PER_HOST, Download, Fetcher, Page, Referrer

_WAIT_SECONDS = 0.2
_THREADS = 32
# A large picture takes hundreds of megabytes while it is decoded.
_MAX_DECODING = 2
# More than the connections, so that the next downloads run while finished ones are decoded.
_QUEUED_PER_HOST = 2 * CONNECTIONS_PER_HOST

_Queues = dict[str, deque[FoundPicture]]
Result = TypeVar("Result")


class Downloads:
    """Runs downloads in threads while the caller's thread writes the results.

    Args:
        fetcher: fetcher of the downloads; closed at the end.
        check: called at least five times a second during waits; raises to cancel them.
    """

    def __init__(self, fetcher: Fetcher, check: Callable[[], None]) -> None:
        self._fetcher, self._check = fetcher, check
        self._pool = ThreadPoolExecutor(_THREADS, "fetch")
        self._decoding = threading.Semaphore(_MAX_DECODING)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Closing the fetcher cancels running downloads; otherwise the shutdown would wait for slow servers.
        self._fetcher.close()
        self._pool.shutdown(cancel_futures=True)

    def page(self, url: str, referrer: Referrer | None = None) -> Page | Download:
        """Fetch a URL and wait for the result.

        Args:
            url: address to open.
            referrer: page with the link to it; None if there is none.

        Raises:
            CollectError: the download failed.
        """
        future = self._pool.submit(self._fetcher.get, url, referrer)
        while not concurrent.futures.wait([future], _WAIT_SECONDS).done:
            self._check()
        return future.result()

    def pictures(
        self,
        wanted: Iterable[FoundPicture],
        store: Callable[[FoundPicture, FoundPicture, Download], Result],
        referrer: Referrer | None = None,
    ) -> Iterator[tuple[FoundPicture, Future[Result]]]:
        """Yield each picture once it is done, with the future of what ``store`` returned or raised.

        Args:
            wanted: the pictures, as their page listed them.
            store: called in a thread with each picture, the picture completed by its description, and its file.
            referrer: page that shows the pictures; None if there is none.
        """
        queues: _Queues = defaultdict(deque)
        for picture in wanted:
            queues[_host(picture)].append(picture)
        running: Counter[str] = Counter()
        done: queue.SimpleQueue[Future[Result]] = queue.SimpleQueue()
        submitted: dict[Future[Result], FoundPicture] = {}
        while queues or submitted:
            for picture in self._next(queues, running):
                future = self._pool.submit(self._fetch_and_store, picture, store, _referrer_of(picture, referrer))
                submitted[future] = picture
                future.add_done_callback(done.put)
            self._check()
            with contextlib.suppress(queue.Empty):
                future = done.get(timeout=_WAIT_SECONDS)
                picture = submitted.pop(future)
                running[_host(picture)] -= 1
                yield picture, future

    def _next(self, queues: _Queues, running: Counter[str]) -> Iterator[FoundPicture]:
        """Yield the pictures to submit now, and count them as running."""
        for host in list(queues):
            waiting = queues[host]
            while waiting and running.total() < _THREADS and running[host] < self._max_running(waiting[0]):
                running[host] += 1
                yield waiting.popleft()
            if not waiting:
                del queues[host]

    def _max_running(self, picture: FoundPicture) -> int:
        """Return how many downloads of a host may run; more than one would block threads while a slow host waits."""
        if is_inline(picture.url):
            return _QUEUED_PER_HOST
        seconds = self._fetcher.seconds_until_turn(picture.url)
        return 1 if _WAIT_SECONDS < seconds < math.inf else _QUEUED_PER_HOST

    def _fetch_and_store(
        self,
        picture: FoundPicture,
        store: Callable[[FoundPicture, FoundPicture, Download], Result],
        referrer: Referrer | None,
    ) -> Result:
        described = picture
        if picture.described_at is not None:
            described = read_description(self._fetcher.get_page(picture.described_at, referrer), picture)
        download = self._picture(described.url, referrer)
        with self._decoding:
            return store(picture, described, download)

    def _picture(self, url: str, referrer: Referrer | None) -> Download:
        """Return the file at a URL; one that the page holds itself needs no request."""
        if is_inline(url):
            return Download(short_name(url), inline_file(url), inline_type(url))
        return self._fetcher.get_image(url, referrer)


def _host(picture: FoundPicture) -> str:
    return "" if is_inline(picture.url) else host_of(picture.url)


def _referrer_of(picture: FoundPicture, page: Referrer | None) -> Referrer | None:
    """Return the page as the referrer of one picture, whose own policy counts more than that of the page."""
    return replace(page, policy=picture.referrer_policy) if page is not None and picture.referrer_policy else page
