"""A proxy on loopback that passes nothing on, and notes which hosts it was asked for."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


class RecordingProxy:
    """What a browser or server wanted from hosts other than this machine.

    Args:
        address: host and port of the proxy.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.hosts: list[str] = []

    @property
    def environment(self) -> dict[str, str]:
        """Variables that make Python programs use the proxy."""
        url = f"http://{self.address}"
        return {"http_proxy": url, "https_proxy": url, "all_proxy": url, "no_proxy": "localhost,127.0.0.1"}

    def note(self, request_line: str) -> None:
        """Note the host of a request, as ``CONNECT host:port`` or ``GET http://host/path``."""
        target = request_line.split(" ")[1]
        self.hosts.append(urlsplit(target if "://" in target else f"//{target}").hostname or target)


@contextmanager
def recording_proxy() -> Iterator[RecordingProxy]:
    """Serve a proxy on a free port."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            line = self.rfile.readline(4096).decode("latin-1")
            if line.strip():
                proxy.note(line)
                self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy = RecordingProxy(f"127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield proxy
    server.shutdown()
    thread.join()
    server.server_close()
