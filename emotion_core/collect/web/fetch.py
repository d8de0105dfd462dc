"""Fetch web pages and pictures: public addresses only, within limits of time and size, politely."""

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Iterator
from typing import Self
from urllib.parse import urljoin

import requests
from urllib3.exceptions import HTTPError

from emotion_core.collect.web.addresses import parse_allowed_host, split_address
from emotion_core.collect.web.failures import fetch_failure
from emotion_core.collect.web.limits import Limits
from emotion_core.collect.web.opt_out import header_opt_out, opt_out_error, page_opt_out
from emotion_core.collect.web.rate_limit import RateLimit, cancellation_error
from emotion_core.collect.web.responses import (
    Download,
    HttpResponse,
    Page,
    is_page_type,
    read_body,
    require_page,
    require_success,
    status_sentence,
)
from emotion_core.collect.web.retrying import RETRIED_STATUSES, RetryBudget, ServerBusy, parse_retry_after
from emotion_core.collect.web.robots import ROBOTS_MAX_BYTES, RobotsRules
from emotion_core.collect.web.transport import Deadline, DeadlinePassed, GuardedAdapter, guarded_session
from emotion_core.errors import FetchFailed, TemporaryFailure

AGENT_NAME = "EmotionClassifier"
USER_AGENT = f"{AGENT_NAME}/0.1"

# Checks a response before its body is read; returns the largest allowed size of the body in bytes, or raises.
_ResponseCheck = Callable[[requests.Response, str], int]


class Fetcher:
    """Fetches pages and pictures; thread-safe, and a context manager that closes itself.

    ``Limits`` and the site's robots.txt bound how many requests a host receives at once and how often; a thread waits
    until its request is due.

    Args:
        allowed_hosts: exact ``host:port`` pairs that may be private, for instance ``127.0.0.1:8765``.
        contact: your address for the operators of the sites, sent in the user agent; may be empty.
        obey_robots: skip what a site's robots.txt disallows.
        honour_opt_out: skip what opts out of machine learning.
        limits: limits of each download; None for the defaults.

    Raises:
        CollectError: an allowed host is not a host and a port.
    """

    def __init__(
        self,
        *,
        allowed_hosts: Collection[str] = (),
        contact: str = "",
        obey_robots: bool = True,
        honour_opt_out: bool = True,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        allowed = [parse_allowed_host(text) for text in allowed_hosts]
        adapter = GuardedAdapter(allowed=allowed, connections=self.limits.connections_per_host)
        self._session = guarded_session(adapter, user_agent(contact))
        self._rate_limit = RateLimit(self.limits, allowed)
        self._robots = RobotsRules(self._read_robots, AGENT_NAME) if obey_robots else None
        self._honour_opt_out = honour_opt_out
        self._active: set[Deadline] = set()
        self._closed = False
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Cancel the downloads in progress, so that their threads end at once, and close the connections."""
        with self._lock:
            self._closed = True
            active = list(self._active)
        self._rate_limit.close()
        for deadline in active:
            deadline.expire()
        self._session.close()

    def get(self, url: str) -> Page | Download:
        """Return a ``Page`` for HTML and JSON, a ``Download`` for anything else.

        Raises:
            AddressRefused: the address, or one that it redirects to, is private or not http(s).
            OptedOut: the response opts out of machine learning.
            TemporaryFailure: the server is busy, the connection was lost, or the fetcher was closed.
            FetchFailed: the download failed, took too long, or robots.txt disallows it.
        """
        response = self._follow(url, self._any_limit)
        return self._page(response) if is_page_type(response.content_type) else response.as_download()

    def get_page(self, url: str) -> Page:
        """Return a web page, or the JSON of an API.

        Raises:
            CollectError: see ``get``; also ``FetchFailed`` if the response is not a page.
        """
        return self._page(self._follow(url, self._page_limit))

    def get_image(self, url: str) -> Download:
        """Return a file that should be a picture; ``images.decode`` checks whether it is.

        Raises:
            CollectError: see ``get``.
        """
        return self._follow(url, self._image_limit).as_download()

    def seconds_until_turn(self, url: str) -> float:
        """Return how long a download of ``url`` would wait now; infinite while all connections are in use."""
        return self._rate_limit.seconds_until_turn(url)

    @property
    def note(self) -> str:
        """Sentences on the sites that make the user wait longer than usual; empty if there are none."""
        return " ".join(self._rate_limit.notes())

    def _page(self, response: HttpResponse) -> Page:
        page = response.as_page()
        opt_out = page_opt_out(page.html, AGENT_NAME) if self._honour_opt_out else None
        if opt_out is not None:
            raise opt_out_error(opt_out, page.url)
        return page

    def _any_limit(self, response: requests.Response, url: str) -> int:
        is_page = is_page_type(response.headers.get("Content-Type", ""))
        return self._page_limit(response, url) if is_page else self._image_limit(response, url)

    def _page_limit(self, response: requests.Response, url: str) -> int:
        require_success(response, url)
        require_page(response, url)
        return self.limits.page_bytes

    def _image_limit(self, response: requests.Response, url: str) -> int:
        require_success(response, url)
        return self.limits.image_bytes

    def _read_robots(self, url: str) -> tuple[int, bytes]:
        response = self._follow(url, None)
        return response.status, response.data

    def _follow(self, url: str, check: _ResponseCheck | None) -> HttpResponse:
        """Request a URL and follow its redirects; ``check`` is None for robots.txt itself."""
        budget = RetryBudget(self.limits.total_seconds, self.limits.retries)
        for _hop in range(self.limits.redirects + 1):
            split_address(url)
            if self._robots is not None and check is not None:
                self._rate_limit.set_crawl_delay(url, self._robots.check(url))
            response = self._request_with_retries(url, check, budget)
            if response.target is None:
                return response
            url = _join(url, response.target)
        raise FetchFailed(
            f"The address redirects too often. Expected at most {self.limits.redirects} redirects. "
            f"Received: url={url!r}."
        )

    def _request_with_retries(self, url: str, check: _ResponseCheck | None, budget: RetryBudget) -> HttpResponse:
        while True:
            with self._rate_limit.turn(url):
                try:
                    return self._request_in_time(url, check, budget)
                except TemporaryFailure as error:
                    wait = budget.next_wait()
                    if isinstance(error, ServerBusy) and error.is_host_wide:
                        wait = wait if error.retry_after is None else error.retry_after
                        # Inside the turn: after it, another thread could start a request before the hold.
                        self._rate_limit.hold(url, wait)
                    if budget.failures > budget.retries:
                        raise
            self._rate_limit.pause(wait, url)

    def _request_in_time(self, url: str, check: _ResponseCheck | None, budget: RetryBudget) -> HttpResponse:
        with self._deadline(budget) as deadline:
            try:
                response = self._request(url, check)
                # Without a Content-Length, a socket that the deadline shut down looks like a normal end of the body.
                deadline.check()
                return response
            except DeadlinePassed as error:
                raise self._too_slow(url) from error
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                raise (self._too_slow(url) if deadline.passed else fetch_failure(error, url)) from error

    @contextlib.contextmanager
    def _deadline(self, budget: RetryBudget) -> Iterator[Deadline]:
        started = time.monotonic()
        with Deadline(budget.seconds) as deadline:
            with self._lock:
                self._active.add(deadline)
                closed = self._closed
            try:
                if closed:
                    deadline.expire()
                yield deadline
            finally:
                budget.seconds -= time.monotonic() - started
                with self._lock:
                    self._active.discard(deadline)

    def _request(self, url: str, check: _ResponseCheck | None) -> HttpResponse:
        timeout = (self.limits.connect_seconds, self.limits.read_seconds)
        # requests must not follow redirects itself: _follow checks every hop, robots.txt included.
        with self._session.get(url, stream=True, allow_redirects=False, timeout=timeout) as response:
            status, content_type = response.status_code, response.headers.get("Content-Type", "")
            if status in RETRIED_STATUSES:
                retry_after = parse_retry_after(response.headers.get("Retry-After"))
                raise ServerBusy(status_sentence(status, url), status, retry_after)
            if self._honour_opt_out and check is not None:
                _refuse_opted_out(response, url)
            target = self._session.get_redirect_target(response)
            if target is not None:
                return HttpResponse(url, status, content_type, target=target)
            if check is not None:
                data = read_body(response, url, check(response, url))
            else:
                data = read_body(response, url, ROBOTS_MAX_BYTES, cut=True) if response.ok else b""
            return HttpResponse(url, status, content_type, data)

    def _too_slow(self, url: str) -> FetchFailed:
        if self._closed:
            return cancellation_error(url)
        return FetchFailed(
            f"The download took too long. Expected at most {self.limits.total_seconds:g} seconds. "
            f"Received: url={url!r}. Try again later."
        )


def _join(url: str, target: str) -> str:
    """Return the absolute URL of a redirect target; a malformed one is returned unchanged and refused later."""
    try:
        return urljoin(url, target)
    except ValueError:
        return target


def user_agent(contact: str = "") -> str:
    """Return the User-Agent header, with the user's contact if there is one."""
    # Line breaks in the contact would inject headers.
    printable = "".join(character for character in contact if character.isascii() and character.isprintable())
    return f"{USER_AGENT} (+{printable})" if printable else USER_AGENT


def _refuse_opted_out(response: requests.Response, url: str) -> None:
    if not response.ok:
        return
    # The raw headers, because requests joins repeated X-Robots-Tag headers into one.
    headers = response.raw.headers
    opt_out = header_opt_out(headers.getlist("X-Robots-Tag"), headers.get("TDM-Reservation"), AGENT_NAME)
    if opt_out is not None:
        raise opt_out_error(opt_out, url)
