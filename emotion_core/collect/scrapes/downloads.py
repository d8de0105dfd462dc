"""Downloads in threads: a few of each host at a time, so that a slow one holds up nobody else."""

import concurrent.futures
import contextlib
import math
import queue
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self, TypeVar
from urllib.parse import urlsplit

from emotion_core.collect.sources import FoundPicture, read_description
from emotion_core.collect.web import CONNECTIONS_PER_HOST, Download, Fetcher, Page

_WAIT_SECONDS = 0.2
_THREADS = 32
# A large picture takes hundreds of megabytes while it is decoded.
_DECODED_AT_ONCE = 2
# More than connections, so that the next ones are on their way while finished ones are decoded.
_QUEUED_PER_HOST = 2 * CONNECTIONS_PER_HOST

_Queues = dict[str, deque[FoundPicture]]
Result = TypeVar("Result")


class Downloads:
    """Fetches in threads while the caller's does everything else.

    Args:
        fetcher: closed at the end.
        check: called often while nothing arrives; raises to give up.
    """

    def __init__(self, fetcher: Fetcher, check: Callable[[], None]) -> None:
        self._fetcher, self._check = fetcher, check
        self._pool = ThreadPoolExecutor(_THREADS, "fetch")
        self._decoding = threading.Semaphore(_DECODED_AT_ONCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Ends the threads' downloads too, so that leaving the pool does not wait for slow servers.
        self._fetcher.close()
        self._pool.shutdown(cancel_futures=True)

    def page(self, url: str) -> Page | Download:
        """Return what is at an address, waiting for it.

        Raises:
            CollectError: nothing that can be used is.
        """
        future = self._pool.submit(self._fetcher.get, url)
        while not concurrent.futures.wait([future], _WAIT_SECONDS).done:
            self._check()
        return future.result()

    def pictures(
        self, wanted: Iterable[FoundPicture], keep: Callable[[FoundPicture, FoundPicture, Download], Result]
    ) -> Iterator[tuple[FoundPicture, Future[Result]]]:
        """Give each picture once it is dealt with, and what that returned or raised.

        Args:
            wanted: the pictures, as their page gave them.
            keep: is given each picture, the same with what its description adds, and its file; called in threads.
        """
        queues: _Queues = defaultdict(deque)
        for picture in wanted:
            queues[_host(picture)].append(picture)
        under_way: Counter[str] = Counter()
        done: queue.SimpleQueue[Future[Result]] = queue.SimpleQueue()
        sent: dict[Future[Result], FoundPicture] = {}
        while queues or sent:
            for picture in self._next(queues, under_way):
                future = self._pool.submit(self._deal_with, picture, keep)
                sent[future] = picture
                future.add_done_callback(done.put)
            self._check()
            with contextlib.suppress(queue.Empty):
                future = done.get(timeout=_WAIT_SECONDS)
                picture = sent.pop(future)
                under_way[_host(picture)] -= 1
                yield picture, future

    def _next(self, queues: _Queues, under_way: Counter[str]) -> Iterator[FoundPicture]:
        """Give the pictures to send for now, and count them as under way."""
        for host in list(queues):
            waiting = queues[host]
            while waiting and under_way.total() < _THREADS and under_way[host] < self._room(waiting[0]):
                under_way[host] += 1
                yield waiting.popleft()
            if not waiting:
                del queues[host]

    def _room(self, picture: FoundPicture) -> int:
        """Return how many of a host's pictures may be sent for: where its turn is far off, they would block threads."""
        seconds = self._fetcher.seconds_until_turn(picture.url)
        return 1 if _WAIT_SECONDS < seconds < math.inf else _QUEUED_PER_HOST

    def _deal_with(
        self, picture: FoundPicture, keep: Callable[[FoundPicture, FoundPicture, Download], Result]
    ) -> Result:
        described = picture
        if picture.described_at is not None:
            described = read_description(self._fetcher.get_page(picture.described_at), picture)
        download = self._fetcher.get_image(described.url)
        with self._decoding:
            return keep(picture, described, download)


def _host(picture: FoundPicture) -> str:
    return urlsplit(picture.url).netloc
