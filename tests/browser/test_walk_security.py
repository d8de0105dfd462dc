"""Which connections the server accepts, and the security headers that it sends."""

import contextlib
import http.client
from email.message import Message
from typing import NamedTuple

import psutil
import pytest

from tests.browser.app_server import AppServer

STREAM = "/_stcore/stream"
SWITCHING_PROTOCOLS = 101
UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


class Response(NamedTuple):
    """Status, headers and body of a response."""

    status: int
    headers: Message
    body: bytes


def _get(server: AppServer, path: str, **headers: str) -> Response:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers)
        with connection.getresponse() as response:
            body = b"" if response.status == SWITCHING_PROTOCOLS else response.read()
            return Response(response.status, response.headers, body)


def _upgrade(server: AppServer, **headers: str) -> int:
    return _get(server, STREAM, **{**UPGRADE, **headers}).status


def test_the_app_gets_its_websocket_under_the_names_of_this_machine(server: AppServer) -> None:
    """The app's websocket is opened for localhost and 127.0.0.1."""
    for host in (f"127.0.0.1:{server.port}", f"localhost:{server.port}"):
        assert _upgrade(server, Host=host, Origin=f"http://{host}") == SWITCHING_PROTOCOLS


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80"])
def test_a_foreign_host_gets_no_websocket(host: str, server: AppServer) -> None:
    """A name that leads to this machine without being its own (DNS rebinding) is refused."""
    assert _upgrade(server, Host=host, Origin=f"http://{host}") == 403


def test_a_foreign_page_gets_no_websocket(server: AppServer) -> None:
    """A page of another site that the user has open cannot connect to the app."""
    assert _upgrade(server, Host=f"127.0.0.1:{server.port}", Origin="http://evil.example") == 403


@pytest.mark.parametrize("path", ["/", "/train", "/_stcore/health", "/no/such/file"])
def test_every_response_forbids_frames_and_guessed_types(path: str, server: AppServer) -> None:
    """No other site may show the app in a frame, and no response is taken for another content type."""
    headers = _get(server, path).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "img-src 'self' data: blob:" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_server_listens_on_loopback_only(server: AppServer) -> None:
    """The app cannot be reached from the network: the server listens on loopback addresses only."""
    assert server.process is not None
    connections = psutil.Process(server.process.pid).net_connections("inet")
    listening = {entry.laddr for entry in connections if entry.status == psutil.CONN_LISTEN}
    assert server.port in {address.port for address in listening}
    assert {address.ip for address in listening} <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("path", ["/app/static/../app.py", "/..%2fapp.py", "/component/review_grid/../../app.py"])
def test_files_of_the_project_are_not_served(path: str, server: AppServer) -> None:
    """An address that climbs out of the served folders gives no source file."""
    assert b"st.navigation" not in _get(server, path).body
