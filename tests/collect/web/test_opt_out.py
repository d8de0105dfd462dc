"""Pages and pictures that opt out of machine learning are skipped."""

from http.server import BaseHTTPRequestHandler

import pytest

from emotion_core.collect import Fetcher
from emotion_core.collect.web.opt_out import header_opt_out, page_opt_out
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
def test_opt_outs_in_headers_are_recognized(values: list[str]) -> None:
    """The directive is found in lists, in several headers, after directives with a value and under our name."""
    assert header_opt_out(values, None, AGENT) in ("X-Robots-Tag: noai", "X-Robots-Tag: noimageai")


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
def test_directives_for_others_are_ignored(values: list[str]) -> None:
    """Directives for search engines and for other agents do not apply to us."""
    assert header_opt_out(values, None, AGENT) is None


@pytest.mark.parametrize(("value", "asks"), [("1", True), (" 1 ", True), ("0", False), ("2", False), (None, False)])
def test_only_the_value_1_reserves_rights(value: str | None, asks: bool) -> None:
    """TDM-Reservation: 1 reserves the rights; any other value does not."""
    assert (header_opt_out([], value, AGENT) == "TDM-Reservation: 1") is asks


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
def test_opt_outs_in_meta_tags_are_recognized(html: str) -> None:
    """Meta tags are found in any case and attribute order."""
    assert page_opt_out(f"<html><head>{html}</head><p>x", AGENT)


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
def test_mentions_of_opt_outs_are_ignored(html: str) -> None:
    """Comments, text, other agents' tags and other directives do not apply to us."""
    assert page_opt_out(html, AGENT) is None


def test_opted_out_bodies_are_not_read(web: WebServer, fetcher: Fetcher) -> None:
    """The headers of a picture or a page are enough: an endless body after them is not read."""

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("X-Robots-Tag", "noindex")
        handler.send_header("X-Robots-Tag", "noai")
        handler.end_headers()
        while True:
            handler.wfile.write(bytes(65536))

    web.routes = {"/a.jpg": endless}
    for fetch in (fetcher.get_image, fetcher.get_page, fetcher.get):
        with pytest.raises(OptedOut, match=r"not to be used for machine learning.*Received: 'X-Robots-Tag: noai'"):
            fetch(web.url("/a.jpg"))


def test_an_opted_out_page_is_skipped_with_its_pictures(web: WebServer, fetcher: Fetcher) -> None:
    """A page's own tag, and the header of an address that only redirects, are honored as well."""
    web.routes = {
        "/": reply('<meta name="robots" content="noimageai"><img src="/a.jpg">'),
        "/moved": reply(status=302, Location="/a.jpg", X_Robots_Tag="noai"),
        "/a.jpg": reply(jpeg(), "image/jpeg"),
    }
    for path in ("/", "/moved"):
        with pytest.raises(OptedOut):
            fetcher.get(web.url(path))
    assert "/a.jpg" not in web.paths


def test_opt_outs_can_be_ignored_on_request(web: WebServer) -> None:
    """With honour_opt_out off, the page and the picture arrive."""
    web.routes = {
        "/": redirect("/page"),
        "/page": reply('<meta name="robots" content="noai">', X_Robots_Tag="noai"),
        "/a.jpg": reply(jpeg(), "image/jpeg", TDM_Reservation="1"),
    }
    with Fetcher(allowed_hosts=[web.host_port], honour_opt_out=False) as opened:
        assert opened.get_page(web.url()).url == web.url("/page")
        assert opened.get_image(web.url("/a.jpg")).data == jpeg()
