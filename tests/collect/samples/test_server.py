"""The sample website over real HTTP on loopback: its pages, its photos, and what it refuses."""

import http.client
import io
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import requests
from bs4 import BeautifulSoup
from PIL import Image

from emotion_core.collect.samples import SampleServer, photo_bytes, serve_forever
from emotion_core.errors import CollectError, SettingsError
from emotion_core.settings import PACKAGE


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    """A running gallery, shared by the tests that only read."""
    with SampleServer() as running:
        yield running


def fetch(server: SampleServer, path: str) -> requests.Response:
    """Request a path of the gallery."""
    return requests.get(f"http://{server.host_port}{path}", timeout=120)


def raw_response(server: SampleServer, request: bytes) -> bytes:
    """Send raw bytes, as no well-behaved client would, and return the whole response."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=120) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("label", ["happy", "sad"])
def test_four_pages_hold_240_different_photos(server: SampleServer, label: str) -> None:
    """The selector for photos matches 60 on each page, without repetition and without the logo."""
    sources: list[str] = []
    for page in (1, 2, 3, 4):
        soup = BeautifulSoup(requests.get(server.url(label, page), timeout=120).text, "html.parser")
        page_sources = [str(image["src"]) for image in soup.select("img.photo")]
        assert len(page_sources) == 60
        assert len(soup.select("img")) == 61
        sources += page_sources
    assert len(set(sources)) == 240
    assert all(source.startswith(f"/photos/{label}/") for source in sources)


def test_first_page_is_the_default(server: SampleServer) -> None:
    """The address of a class shows its page 1."""
    assert requests.get(server.url("sad"), timeout=120).text == requests.get(server.url("sad", 1), timeout=10).text


def test_pager_leads_through_all_pages(server: SampleServer) -> None:
    """Following rel=next from page 1 visits four pages, and rel=prev leads back."""
    address, visited = "/happy?page=1", []
    while address:
        visited.append(address)
        soup = BeautifulSoup(fetch(server, address).text, "html.parser")
        following = soup.select_one("a[rel=next]")
        address = str(following["href"]) if following else ""
    assert visited == [f"/happy?page={page}" for page in (1, 2, 3, 4)]
    previous = soup.select_one("a[rel=prev]")
    assert previous is not None
    assert previous["href"] == "/happy?page=3"


def test_page_states_the_licence_and_describes_each_photo(server: SampleServer) -> None:
    """A scraper can record the license, and a screen reader gets a description."""
    soup = BeautifulSoup(requests.get(server.url("happy", 1), timeout=120).text, "html.parser")
    licence = soup.select_one("a[rel=license]")
    assert licence is not None
    assert licence["href"] == "https://www.apache.org/licenses/LICENSE-2.0"
    assert soup.select("img.photo")[16]["alt"] == "Drawn portrait 17 of the happy gallery"
    assert soup.select("img.photo")[16]["src"] == "/photos/happy/0017.jpg"


def test_photo_is_the_drawn_one(server: SampleServer) -> None:
    """File 0017 is the portrait of index 16, as a JPEG of 256 pixels."""
    response = fetch(server, "/photos/sad/0017.jpg")
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.content == photo_bytes("sad", 16)
    assert Image.open(io.BytesIO(response.content)).size == (256, 256)


def test_index_links_to_both_classes(server: SampleServer) -> None:
    """The start page leads to the happy and to the sad gallery, and its pictures load."""
    soup = BeautifulSoup(fetch(server, "/").text, "html.parser")
    assert {"/happy?page=1", "/sad?page=1"} <= {str(link["href"]) for link in soup.select("main a")}
    assert all(fetch(server, str(image["src"])).status_code == 200 for image in soup.select("img"))


def test_robots_allow_everything(server: SampleServer) -> None:
    """robots.txt allows every path."""
    response = fetch(server, "/robots.txt")
    assert (response.status_code, response.text) == (200, "User-agent: *\nAllow: /\n")


@pytest.mark.parametrize("page", ["0", "5", "-1", "two", "", "1.0", "¹", "%00", "11"])
def test_page_out_of_range_is_not_found(server: SampleServer, page: str) -> None:
    """The response for a missing page names the existing pages."""
    response = fetch(server, f"/happy?page={page}")
    assert response.status_code == 404
    assert "has pages 1 to 4" in response.text


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/happy/",
        "/photos/happy/0000.jpg",
        "/photos/happy/0241.jpg",
        "/photos/happy/17.jpg",
        "/photos/angry/0001.jpg",
        "/static/../pyproject.toml",
        "/photos/happy/..%2f..%2f..%2fpyproject.toml",
    ],
)
def test_unknown_path_is_not_found(server: SampleServer, path: str) -> None:
    """Nothing but the gallery's own pages is served."""
    assert fetch(server, path).status_code == 404


@pytest.mark.parametrize("target", ["/../../../../etc/passwd", "//[", "/photos/happy/\u00b9234.jpg", "http://[/"])
def test_hostile_target_is_not_found(server: SampleServer, target: str) -> None:
    """Targets that no client library would send get a plain 404."""
    response = raw_response(server, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert response.startswith(b"HTTP/1.1 404 ")


def test_echoed_input_is_escaped(server: SampleServer) -> None:
    """Neither a path nor a page number can inject a tag into the page."""
    for target in ("/<script>x</script>", "/happy?page=<script>"):
        response = raw_response(server, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert response.startswith(b"HTTP/1.1 404 ")
        assert b"<script" not in response
        assert b"&lt;script" in response


@pytest.mark.parametrize("path", ["/", "/happy?page=2", "/photos/happy/0003.jpg", "/nowhere"])
def test_head_has_the_headers_of_get(server: SampleServer, path: str) -> None:
    """HEAD has the status, type and length of GET without a body, and content sniffing is turned off."""
    full = fetch(server, path)
    head = requests.head(f"http://{server.host_port}{path}", timeout=120)
    assert (head.status_code, head.content) == (full.status_code, b"")
    assert head.headers["Content-Length"] == full.headers["Content-Length"] == str(len(full.content))
    assert head.headers["Content-Type"] == full.headers["Content-Type"]
    assert head.headers["X-Content-Type-Options"] == "nosniff"


def test_other_methods_are_refused(server: SampleServer) -> None:
    """POST is not implemented."""
    assert requests.post(server.url("happy"), data={"a": "b"}, timeout=120).status_code == 501


def test_connection_is_kept_for_the_next_request(server: SampleServer) -> None:
    """Two requests use the same connection and socket."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.request("GET", "/robots.txt")
    connection.getresponse().read()
    first = connection.sock
    connection.request("GET", "/happy?page=1")
    assert connection.getresponse().status == 200
    assert first is not None
    assert connection.sock is first
    connection.close()


def test_requests_write_nothing_to_the_terminal(server: SampleServer, capfd: pytest.CaptureFixture[str]) -> None:
    """Requests, errors and a client that disconnects in the middle write nothing."""
    fetch(server, "/nowhere")
    with socket.create_connection(("127.0.0.1", server.port), timeout=120) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        connection.sendall(b"GET /happy?page=1 HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
    fetch(server, "/happy?page=1")
    assert capfd.readouterr() == ("", "")


def test_url_names_class_and_page() -> None:
    """A URL is built from the port, and an unknown class is refused."""
    server = SampleServer(port=8600)
    assert server.host_port == "127.0.0.1:8600"
    assert server.url("happy") == "http://127.0.0.1:8600/happy"
    assert server.url("sad", page=3) == "http://127.0.0.1:8600/sad?page=3"
    with pytest.raises(SettingsError, match="Received: label='angry'"):
        server.url("angry")


def test_stop_closes_the_port_even_with_an_open_connection() -> None:
    """After stop the port is closed, keep-alive connections are shut down, and the server can be started again."""
    server = SampleServer().start()
    assert server.start() is server
    port = server.port
    with requests.Session() as visitor:
        assert visitor.get(server.url("happy"), timeout=120).status_code == 200
        server.stop()
        server.stop()
        with pytest.raises(requests.ConnectionError):
            visitor.get(f"http://127.0.0.1:{port}/", timeout=120)
    with server:
        assert requests.get(server.url("happy"), timeout=120).status_code == 200


def test_a_port_in_use_is_a_clear_error(server: SampleServer) -> None:
    """Both ways to serve name the port that is in use."""
    with pytest.raises(CollectError, match=f"Received: port={server.port}"):
        SampleServer(port=server.port).start()
    with pytest.raises(CollectError, match="choose another port"):
        serve_forever(server.port)


def test_impossible_port_is_a_clear_error() -> None:
    """The error for an impossible port names the valid range."""
    with pytest.raises(CollectError, match="from 1024 to 65535"):
        serve_forever(70000)


@pytest.mark.usefixtures("interruptible")
def test_serve_forever_announces_and_ends_on_interrupt() -> None:
    """The server responds at the announced address and returns on Ctrl+C."""
    program = (
        "from emotion_core.collect.samples.server import serve_forever;serve_forever(0, lambda a: print(a, flush=True))"
    )
    command = [sys.executable, "-W", "error", "-c", program]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=PACKAGE.parent)
    guard = threading.Timer(30, process.kill)
    guard.start()
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert requests.get(address, timeout=120).status_code == 200
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    finally:
        guard.cancel()
        process.kill()
    assert (process.returncode, errors) == (0, "")
