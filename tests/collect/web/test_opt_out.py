"""Pages and pictures that ask not to be used for machine learning are left alone."""

from http.server import BaseHTTPRequestHandler

import pytest

from emotion_core.collect import Fetcher
from emotion_core.collect.web.opt_out import headers_opt_out, page_opts_out
from emotion_core.errors import OptedOut
from tests.collect.web_server import WebServer, jpeg, redirect, reply

AGENT = "EmotionClassifier"


@pytest.mark.parametrize(
    "values",
    [
        ["noai"],
        ["NoAI"],
        ["noimageai"],
        ["noindex, noai"],
        ["noindex", "noimageai"],
        ["EmotionClassifier: noai"],
        ["emotionclassifier: noindex, noai"],
        ["googlebot: noindex, emotionclassifier: noai"],
        ["*: noai"],
        ["max-snippet: 20, noai"],
        ["unavailable_after: 25 Jun 2010 15:00:00 PST, noimageai"],
    ],
)
def test_headers_that_ask_are_understood(values: list[str]) -> None:
    """The directive is found in lists, in several headers, after directives with a value and under our name."""
    assert headers_opt_out(values, None, AGENT) in ("X-Robots-Tag: noai", "X-Robots-Tag: noimageai")


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["noindex, noimageindex, none"],
        ["otherbot: noai"],
        ["otherbot: noindex, noai"],
        ["noaim"],
        ["max-image-preview: noai"],
    ],
)
def test_headers_for_others_ask_nothing_of_us(values: list[str]) -> None:
    """Directives for search engines and for other programs do not concern us."""
    assert headers_opt_out(values, None, AGENT) is None


@pytest.mark.parametrize(("value", "asks"), [("1", True), (" 1 ", True), ("0", False), ("2", False), (None, False)])
def test_a_reservation_is_the_number_one(value: str | None, asks: bool) -> None:
    """TDM-Reservation: 1 reserves the rights; every other value counts as none."""
    assert (headers_opt_out([], value, AGENT) == "TDM-Reservation: 1") is asks


@pytest.mark.parametrize(
    "html",
    [
        '<meta name="robots" content="noai, noimageai">',
        "<META NAME=ROBOTS CONTENT=NOAI>",
        '<meta content="noindex,noimageai" name="robots"/>',
        '<meta name="EmotionClassifier" content="noai">',
        '<meta name="tdm-reservation" content="1">',
    ],
)
def test_pages_that_ask_are_understood(html: str) -> None:
    """Meta tags are found in any spelling of HTML."""
    assert page_opts_out(f"<html><head>{html}</head><p>x", AGENT)


@pytest.mark.parametrize(
    "html",
    [
        "",
        '<!-- <meta name="robots" content="noai"> -->',
        '<meta name="otherbot" content="noai">',
        '<meta name="description" content="what noai means">',
        '<meta name="robots" content="noindex, noimageindex"><p>noai',
        '<meta name="tdm-reservation" content="0">',
    ],
)
def test_pages_that_speak_of_it_ask_nothing(html: str) -> None:
    """Comments, texts, other programs' tags and other directives do not concern us."""
    assert page_opts_out(html, AGENT) is None


def test_what_asks_is_left_before_its_body_is_read(web: WebServer, fetcher: Fetcher) -> None:
    """The headers of a picture or a page are enough: an endless body behind them is not begun."""

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("X-Robots-Tag", "noindex")
        handler.send_header("X-Robots-Tag", "noai")
        handler.end_headers()
        while True:
            handler.wfile.write(bytes(65536))

    web.routes = {"/a.jpg": endless}
    for fetch in (fetcher.get_image, fetcher.get_page, fetcher.get):
        with pytest.raises(OptedOut, match=r"not used for machine learning.*Received: 'X-Robots-Tag: noai'"):
            fetch(web.url("/a.jpg"))


def test_a_page_that_asks_is_left_with_its_pictures(web: WebServer, fetcher: Fetcher) -> None:
    """A page's own tag, and the header of an address that only redirects, are honoured as well."""
    web.routes = {
        "/": reply('<meta name="robots" content="noimageai"><img src="/a.jpg">'),
        "/moved": reply(status=302, Location="/a.jpg", X_Robots_Tag="noai"),
        "/a.jpg": reply(jpeg(), "image/jpeg"),
    }
    for path in ("/", "/moved"):
        with pytest.raises(OptedOut):
            fetcher.get(web.url(path))
    assert "/a.jpg" not in web.paths


def test_a_person_may_decide_otherwise(web: WebServer) -> None:
    """Where opt-outs are not to be honoured, the page and the picture arrive."""
    web.routes = {
        "/": redirect("/page"),
        "/page": reply('<meta name="robots" content="noai">', X_Robots_Tag="noai"),
        "/a.jpg": reply(jpeg(), "image/jpeg", TDM_Reservation="1"),
    }
    with Fetcher(allowed_hosts=[web.host_port], honour_opt_out=False) as opened:
        assert opened.get_page(web.url()).url == web.url("/page")
        assert opened.get_image(web.url("/a.jpg")).data == jpeg()
