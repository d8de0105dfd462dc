"""Fetch web pages and pictures: public addresses only, within limits of time and size, politely."""

import contextlib
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Self

import requests
from urllib3.exceptions import HTTPError

from emotion_core.collect.urls import join_url, without_fragment
from emotion_core.collect.web.addresses import parse_allowed_host, split_address
from emotion_core.collect.web.content_types import is_page
from emotion_core.collect.web.exchange import AGENT_NAME, Exchange, Purpose
from emotion_core.collect.web.failures import fetch_failure
from emotion_core.collect.web.limits import Limits
from emotion_core.collect.web.opt_out import opt_out_error
from emotion_core.collect.web.page_text import read_text
from emotion_core.collect.web.rate_limit import RateLimit, cancellation_error
from emotion_core.collect.web.referrers import Referrer
from emotion_core.collect.web.responses import (
    Download,
    HttpResponse,
    Page,
    not_a_page,
    require_page,
    require_success,
    too_large,
)
from emotion_core.collect.web.retrying import RetryBudget, ServerBusy
from emotion_core.collect.web.robots import RobotsRules
from emotion_core.collect.web.transport import Deadline, DeadlinePassed
from emotion_core.errors import FetchFailed, TemporaryFailure, TooManyRedirects


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
        self._exchange = Exchange(allowed, contact, self.limits, honour_opt_out)
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
        self._exchange.close()

    def get(self, url: str, referrer: Referrer | None = None) -> Page | Download:
        """Return a ``Page`` for HTML and JSON, a ``Download`` for anything else; the content decides.

        Args:
            url: address to open.
            referrer: page with the link to it; None if the user typed the address.

        Raises:
            AddressRefused: the address, or one that it redirects to, is private or not http(s).
            OptedOut: the response opts out of machine learning.
            TemporaryFailure: the server is busy, the connection was lost, or the fetcher was closed.
            FetchFailed: the download failed, took too long, or robots.txt disallows it.
        """
        return self._open(url, Purpose(self._image_limit, referrer))

    def get_page(self, url: str, referrer: Referrer | None = None) -> Page:
        """Return a web page, or the JSON of an API.

        Args:
            url: address to open.
            referrer: page with the link to it; None if there is none.

        Raises:
            CollectError: see ``get``; also ``FetchFailed`` if the response is not a page.
        """
        opened = self._open(url, Purpose(self._page_limit, referrer))
        if isinstance(opened, Page):
            return opened
        raise not_a_page(opened.content_type, opened.url)

    def get_image(self, url: str, referrer: Referrer | None = None) -> Download:
        """Return a file that should be a picture; ``images.decode`` checks whether it is.

        Args:
            url: address of the picture.
            referrer: page that shows the picture; None if there is none.

        Raises:
            CollectError: see ``get``.
        """
        return self._follow(url, Purpose(self._image_limit, referrer, is_embedded=True)).as_download()

    def seconds_until_turn(self, url: str) -> float:
        """Return how long a download of ``url`` would wait now; infinite while all connections are in use."""
        return self._rate_limit.seconds_until_turn(url)

    @property
    def note(self) -> str:
        """Sentences on the sites that make the user wait longer than usual; empty if there are none."""
        return " ".join(self._rate_limit.notes())

    def _open(self, url: str, purpose: Purpose) -> Page | Download:
        """Open an address as a browser does, which goes on where the page sends it at once."""
        opened: set[str] = set()
        budget = RetryBudget(self.limits.total_seconds, self.limits.retries)
        while True:
            response = self._follow(url, purpose, budget)
            if not is_page(response.content_type, response.data):
                return response.as_download()
            if len(response.data) > self.limits.page_bytes:
                raise too_large(response.url, self.limits.page_bytes)
            text = read_text(response, AGENT_NAME)
            if text.opt_out is not None and self._honour_opt_out:
                raise opt_out_error(text.opt_out, response.url)
            page, target = response.as_page(text.html, text.encoding), text.target
            opened.update((url, page.url))
            # Sent back to where it came from, a browser would go in circles.
            if target is None or target in opened:
                return page
            if len(opened) > 2 * self.limits.redirects:
                raise self._too_many_redirects(target)
            url, purpose = target, replace(purpose, referrer=Referrer(page.url, page.referrer_policy))

    def _page_limit(self, response: requests.Response, url: str) -> int:
        require_success(response, url)
        require_page(response, url)
        return self.limits.page_bytes

    def _image_limit(self, response: requests.Response, url: str) -> int:
        require_success(response, url)
        return self.limits.image_bytes

    def _read_robots(self, url: str) -> tuple[int, bytes]:
        response = self._follow(url, Purpose(None))
        return response.status, response.data

    def _follow(self, url: str, purpose: Purpose, budget: RetryBudget | None = None) -> HttpResponse:
        """Request a URL and follow its redirects."""
        budget = budget or RetryBudget(self.limits.total_seconds, self.limits.retries)
        for _hop in range(self.limits.redirects + 1):
            # Everything from here on sees the address in the one form that is checked and connected to.
            url = without_fragment(str(split_address(url).href))
            if self._robots is not None and purpose.check is not None:
                self._rate_limit.set_crawl_delay(url, self._robots.check(url))
            response = self._request_with_retries(url, purpose, budget)
            if response.target is None:
                return response
            # A target that is no address is refused with its own text.
            url = join_url(url, response.target) or response.target
            if response.referrer_policy and purpose.referrer is not None:
                purpose = replace(purpose, referrer=replace(purpose.referrer, policy=response.referrer_policy))
        raise self._too_many_redirects(url)

    def _too_many_redirects(self, url: str) -> TooManyRedirects:
        return TooManyRedirects(
            f"The address redirects too often. Expected at most {self.limits.redirects} redirects. "
            f"Received: url={url!r}."
        )

    def _request_with_retries(self, url: str, purpose: Purpose, budget: RetryBudget) -> HttpResponse:
        while True:
            with self._rate_limit.turn(url):
                try:
                    return self._request_in_time(url, purpose, budget)
                except TemporaryFailure as error:
                    wait = budget.next_wait()
                    if isinstance(error, ServerBusy) and error.is_host_wide:
                        wait = wait if error.retry_after is None else error.retry_after
                        # Inside the turn: after it, another thread could start a request before the hold.
                        self._rate_limit.hold(url, wait)
                    if budget.failures > budget.retries:
                        raise
            self._rate_limit.pause(wait, url)

    def _request_in_time(self, url: str, purpose: Purpose, budget: RetryBudget) -> HttpResponse:
        with self._deadline(budget) as deadline:
            try:
                response = self._exchange.request(url, purpose)
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

    def _too_slow(self, url: str) -> FetchFailed:
        if self._closed:
            return cancellation_error(url)
        return FetchFailed(
            f"The download took too long. Expected at most {self.limits.total_seconds:g} seconds. "
            f"Received: url={url!r}. Try again later."
        )
