"""Fetching web pages and pictures: public addresses only, within limits of time and size, politely."""

import contextlib
import http
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Self
from urllib.parse import urljoin

import requests
from urllib3 import Retry
from urllib3.exceptions import HTTPError

from emotion_core import images
from emotion_core.collect.addresses import parse_allowed_host, split_address
from emotion_core.collect.failures import failure_sentence
from emotion_core.collect.robots import ROBOTS_MAX_BYTES, RobotsRules
from emotion_core.collect.text import decode_html
from emotion_core.collect.transport import Deadline, DeadlinePassed, GuardedAdapter, guarded_session
from emotion_core.errors import FetchFailed

AGENT_NAME = "EmotionClassifier"
USER_AGENT = f"{AGENT_NAME}/0.1"
CONNECTIONS_PER_HOST = 4
_RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})
_PAGE_TYPES = frozenset({"", "text/html", "application/xhtml+xml"})
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class Limits:
    """How long and how much one download may take.

    Attributes:
        connect_seconds: until the connection stands, for each address tried.
        read_seconds: between two pieces of the answer.
        total_seconds: for everything, redirects and retries included.
        page_bytes: of a page, after decompression.
        image_bytes: of a picture, after decompression.
        redirects: followed at most.
        retries: after 429, 5xx and broken connections.
        retry_wait_seconds: the longest wait before a retry, also where the server asks for a longer one.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 20.0
    total_seconds: float = 60.0
    page_bytes: int = 5_000_000
    image_bytes: int = images.MAX_BYTES
    redirects: int = 5
    retries: int = 2
    retry_wait_seconds: int = 10


@dataclass(frozen=True)
class Page:
    """A web page.

    Attributes:
        url: after redirects.
        html: decoded.
        size_bytes: as fetched.
    """

    url: str
    html: str
    size_bytes: int


@dataclass(frozen=True)
class Download:
    """A file from the web, whatever it turns out to be.

    Attributes:
        url: after redirects.
        data: its bytes.
        content_type: what the server called it, empty where it said nothing.
    """

    url: str
    data: bytes
    content_type: str


@dataclass(frozen=True)
class _Answer:
    url: str
    status: int
    headers: requests.structures.CaseInsensitiveDict[str]
    data: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "")

    def require_success(self) -> None:
        if not 200 <= self.status < 300:
            known = {status.value: f" ({status.phrase})" for status in http.HTTPStatus}
            raise FetchFailed(
                f"The server answered {self.status}{known.get(self.status, '')}. Expected a page or a picture. "
                f"Received: url={self.url!r}. Open the address in a browser to see whether it is still there."
            )


class Fetcher:
    """Fetches pages and pictures; safe to use from several threads, closed after use.

    Args:
        allowed_hosts: ``host:port`` pairs that may be private, for instance ``127.0.0.1:8765``; exactly these.
        contact: an address of yours for the operators of the sites, sent with the user agent; may be empty.
        obey_robots: leave alone what a site's robots.txt asks to leave alone.
        limits: of each download.

    Raises:
        CollectError: an allowed host is not a host and a port.
    """

    def __init__(
        self,
        *,
        allowed_hosts: Collection[str] = (),
        contact: str = "",
        obey_robots: bool = True,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        allowed = [parse_allowed_host(text) for text in allowed_hosts]
        adapter = GuardedAdapter(allowed=allowed, retries=_retries(self.limits), connections=CONNECTIONS_PER_HOST)
        self._session = guarded_session(adapter, user_agent(contact))
        self._robots = RobotsRules(self._read_robots, AGENT_NAME) if obey_robots else None
        self._active: set[Deadline] = set()
        self._closed = False
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up what is under way, so that the threads in it end at once, and close the connections."""
        with self._lock:
            self._closed = True
            active = list(self._active)
        for deadline in active:
            deadline.expire()
        self._session.close()

    def get_page(self, url: str) -> Page:
        """Return a web page.

        Raises:
            AddressRefused: the address, or one that it redirects to, is private or not http(s).
            FetchFailed: it did not answer in time with a page, or asks not to be fetched.
        """
        answer = self._download(url, self.limits.page_bytes)
        answer.require_success()
        media_type, _, _ = answer.content_type.partition(";")
        if media_type.strip().lower() not in _PAGE_TYPES:
            raise FetchFailed(
                "The address is not a web page. Expected text/html. "
                f"Received: content_type={media_type.strip()!r}, url={answer.url!r}. Name the page that shows it."
            )
        return Page(answer.url, decode_html(answer.data, answer.content_type), len(answer.data))

    def get_image(self, url: str) -> Download:
        """Return a file that should be a picture; ``images.decode`` tells whether it is.

        Raises:
            AddressRefused: the address, or one that it redirects to, is private or not http(s).
            FetchFailed: it did not answer in time, or asks not to be fetched.
        """
        answer = self._download(url, self.limits.image_bytes)
        answer.require_success()
        return Download(answer.url, answer.data, answer.content_type)

    def _read_robots(self, url: str) -> tuple[int, bytes]:
        answer = self._download(url, ROBOTS_MAX_BYTES, robots=True)
        return answer.status, answer.data

    def _download(self, url: str, max_bytes: int, *, robots: bool = False) -> _Answer:
        with self._deadline() as deadline:
            try:
                answer = self._follow(url, max_bytes, robots=robots)
                # A socket that was shut down looks like an orderly end where the server named no length.
                deadline.check()
                return answer
            except DeadlinePassed as error:
                raise FetchFailed(self._too_slow(url)) from error
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                if deadline.passed:
                    raise FetchFailed(self._too_slow(url)) from error
                raise FetchFailed(failure_sentence(error, url)) from error

    @contextlib.contextmanager
    def _deadline(self) -> Iterator[Deadline]:
        with Deadline(self.limits.total_seconds) as deadline:
            with self._lock:
                self._active.add(deadline)
                closed = self._closed
            try:
                if closed:
                    deadline.expire()
                yield deadline
            finally:
                with self._lock:
                    self._active.discard(deadline)

    def _follow(self, url: str, max_bytes: int, *, robots: bool) -> _Answer:
        for _hop in range(self.limits.redirects + 1):
            split_address(url)
            if self._robots is not None and not robots:
                self._robots.check(url)
            timeout = (self.limits.connect_seconds, self.limits.read_seconds)
            # Redirects by hand: every hop is checked like a first address, robots.txt included.
            with self._session.get(url, stream=True, allow_redirects=False, timeout=timeout) as response:
                target = self._session.get_redirect_target(response)
                if target is None:
                    return _read(response, url, max_bytes, cut=robots)
            url = urljoin(url, target)
        raise FetchFailed(
            f"The address leads on and on. Expected at most {self.limits.redirects} redirects. Received: url={url!r}."
        )

    def _too_slow(self, url: str) -> str:
        if self._closed:
            return f"The download was given up on request. Received: url={url!r}."
        return (
            f"The download took too long. Expected it within {self.limits.total_seconds:g} seconds. "
            f"Received: url={url!r}. Try again later."
        )


def user_agent(contact: str = "") -> str:
    """Return how we introduce ourselves: by name, with a way to reach the person where one is given."""
    printable = "".join(character for character in contact if character.isascii() and character.isprintable())
    return f"{USER_AGENT} (+{printable})" if printable else USER_AGENT


def _retries(limits: Limits) -> Retry:
    return Retry(
        total=limits.retries,
        backoff_factor=0.5,
        backoff_jitter=0.25,
        backoff_max=limits.retry_wait_seconds,
        status_forcelist=_RETRIED_STATUSES,
        allowed_methods={"GET"},
        respect_retry_after_header=True,
        retry_after_max=limits.retry_wait_seconds,
        raise_on_status=False,
    )


def _read(response: requests.Response, url: str, max_bytes: int, *, cut: bool) -> _Answer:
    """Read the body piece by piece; the pieces are decompressed, so a small bomb cannot become a large one."""
    pieces = bytearray()
    if response.ok:
        for piece in response.iter_content(_CHUNK_BYTES):
            pieces += piece
            if len(pieces) > max_bytes:
                if cut:
                    break
                raise FetchFailed(
                    f"The file is too large. Expected at most {max_bytes:,} bytes. Received: url={url!r}."
                )
    return _Answer(url, response.status_code, response.headers, bytes(pieces[:max_bytes]))
