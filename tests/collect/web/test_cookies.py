"""Cookies within one scrape: sent back to the site that set them, within limits, and to no other."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from emotion_core.collect import Fetcher
from emotion_core.collect.web import Referrer
from tests.collect.web_server import WebServer, jpeg, redirect, reply


def sent_for(web: WebServer, fetcher: Fetcher, cookie: str, path: str = "/next") -> str | None:
    """Return the cookies sent for a path after a page has set one."""
    web.routes |= {"/set": reply("<p></p>", Set_Cookie=cookie), path: reply("<p></p>")}
    fetcher.get_page(web.url("/set"))
    fetcher.get_page(web.url(path))
    return web.sent("Cookie")[path]


@pytest.fixture
def other() -> Iterator[WebServer]:
    """A second server, which is another site under the name of localhost."""
    with WebServer() as server:
        yield server


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        ("id=1", "id=1"),
        ("id=1; Path=/; HttpOnly; SameSite=Lax; Max-Age=60", "id=1"),
        ("id=1; Domain=127.0.0.1; Path=/", "id=1"),
        ("id=1; Path=/elsewhere", None),
        ("id=1; Secure", None),
        ("id=1; Max-Age=0", None),
        ("id=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("id=1; Domain=a.example", None),
        ("id=1; Domain=com", None),
        (f"id={'x' * 5000}", None),
    ],
)
def test_a_cookie_is_sent_where_it_belongs(web: WebServer, fetcher: Fetcher, cookie: str, expected: str | None) -> None:
    """Path, domain, encryption, age and size of a cookie are obeyed."""
    assert sent_for(web, fetcher, cookie) == expected


def test_a_page_that_asks_for_its_cookie_is_reached(web: WebServer, fetcher: Fetcher) -> None:
    """A redirect sets the cookie without which the server redirects again; pictures get it too."""

    def page(handler: BaseHTTPRequestHandler) -> None:
        seen = "seen=1" in (handler.headers.get("Cookie") or "")
        (reply("<p>in</p>") if seen else reply(status=302, Location="/", Set_Cookie="seen=1; path=/"))(handler)

    web.routes = {"/": page, "/a.jpg": reply(jpeg(), "image/jpeg")}
    assert fetcher.get_page(web.url()).html == "<p>in</p>"
    fetcher.get_image(web.url("/a.jpg"), Referrer(web.url()))
    assert web.sent("Cookie") == {"/robots.txt": None, "/": "seen=1", "/a.jpg": "seen=1"}


def test_pictures_of_other_sites_get_and_set_no_cookies(web: WebServer, other: WebServer) -> None:
    """A third party cannot follow a scrape: neither directly, nor by a redirect from the page's own site."""
    elsewhere = f"http://localhost:{other.port}"
    web.routes = {
        "/": reply("<p></p>", Set_Cookie="id=1; path=/"),
        "/moved.jpg": redirect(f"{elsewhere}/a.jpg"),
    }
    other.routes = {
        "/a.jpg": reply(jpeg(), "image/jpeg", Set_Cookie="track=1; path=/"),
        "/b.jpg": reply(jpeg(), "image/jpeg"),
    }
    with Fetcher(allowed_hosts=[web.host_port, f"localhost:{other.port}"]) as fetcher:
        fetcher.get_page(web.url())
        for url in (web.url("/moved.jpg"), f"{elsewhere}/b.jpg"):
            fetcher.get_image(url, Referrer(web.url()))

    assert web.sent("Cookie")["/moved.jpg"] == "id=1"
    assert set(other.sent("Cookie").values()) == {None}


def test_cookies_end_with_their_scrape(web: WebServer, fetcher: Fetcher) -> None:
    """Another fetcher starts without them."""
    assert sent_for(web, fetcher, "id=1; path=/") == "id=1"
    with Fetcher(allowed_hosts=[web.host_port]) as another:
        another.get_page(web.url("/next"))
    assert web.sent("Cookie")["/next"] is None


def test_a_site_cannot_fill_the_memory(web: WebServer, fetcher: Fetcher) -> None:
    """No more than 50 cookies of a host are kept."""

    def many(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for number in range(60):
            handler.send_header("Set-Cookie", f"c{number}=1; path=/")
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    web.routes["/"] = many
    fetcher.get_page(web.url())
    web.routes["/next"] = reply("<p></p>")
    fetcher.get_page(web.url("/next"))
    assert (web.sent("Cookie")["/next"] or "").count("=1") == 50


def test_robots_txt_is_requested_without_cookies_and_referrer(web: WebServer, fetcher: Fetcher) -> None:
    """It belongs to no page, and its cookies are not kept."""
    web.routes = {"/robots.txt": reply("", "text/plain", Set_Cookie="id=1; path=/"), "/": reply("<p></p>")}
    fetcher.get_page(web.url(), Referrer(web.url("/before")))
    assert web.sent("Cookie") == {"/robots.txt": None, "/": None}
    assert web.sent("Referer") == {"/robots.txt": None, "/": web.url("/before")}
