"""Connections and open pages beyond the limit get a sentence; those within it are served."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from pages.server import connection_limit
from pages.server.connection_limit import (
    TOO_MANY,
    ConnectionLimit,
    ConnectionLimits,
    OpenSockets,
    count_connections,
)
from tests.pages.served import served

LIMITS = ConnectionLimits(sockets=6, sockets_of_peer=5, pages=4, pages_of_peer=3)
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Return the port of a server with small limits."""

    class Protocol(AutoHTTPProtocol):  # type: ignore[valid-type, misc]
        pass

    async def page(socket_: WebSocket) -> None:
        await socket_.accept()
        await socket_.receive()

    async def answer(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("fine")

    sockets = OpenSockets(LIMITS)
    count_connections(OpenSockets(ConnectionLimits(sockets=0)), Protocol)
    count_connections(sockets, Protocol)
    limit = Middleware(ConnectionLimit, limits=LIMITS, sockets=sockets)
    app = Starlette(routes=[Route("/", answer), WebSocketRoute("/page", page)], middleware=[limit])
    with served(app, http=Protocol, ws="websockets-sansio") as port_of_server:
        yield port_of_server


def _answer(port: int, source: str = "127.0.0.1") -> bytes:
    """Return what the server answers to a request from an address."""
    with socket.create_connection(("127.0.0.1", port), timeout=300, source_address=(source, 0)) as connection:
        connection.sendall(REQUEST)
        data = b""
        while chunk := connection.recv(65536):
            data += chunk
        return data


def _page(port: int) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{port}/page", open_timeout=300, proxy=None)


def _eventually_served(port: int) -> None:
    while b"fine" not in _answer(port):
        time.sleep(0.01)


def test_connections_beyond_the_limit_get_a_sentence(port: int) -> None:
    """One address has five, all together six; the next one is told when to come back, and is served after that."""
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=300))
        answer = _answer(port)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 10\r\n" in answer.lower()
        assert TOO_MANY.encode() in answer
        assert b"fine" in _answer(port, "127.0.0.2")
        stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=300, source_address=("127.0.0.2", 0)))
        assert TOO_MANY.encode() in _answer(port, "127.0.0.3")
    _eventually_served(port)


def test_connections_far_beyond_the_limit_get_nothing(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the connections for the sentence taken too, the next one is closed."""
    monkeypatch.setattr(connection_limit, "_SPARE", 0)
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=300))
        answer = b""
        # Whether the other end sees an end or a reset depends on which arrives first.
        with suppress(ConnectionError):
            answer = _answer(port)
        assert answer == b""
    monkeypatch.undo()
    _eventually_served(port)


def test_pages_beyond_the_limit_are_not_opened(port: int) -> None:
    """The fourth websocket of an address is declined; when one of them closes, the next one is opened."""
    with ExitStack() as stack:
        closed_early = stack.enter_context(ExitStack())
        closed_early.enter_context(_page(port))
        for _ in range(2):
            stack.enter_context(_page(port))
        with pytest.raises(InvalidStatus) as declined, _page(port):
            pass
        assert declined.value.response.status_code == 503
        assert declined.value.response.headers["Retry-After"] == "10"
        closed_early.close()
        while True:
            try:
                stack.enter_context(_page(port))
                break
            except InvalidStatus:
                time.sleep(0.01)
    _eventually_served(port)


def test_a_connection_that_waits_for_the_sentence_has_little_time() -> None:
    """A connection beyond the limit that asks for nothing is closed."""

    class Transport(asyncio.Transport):
        aborted = False

        def abort(self) -> None:
            self.aborted = True

        def is_closing(self) -> bool:
            return self.aborted

    async def wait() -> Transport:
        transport = Transport({"peername": ("127.0.0.1", 1)})
        OpenSockets(ConnectionLimits(sockets=0)).add(transport)
        assert not transport.aborted
        while not transport.aborted:
            await asyncio.sleep(0.01)
        return transport

    original = connection_limit._SPARE_SECONDS
    connection_limit._SPARE_SECONDS = 0.05
    try:
        assert asyncio.run(wait()).aborted
    finally:
        connection_limit._SPARE_SECONDS = original
