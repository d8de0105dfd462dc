"""What servers do that browsers take: odd addresses, redirects, encodings, types, and pages that send on."""

import gzip
import time
import zlib

import brotli
import pytest
from backports import zstd

from emotion_core.collect import Fetcher
from emotion_core.collect.web import Download, Limits, Page, Referrer, split_address
from emotion_core.errors import AddressRefused, FetchFailed
from tests.collect.test_urls import REFERENCES
from tests.collect.web_server import WebServer, jpeg, redirect, reply

TARGETS = {
    "/a|b.jpg?c|d": "/a|b.jpg?c|d",
    "\\a\\b.jpg": "/a/b.jpg",
    "/a\t\nb.jpg": "/ab.jpg",
    "/a b{1}.jpg": "/a%20b%7B1%7D.jpg",
    "/%7e%2f%zz": "/%7e%2f%zz",
    "/x/../ü?ü#end": "/%C3%BC?%C3%BC",
    "?a'b[1]^\\": "/?a%27b[1]^\\",
}


@pytest.mark.parametrize("typed", TARGETS)
def test_the_request_names_what_a_browser_requests(web: WebServer, fetcher: Fetcher, typed: str) -> None:
    """Path and query arrive as the URL Standard writes them, neither escaped more nor less."""
    web.routes[TARGETS[typed]] = reply("<p></p>")
    assert isinstance(fetcher.get(f"HTTP:\\\\{web.host_port}{typed}"), Page)


@pytest.mark.parametrize("url", [url for url in REFERENCES.values() if url.startswith("http")])
def test_the_checked_host_is_the_one_that_is_connected_to(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name that is looked up and guarded is that of the one reading of the address."""
    asked = []

    def look_up(host: str, port: int, **_options: object) -> list[object]:
        asked.append((host, port))
        raise OSError

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    parts = split_address(url)
    with Fetcher(obey_robots=False, limits=Limits(retries=0)) as fetcher, pytest.raises(FetchFailed):
        fetcher.get(url)
    expected = (parts.hostname.strip("[]"), int(parts.port or {"http:": 80, "https:": 443}[parts.protocol]))
    # urllib3 leaves out the dot at the end of a name, which only says that the name is complete.
    assert asked == [expected]


@pytest.mark.parametrize("location", ["/b c|d", "\\b\\c", "/\tb", "?q=1", "b/../c", "/gr\xfcn"])
def test_redirects_are_read_as_browsers_read_them(web: WebServer, fetcher: Fetcher, location: str) -> None:
    """Spaces, backslashes, tabs, and bytes of any encoding in a Location header."""
    expected = {
        "/b c|d": "/b%20c|d",
        "\\b\\c": "/b/c",
        "/\tb": "/b",
        "b/../c": "/c",
        "/gr\xfcn": "/gr%FCn",
        "?q=1": "/?q=1",
    }
    web.routes = {"/": redirect(location), expected[location]: reply("<p></p>")}
    assert fetcher.get(web.url()).url == web.url(expected[location])


def test_the_referrer_follows_redirects(web: WebServer, fetcher: Fetcher) -> None:
    """Each hop of a picture gets the page as its referrer, by the policy that the hop before it stated."""
    web.routes = {
        "/1": redirect("/2"),
        "/2": reply(status=302, Location="/3", Referrer_Policy="origin"),
        "/3": reply(jpeg(), "image/jpeg"),
    }
    fetcher.get_image(web.url("/1"), Referrer(web.url("/page#top")))
    sent = web.sent("Referer")
    assert (sent["/1"], sent["/2"], sent["/3"]) == (web.url("/page"), web.url("/page"), web.url("/"))


def test_a_typed_address_has_no_referrer(web: WebServer, fetcher: Fetcher) -> None:
    """Only pictures and links of a page send one."""
    web.routes = {"/": reply("<p></p>")}
    fetcher.get(web.url())
    assert web.sent("Referer")["/"] is None


HTML = "<!doctype html><p>Grüße</p>"
ENCODED = {
    "br": brotli.compress(HTML.encode()),
    "zstd": zstd.compress(HTML.encode()),
    "gzip": gzip.compress(HTML.encode()),
    "x-gzip": gzip.compress(HTML.encode()),
    "deflate": zlib.compress(HTML.encode()),
    "GZIP": gzip.compress(HTML.encode()),
    "gzip, br": brotli.compress(gzip.compress(HTML.encode())),
    "gzip, gzip": gzip.compress(gzip.compress(HTML.encode())),
    "identity": HTML.encode(),
    "utf-8": HTML.encode(),
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_encodings_that_were_not_asked_for_are_read(web: WebServer, fetcher: Fetcher, encoding: str) -> None:
    """Brotli, Zstandard, several in a row, and names that are none."""
    web.routes = {"/": reply(ENCODED[encoding], Content_Encoding=encoding)}
    assert fetcher.get_page(web.url()).html == HTML


@pytest.mark.parametrize("encoding", ["br", "zstd"])
def test_bombs_of_other_encodings_do_not_unfold(web: WebServer, encoding: str) -> None:
    """A body of a few bytes that expands to 400 MB is abandoned at the size limit."""
    zeros = bytes(400_000_000)
    bomb = zstd.compress(zeros) if encoding == "zstd" else brotli.compress(zeros, quality=1)
    web.routes = {"/a.jpg": reply(bomb, "image/jpeg", Content_Encoding=encoding)}
    started = time.thread_time()
    limits = Limits(image_bytes=300_000, retries=0)
    with (
        Fetcher(allowed_hosts=[web.host_port], limits=limits) as fetcher,
        pytest.raises(FetchFailed, match="too large"),
    ):
        fetcher.get_image(web.url("/a.jpg"))
    assert time.thread_time() - started < 1.0


def test_the_content_decides_what_a_response_is(web: WebServer, fetcher: Fetcher) -> None:
    """A page without a type is a page, and a picture typed as a page is a file."""
    web.routes = {
        "/untyped": reply(HTML, ""),
        "/typed.jpg": reply(jpeg(), "text/html"),
        "/octets.jpg": reply(jpeg(), "application/octet-stream"),
    }
    assert isinstance(fetcher.get(web.url("/untyped")), Page)
    assert fetcher.get_page(web.url("/untyped")).html == HTML
    assert isinstance(fetcher.get(web.url("/typed.jpg")), Download)
    assert fetcher.get_image(web.url("/octets.jpg")).data == jpeg()
    with pytest.raises(FetchFailed, match="not a web page"):
        fetcher.get_page(web.url("/typed.jpg"))


def refreshing(target: str) -> str:
    """Return a page that sends the browser on."""
    return f'<meta http-equiv="refresh" content="0; url={target}">'


def test_a_refresh_is_followed_with_its_page_as_referrer(web: WebServer, fetcher: Fetcher) -> None:
    """By meta tag and by header, from page to page."""
    web.routes = {
        "/1": reply(refreshing("/2")),
        "/2": reply("<p></p>", Refresh="0; url=/3"),
        "/3": reply("<p>there</p>"),
    }
    assert fetcher.get(web.url("/1")) == Page(web.url("/3"), "<p>there</p>", 12, "text/html; charset=utf-8")
    assert web.sent("Referer")["/3"] == web.url("/2")


def test_refreshes_end(web: WebServer, fetcher: Fetcher) -> None:
    """Pages that send to each other end at the one that would go back; endless new ones are an error."""
    web.routes = {"/1": reply(refreshing("/2")), "/2": reply(refreshing("/1"))}
    assert fetcher.get(web.url("/1")).url == web.url("/2")
    web.routes = {f"/n{number}": reply(refreshing(f"/n{number + 1}")) for number in range(30)}
    with pytest.raises(FetchFailed, match="redirects too often"):
        fetcher.get(web.url("/n0"))
    assert len(web.paths) < 20


@pytest.mark.parametrize("target", ["http://169.254.169.254/", "file:///etc/passwd", "http://2130706433:9/"])
def test_a_refresh_to_a_private_address_is_refused(web: WebServer, fetcher: Fetcher, target: str) -> None:
    """Where a page sends the browser is guarded like any other address; other schemes are not followed."""
    web.routes = {"/": reply(refreshing(target)), "/header": reply("<p></p>", Refresh=f"0; url={target}")}
    for path in ("/", "/header"):
        with pytest.raises(AddressRefused):
            fetcher.get(web.url(path))


def test_a_refresh_obeys_robots_txt(web: WebServer, fetcher: Fetcher) -> None:
    """A page cannot send the scraper where its site asks programs not to go."""
    web.routes = {
        "/robots.txt": reply("\ufeffUser-agent: *\nDisallow: /private/", "text/plain"),
        "/": reply(refreshing("/private/")),
        "/private/": reply("<p></p>"),
    }
    with pytest.raises(FetchFailed, match=r"robots\.txt asks"):
        fetcher.get(web.url())
    assert "/private/" not in web.paths
