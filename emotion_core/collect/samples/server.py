"""Serve the sample gallery over HTTP on loopback, for a first scrape without the internet.

``/happy?page=1`` to ``4`` and ``/sad?page=1`` to ``4`` show 60 photos each in the manner of a stock-photo site: with a
logo that is not a photo, a pager and a license. The photos are drawn on request.
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
    """Serves the sample gallery on a port of this machine while its context is open.

    Args:
        port: port on 127.0.0.1; 0 picks a free port.

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
        """The port in use; before the start, the requested one."""
        return self._server.server_port if self._server else self._wanted_port

    @property
    def host_port(self) -> str:
        """The address without a scheme, such as ``127.0.0.1:8600``."""
        return f"{LOOPBACK}:{self.port}"

    def url(self, label: str, page: int | None = None) -> str:
        """Return the URL of a class or of one of its pages.

        Args:
            label: "happy" or "sad".
            page: page number from 1; None for the class.

        Raises:
            SettingsError: the label is not "happy" or "sad".
        """
        return gallery_url(self.host_port, label, page)

    def start(self) -> Self:
        """Start serving in a background thread; has no effect if the server is running.

        Raises:
            CollectError: the port is in use.
        """
        if self._server is None:
            self._server = _listen(self._wanted_port)
            self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and close open connections; has no effect if the server is stopped."""
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
    """Return the URL of a class or of one of its pages.

    Args:
        host_port: host and port of the gallery, such as ``127.0.0.1:8600``.
        label: "happy" or "sad".
        page: page number from 1; None for the class.

    Raises:
        SettingsError: the label is not "happy" or "sad".
    """
    query = "" if page is None else f"?page={page}"
    return f"http://{host_port}/{check_label(label)}{query}"


def serve_forever(port: int, announce: Callable[[str], None] | None = None) -> None:
    """Serve the gallery until Ctrl+C.

    Args:
        port: port on 127.0.0.1; 0 picks a free port.
        announce: called once with the URL when the server is ready.

    Raises:
        CollectError: the port is in use.
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
            "The sample gallery could not be started on this port. Expected a free port from 1024 to 65535, or 0 for "
            f"any. Received: port={port} ({error}). Stop the program that uses it, or choose another port."
        ) from error


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # Enough for a scraper and a browser full of thumbnails at once.
    allow_reuse_address = sys.platform != "win32"  # On Windows it would let two servers share the port.
    allow_reuse_port = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket] = set()
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Bind without the name lookup of the base class, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, int(self.server_address[1])

    def get_request(self) -> tuple[socket, object]:
        """Accept a connection and keep track of it."""
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: object) -> None:
        """Stop tracking a connection and close it."""
        if isinstance(request, socket):
            self._open.discard(request)
            super().shutdown_request(request)

    def server_close(self) -> None:
        """Close the port and shut down keep-alive connections, which makes their threads close them."""
        super().server_close()
        for connection in tuple(self._open):
            try:
                connection.shutdown(SHUT_RDWR)
            except OSError:  # The client has closed it already.
                continue

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that disconnect early; report any other error, which is a bug.

        Args:
            request: socket of the connection.
            client_address: address of the client.
        """
        if isinstance(request, socket) and not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "SampleGallery"
    sys_version = ""
    timeout = 30
    disable_nagle_algorithm = True  # Otherwise a small page waits for the acknowledgment of its headers.

    def do_GET(self) -> None:
        """Send a page or a photo."""
        self._send(respond(self.path), with_body=True)

    def do_HEAD(self) -> None:
        """Send the headers alone."""
        self._send(respond(self.path), with_body=False)

    def end_headers(self) -> None:
        """Add the headers of every response, including the errors of the base class."""
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'")
        super().end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Log nothing, because the gallery shares the app's terminal.

        Args:
            format: ignored.
            arguments: ignored.
        """

    def _send(self, response: GalleryResponse, *, with_body: bool) -> None:
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(response.body)
