"""Fetching over real sockets: what is allowed, what is refused, and how downloads end."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from emotion_core.collect import Download, Fetcher, Limits, Page
from emotion_core.collect.web.exchange import user_agent
from emotion_core.errors import AddressRefused, CollectError, FetchFailed
from tests.collect.web_server import WebServer, jpeg, redirect, reply

QUICK = Limits(connect_seconds=2, read_seconds=2, total_seconds=1.5, page_bytes=200_000, image_bytes=300_000, retries=0)
FORMS = [
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "0.0.0.0",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "169.254.169.254",
    "[::1]",
    "[::127.0.0.1]",
]
# Resolvers of different systems read these differently; none of them may lead to a connection.
ODD_FORMS = [
    "127.0.0.1.",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "127.0.0.1%00.example",
    "a.example@127.0.0.1",
    "0x7f.1",
    "0",
    "LocalHost.",
    "[::]",
    "[::1%25lo]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::80ff:fffe]",
    "[fe80::1%25lo]",
]


@pytest.fixture
def fetcher(web: WebServer) -> Iterator[Fetcher]:
    """A fetcher that may reach that server."""
    with Fetcher(allowed_hosts=[web.host_port], limits=QUICK) as opened:
        yield opened


def test_an_allowed_host_is_fetched(web: WebServer, fetcher: Fetcher) -> None:
    """A page and a picture of an allowed host arrive whole, and we introduce ourselves by name."""
    web.routes = {"/": reply("<p>Grüße</p>"), "/a.jpg": reply(jpeg(), "image/jpeg")}

    assert fetcher.get_page(web.url()).html == "<p>Grüße</p>"
    assert fetcher.get_image(web.url("/a.jpg")).data == jpeg()
    assert fetcher.get_image(web.url("/a.jpg")).content_type == "image/jpeg"
    assert set(web.agents) == {"EmotionClassifier/0.1"}


@pytest.mark.parametrize("form", FORMS)
def test_every_spelling_of_a_private_address_is_refused(web: WebServer, form: str) -> None:
    """No spelling of loopback or metadata addresses is connected to; the listening server sees no connection."""
    with Fetcher(limits=QUICK) as opened, pytest.raises(AddressRefused):
        opened.get_page(f"http://{form}:{web.port}/")
    assert web.connections == 0


@pytest.mark.parametrize("form", ODD_FORMS)
def test_odd_spellings_reach_no_server(web: WebServer, form: str) -> None:
    """Spellings that only some resolvers accept raise CollectError, without a connection."""
    with Fetcher(limits=QUICK) as opened, pytest.raises(CollectError):
        opened.get_page(f"http://{form}:{web.port}/")
    assert web.connections == 0


def test_a_name_that_changes_its_answer_is_refused(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that resolves to a public address first and to loopback later never leads to loopback."""
    answers = iter(["203.0.113.9"] + ["127.0.0.1"] * 20)
    answered = []

    def rebinding(_host: str, port: int, *_args: object, **_options: object) -> list[tuple[object, ...]]:
        answered.append(next(answers))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answered[-1], port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with Fetcher(limits=QUICK) as opened:
        for _ in range(3):
            with pytest.raises(CollectError):
                opened.get_page(f"http://rebinding.example:{web.port}/")
    assert len(answered) >= 3
    assert web.connections == 0


def test_the_checked_answer_is_the_one_connected_to(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is looked up once per connection, so the checked address is the one connected to."""
    asked = []
    real = socket.getaddrinfo

    def counting(host: str, port: int, *args: object, **options: object) -> object:
        asked.append(host)
        return real("127.0.0.1", port, *args, **options)

    web.routes = {"/": reply("<p>here</p>")}
    monkeypatch.setattr(socket, "getaddrinfo", counting)
    with Fetcher(allowed_hosts=[f"name.example:{web.port}"], limits=QUICK, obey_robots=False) as opened:
        assert opened.get_page(f"http://name.example:{web.port}/").html == "<p>here</p>"
    assert asked == ["name.example"]


def test_another_port_of_an_allowed_host_is_refused(web: WebServer, fetcher: Fetcher) -> None:
    """Allowing one server on loopback does not open the others."""
    with WebServer() as other:
        with pytest.raises(AddressRefused, match="Expected a public server"):
            fetcher.get_page(other.url())
        assert other.connections == 0


def test_a_redirect_to_a_private_address_is_refused(web: WebServer, fetcher: Fetcher) -> None:
    """An allowed host cannot send us on to another private one, whatever the kind of redirect."""
    with WebServer() as other:
        for target in (
            other.url(),
            f"http://localhost:{web.port}/",
            "http://169.254.169.254/latest/",
            "file:///etc/passwd",
        ):
            web.routes = {"/": redirect(target)}
            with pytest.raises(AddressRefused):
                fetcher.get_page(web.url())
        assert other.connections == 0


@pytest.mark.parametrize(
    "target",
    [
        "//127.0.0.1:{port}/",
        "\\\\127.0.0.1:{port}/",
        "http:\\\\127.0.0.1:{port}/",
        "http://127.0.\t0.1:{port}/",
        "http://{allowed}@127.0.0.1:{port}/",
        "http://{allowed}\\@127.0.0.1:{port}/",
        "http://[::1",
        "http://127.0.0.1:{port}#@{allowed}/",
    ],
)
def test_a_disguised_redirect_reaches_no_other_server(web: WebServer, fetcher: Fetcher, target: str) -> None:
    """Browsers and libraries read such targets differently; none of them leads to a server that is not allowed."""
    with WebServer() as other:
        web.routes = {"/": redirect(target.format(port=other.port, allowed=web.host_port))}
        with pytest.raises(CollectError):
            fetcher.get_page(web.url())
        assert other.connections == 0


def test_redirects_end(web: WebServer, fetcher: Fetcher) -> None:
    """A redirect is followed and its target reported; a redirect loop ends in an error."""
    web.routes = {"/": redirect("/there"), "/there": reply("<p>there</p>"), "/round": redirect("/round")}

    assert fetcher.get_page(web.url()).url == web.url("/there")
    with pytest.raises(FetchFailed, match="at most 5 redirects"):
        fetcher.get_page(web.url("/round"))


def test_proxies_and_netrc_of_the_environment_are_not_used(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment would connect for us, unchecked; it is ignored."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, web.url())
    with Fetcher(limits=QUICK) as opened, pytest.raises(CollectError):
        opened.get_page("http://10.0.0.1/")
    assert web.connections == 0


def endless(handler: BaseHTTPRequestHandler) -> None:
    """Send zeros for ever."""
    handler.send_response(200)
    handler.send_header("Content-Type", "image/jpeg")
    handler.end_headers()
    handler.close_connection = True
    while True:
        handler.wfile.write(bytes(65536))


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """Send a byte ten times a second."""
    handler.send_response(200)
    handler.send_header("Content-Type", "image/jpeg")
    handler.end_headers()
    handler.close_connection = True
    for _ in range(100):
        handler.wfile.write(b"x")
        time.sleep(0.1)


def dripping_headers(handler: BaseHTTPRequestHandler) -> None:
    """Send a header line ten times a second."""
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        handler.wfile.write(f"X-{number}: 1\r\n".encode())
        time.sleep(0.1)


def test_an_endless_body_is_cut_off(web: WebServer, fetcher: Fetcher) -> None:
    """An endless body is abandoned at the size limit."""
    web.routes = {"/a.jpg": endless}
    with pytest.raises(FetchFailed, match=r"too large\. Expected at most 300,000 bytes"):
        fetcher.get_image(web.url("/a.jpg"))


def test_a_body_with_too_large_a_content_length_is_not_read(web: WebServer, fetcher: Fetcher) -> None:
    """If Content-Length is above the limit, the download fails without waiting for the body."""

    def announce(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "300001")
        handler.end_headers()
        time.sleep(4)

    web.routes = {"/a.jpg": announce}
    with pytest.raises(FetchFailed, match="too large"):
        fetcher.get_image(web.url("/a.jpg"))


def test_a_gzip_bomb_does_not_unfold(web: WebServer, fetcher: Fetcher) -> None:
    """A small compressed body that expands to 400 MB is abandoned at the size limit, not after it."""
    bomb = gzip.compress(gzip.compress(bytes(400_000_000), 1), 9)
    web.routes = {"/": reply(bomb, Content_Encoding="gzip, gzip")}
    started = time.thread_time()

    with pytest.raises(FetchFailed, match="too large"):
        fetcher.get_page(web.url())
    assert time.thread_time() - started < 1.0


@pytest.mark.parametrize("answer", [dripping, dripping_headers])
def test_a_slow_drip_ends_in_time(web: WebServer, fetcher: Fetcher, answer: object) -> None:
    """A server that sends a few bytes again and again cannot exceed the total time."""
    web.routes = {"/a.jpg": answer}  # type: ignore[dict-item]
    started = time.monotonic()

    with pytest.raises(FetchFailed, match=r"took too long. Expected at most 1\.5 seconds"):
        fetcher.get_image(web.url("/a.jpg"))
    assert time.monotonic() - started < 3


def test_closing_cancels_downloads_in_progress(web: WebServer) -> None:
    """A download in another thread fails at once when the fetcher is closed, and the error says why."""
    web.routes = {"/a.jpg": dripping}
    opened = Fetcher(allowed_hosts=[web.host_port], limits=Limits(total_seconds=60))
    failures = []

    def work() -> None:
        try:
            opened.get_image(web.url("/a.jpg"))
        except FetchFailed as error:
            failures.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    while "/a.jpg" not in web.paths:
        time.sleep(0.01)
    opened.close()
    thread.join(45)

    assert not thread.is_alive()
    assert "was canceled" in failures[0]


def test_failures_read_as_sentences(web: WebServer, fetcher: Fetcher) -> None:
    """A status, a refused connection and a missing host are explained in words, without library internals."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = f"127.0.0.1:{unused.getsockname()[1]}"
        with Fetcher(allowed_hosts=[closed], limits=QUICK, obey_robots=False) as other:
            with pytest.raises(FetchFailed, match="Nothing is listening at that host and port"):
                other.get_page(f"http://{closed}/")
            with pytest.raises(FetchFailed, match="The host name does not exist") as caught:
                other.get_page("http://no-such-host.invalid/")
    assert "object at" not in str(caught.value)
    with pytest.raises(FetchFailed, match=r"answered 404 \(Not Found\)"):
        fetcher.get_page(web.url("/missing"))


@pytest.mark.parametrize("content_type", ["image/png", "text/plain"])
def test_only_pages_are_pages(web: WebServer, fetcher: Fetcher, content_type: str) -> None:
    """A picture or a text in place of a page is refused by its content type, before its body is read."""
    web.routes = {"/": reply(b"x", content_type), "/endless": endless}
    with pytest.raises(FetchFailed, match=f"Expected text/html or.* Received: content_type='{content_type}'"):
        fetcher.get_page(web.url())
    with pytest.raises(FetchFailed, match="content_type='image/jpeg'"):
        fetcher.get_page(web.url("/endless"))


def test_get_returns_pages_and_files(web: WebServer, fetcher: Fetcher) -> None:
    """HTML and JSON arrive as pages with their type, anything else as a file, each within the limit of its kind."""
    web.routes = {
        "/": reply("<p>Grüße</p>"),
        "/api": reply('{"results": []}', "application/json"),
        "/a.jpg": reply(jpeg(), "image/jpeg"),
        "/unnamed": reply(jpeg(), ""),
        "/page": reply("<p>x</p> " * 28_000),
        "/picture": reply(bytes(250_000), "image/jpeg"),
    }

    page, answered = fetcher.get(web.url()), fetcher.get(web.url("/api"))
    assert page == fetcher.get_page(web.url())
    assert page == Page(web.url(), "<p>Grüße</p>", 14, "text/html; charset=utf-8")
    assert answered == Page(web.url("/api"), '{"results": []}', 15, "application/json")
    assert fetcher.get(web.url("/a.jpg")) == Download(web.url("/a.jpg"), jpeg(), "image/jpeg")
    assert fetcher.get(web.url("/unnamed")) == Download(web.url("/unnamed"), jpeg(), "")
    assert isinstance(fetcher.get(web.url("/picture")), Download)
    with pytest.raises(FetchFailed, match="at most 200,000 bytes"):
        fetcher.get(web.url("/page"))


def test_robots_rules_are_obeyed(web: WebServer) -> None:
    """What robots.txt disallows is not requested, the file is read once, and obey_robots=False ignores it."""
    rules = "User-agent: *\nDisallow: /private/*.jpg$\n"
    web.routes = {
        "/robots.txt": reply(rules, "text/plain"),
        "/private/a.jpg": reply(jpeg(), "image/jpeg"),
        "/": reply(""),
    }
    with Fetcher(allowed_hosts=[web.host_port], limits=QUICK) as opened:
        opened.get_page(web.url())
        with pytest.raises(FetchFailed, match=r"robots.txt asks programs not to"):
            opened.get_image(web.url("/private/a.jpg"))
    assert web.paths == ["/robots.txt", "/"]
    with Fetcher(allowed_hosts=[web.host_port], limits=QUICK, obey_robots=False) as opened:
        assert opened.get_image(web.url("/private/a.jpg")).data == jpeg()


def test_the_contact_is_part_of_the_user_agent() -> None:
    """A contact is sent along, without characters that would break the header."""
    assert user_agent("mail@a.example\r\nX: 1") == "EmotionClassifier/0.1 (+mail@a.exampleX: 1)"
    assert user_agent() == "EmotionClassifier/0.1"


def test_encrypted_connections_are_guarded_too(web: WebServer, fetcher: Fetcher) -> None:
    """Over https, private addresses are refused before the handshake, and a failed handshake is explained in words."""
    with Fetcher(limits=QUICK) as strict, pytest.raises(AddressRefused):
        strict.get_page(web.url().replace("http:", "https:"))
    assert web.connections == 0
    with pytest.raises(FetchFailed, match="certificate is not trusted, or its encryption is not supported"):
        Fetcher(allowed_hosts=[web.host_port], limits=QUICK, obey_robots=False).get_page(f"https://{web.host_port}/")
    assert web.connections == 1
