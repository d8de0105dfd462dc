"""A connection that keeps the server waiting is closed; one that the server keeps waiting is not."""

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from pages.server.slow_requests import limit_waiting
from tests.pages.served import served

HEADER_SECONDS, BODY_SECONDS = 0.4, 0.4
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Return the port of a server with short limits, whose app takes longer than they are."""

    class Protocol(AutoHTTPProtocol):  # type: ignore[valid-type, misc]
        pass

    limit_waiting(Protocol, HEADER_SECONDS, BODY_SECONDS)
    limit_waiting(Protocol, 0, 0)

    async def slow_app(request: Request) -> PlainTextResponse:
        body = await request.body()
        await asyncio.sleep(3 * HEADER_SECONDS)
        return PlainTextResponse(f"{len(body)} bytes")

    app = Starlette(routes=[Route("/", slow_app, methods=["POST"])])
    with served(app, http=Protocol) as port_of_server:
        yield port_of_server


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    """Return a connection to the server."""
    with socket.create_connection(("127.0.0.1", port), timeout=300) as opened:
        yield opened


def _answer(connection: socket.socket) -> bytes:
    data = b""
    try:
        while chunk := connection.recv(65536):
            data += chunk
    except ConnectionResetError:
        pass
    return data


@pytest.mark.parametrize("start", [b"", b"POST", HEAD, HEAD + b"Content-Length: 9\r\n\r\nhalf"])
def test_a_connection_that_stops_is_closed(start: bytes, connection: socket.socket) -> None:
    """Nothing, half a header and half a body are waited for only so long."""
    connection.sendall(start)
    assert _answer(connection) == b""


def test_a_header_that_drips_is_not_waited_for(connection: socket.socket) -> None:
    """A header line from time to time does not keep a connection open."""
    connection.sendall(HEAD)
    with pytest.raises(ConnectionError):
        while True:
            connection.sendall(b"X: 1\r\n")
            time.sleep(HEADER_SECONDS / 8)


def test_the_server_may_take_its_time(connection: socket.socket) -> None:
    """A request whose response takes longer than every limit is answered."""
    connection.sendall(HEAD + b"Connection: close\r\nContent-Length: 4\r\n\r\nbody")
    assert _answer(connection).endswith(b"4 bytes")
