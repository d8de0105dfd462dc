"""Collect in the browser: a scrape with progress and tally, and clear sentences for what is refused."""

import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from app_server import AppServer
from playwright.sync_api import expect
from walker import STUDY_PATIENCE_MS, Walker

from emotion_core.collect.samples.gallery import photo_bytes
from emotion_core.dataset import Catalog

pytestmark = pytest.mark.browser

Walk = Callable[[AppServer], Walker]


@pytest.fixture
def private_site() -> Iterator[tuple[str, list[str]]]:
    """Return the address of a web server on loopback and the list of what was asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as site:
        threading.Thread(target=site.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{site.server_port}/", asked
        site.shutdown()


def _collect(server: AppServer, walk: Walk) -> Walker:
    walker = walk(server)
    walker.open("collect")
    walker.arrive("Collect")
    return walker


def test_the_sample_gallery_is_scraped_with_progress_and_tally(server: AppServer, walk: Walk) -> None:
    """The form as it stands scrapes one class of the gallery, shows how far it is, and counts what came in."""
    walker = _collect(server, walk)
    walker.press("Scrape")
    walker.see(re.compile(r"page \d of 4 · \d+ of \d+ pictures"))
    tally = walker.see(re.compile(r"\d+ added, \d+ there already, \d+ rejected\."), patience_ms=STUDY_PATIENCE_MS)
    added = int(tally.inner_text().split()[0])
    assert added > 200
    assert Catalog(server.workspace).usable_counts()["happy"] == added
    walker.settle()
    expect(walker.page.get_by_test_id("stSidebar").get_by_text(f"{added} happy")).to_be_visible()


def test_a_scrape_that_is_stopped_goes_on(fresh_server: AppServer, walk: Walk) -> None:
    """After Stop the page says what there is, and Go on brings the rest without counting anything twice."""
    walker = _collect(fresh_server, walk)
    walker.page.get_by_text("Limits and manners").click()
    # The gallery would be done before anybody could press Stop.
    walker.page.get_by_role("spinbutton", name="Seconds between requests").fill("0.05")
    walker.press("Scrape")
    walker.see(re.compile(r"[1-9]\d* added, 0 there already"))
    walker.press("Stop")
    walker.see(re.compile(r"Stopped on request\. \d+ added"))
    walker.press("Go on")
    walker.see("240 added, 0 there already, 0 rejected.", patience_ms=STUDY_PATIENCE_MS)


def test_a_corrupt_upload_is_shown_with_its_reason(server: AppServer, walk: Walk) -> None:
    """Of two uploaded files the photo is added, and the other one is counted as rejected in a table of reasons."""
    walker = _collect(server, walk)
    walker.page.get_by_role("tab", name="Upload files").click()
    walker.upload(0, ("good.jpg", photo_bytes("sad", 900)), ("broken.jpg", b"\xff\xd8\xff\xe0 nothing"))
    panel = walker.page.get_by_role("tabpanel").filter(has_text="Label of single photos")
    panel.get_by_text("sad", exact=True).click()
    walker.settle()
    walker.press("Add to my photos")
    walker.see("1 added, 0 there already, 1 rejected.", patience_ms=STUDY_PATIENCE_MS)
    expect(walker.page.get_by_test_id("stDataFrame")).to_be_visible()


def test_a_private_address_is_refused_in_a_sentence_and_never_asked(
    fresh_server: AppServer, private_site: tuple[str, list[str]], walk: Walk
) -> None:
    """A server on this machine that was not allowed is not contacted, and the page says what to do about it."""
    url, asked = private_site
    walker = _collect(fresh_server, walk)
    walker.page.get_by_text("Web page", exact=True).click()
    # For a moment the gallery's field and the empty one that takes its place are both there.
    field = walker.page.get_by_label("Page", exact=True)
    expect(field.and_(walker.page.locator("[value^=http]"))).to_have_count(0)
    field.fill(url)
    walker.press("Scrape")
    walker.see(re.compile(r"not on the public Internet.*allow its host and port", re.S))
    assert asked == []
