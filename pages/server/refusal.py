"""The answer to a request that the app does not serve."""

import logging

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

POLICY_VIOLATION = 1008
# A page that retries for hours must not fill the log.
MAX_LOGGED = 100
_logged: set[str] = set()


async def refuse(scope: Scope, receive: Receive, send: Send, reason: str) -> None:
    """Answer a request with status 403 and a reason; a websocket is not opened.

    Args:
        scope: of the request.
        receive: of the request.
        send: of the request.
        reason: what is wrong and what to do, in plain text.
    """
    _log(scope, reason)
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})
    else:
        await PlainTextResponse(reason + "\n", 403, {"Cache-Control": "no-store"})(scope, receive, send)


def _log(scope: Scope, reason: str) -> None:
    headers = Headers(scope=scope)
    # The headers come from strangers: ascii() writes what a terminal would obey as text.
    names = {name: headers.get(name, "")[:100] for name in ("host", "origin")}
    message = f"Refused: {reason} Received: host={names['host']!a}, origin={names['origin']!a}."
    if message not in _logged and len(_logged) < MAX_LOGGED:
        _logged.add(message)
        logging.getLogger(__name__).warning(message)
