"""The guarded way out: connections that look before they connect, and downloads that end in time.

The check sits in the connection itself, after the one lookup whose answer is then connected to. So it holds for
redirects, retries and names that change their answer, and Host header, SNI and certificate check stay as they are.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Collection
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from emotion_core.collect.web.addresses import HostPort, SocketAddress, resolve
from emotion_core.errors import CollectError

_LOOK_SECONDS = 0.1
_DEADLINE: ContextVar["Deadline | None"] = ContextVar("deadline", default=None)


class DeadlinePassed(CollectError):
    """A download took longer than it may, or was given up on request."""


class Deadline:
    """Ends a download at a moment, whatever the other side does.

    A timeout bounds the wait for the next bytes; a server that sends one byte every ten seconds never meets it. So the
    sockets of the download are shut down from another thread.

    Args:
        seconds: from now on.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._ends = time.monotonic() + seconds

    def __enter__(self) -> "Deadline":
        _WATCHDOG.add(self)
        self._token = _DEADLINE.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _DEADLINE.reset(self._token)
        _WATCHDOG.remove(self)
        with self._lock:
            for watched in self._sockets:
                watched.close()
            self._sockets.clear()

    def expire(self) -> None:
        """End the download now."""
        with self._lock:
            self.passed = True
            for watched in self._sockets:
                with contextlib.suppress(OSError):
                    watched.shutdown(socket.SHUT_RDWR)

    def watch(self, connected: socket.socket) -> None:
        """Shut this socket down when the time is over.

        Raises:
            DeadlinePassed: it is over already.
        """
        # A second handle: TLS takes the socket object over, and the response may outlive its connection object.
        handle = socket.fromfd(connected.fileno(), connected.family, connected.type)
        with self._lock:
            self._sockets.append(handle)
        self.check()

    def check(self) -> None:
        """Raise ``DeadlinePassed`` where the time is over."""
        if self.passed or self.is_over():
            raise DeadlinePassed("The download took too long.")

    def is_over(self) -> bool:
        """Whether the moment has come."""
        return time.monotonic() > self._ends

    def remaining(self) -> float:
        """Return the seconds that are left, at least a little, so that it can serve as a timeout."""
        return max(0.001, self._ends - time.monotonic())


class _Watchdog:
    """One thread for all deadlines: a timer for each costs as much as a small picture. It ends when none is left."""

    def __init__(self) -> None:
        self._deadlines: set[Deadline] = set()
        self._running = False
        self._lock = threading.Lock()

    def add(self, deadline: Deadline) -> None:
        with self._lock:
            self._deadlines.add(deadline)
            if not self._running:
                self._running = True
                threading.Thread(target=self._watch, name="deadlines", daemon=True).start()

    def remove(self, deadline: Deadline) -> None:
        with self._lock:
            self._deadlines.discard(deadline)

    def _watch(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            with self._lock:
                over = [deadline for deadline in self._deadlines if deadline.is_over()]
                if not self._deadlines:
                    self._running = False
                    return
            for deadline in over:
                deadline.expire()


_WATCHDOG = _Watchdog()


def _watch(connected: socket.socket) -> None:
    deadline = _DEADLINE.get()
    if deadline is not None:
        deadline.watch(connected)


class _Guarded(HTTPConnection):
    """Opens sockets to checked addresses only, and puts them under the deadline of the download."""

    allowed: Collection[HostPort] = frozenset()

    def _new_conn(self) -> socket.socket:
        try:
            found = resolve(self._dns_host, self.port or self.default_port, self.allowed)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except UnicodeError as error:
            raise NewConnectionError(self, f"not a host name: {self.host!r}") from error
        return self._connect_to_first(found)

    def _connect_to_first(self, found: list[SocketAddress]) -> socket.socket:
        problem: OSError = OSError("no address")
        for family, where in found:
            try:
                return self._connect(family, where)
            except OSError as error:
                problem = error
        if isinstance(problem, TimeoutError):
            raise ConnectTimeoutError(self, f"no connection within {self.timeout} seconds") from problem
        raise NewConnectionError(self, str(problem)) from problem

    def _connect(self, family: socket.AddressFamily, where: tuple[Any, ...]) -> socket.socket:
        opened = socket.socket(family, socket.SOCK_STREAM)
        try:
            for option in self.socket_options or ():
                opened.setsockopt(*option)
            deadline = _DEADLINE.get()
            opened.settimeout(self.timeout if deadline is None else min(self.timeout or 60, deadline.remaining()))
            opened.connect(where)
            _watch(opened)
            opened.settimeout(self.timeout)
            return opened
        except BaseException:
            opened.close()
            raise

    def putrequest(self, *arguments: Any, **options: Any) -> None:
        # A connection that is used again was opened under the deadline of an earlier download.
        if self.sock is not None:
            _watch(self.sock)
        super().putrequest(*arguments, **options)


class _GuardedTls(_Guarded, HTTPSConnection):
    """The same under TLS; the method order puts the guarded socket below urllib3's handshake."""


class GuardedAdapter(HTTPAdapter):
    """A transport for ``requests`` that connects to public addresses and to those in ``allowed``.

    Args:
        allowed: host and port pairs that may be private.
        connections: kept open for each host.
    """

    def __init__(self, *, allowed: Collection[HostPort], connections: int) -> None:
        self._allowed = frozenset(allowed)
        super().__init__(pool_connections=32, pool_maxsize=connections)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        """Make the pool whose connections are guarded."""
        plain = type("Plain", (_Guarded,), {"allowed": self._allowed})
        tls = type("Tls", (_GuardedTls,), {"allowed": self._allowed})
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **options)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
        }

    def proxy_manager_for(self, proxy: str, **_options: Any) -> Any:
        """Refuse: behind a proxy it is the proxy that connects, to wherever it likes."""
        raise CollectError(f"Proxies are not used. Expected a direct connection. Received: proxy={proxy!r}.")


def guarded_session(adapter: GuardedAdapter, user_agent: str) -> requests.Session:
    """Return a session that goes out through ``adapter`` alone: no proxies, no netrc, no cookies.

    Args:
        adapter: for both schemes; every other scheme has none and fails.
        user_agent: how to introduce ourselves.
    """
    session = requests.Session()
    session.trust_env = False
    # Nothing is kept: threads share no state, and one site cannot follow us through another.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.adapters.clear()
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.headers.update({"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"})
    return session
