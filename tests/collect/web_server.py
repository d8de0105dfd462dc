"""A real HTTP server on loopback whose responses a test defines, and pictures to serve."""

import io
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import numpy as np
from PIL import Image

Answer = Callable[[BaseHTTPRequestHandler], None]


def jpeg(seed: int = 0, side_px: int = 48) -> bytes:
    """Return a JPEG of noise; each seed gives another picture."""
    noise = np.random.default_rng(seed).integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "JPEG", quality=80)
    return out.getvalue()


def reply(
    body: bytes | str = b"", content_type: str = "text/html; charset=utf-8", status: int = 200, **headers: str
) -> Answer:
    """Respond with this body; underscores in header names stand for hyphens."""
    data = body.encode() if isinstance(body, str) else body

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        if content_type:
            handler.send_header("Content-Type", content_type)
        for name, value in {"Content_Length": str(len(data)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def redirect(url: str) -> Answer:
    """Respond with a redirect."""
    return reply(status=302, Location=url)


def in_turn(*answers: Answer) -> Answer:
    """Respond with one answer after the other, then repeat the last."""
    waiting = list(answers)
    lock = threading.Lock()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        with lock:
            chosen = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        chosen(handler)

    return answer


def truncated(handler: BaseHTTPRequestHandler) -> None:
    """Announce 5,000 bytes, send 100 and hang up."""
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b"x" * 100)


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Reset the connection, as a crashed server does."""
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


class WebServer:
    """Serves ``routes``, 404 for other paths, and records the requests with their times."""

    def __init__(self) -> None:
        self.routes: dict[str, Answer] = {}
        self.paths: list[str] = []
        self.times: list[float] = []
        self.agents: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.connections = 0
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                web.paths.append(self.path)
                web.times.append(time.monotonic())
                web.agents.append(self.headers.get("User-Agent", ""))
                web.headers.append(self.headers)
                try:
                    web.routes.get(self.path, reply(status=404))(self)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                """Keep the test's output clean."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def get_request(self) -> Any:
                web.connections += 1
                return super().get_request()

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.host_port = f"127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def sent(self, name: str) -> dict[str, str | None]:
        """Return a header of the latest request of each path."""
        return {path: headers.get(name) for path, headers in zip(self.paths, self.headers, strict=True)}

    def url(self, path: str = "/") -> str:
        """Return the address of a path."""
        return f"http://{self.host_port}{path}"
