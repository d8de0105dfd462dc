"""Time that the checks before Streamlit take per request: ``python -m benchmarks.request_checks [--requests 20000]``.

Host, origin, page and the owner of the connection are checked, and the security headers added, on a request with the
headers of a browser that comes over a real connection of this process. Signing in adds reading its cookie.
"""

import argparse
import asyncio
import socket
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.server.peers import can_tell_owners
from pages.server.same_origin import SameOriginOnly
from pages.server.security_headers import SecurityHeaders
from pages.server.start_token import StartToken
from pages.server.token_setting import TokenSetting

MICROSECONDS = 1_000_000
HEADERS = {
    "host": "localhost:8501",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0",
    "accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    "accept-encoding": "gzip, deflate, br, zstd",
    "accept-language": "en-US,en;q=0.9",
    "connection": "keep-alive",
    "cookie": "_streamlit_xsrf=2|0123456789abcdef0123456789abcdef|1764000000",
    "referer": "http://localhost:8501/review",
    "sec-fetch-dest": "image",
    "sec-fetch-mode": "no-cors",
    "sec-fetch-site": "same-origin",
}


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def _receive() -> Message:
    return {"type": "http.request"}


async def _send(message: Message) -> None:
    """Send to nobody."""


def main() -> None:
    """Measure the app alone and behind each check, and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=20_000)
    count = options.parse_args().requests
    setting = TokenSetting("a-token-of-the-benchmark", own_user_needs_it=False)
    wraps: dict[str, Callable[[ASGIApp], ASGIApp]] = {
        "security headers": SecurityHeaders,
        "host, origin and page": SameOriginOnly,
        "owner of the connection": lambda app: StartToken(app, setting),
    }
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as client:
        scope = _scope(client)
        alone = asyncio.run(_seconds(_app, scope, count))
        for name, wrap in wraps.items():
            seconds = asyncio.run(_seconds(wrap(_app), scope, count)) - alone
            print(f"{name}: {seconds / count * MICROSECONDS:.0f} microseconds per request")
    print(f"the kernel tells owners: {can_tell_owners()}")


def _scope(client: socket.socket) -> Scope:
    return {
        "type": "http",
        "scheme": "http",
        "method": "GET",
        "path": "/photos/0123456789abcdef/thumbnail",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in HEADERS.items()],
        "client": client.getsockname(),
        "server": client.getpeername(),
    }


async def _seconds(app: ASGIApp, scope: Scope, count: int) -> float:
    started = time.process_time()
    for _ in range(count):
        await app(scope, _receive, _send)
    return time.process_time() - started


if __name__ == "__main__":
    main()
