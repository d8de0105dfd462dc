"""Which connections the server accepts, whom it contacts, and the security headers that it sends."""

import contextlib
import http.client
from collections.abc import Iterator
from email.message import Message
from typing import NamedTuple

import psutil
import pytest

from tests.browser.app_server import AppServer
from tests.browser.recording_proxy import RecordingProxy, recording_proxy

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


@pytest.fixture(scope="module")
def outside() -> Iterator[RecordingProxy]:
    """Return what notes whom the server contacts."""
    with recording_proxy() as proxy:
        yield proxy


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, outside: RecordingProxy) -> Iterator[AppServer]:
    """Return a server that would reach the internet through a proxy only."""
    with AppServer(tmp_path_factory.mktemp("app"), outside.environment) as started:
        yield started


def _get(server: AppServer, path: str, **headers: str) -> Response:
    return _request(server, "GET", path, **headers)


def _request(server: AppServer, method: str, path: str, **headers: str) -> Response:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
    with contextlib.closing(connection):
        connection.request(method, path, headers=headers)
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


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://127.0.0.1:1", "http://localhost:{port}", "chrome-extension://localhost", "null"],
)
def test_a_foreign_page_gets_no_websocket(origin: str, server: AppServer) -> None:
    """A page of another site or port, or an extension, that the user has open cannot connect to the app."""
    assert _upgrade(server, Host=f"127.0.0.1:{server.port}", Origin=origin.format(port=server.port)) == 403


def test_a_foreign_page_makes_the_server_contact_nobody(server: AppServer, outside: RecordingProxy) -> None:
    """To refuse an origin, the server looks nothing up, which would stop it and tell the internet about it."""
    foreign = {"Host": f"127.0.0.1:{server.port}", "Origin": "http://evil.example"}
    for _ in range(5):
        assert _upgrade(server, **foreign) == 403
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for path in ("/", "/_stcore/health", "/_stcore/host-config", "/_stcore/upload_file/1/2", "/media/x.jpg"):
            assert _request(server, method, path, **foreign).status == 403
    assert outside.hosts == []


@pytest.mark.parametrize("path", ["/", "/train", "/_stcore/health", "/no/such/file"])
def test_every_response_has_the_security_headers(path: str, server: AppServer) -> None:
    """No other site may show the app in a frame or load from it, and its pages load and contact nothing elsewhere."""
    headers = _get(server, path).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "img-src 'self' data: blob:" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    # The camera widget reads the photo that it took from a data address.
    assert "connect-src 'self' data:;" in headers["Content-Security-Policy"]
    assert "unsafe-eval" not in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"
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
