"""A host's turn: how many downloads it sees at once, how far apart they start, and when it wants to be left alone."""

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
    """What is known of a host; times are those of ``time.monotonic``."""

    delay: float
    asked_delay: float = 0.0
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
    """Lets downloads begin when it is their host's turn; safe to use from several threads.

    Args:
        limits: connections and delay of each host, and how long a busy one is waited for.
        own_hosts: the person's own, which need no delay unless the limits name one.
    """

    def __init__(self, limits: Limits, own_hosts: Collection[HostPort]) -> None:
        self._limits = limits
        self._own_hosts = frozenset(own_hosts)
        self._hosts: dict[HostOrigin, _Host] = {}
        self._closed = False
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def turn(self, url: str) -> Iterator[None]:
        """Wait until the host of ``url`` may be asked, and count as one of its downloads until the block ends.

        Raises:
            TemporaryFailure: the host asked for a longer rest than we wait for, or everything was given up.
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
                raise given_up(url)
            if host.refuses():
                raise TemporaryFailure(host.refusal)
            seconds = host.seconds_to_wait(self._limits.connections_per_host)
            if seconds <= 0:
                return
            self._changed.wait(min(seconds, threading.TIMEOUT_MAX))

    def seconds_until_turn(self, url: str) -> float:
        """Return how long a download of ``url`` would have to wait as things stand; infinite while all are taken."""
        with self._changed:
            host = self._host(url)
            if self._closed or host.refuses():
                return 0.0
            return max(0.0, host.seconds_to_wait(self._limits.connections_per_host))

    def pause(self, seconds: float, url: str) -> None:
        """Wait before a retry.

        Raises:
            TemporaryFailure: everything was given up meanwhile.
        """
        with self._changed:
            if self._changed.wait_for(lambda: self._closed, seconds):
                raise given_up(url)

    def hold(self, url: str, seconds: float) -> None:
        """Leave the host of ``url`` alone for so long: nobody's turn comes before.

        Raises:
            TemporaryFailure: it is longer than we wait; until then, so does every download from this host.
        """
        with self._changed:
            host = self._host(url)
            host.held_until = max(host.held_until, time.monotonic() + seconds)
            if seconds > self._limits.retry_after_seconds:
                host.refusal = _refusal(origin_of(url), seconds, self._limits.retry_after_seconds)
            self._changed.notify_all()
            if host.refuses():
                raise TemporaryFailure(host.refusal)

    def slow_down(self, url: str, seconds: float) -> None:
        """Keep the distance between two requests that a site asks for, where it is longer than ours."""
        with self._changed:
            host = self._host(url)
            host.asked_delay = seconds
            host.delay = max(self._usual_delay(origin_of(url)), min(seconds, LONGEST_DELAY_SECONDS))

    def delay_of(self, url: str) -> float:
        """Return the seconds that are kept between two requests to the host of ``url``."""
        with self._changed:
            return self._host(url).delay

    def notes(self) -> list[str]:
        """Return, for a person, which sites asked for more patience than we have by ourselves."""
        with self._changed:
            hosts = list(self._hosts.items())
        notes = [_delay_note(origin, host.asked_delay) for origin, host in hosts if 0 < host.asked_delay >= host.delay]
        return notes + [host.refusal for _origin, host in hosts if host.refuses()]

    def close(self) -> None:
        """Give up what waits, now and from now on."""
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


def given_up(url: str) -> TemporaryFailure:
    """Return the error of a download that somebody ended."""
    return TemporaryFailure(f"The download was given up on request. Received: url={url!r}.")


def _delay_note(origin: HostOrigin, seconds: float) -> str:
    note = f"{origin.host} asks for {seconds:g} s between two requests"
    if seconds > LONGEST_DELAY_SECONDS:
        return f"{note}; {LONGEST_DELAY_SECONDS:g} s are kept."
    return f"{note}."


def _refusal(origin: HostOrigin, seconds: float, longest: float) -> str:
    until = datetime.datetime.now().astimezone() + datetime.timedelta(seconds=seconds)
    return (
        f"The site is busy and asks to be left alone until {until:%Y-%m-%d %H:%M:%S}. "
        f"Expected a wait of at most {longest:g} seconds. "
        f"Received: retry_after={seconds:.0f} seconds, host={origin.host!r}. Collect from it again after that."
    )
