"""Guarded transport: connections that check the address before they connect, and deadlines for whole downloads.

The check sits in the connection itself, between the one name lookup and the connect that uses its result. So it covers
redirects, retries and DNS rebinding, and leaves the Host header, SNI and certificate check unchanged.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Collection
from contextvars import ContextVar
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from emotion_core.collect.urls import without_fragment
from emotion_core.collect.web.addresses import HostPort, SocketAddress, resolve
from emotion_core.errors import CollectError

_WATCHDOG_SECONDS = 0.1
_DEADLINE: ContextVar["Deadline | None"] = ContextVar("deadline", default=None)
# What the request line names; urllib3 would escape more of it than browsers do.
_TARGET: ContextVar[str | None] = ContextVar("target", default=None)


class DeadlinePassed(CollectError):
    """A download took too long or was canceled."""


class Deadline:
    """Ends a download after a time, whatever the server does.

    A socket timeout only bounds the wait for the next bytes; a server that sends one byte every ten seconds never
    exceeds it. So a watchdog thread shuts down the sockets of the download.

    Args:
        seconds: time limit, from now.
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
        """Register a socket to be shut down at the deadline.

        Raises:
            DeadlinePassed: the deadline has passed already.
        """
        # Duplicate the descriptor: TLS detaches the socket object, and the response may outlive its connection object.
        handle = socket.fromfd(connected.fileno(), connected.family, connected.type)
        with self._lock:
            self._sockets.append(handle)
        self.check()

    def check(self) -> None:
        """Raise ``DeadlinePassed`` if the time is over."""
        if self.passed or self.is_over():
            raise DeadlinePassed("The download took too long.")

    def is_over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self._ends

    def remaining(self) -> float:
        """Return the seconds left, at least 0.001, because a socket timeout of 0 would mean non-blocking."""
        return max(0.001, self._ends - time.monotonic())


class _Watchdog:
    """One thread for all deadlines, because a timer per download costs as much as a small picture; ends when idle."""

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
            time.sleep(_WATCHDOG_SECONDS)
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


class _GuardedConnection(HTTPConnection):
    """Opens sockets to checked addresses only, and registers them with the deadline of the download."""

    allowed: Collection[HostPort] = frozenset()

    def _new_conn(self) -> socket.socket:
        try:
            addresses = resolve(self._dns_host, self.port or self.default_port, self.allowed)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except UnicodeError as error:
            raise NewConnectionError(self, f"not a host name: {self.host!r}") from error
        return self._connect_to_first(addresses)

    def _connect_to_first(self, addresses: list[SocketAddress]) -> socket.socket:
        last_error: OSError = OSError("no address")
        for family, address in addresses:
            try:
                return self._connect(family, address)
            except OSError as error:
                last_error = error
        if isinstance(last_error, TimeoutError):
            raise ConnectTimeoutError(self, f"no connection within {self.timeout} seconds") from last_error
        raise NewConnectionError(self, str(last_error)) from last_error

    def _connect(self, family: socket.AddressFamily, address: tuple[Any, ...]) -> socket.socket:
        opened = socket.socket(family, socket.SOCK_STREAM)
        try:
            for option in self.socket_options or ():
                opened.setsockopt(*option)
            deadline = _DEADLINE.get()
            opened.settimeout(self.timeout if deadline is None else min(self.timeout or 60, deadline.remaining()))
            opened.connect(address)
            _watch(opened)
            opened.settimeout(self.timeout)
            return opened
        except BaseException:
            opened.close()
            raise

    def putrequest(self, method: str, url: str, *arguments: Any, **options: Any) -> None:
        # A reused connection was registered with the deadline of an earlier download.
        if self.sock is not None:
            _watch(self.sock)
        super().putrequest(method, _TARGET.get() or url, *arguments, **options)


class _GuardedTlsConnection(_GuardedConnection, HTTPSConnection):
    """The same with TLS; the base class order runs urllib3's handshake on the guarded socket."""


class GuardedAdapter(HTTPAdapter):
    """A ``requests`` adapter that connects only to public addresses and to those in ``allowed``.

    Args:
        allowed: host and port pairs that may be private.
        connections: connections kept open per host.
    """

    def __init__(self, *, allowed: Collection[HostPort], connections: int) -> None:
        self._allowed = frozenset(allowed)
        super().__init__(pool_connections=32, pool_maxsize=connections)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        """Create the pool manager with guarded connections.

        Args:
            connections: number of host pools to keep.
            maxsize: connections kept open per host.
            block: whether to wait for a free connection instead of opening another.
            options: passed to urllib3's ``PoolManager``.
        """
        # urllib3 creates connections by class, so the allowed hosts travel as a class attribute.
        plain = type("Plain", (_GuardedConnection,), {"allowed": self._allowed})
        tls = type("Tls", (_GuardedTlsConnection,), {"allowed": self._allowed})
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **options)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
        }

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        """Send a request whose URL is in normal form, with exactly its path and query.

        Args:
            request: the request.
            arguments: passed to ``HTTPAdapter``.
            options: passed to ``HTTPAdapter``.
        """
        token = _TARGET.set(f"/{without_fragment(str(request.url)).split('/', 3)[3]}")
        try:
            return super().send(request, *arguments, **options)
        finally:
            _TARGET.reset(token)

    def proxy_manager_for(self, proxy: str, **_options: Any) -> Any:
        """Refuse proxies, because a proxy would connect to addresses that cannot be checked here."""
        raise CollectError(f"Proxies are not supported. Expected a direct connection. Received: proxy={proxy!r}.")
