"""Only so many connections and open pages at once, in all and from one address, so that no client uses up the server's.

Beyond the limit a request is answered with 503, a sentence and the time to wait, and its connection is closed. A
client that opens connections faster than they can be answered gets none.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

RETRY_SECONDS = 10
TOO_MANY = (
    "The app has as many open connections as it can serve. Close pages of it that you do not need, and try again in "
    f"{RETRY_SECONDS} seconds."
)
# Connections that may wait for this sentence, and how long.
_SPARE, _SPARE_SECONDS = 64, 5.0
_COUNTED = "_emotion_counted"


@dataclass(frozen=True)
class ConnectionLimits:
    """How many connections may be open at once.

    A browser takes one for the websocket of each page and up to six more for pictures. Behind a proxy, and on one
    machine, all users have one address. Systems allow a process 1,024 open files, and readers and jobs need some.

    Attributes:
        sockets: connections in all.
        sockets_of_peer: connections from one address.
        pages: websockets in all: each is a page, with a session in memory.
        pages_of_peer: websockets from one address.
    """

    sockets: int = 512
    sockets_of_peer: int = 384
    pages: int = 200
    pages_of_peer: int = 150


class OpenSockets:
    """The open connections of the server, and those among them that are beyond the limit.

    Args:
        limits: how many there may be.
    """

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._peers: dict[asyncio.Transport, str] = {}
        self._excess: dict[asyncio.Transport, tuple[str, int]] = {}

    def add(self, transport: asyncio.Transport) -> None:
        """Count a new connection; beyond the limit it has little time, and far beyond it none."""
        # A websocket takes a connection over from its protocol, so connections are asked whether they are closed.
        for open_ones in (self._peers, self._excess):
            for closed in [known for known in open_ones if known.is_closing()]:
                del open_ones[closed]
        name = transport.get_extra_info("peername") or ("", 0)
        of_peer = sum(peer == name[0] for peer in self._peers.values())
        if len(self._peers) < self._limits.sockets and of_peer < self._limits.sockets_of_peer:
            self._peers[transport] = name[0]
        elif len(self._excess) < _SPARE:
            self._excess[transport] = name[:2]
            asyncio.get_running_loop().call_later(_SPARE_SECONDS, transport.abort)
        else:
            transport.abort()

    def is_excess(self, client: tuple[str, int] | None) -> bool:
        """Return whether a connection is beyond the limit.

        Args:
            client: address and port of its other end.
        """
        return client is not None and tuple(client) in self._excess.values()


def count_connections(sockets: OpenSockets, protocol_class: Any = AutoHTTPProtocol) -> None:
    """Make the HTTP servers of this process count their connections; calling it again changes who counts.

    Args:
        sockets: counts them.
        protocol_class: uvicorn's, which is changed in place: when the app is loaded, the server has chosen it already.
    """
    if _COUNTED not in vars(protocol_class):
        made = protocol_class.connection_made

        def connection_made(self: Any, transport: asyncio.Transport) -> None:
            made(self, transport)
            getattr(protocol_class, _COUNTED).add(transport)

        protocol_class.connection_made = connection_made
    setattr(protocol_class, _COUNTED, sockets)


class ConnectionLimit:
    """ASGI middleware that answers requests on connections beyond the limit with a sentence.

    Args:
        app: the wrapped application.
        limits: how many websockets there may be.
        sockets: the connections.
    """

    def __init__(self, app: ASGIApp, limits: ConnectionLimits, sockets: OpenSockets) -> None:
        self.app = app
        self._limits = limits
        self._sockets = sockets
        self._pages = Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif self._sockets.is_excess(scope.get("client")):
            await _decline(scope, receive, send)
        elif scope["type"] == "http":
            await self.app(scope, receive, send)
        else:
            await self._serve_page(scope, receive, send)

    async def _serve_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        peer = (scope.get("client") or ("", 0))[0]
        if self._pages.total() >= self._limits.pages or self._pages[peer] >= self._limits.pages_of_peer:
            await _decline(scope, receive, send)
            return
        self._pages[peer] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._pages[peer] -= 1
            self._pages += Counter()  # Addresses without a page are forgotten.


async def _decline(scope: Scope, receive: Receive, send: Send) -> None:
    headers = {"Retry-After": str(RETRY_SECONDS), "Connection": "close", "Cache-Control": "no-store"}
    response = PlainTextResponse(TOO_MANY + "\n", 503, headers)
    if scope["type"] == "http":
        await response(scope, receive, send)
    elif "websocket.http.response" in scope.get("extensions", {}):
        await receive()  # The answer to a request for a websocket comes after its announcement.
        start = {"type": "websocket.http.response.start", "status": response.status_code}
        await send(start | {"headers": response.raw_headers})
        await send({"type": "websocket.http.response.body", "body": response.body})
    else:
        await send({"type": "websocket.close", "code": 1013, "reason": TOO_MANY})
