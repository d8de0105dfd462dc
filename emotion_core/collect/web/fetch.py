"""Fetching web pages and pictures: public addresses only, within limits of time and size, politely."""

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Iterator
from typing import Self
from urllib.parse import urljoin

import requests
from urllib3.exceptions import HTTPError

from emotion_core.collect.web.addresses import parse_allowed_host, split_address
from emotion_core.collect.web.failures import failure
from emotion_core.collect.web.limits import Limits
from emotion_core.collect.web.opt_out import headers_opt_out, opted_out, page_opts_out
from emotion_core.collect.web.rate_limit import RateLimit, given_up
from emotion_core.collect.web.responses import (
    Download,
    HttpResponse,
    Page,
    is_page,
    read_body,
    require_page,
    require_success,
    status_sentence,
)
from emotion_core.collect.web.retrying import RETRIED_STATUSES, Budget, ServerBusy, seconds_asked
from emotion_core.collect.web.robots import ROBOTS_MAX_BYTES, RobotsRules
from emotion_core.collect.web.transport import Deadline, DeadlinePassed, GuardedAdapter, guarded_session
from emotion_core.errors import FetchFailed, TemporaryFailure

AGENT_NAME = "EmotionClassifier"
USER_AGENT = f"{AGENT_NAME}/0.1"

# Looks at an answer before its body is read; returns the most bytes that the body may have, or raises.
_Expectation = Callable[[requests.Response, str], int]


class Fetcher:
    """Fetches pages and pictures; safe to use from several threads, closed after use.

    A host is asked by few threads at once and not too often, as ``Limits`` and its robots.txt say; a thread waits for
    its host's turn.

    Args:
        allowed_hosts: ``host:port`` pairs that may be private, for instance ``127.0.0.1:8765``; exactly these.
        contact: an address of yours for the operators of the sites, sent with the user agent; may be empty.
        obey_robots: leave alone what a site's robots.txt asks to leave alone.
        honour_opt_out: leave alone what asks not to be used for machine learning.
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
        honour_opt_out: bool = True,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        allowed = [parse_allowed_host(text) for text in allowed_hosts]
        adapter = GuardedAdapter(allowed=allowed, connections=self.limits.connections_per_host)
        self._session = guarded_session(adapter, user_agent(contact))
        self._politeness = RateLimit(self.limits, allowed)
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
        """Give up what is under way, so that the threads in it end at once, and close the connections."""
        with self._lock:
            self._closed = True
            active = list(self._active)
        self._politeness.close()
        for deadline in active:
            deadline.expire()
        self._session.close()

    def get(self, url: str) -> Page | Download:
        """Return a web page where the address is one, a file where it is anything else.

        Raises:
            AddressRefused: the address, or one that it redirects to, is private or not http(s).
            OptedOut: it asks not to be used for machine learning.
            TemporaryFailure: the server is busy, the connection broke, or the fetcher was closed.
            FetchFailed: it did not answer in time, or asks not to be fetched.
        """
        answer = self._follow(url, self._any_limit)
        return self._page(answer) if is_page(answer.content_type) else answer.as_download()

    def get_page(self, url: str) -> Page:
        """Return a web page, or the JSON that a site answers programs with.

        Raises:
            CollectError: as ``get`` does; also ``FetchFailed`` where the address is not a page.
        """
        return self._page(self._follow(url, self._page_limit))

    def get_image(self, url: str) -> Download:
        """Return a file that should be a picture; ``images.decode`` tells whether it is.

        Raises:
            CollectError: as ``get`` does.
        """
        return self._follow(url, self._image_limit).as_download()

    def seconds_until_turn(self, url: str) -> float:
        """Return how long a download of ``url`` would wait for its host's turn; infinite while all are taken."""
        return self._politeness.seconds_until_turn(url)

    @property
    def note(self) -> str:
        """Which sites asked for longer waits than ours, for the person who waits; empty where none did."""
        return " ".join(self._politeness.notes())

    def _page(self, answer: HttpResponse) -> Page:
        page = answer.as_page()
        asked = page_opts_out(page.html, AGENT_NAME) if self._honour_opt_out else None
        if asked is not None:
            raise opted_out(asked, page.url)
        return page

    def _any_limit(self, response: requests.Response, url: str) -> int:
        kind = self._page_limit if is_page(response.headers.get("Content-Type", "")) else self._image_limit
        return kind(response, url)

    def _page_limit(self, response: requests.Response, url: str) -> int:
        require_success(response, url)
        require_page(response, url)
        return self.limits.page_bytes

    def _image_limit(self, response: requests.Response, url: str) -> int:
        require_success(response, url)
        return self.limits.image_bytes

    def _read_robots(self, url: str) -> tuple[int, bytes]:
        answer = self._follow(url, None)
        return answer.status, answer.data

    def _follow(self, url: str, expected: _Expectation | None) -> HttpResponse:
        """Ask, and go where the answers lead; without an expectation the address is a site's robots.txt."""
        budget = Budget(self.limits.total_seconds, self.limits.retries)
        for _hop in range(self.limits.redirects + 1):
            split_address(url)
            if self._robots is not None and expected is not None:
                self._politeness.slow_down(url, self._robots.check(url))
            answer = self._ask(url, expected, budget)
            if answer.target is None:
                return answer
            url = _join(url, answer.target)
        raise FetchFailed(
            f"The address leads on and on. Expected at most {self.limits.redirects} redirects. Received: url={url!r}."
        )

    def _ask(self, url: str, expected: _Expectation | None, budget: Budget) -> HttpResponse:
        """Make one request, and again where the failure may pass."""
        while True:
            with self._politeness.turn(url):
                try:
                    return self._request_in_time(url, expected, budget)
                except TemporaryFailure as failed:
                    wait = budget.next_wait()
                    if isinstance(failed, ServerBusy) and failed.for_everybody:
                        wait = wait if failed.retry_after is None else failed.retry_after
                        # Before our turn ends, so that nobody slips in.
                        self._politeness.hold(url, wait)
                    if budget.failures > budget.retries:
                        raise
            self._politeness.pause(wait, url)

    def _request_in_time(self, url: str, expected: _Expectation | None, budget: Budget) -> HttpResponse:
        with self._deadline(budget) as deadline:
            try:
                answer = self._request(url, expected)
                # A socket that was shut down looks like an orderly end where the server named no length.
                deadline.check()
                return answer
            except DeadlinePassed as error:
                raise self._too_slow(url) from error
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                raise (self._too_slow(url) if deadline.passed else failure(error, url)) from error

    @contextlib.contextmanager
    def _deadline(self, budget: Budget) -> Iterator[Deadline]:
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

    def _request(self, url: str, expected: _Expectation | None) -> HttpResponse:
        timeout = (self.limits.connect_seconds, self.limits.read_seconds)
        # Redirects by hand: every hop is checked like a first address, robots.txt included.
        with self._session.get(url, stream=True, allow_redirects=False, timeout=timeout) as response:
            status, content_type = response.status_code, response.headers.get("Content-Type", "")
            if status in RETRIED_STATUSES:
                after = seconds_asked(response.headers.get("Retry-After"))
                raise ServerBusy(status_sentence(status, url), status, after)
            if self._honour_opt_out and expected is not None:
                _refuse_opted_out(response, url)
            target = self._session.get_redirect_target(response)
            if target is not None:
                return HttpResponse(url, status, content_type, target=target)
            if expected is not None:
                data = read_body(response, url, expected(response, url))
            else:
                data = read_body(response, url, ROBOTS_MAX_BYTES, cut=True) if response.ok else b""
            return HttpResponse(url, status, content_type, data)

    def _too_slow(self, url: str) -> FetchFailed:
        if self._closed:
            return given_up(url)
        return FetchFailed(
            f"The download took too long. Expected it within {self.limits.total_seconds:g} seconds. "
            f"Received: url={url!r}. Try again later."
        )


def _join(url: str, target: str) -> str:
    """Return the address that a redirect from ``url`` leads to; an impossible one stays as it is."""
    try:
        return urljoin(url, target)
    except ValueError:
        return target


def user_agent(contact: str = "") -> str:
    """Return how we introduce ourselves: by name, with a way to reach the person where one is given."""
    printable = "".join(character for character in contact if character.isascii() and character.isprintable())
    return f"{USER_AGENT} (+{printable})" if printable else USER_AGENT


def _refuse_opted_out(response: requests.Response, url: str) -> None:
    if not response.ok:
        return
    headers = response.raw.headers
    asked = headers_opt_out(headers.getlist("X-Robots-Tag"), headers.get("TDM-Reservation"), AGENT_NAME)
    if asked is not None:
        raise opted_out(asked, url)
