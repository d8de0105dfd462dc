"""A connection on which no request is completed in time is closed, so that idle ones do not use up the server's.

Uvicorn closes a connection that is idle after a response, but waits forever for the first request and for the rest of
a header, and Streamlit gives no access to its settings. So its protocol class is extended.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

# A browser sends a header at once; this leaves time for a machine under load.
HEADER_SECONDS = 30.0
# For each part of a body: an upload over a slow line goes on as long as something arrives.
BODY_SECONDS = 60.0
_LOOKS_PER_LIMIT = 4
_WATCHED = "_emotion_watched"


def limit_waiting(
    protocol_class: Any = AutoHTTPProtocol, header_seconds: float = HEADER_SECONDS, body_seconds: float = BODY_SECONDS
) -> None:
    """Make the HTTP servers of this process close connections that keep them waiting; calling it again changes nothing.

    Args:
        protocol_class: uvicorn's, which is changed in place: when the app is loaded, the server has chosen it already.
        header_seconds: until the header of a request must be complete, from the connection or the last response.
        body_seconds: until the next part of a body must arrive.
    """
    if _WATCHED in vars(protocol_class):
        return
    made, received = protocol_class.connection_made, protocol_class.data_received

    def connection_made(self: Any, transport: asyncio.Transport) -> None:
        setattr(self, _WATCHED, 0)
        made(self, transport)
        _Watch(self, header_seconds, body_seconds).look()

    def data_received(self: Any, data: bytes) -> None:
        setattr(self, _WATCHED, getattr(self, _WATCHED) + len(data))
        received(self, data)

    protocol_class.connection_made, protocol_class.data_received = connection_made, data_received
    setattr(protocol_class, _WATCHED, 0)


class _Watch:
    """Looks at a connection from time to time, and closes it when nothing has moved for too long.

    Args:
        protocol: uvicorn's protocol of the connection.
        header_seconds: patience with a header.
        body_seconds: patience with a part of a body.
    """

    def __init__(self, protocol: Any, header_seconds: float, body_seconds: float) -> None:
        self._protocol = protocol
        self._limits = {"header": header_seconds, "body": body_seconds}
        self._seen: tuple[str, int, int] | None = None
        self._since = 0.0

    def look(self) -> None:
        """Close the connection if its time is over, else look again later."""
        protocol = self._protocol
        # A websocket has taken the connection over; it has timers of its own.
        if protocol.transport.is_closing() or protocol.transport.get_protocol() is not protocol:
            return
        now, waiting = protocol.loop.time(), self._waiting_for()
        if waiting != self._seen:
            self._seen, self._since = waiting, now
        limit = self._limits.get(waiting[0])
        if limit is not None and now - self._since >= limit:
            protocol.transport.abort()
            return
        protocol.loop.call_later((limit or self._limits["header"]) / _LOOKS_PER_LIMIT, self.look)

    def _waiting_for(self) -> tuple[str, int, int]:
        """Return what the server waits for, with numbers that change when something of it arrives.

        A header must be complete in time, however its parts arrive; of a body, something must arrive.
        """
        cycle = self._protocol.cycle
        if cycle is None or cycle.response_complete:
            return "header", id(cycle), 0
        if cycle.more_body and not cycle.response_started and not self._protocol.flow.read_paused:
            return "body", id(cycle), getattr(self._protocol, _WATCHED)
        return "app", id(cycle), 0
