"""A small photo website on loopback, for a first scrape that needs no internet: the sample gallery, served over HTTP.

``/happy?page=1`` to ``4`` and ``/sad?page=1`` to ``4`` show 60 photos each, the way a stock-photo site would: a logo
that is not a photo, a pager, a licence. The photos are drawn when they are asked for.
"""

import socketserver
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from types import TracebackType
from typing import Self

from emotion_core.collect.samples.gallery import check_label
from emotion_core.collect.samples.pages import GalleryResponse, respond
from emotion_core.errors import CollectError

LOOPBACK = "127.0.0.1"


class SampleServer:
    """The sample gallery on a port of this machine; a context manager that serves while it is open.

    Args:
        port: where to listen on 127.0.0.1; 0 picks a free port.

    ::

        with SampleServer() as gallery:
            requests.get(gallery.url("happy", page=2))
    """

    def __init__(self, port: int = 0) -> None:
        self._wanted_port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port that is served; before the start, the one that was asked for."""
        return self._server.server_port if self._server else self._wanted_port

    @property
    def host_port(self) -> str:
        """The address without a scheme, such as ``127.0.0.1:8600``."""
        return f"{LOOPBACK}:{self.port}"

    def url(self, label: str, page: int | None = None) -> str:
        """Give the address of a class, or of one page of it.

        Raises:
            SettingsError: the label is not "happy" or "sad".
        """
        return gallery_url(self.host_port, label, page)

    def start(self) -> Self:
        """Serve in a thread of its own until ``stop``; a second start changes nothing.

        Raises:
            CollectError: the port is taken.
        """
        if self._server is None:
            self._server = _listen(self._wanted_port)
            self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and hang up on whoever is still connected; a second stop changes nothing."""
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def gallery_url(host_port: str, label: str, page: int | None = None) -> str:
    """Give the address of a class, or of one page of it, in the gallery at ``host:port``.

    Raises:
        SettingsError: the label is not "happy" or "sad".
    """
    query = "" if page is None else f"?page={page}"
    return f"http://{host_port}/{check_label(label)}{query}"


def serve_forever(port: int, announce: Callable[[str], None] | None = None) -> None:
    """Serve the gallery until Ctrl+C.

    Args:
        port: where to listen on 127.0.0.1; 0 picks a free port.
        announce: called once with the address when the gallery can be opened.

    Raises:
        CollectError: the port is taken.
    """
    with _listen(port) as server:
        try:
            if announce:
                announce(f"http://{LOOPBACK}:{server.server_port}/")
            server.serve_forever()
        except KeyboardInterrupt:
            return


def _listen(port: int) -> "_Server":
    try:
        return _Server((LOOPBACK, port), _Handler)
    except (OSError, OverflowError) as error:
        raise CollectError(
            "The sample gallery could not be opened on this port. Expected a free port from 1024 to 65535, or 0 for "
            f"any. Received: port={port} ({error}). Stop the program that holds it, or choose another port."
        ) from error


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # a scraper and a browser full of thumbnails at once
    allow_reuse_address = sys.platform != "win32"  # there, it would let two servers share the port
    allow_reuse_port = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket] = set()
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Bind without the name lookup of the base class, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, int(self.server_address[1])

    def get_request(self) -> tuple[socket, object]:
        """Accept a connection and remember it."""
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: object) -> None:
        """Forget a connection and close it."""
        if isinstance(request, socket):
            self._open.discard(request)
            super().shutdown_request(request)

    def server_close(self) -> None:
        """Close the port, and hang up on kept-alive connections: their threads close them when they see the end."""
        super().server_close()
        for connection in tuple(self._open):
            try:
                connection.shutdown(SHUT_RDWR)
            except OSError:  # the other side was quicker
                continue

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over visitors who hang up early; anything else is a defect and is shown."""
        if isinstance(request, socket) and not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "SampleGallery"
    sys_version = ""
    timeout = 30
    disable_nagle_algorithm = True  # otherwise a small page waits for the acknowledgement of its headers

    def do_GET(self) -> None:
        """Answer with a page or a photo."""
        self._send(respond(self.path), with_body=True)

    def do_HEAD(self) -> None:
        """Answer with the headers alone."""
        self._send(respond(self.path), with_body=False)

    def end_headers(self) -> None:
        """Add the headers that every answer carries, errors of the base class included."""
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'")
        super().end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Stay silent: the app's own terminal is not the place for this site's visitors."""

    def _send(self, found: GalleryResponse, *, with_body: bool) -> None:
        self.send_response(found.status)
        self.send_header("Content-Type", found.kind)
        self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(found.body)
