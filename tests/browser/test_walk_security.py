"""Who may talk to the server, and what it tells the browser to forbid."""

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


class Answer(NamedTuple):
    """Status, headers and body of an answer."""

    status: int
    headers: Message
    body: bytes


def _ask(server: AppServer, path: str, **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers)
        with connection.getresponse() as answer:
            body = b"" if answer.status == SWITCHING_PROTOCOLS else answer.read()
            return Answer(answer.status, answer.headers, body)


def _upgrade(server: AppServer, **headers: str) -> int:
    return _ask(server, STREAM, **{**UPGRADE, **headers}).status


def test_the_app_gets_its_websocket_under_the_names_of_this_machine(server: AppServer) -> None:
    """The connection that the app lives on is opened for localhost and 127.0.0.1."""
    for host in (f"127.0.0.1:{server.port}", f"localhost:{server.port}"):
        assert _upgrade(server, Host=host, Origin=f"http://{host}") == SWITCHING_PROTOCOLS


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80"])
def test_a_foreign_host_gets_no_websocket(host: str, server: AppServer) -> None:
    """A name that leads to this machine without being its own (DNS rebinding) is refused."""
    assert _upgrade(server, Host=host, Origin=f"http://{host}") == 403


def test_a_foreign_page_gets_no_websocket(server: AppServer) -> None:
    """A page of another site that a person has open cannot connect to the app."""
    assert _upgrade(server, Host=f"127.0.0.1:{server.port}", Origin="http://evil.example") == 403


@pytest.mark.parametrize("path", ["/", "/train", "/_stcore/health", "/no/such/file"])
def test_every_answer_forbids_frames_and_guessed_types(path: str, server: AppServer) -> None:
    """No other site may show the app in a frame, and no answer is taken for what it does not say it is."""
    answer = _ask(server, path)
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "img-src 'self' data: blob:" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_the_server_listens_on_loopback_only(server: AppServer) -> None:
    """Nobody on the network reaches the app: each address that the server listens on is this machine's own."""
    assert server.process is not None
    connections = psutil.Process(server.process.pid).net_connections("inet")
    listening = {entry.laddr for entry in connections if entry.status == psutil.CONN_LISTEN}
    assert server.port in {address.port for address in listening}
    assert {address.ip for address in listening} <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("path", ["/app/static/../app.py", "/..%2fapp.py", "/component/review_grid/../../app.py"])
def test_files_of_the_project_are_not_served(path: str, server: AppServer) -> None:
    """An address that climbs out of what is served gives no source file."""
    assert b"st.navigation" not in _ask(server, path).body
