"""Compare in the browser: a press on a cell shows its photos, and the report opens without a network."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, expect

from emotion_core.settings import Workspace
from tests.browser.app_server import AppServer
from tests.browser.walker import Walker

pytestmark = pytest.mark.browser

Walk = Callable[[AppServer], Walker]
DRAWN = "image => image.complete && image.naturalWidth > 0"


@pytest.fixture
def walker(fresh_server: AppServer, studied: Workspace, walk: Walk) -> Walker:
    """Return a walker on Compare with a finished study."""
    shutil.copytree(studied.root, fresh_server.workspace.root, dirs_exist_ok=True)
    walker = walk(fresh_server)
    walker.open("compare")
    walker.arrive("Compare")
    return walker


def test_every_cell_shows_as_many_photos_as_it_counts(walker: Walker) -> None:
    """The number in each cell is that of the thumbnails beneath, all of which are drawn."""
    for label in ("happy", "sad"):
        for called in ("happy", "sad"):
            cell = walker.page.locator(f".st-key-cell-{label}-{called} button")
            cell.click()
            count = int(cell.inner_text().split()[0])
            walker.see(f"{count} {label} test photos called {called}")
            photos = walker.page.locator("figure img")
            expect(photos).to_have_count(count)
            for photo in photos.all():
                photo.scroll_into_view_if_needed()
                walker.page.wait_for_function(DRAWN, arg=photo.element_handle())


def test_report_opens_offline_and_its_figures_can_be_kept(walker: Walker, browser: Browser, tmp_path: Path) -> None:
    """The file that Compare hands out draws every figure without a network, and saves them as PNG and as SVG."""
    with walker.page.expect_download() as download:
        walker.press("Report (HTML)")
    path = tmp_path / "report.html"
    download.value.save_as(path)
    context = browser.new_context(offline=True)
    broken: list[Error] = []
    page = context.new_page()
    page.on("pageerror", lambda error: broken.append(error))
    page.goto(path.as_uri())
    figures = page.locator(".js-plotly-plot .main-svg:first-child")
    assert figures.count() >= 7
    for begin, name in ((b"\x89PNG", "Save as PNG"), (b"<svg", "Save as SVG")):
        buttons = page.get_by_role("button", name=name)
        assert buttons.count() == figures.count()
        with page.expect_download() as picture:
            buttons.first.click()
        assert Path(picture.value.path()).read_bytes().startswith(begin)
    assert broken == []
    context.close()
