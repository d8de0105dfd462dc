"""Rate limit per host: parallel downloads, the delay between requests, and the waits that a busy host asks for."""

import contextlib
import datetime
import math
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from emotion_core.collect.web.addresses import HostOrigin, HostPort, origin_of
from emotion_core.collect.web.limits import Limits
from emotion_core.errors import TemporaryFailure

PUBLIC_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 60.0


@dataclass
class _Host:
    """State of one host; times are those of ``time.monotonic``."""

    delay: float
    crawl_delay: float = 0.0
    running: int = 0
    last_start: float = -math.inf
    held_until: float = -math.inf
    refusal: str = ""

    def seconds_to_wait(self, connections: int) -> float:
        if self.running >= connections:
            return math.inf
        return max(self.last_start + self.delay, self.held_until) - time.monotonic()

    def refuses(self) -> bool:
        return bool(self.refusal) and time.monotonic() < self.held_until


class RateLimit:
    """Makes each download wait until its host may receive a request; thread-safe.

    Args:
        limits: connections and delay per host, and the longest wait for a busy one.
        own_hosts: hosts that the user allowed; they need no delay unless ``limits`` names one.
    """

    def __init__(self, limits: Limits, own_hosts: Collection[HostPort]) -> None:
        self._limits = limits
        self._own_hosts = frozenset(own_hosts)
        self._hosts: dict[HostOrigin, _Host] = {}
        self._closed = False
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def turn(self, url: str) -> Iterator[None]:
        """Wait until the host of ``url`` may receive a request, and hold one of its connections within the block.

        Raises:
            TemporaryFailure: the host asked for a longer wait than the limits allow, or the limiter was closed.
        """
        with self._changed:
            host = self._host(url)
            self._wait_for_turn(host, url)
            host.running += 1
            host.last_start = time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                host.running -= 1
                self._changed.notify_all()

    def _wait_for_turn(self, host: _Host, url: str) -> None:
        while True:
            if self._closed:
                raise cancellation_error(url)
            if host.refuses():
                raise TemporaryFailure(host.refusal)
            seconds = host.seconds_to_wait(self._limits.connections_per_host)
            if seconds <= 0:
                return
            self._changed.wait(min(seconds, threading.TIMEOUT_MAX))

    def seconds_until_turn(self, url: str) -> float:
        """Return how long a download of ``url`` would wait now; infinite while all connections are in use."""
        with self._changed:
            host = self._host(url)
            if self._closed or host.refuses():
                return 0.0
            return max(0.0, host.seconds_to_wait(self._limits.connections_per_host))

    def pause(self, seconds: float, url: str) -> None:
        """Wait before a retry.

        Args:
            seconds: length of the wait.
            url: URL that is retried; named in the error.

        Raises:
            TemporaryFailure: the limiter was closed meanwhile.
        """
        with self._changed:
            if self._changed.wait_for(lambda: self._closed, seconds):
                raise cancellation_error(url)

    def hold(self, url: str, seconds: float) -> None:
        """Send the host of ``url`` no request for a while, from any thread.

        Args:
            url: a URL of the busy host.
            seconds: wait that the host asks for, or that backoff chose.

        Raises:
            TemporaryFailure: the wait is longer than the limits allow; every download from this host raises it too
                until the wait is over.
        """
        with self._changed:
            host = self._host(url)
            host.held_until = max(host.held_until, time.monotonic() + seconds)
            if seconds > self._limits.retry_after_seconds:
                host.refusal = _refusal(origin_of(url), seconds, self._limits.retry_after_seconds)
            self._changed.notify_all()
            if host.refuses():
                raise TemporaryFailure(host.refusal)

    def set_crawl_delay(self, url: str, seconds: float) -> None:
        """Apply the crawl delay of a site if it is longer than the usual delay.

        Args:
            url: a URL of the site.
            seconds: delay that its robots.txt asks for; more than 60 counts as 60, so that no site stalls a scrape.
        """
        with self._changed:
            host = self._host(url)
            host.crawl_delay = seconds
            host.delay = max(self._usual_delay(origin_of(url)), min(seconds, LONGEST_DELAY_SECONDS))

    def delay_seconds_of(self, url: str) -> float:
        """Return the delay between two requests to the host of ``url``, in seconds."""
        with self._changed:
            return self._host(url).delay

    def notes(self) -> list[str]:
        """Return a sentence for the user about each site that asks for longer waits than usual."""
        with self._changed:
            hosts = list(self._hosts.items())
        notes = [_delay_note(origin, host.crawl_delay) for origin, host in hosts if 0 < host.crawl_delay >= host.delay]
        return notes + [host.refusal for _origin, host in hosts if host.refuses()]

    def close(self) -> None:
        """Cancel all waits, now and from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _host(self, url: str) -> _Host:
        origin = origin_of(url)
        if origin not in self._hosts:
            self._hosts[origin] = _Host(self._usual_delay(origin))
        return self._hosts[origin]

    def _usual_delay(self, origin: HostOrigin) -> float:
        if self._limits.delay_seconds is not None:
            return self._limits.delay_seconds
        return 0.0 if (origin.host, origin.port) in self._own_hosts else PUBLIC_DELAY_SECONDS


def cancellation_error(url: str) -> TemporaryFailure:
    """Return the error of a download that was canceled by closing the fetcher."""
    return TemporaryFailure(f"The download was canceled. Received: url={url!r}.")


def _delay_note(origin: HostOrigin, seconds: float) -> str:
    note = f"{origin.host} asks for {seconds:g} s between two requests"
    if seconds > LONGEST_DELAY_SECONDS:
        return f"{note}; the scraper waits {LONGEST_DELAY_SECONDS:g} s."
    return f"{note}."


def _refusal(origin: HostOrigin, seconds: float, longest: float) -> str:
    until = datetime.datetime.now().astimezone() + datetime.timedelta(seconds=seconds)
    return (
        f"The site is busy and asks for no requests until {until:%Y-%m-%d %H:%M:%S}. "
        f"Expected a wait of at most {longest:g} seconds. "
        f"Received: retry_after={seconds:.0f} seconds, host={origin.host!r}. Collect from it again after that time."
    )
