"""Another user of the computer cannot use the app without the token that its owner has."""

import os
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import BytesParser
from typing import NamedTuple

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from emotion_core.errors import SettingsError
from emotion_core.settings import TOKEN_VARIABLE
from pages.server import start_token
from pages.server.peers import can_tell_owners, owner_of
from pages.server.same_origin import SameOriginOnly
from pages.server.start_token import StartToken
from pages.server.token_setting import TokenSetting, token_setting

TOKEN = "a-token-of-the-tests"
NOBODY = 65534
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Only Linux tells whose a connection is.")
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="Only root can act as another user."
)


class Answer(NamedTuple):
    """Status, headers and body of a response; the status is 0 if there was none."""

    status: int
    headers: Message
    body: str


class Door:
    """A server with an app behind the token.

    Args:
        port: of the server.
        reached: paths that reached the app.
    """

    def __init__(self, port: int, reached: list[str]) -> None:
        self.port = port
        self.reached = reached

    def get(self, path: str = "/", extra: str = "", *, user: int | None = None, method: str = "GET") -> Answer:
        """Send a request, as another user of this computer if ``user`` is given."""
        with connected(self.port, user) as connection:
            connection.sendall(self.request(path, extra, method))
            head, _, body = _read_all(connection).partition(b"\r\n\r\n")
        status, _, fields = head.partition(b"\r\n")
        return Answer(int(status.split()[1]), BytesParser().parsebytes(fields), body.decode("latin-1"))

    def request(self, path: str, extra: str = "", method: str = "GET") -> bytes:
        """Return a request as it is sent."""
        host = "" if "Host:" in extra else f"Host: localhost:{self.port}\r\n"
        close = "" if "Upgrade" in extra else "Connection: close\r\n"
        return f"{method} {path} HTTP/1.1\r\n{host}{extra}{close}\r\n".encode()

    def upgrade(self, extra: str = "", *, user: int | None = None) -> int:
        """Ask for a websocket, and return the status."""
        origin = f"Origin: http://localhost:{self.port}\r\n"
        return self.get("/socket", UPGRADE + origin + extra, user=user).status


@contextmanager
def connected(port: int, user: int | None) -> Iterator[socket.socket]:
    """Give a connection to a server whose end belongs to a user: the kernel notes who makes the socket."""
    if user is not None:
        os.seteuid(user)
    try:
        connection = socket.socket()
    finally:
        if user is not None:
            os.seteuid(0)
    with connection:
        connection.settimeout(300)
        connection.connect(("127.0.0.1", port))
        yield connection


def _read_all(connection: socket.socket) -> bytes:
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
        if data.startswith(b"HTTP/1.1 101"):
            break
    return data


@contextmanager
def _served(setting: TokenSetting) -> Iterator[Door]:
    reached = []

    def page(request: Request) -> Response:
        reached.append(request.url.path)
        return PlainTextResponse("the app")

    async def stream(websocket: WebSocket) -> None:
        reached.append(websocket.url.path)
        await websocket.accept()
        await websocket.close()

    app = Starlette(
        routes=[WebSocketRoute("/socket", stream), Route("/{path:path}", page, methods=["GET", "POST"])],
        middleware=[
            Middleware(SameOriginOnly, allowed_hosts=["localhost", "emotion.example.org"]),
            Middleware(StartToken, setting=setting),
        ],
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="websockets-sansio"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield Door(server.servers[0].sockets[0].getsockname()[1], reached)
    server.should_exit = True
    thread.join()


@pytest.fixture
def door() -> Iterator[Door]:
    """Return a server as it is without a setting: its own user needs no token."""
    with _served(TokenSetting(TOKEN, own_user_needs_it=False)) as served:
        yield served


@pytest.fixture
def locked_door() -> Iterator[Door]:
    """Return a server that asks everybody for the token."""
    with _served(TokenSetting(TOKEN, own_user_needs_it=True)) as served:
        yield served


def _cookie(answer: Answer) -> str:
    return f"Cookie: {answer.headers['Set-Cookie'].partition(';')[0]}\r\n"


@on_linux
def test_the_own_user_notices_no_token(door: Door) -> None:
    """Whoever started the server opens pages and websockets without a token and gets no cookie."""
    answer = door.get("/train")
    assert (answer.status, answer.body, answer.headers["Set-Cookie"]) == (200, "the app", None)
    assert door.upgrade() == 101


@on_linux
@as_root
def test_another_user_of_the_computer_gets_nothing(door: Door) -> None:
    """Every route, change and websocket is refused to a connection of another user, with a word about the token."""
    for path in ("/", "/photos/0123456789abcdef/thumbnail", "/_stcore/health", "/?token=wrong", "/?token="):
        answer = door.get(path, user=NOBODY)
        assert answer.status == 403
        assert "Token needed" in answer.body
    origin = f"Origin: http://localhost:{door.port}\r\n"
    assert door.get("/photos/marks", origin, user=NOBODY, method="POST").status == 403
    assert door.upgrade(user=NOBODY) == 403
    assert door.reached == []


@on_linux
@as_root
def test_a_sender_that_is_gone_does_not_pass_for_root(door: Door) -> None:
    """The kernel shows a connection that its process has closed as root's; such a request is refused."""
    with connected(door.port, NOBODY) as connection:
        connection.sendall(door.request("/gone"))
    # An answer to a later request proves that the earlier one was handled.
    assert door.get("/later").status == 200
    assert door.reached == ["/later"]


@on_linux
def test_a_closed_connection_has_no_owner() -> None:
    """The owner of an end is known while a process holds it, with IPv6 too, and not after that."""
    assert can_tell_owners()
    for host in ("127.0.0.1", "::1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, 0), family=family) as listener:
            client = socket.create_connection(listener.getsockname()[:2])
            near, far = client.getsockname()[:2], client.getpeername()[:2]
            with listener.accept()[0]:
                assert owner_of(near, far) == os.geteuid()
                client.close()
                assert owner_of(near, far) is None


@on_linux
@as_root
def test_the_owner_of_a_connection_to_both_versions_is_known() -> None:
    """A server for IPv4 and IPv6 names its IPv4 clients in the manner of IPv6."""
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        port = listener.getsockname()[1]
        with connected(port, NOBODY) as client, listener.accept()[0] as accepted:
            assert accepted.getpeername()[0] == "::ffff:127.0.0.1"
            assert owner_of(accepted.getpeername()[:2], accepted.getsockname()[:2]) == NOBODY
            assert owner_of(client.getsockname(), client.getpeername()) == NOBODY


@pytest.mark.parametrize(
    "extra",
    [
        "X-Forwarded-For: 127.0.0.1\r\n",
        "Forwarded: for=127.0.0.1\r\n",
        "X-Real-IP: 127.0.0.1\r\n",
        "Via: 1.1 proxy\r\n",
        "Host: emotion.example.org\r\n",
    ],
)
def test_users_of_a_proxy_need_the_token(extra: str, door: Door) -> None:
    """A proxy runs as some user of this computer, but its users may be anybody."""
    assert door.get("/", extra).status == 403
    assert door.reached == []


def test_the_address_with_the_token_lets_in_and_is_kept_in_a_cookie(locked_door: Door) -> None:
    """The token is taken once, from the address; pages, changes and websockets then need the cookie alone."""
    assert locked_door.get("/train").status == 403
    assert locked_door.upgrade() == 403
    welcome = locked_door.get(f"/train?token={TOKEN}")
    assert welcome.status == 200
    assert TOKEN not in str(welcome)
    assert "0;url=/train" in welcome.body
    attributes = set(welcome.headers["Set-Cookie"].split("; ")[1:])
    assert attributes == {"HttpOnly", "Path=/", "SameSite=strict"}
    cookie = _cookie(welcome)
    assert locked_door.get("/train", cookie).body == "the app"
    assert locked_door.upgrade(cookie) == 101


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example/", "/%2F/evil.example", "/'%22><script>"])
def test_the_token_leads_to_no_other_site(path: str, locked_door: Door) -> None:
    """After the token, the browser goes to a page of the app, whatever the address was."""
    target = re.search(r'0;url=([^"]*)"', locked_door.get(f"{path}?token={TOKEN}").body)[1]
    assert re.fullmatch(r"/(?![/\\])[^<>\\]*", target)


def test_a_cookie_of_another_token_is_refused(locked_door: Door) -> None:
    """Neither the token itself, nor a cookie of an earlier start, nor an odd one is taken for the cookie."""
    name = f"emotion_token_{locked_door.port}"
    with _served(TokenSetting("another-token-of-tests", own_user_needs_it=True)) as earlier:
        stale = _cookie(earlier.get("/?token=another-token-of-tests")).partition("=")[2]
    for value in (TOKEN, stale.strip(), "", "ä", "x" * 4000):
        assert locked_door.get("/", f"Cookie: {name}={value}\r\n").status == 403


def test_where_the_kernel_does_not_tell_nobody_else_may_be_logged_in(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On other systems the own computer is enough as long as its user is alone on it."""
    monkeypatch.setattr(start_token, "can_tell_owners", lambda: False)
    for others, status in ((False, 200), (True, 403)):
        monkeypatch.setattr(start_token, "_others_are_logged_in", lambda _moment, others=others: others)
        assert door.get("/").status == status


def test_the_address_is_printed_once_when_it_is_needed(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    """The first refusal prints the address with the token where the app was started, and no later one."""
    for _ in range(3):
        door.get("/", "Via: 1.1 proxy\r\n")
    assert [text.count(f"http://localhost:{door.port}/?token={TOKEN}") for text in caplog.messages] == [1]


@pytest.mark.parametrize(
    ("value", "expected"), [(None, False), ("", False), ("auto", False), ("on", True), ("ON", True), (TOKEN, True)]
)
def test_the_variable_says_who_needs_the_token(
    value: str | None, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the variable, other users need a new random token; ``on`` and a value ask everybody."""
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(TOKEN_VARIABLE, value)
    setting = token_setting()
    assert setting.own_user_needs_it is expected
    assert (setting.token == TOKEN) is (value == TOKEN)
    assert len(setting.token) >= 16
    if value != TOKEN:
        assert setting.token != token_setting().token


def test_the_token_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """With ``off``, a proxy with a login in front of the app decides who gets in."""
    monkeypatch.setenv(TOKEN_VARIABLE, "off")
    assert token_setting() is None


@pytest.mark.parametrize("value", ["short", "a token with spaces", "yes", "x" * 201])
def test_a_value_that_is_no_token_is_an_error(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word that was meant as something else does not become a token that is easy to guess, and is not printed."""
    monkeypatch.setenv(TOKEN_VARIABLE, value)
    with pytest.raises(SettingsError, match="no start token") as raised:
        token_setting()
    assert value not in str(raised.value)
