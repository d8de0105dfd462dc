"""Collect in the browser: a scrape with progress and counts, and clear messages for what is refused."""

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog
from tests.browser.app_server import AppServer
from tests.browser.walker import STUDY_PATIENCE_MS, Walker

pytestmark = pytest.mark.browser

Walk = Callable[[AppServer], Walker]
PICTURES = 6


@dataclass
class Site:
    """A web server on loopback.

    Attributes:
        url: its page, which shows ``PICTURES`` pictures.
        asked: the requested paths.
        gate: while it is shut, requests for all pictures but the first one wait.
    """

    url: str
    asked: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def private_site() -> Iterator[Site]:
    """Return a web server on loopback whose gate is shut."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            number = re.fullmatch(r"/(\d+)\.jpg", self.path)
            if number is None:
                page = "".join(f'<img src="/{index}.jpg" width=600 height=600>' for index in range(PICTURES))
                self._send("text/html", page.encode())
                return
            if int(number[1]):
                site.gate.wait()
            self._send("image/jpeg", photo_bytes("happy", int(number[1])))

        def _send(self, content_type: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            # The client may have been stopped while it waited.
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site = Site(f"http://127.0.0.1:{server.server_port}/")
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield site
        site.gate.set()
        server.shutdown()


def _collect(server: AppServer, walk: Walk) -> Walker:
    walker = walk(server)
    walker.open("collect")
    walker.arrive("Collect")
    return walker


def _open_more(walker: Walker) -> None:
    walker.page.get_by_text("More: searches").click()
    expect(walker.page.get_by_role("tab", name="From the web")).to_be_visible()


def _enter_web_page(walker: Walker, url: str) -> None:
    _open_more(walker)
    walker.page.get_by_text("Web page", exact=True).click()
    # For a moment the gallery's field and its successor are both on the page.
    page_field = walker.page.get_by_label("Page", exact=True)
    expect(page_field.and_(walker.page.locator("[value^=http]"))).to_have_count(0)
    walker.settle()
    expect(page_field).to_have_count(1)
    page_field.fill(url)


def test_the_sample_gallery_is_scraped_with_progress_and_counts(server: AppServer, walk: Walk) -> None:
    """The unchanged form scrapes one class of the gallery, with its progress and counts."""
    walker = _collect(server, walk)
    _open_more(walker)
    walker.press("Scrape")
    walker.see(re.compile(r"page \d of 4 · \d+ of \d+ pictures"))
    summary = walker.see(re.compile(r"\d+ added, \d+ already there, \d+ rejected\."), patience_ms=STUDY_PATIENCE_MS)
    added = int(summary.inner_text().split()[0])
    assert added > 200
    assert Catalog(server.workspace).usable_counts()["happy"] == added
    walker.settle()
    expect(walker.page.get_by_test_id("stSidebar").get_by_text(f"{added} happy")).to_be_visible()


def test_a_stopped_scrape_can_be_resumed(fresh_server: AppServer, private_site: Site, walk: Walk) -> None:
    """After Stop the page shows what was added, and Resume collects the rest without downloading anything twice."""
    walker = _collect(fresh_server, walk)
    _enter_web_page(walker, private_site.url)
    walker.page.get_by_role("textbox", name="Private address to allow").fill(private_site.url.split("/")[2])
    walker.press("Scrape")
    walker.see("1 added, 0 already there")
    walker.press("Stop")
    walker.see("Stopped on request. 1 added")
    private_site.gate.set()
    walker.press("Resume")
    walker.see(f"{PICTURES} added, 0 already there, 0 rejected.", patience_ms=STUDY_PATIENCE_MS)
    assert private_site.asked.count("/0.jpg") == 1


def test_a_corrupt_upload_is_shown_with_its_reason(server: AppServer, walk: Walk) -> None:
    """Of two uploaded files the photo is added, and the other one is listed with the reason for its rejection."""
    walker = _collect(server, walk)
    _open_more(walker)
    walker.page.get_by_role("tab", name="Files with classes").click()
    walker.upload(2, ("good.jpg", photo_bytes("sad", 900)), ("broken.jpg", b"\xff\xd8\xff\xe0 nothing"))
    panel = walker.page.get_by_role("tabpanel").filter(has_text="Label for these photos")
    panel.get_by_text("sad", exact=True).click()
    walker.settle()
    walker.press("Add to my photos")
    walker.see("1 added, 0 already there, 1 rejected.", patience_ms=STUDY_PATIENCE_MS)
    expect(walker.page.get_by_test_id("stDataFrame")).to_be_visible()


def test_a_private_address_is_refused_and_never_contacted(
    fresh_server: AppServer, private_site: Site, walk: Walk
) -> None:
    """A server on this machine that was not allowed is not contacted, and the page says how to allow it."""
    walker = _collect(fresh_server, walk)
    _enter_web_page(walker, private_site.url)
    walker.press("Scrape")
    walker.see(re.compile(r"not on the public Internet.*allow its host and port", re.S))
    assert private_site.asked == []


def test_a_held_button_records_photos_into_its_box(fresh_server: AppServer, walk: Walk) -> None:
    """For as long as the button is held, by mouse or key, the camera gives photos, which get the box's label."""
    walker = _collect(fresh_server, walk)
    walker.page.get_by_role("radio", name="Webcam").nth(1).click()
    button = walker.page.get_by_role("button", name="Hold to record")
    expect(button).to_be_enabled()
    button.hover()
    walker.page.mouse.down()
    expect(walker.page.get_by_role("status").filter(has_text=re.compile(r"^([3-9]|\d\d) photos$"))).to_be_visible()
    walker.page.mouse.up()
    # The picture of Chromium's camera turns, so that no two frames are one photo.
    walker.see(re.compile(r"^\d+ added, \d+ already there, 0 rejected\."))
    assert Catalog(fresh_server.workspace).usable_counts()["sad"] >= 2
