"""A web site on loopback with the faults of real ones, which counts requests and complete responses.

A share of its pictures is served with faults: some are temporary (the next attempt succeeds), some are permanent; some
pictures are copies of another.
"""

import io
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import numpy as np
from PIL import Image

PASSING_FAULTS = ("500", "429", "reset", "truncated")
LASTING_FAULTS = ("always 500", "always truncated", "html", "endless", "404")
COPY = "copy"
RETRY_AFTER_SECONDS = 1
ENDLESS_BYTES = 40_000_000
_SIDE_PX = 96


def picture(number: int) -> bytes:
    """Return a JPEG of coarse noise; each number gives another picture."""
    noise = np.random.default_rng(number).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).resize((_SIDE_PX, _SIDE_PX), Image.Resampling.BICUBIC).save(out, "JPEG", quality=90)
    return out.getvalue()


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: the client was killed or closed the connection."""


class FaultySite:
    """A site with pages of pictures, some of them faulty; a context manager that serves it.

    Args:
        pages: number of pages, at ``/page/1`` and following.
        pictures: number of pictures per page.
        fault_share: share of the pictures with a fault, 0 to 1.
        seed: seed of the choice of faults.
        latency: seconds before each response.

    Attributes:
        faults: fault of each picture path that has one.
        given: number of complete responses per path.
        asked: number of requests per path.
    """

    def __init__(
        self, pages: int = 8, pictures: int = 60, *, fault_share: float = 0.2, seed: int = 0, latency: float = 0.05
    ) -> None:
        self.pages, self.latency = pages, latency
        self.paths = [f"/photo/{number}.jpg" for number in range(pages * pictures)]
        self.per_page = pictures
        chosen = random.Random(seed).sample(self.paths[1:], round(fault_share * len(self.paths)))
        kinds = (*PASSING_FAULTS, *LASTING_FAULTS, COPY)
        self.faults = {path: kinds[index % len(kinds)] for index, path in enumerate(chosen)}
        originals = dict(zip(self.copies, self.good, strict=False))
        self._numbers = {path: self.paths.index(originals.get(path, path)) for path in self.paths}
        # Pages fail too, each once.
        self.faults |= {f"/page/{number}": PASSING_FAULTS[number % 4] for number in range(2, pages + 1, 3)}
        self.given: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = _QuietServer(("127.0.0.1", 0), self._handler())

    @property
    def good(self) -> list[str]:
        """Paths whose own picture can be downloaded."""
        return [path for path in self.paths if self.faults.get(path) in (None, *PASSING_FAULTS)]

    @property
    def bad(self) -> list[str]:
        """Paths whose picture can never be downloaded."""
        return [path for path in self.paths if self.faults.get(path) in LASTING_FAULTS]

    @property
    def copies(self) -> list[str]:
        """Paths that show a copy of another picture, each of another: many of one would be a placeholder."""
        return [path for path in self.paths if self.faults.get(path) == COPY]

    @property
    def host_port(self) -> str:
        """Host and port, for the list of allowed hosts."""
        return f"127.0.0.1:{self._server.server_port}"

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://{self.host_port}{path}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site._answer(self)

            def log_message(self, *_: Any) -> None:
                """Print nothing."""

        return Handler

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path
        with self._lock:
            self.asked[path] += 1
            first = self.asked[path] == 1
        time.sleep(self.latency)
        fault = self.faults.get(path, "")
        body, kind = self._content(path)
        if body is None or fault == "404":
            _send(handler, b"", "text/plain", status=404)
        elif fault in _BROKEN and (first or fault not in PASSING_FAULTS):
            _BROKEN[fault](handler, body)
        else:
            _send(handler, body, kind)
            with self._lock:
                self.given[path] += 1

    def _content(self, path: str) -> tuple[bytes | None, str]:
        if path in self.paths:
            return picture(self._numbers[path]), "image/jpeg"
        _, _, number = path.rpartition("/")
        if not path.startswith("/page/") or not number.isdigit() or not 1 <= int(number) <= self.pages:
            return None, ""
        shown = self.paths[(int(number) - 1) * self.per_page : int(number) * self.per_page]
        return "".join(f'<p><img src="{photo}" alt="A photo">' for photo in shown).encode(), "text/html"


def _send(handler: BaseHTTPRequestHandler, body: bytes, kind: str, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)
    handler.wfile.flush()


def _fail(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    _send(handler, b"out of order", "text/plain", status=500)


def _ask_to_wait(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    _send(handler, b"slow down", "text/plain", status=429, Retry_After=str(RETRY_AFTER_SECONDS))


def _reset(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    # Close without any response, like a crashed server or a firewall.
    handler.close_connection = True


def _truncate(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "image/jpeg")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def _answer_html(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    _send(handler, b"<!doctype html><title>Sign in</title><p>Sign in to see this photo.", "image/jpeg")


def _never_end(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "image/jpeg")
    handler.end_headers()
    handler.close_connection = True
    for _ in range(0, ENDLESS_BYTES, 1_000_000):
        handler.wfile.write(body[:2].ljust(1_000_000, b"\0"))


_BROKEN: dict[str, Callable[[BaseHTTPRequestHandler, bytes], None]] = {
    "500": _fail,
    "429": _ask_to_wait,
    "reset": _reset,
    "truncated": _truncate,
    "always 500": _fail,
    "always truncated": _truncate,
    "html": _answer_html,
    "endless": _never_end,
}
