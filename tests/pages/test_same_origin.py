"""Which names the app answers under, and which pages may use it."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from pages.server.same_origin import SameOriginOnly

HOST = "localhost:8501"
OWN = {"host": HOST, "origin": f"http://{HOST}"}
LINK = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
PHOTO = "/photos/0123456789abcdef/thumbnail"


def _reached(scope: dict[str, Any], *headers: tuple[str, str], **options: Any) -> Scope | None:
    """Return the scope that reached the app behind the middleware, or None if it was refused."""
    reached: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope)

    async def receive() -> Message:
        raise AssertionError("a refusal reads nothing")

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    asyncio.run(SameOriginOnly(app, **options)({**scope, "headers": pairs}, receive, send))
    if not reached:
        start = sent[0]
        assert start["type"] == "websocket.close" or start["status"] == 403
    return reached[0] if reached else None


def _socket(*headers: tuple[str, str], scheme: str = "ws", **options: Any) -> Scope | None:
    scope = {"type": "websocket", "scheme": scheme, "path": "/_stcore/stream"}
    return _reached(scope, *headers, **options)


def _request(method: str, path: str, headers: dict[str, str], **options: Any) -> Scope | None:
    scope = {"type": "http", "scheme": "http", "method": method, "path": path}
    return _reached(scope, *headers.items(), **options)


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:8502",
        "http://localhost",
        "https://localhost:8501",
        "http://127.0.0.1:8501",
        "http://[::1]:8501",
        "http://localhost.:8501",
        "http://LOCALHOST:8501",
        "http://app.localhost:8501",
        "http://localhost:8501.evil.example",
        "http://localhost:8501@evil.example",
        "http://user@localhost:8501",
        "http://localhost:8501/",
        "http://localhost:8501#",
        "http://localhost:08501",
        " http://localhost:8501",
        "chrome-extension://localhost",
        "chrome-extension://localhost:8501",
        "file://",
        "null",
        "",
    ],
)
@pytest.mark.parametrize("kind", ["websocket", "POST", "PUT", "PATCH", "DELETE", "GET"])
def test_only_the_own_origin_is_served(kind: str, origin: str) -> None:
    """Another host, port, scheme or spelling of the origin opens no websocket, changes nothing and reads nothing."""
    if kind == "websocket":
        assert _socket(("host", HOST), ("origin", origin)) is None
        assert _socket(*OWN.items()) is not None
    else:
        assert _request(kind, PHOTO, {"host": HOST, "origin": origin}) is None
        assert _request(kind, PHOTO, OWN) is not None


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_changes_without_an_origin_are_those_of_scripts(site: str) -> None:
    """A browser names the origin of every websocket and change; a script of the user sends none of its headers."""
    assert _socket(("host", HOST)) is not None
    assert _request("POST", "/photos/marks", {"host": HOST}) is not None
    assert _socket(("host", HOST), ("sec-fetch-site", site)) is None
    assert _request("POST", "/photos/marks", {"host": HOST, "sec-fetch-site": site}) is None
    assert _request("POST", "/photos/marks", {"host": HOST, "sec-fetch-site": "same-origin"}) is not None
    assert _request("GET", "/train", {"host": HOST}) is not None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evil.example:8501",
        "127.0.0.1.evil.example",
        "user@localhost:8501",
        "localhost:8501@evil.example",
        "localhost:8501/evil",
        "localhost.",
        "localhost:",
        "localhost:123456",
        "127.1",
        "2130706433",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "",
        "lócalhost",
    ],
)
def test_a_foreign_host_gets_nothing(host: str) -> None:
    """A name that leads to this machine without being its own (DNS rebinding) is refused on every route."""
    assert _socket(("host", host), ("origin", f"http://{host}")) is None
    for path in ("/", "/train", "/_stcore/health", PHOTO):
        assert _request("GET", path, {"host": host}) is None


def test_two_hosts_or_origins_are_refused() -> None:
    """A request with a header twice, which servers read differently, is refused, and so is one without a host."""
    assert _socket(("host", HOST), ("host", HOST), ("origin", f"http://{HOST}")) is None
    assert _socket(("host", HOST), ("origin", f"http://{HOST}"), ("origin", f"http://{HOST}")) is None
    assert _request("GET", "/", {}) is None


@pytest.mark.parametrize(
    ("scheme", "host", "origin"),
    [
        ("ws", "localhost:8501", "http://localhost:8501"),
        ("ws", "LocalHost:8501", "http://localhost:8501"),
        ("ws", "127.0.0.1:80", "http://127.0.0.1"),
        ("ws", "[::1]:8501", "http://[::1]:8501"),
        ("wss", "localhost:443", "https://localhost"),
        ("wss", "localhost:80", "https://localhost:80"),
    ],
)
def test_streamlit_finds_host_and_origin_equal(scheme: str, host: str, origin: str) -> None:
    """The app's own page is served however its port is written, and Streamlit need not look up whose origin it is."""
    scope = _socket(("host", host), ("origin", origin), scheme=scheme)
    assert dict(scope["headers"])[b"host"].decode() == origin.partition("://")[2]


def test_names_of_a_proxy_are_those_of_the_configuration() -> None:
    """The host names that are set are allowed, with all names below a domain where it says so, and no others."""
    hosts = ["Emotion.example.org", "*.lab.example", "[::1]"]
    for name in ("emotion.example.org", "a.lab.example", "[::1]:8501"):
        assert _request("GET", "/", {"host": name}, allowed_hosts=hosts) is not None
    for name in ("localhost", "lab.example", "evil-lab.example", "x.emotion.example.org"):
        assert _request("GET", "/", {"host": name}, allowed_hosts=hosts) is None
    assert _request("GET", "/", {"host": "any.example"}, allowed_hosts=["*"]) is not None


@pytest.mark.parametrize("site", ["cross-site", "same-site", "something-new"])
def test_another_site_loads_nothing(site: str) -> None:
    """A page of another site, or of another port, loads and opens no photo, whether there is one or not."""
    foreign = {"host": HOST, "sec-fetch-site": site}
    for kind in ("image", "script", "iframe", "object", "empty"):
        assert _request("GET", PHOTO, {**foreign, "sec-fetch-mode": "no-cors", "sec-fetch-dest": kind}) is None
    for path in (PHOTO, "/media/0123.jpg", "/_stcore/health", "/component/x/y"):
        assert _request("GET", path, {**foreign, **LINK}) is None
    assert _request("GET", "/train", {**foreign, **LINK, "sec-fetch-dest": "iframe"}) is None
    assert _request("POST", "/train", {**foreign, **LINK}) is None


def test_a_link_on_another_site_opens_a_page() -> None:
    """The user may come from a link elsewhere, also where the app is served under a path, and type an address."""
    foreign = {"host": HOST, "sec-fetch-site": "cross-site", **LINK}
    for path in ("/", "/train", "/oauth2callback"):
        assert _request("GET", path, foreign) is not None
    assert _request("GET", "/lab/train", foreign, base_path="lab") is not None
    assert _request("GET", "/lab/train", foreign) is None
    for site in ("none", "same-origin"):
        assert _request("GET", PHOTO, {"host": HOST, "sec-fetch-site": site}) is not None
