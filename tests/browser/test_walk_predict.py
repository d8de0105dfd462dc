"""Predict in the browser: many photos, one viewed in detail, two added to the catalog."""

import io
import re
import shutil
import zipfile
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog
from emotion_core.settings import Workspace
from tests.browser.app_server import AppServer
from tests.browser.walker import Walker

pytestmark = pytest.mark.browser

Walk = Callable[[AppServer], Walker]
COUNT = 24
DRAWN = "image => image.complete && image.naturalWidth > 0"
# Sizes within the table, which is a canvas: its rows are found by their position.
HEADER_PX, ROW_PX, CHECKBOX_PX = 35, 56, 16


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(COUNT):
            archive.writestr(f"{number}.jpg", photo_bytes("happy", 600 + number))
    return out.getvalue()


@pytest.fixture
def walker(fresh_server: AppServer, studied: Workspace, walk: Walk) -> Walker:
    """Return a walker on Predict, in a workspace with a trained network."""
    shutil.copytree(studied.root, fresh_server.workspace.root, dirs_exist_ok=True)
    walker = walk(fresh_server)
    # Named, as it learned from drawings: the starter would answer before it.
    network = next(studied.runs.glob("*/model.tflite")).parent.name
    walker.open(f"predict?run={network}")
    walker.arrive("Predict")
    return walker


def _choose_row(walker: Walker, row: int) -> None:
    # A photo that is viewed lies far below.
    walker.page.get_by_role("heading", level=1).scroll_into_view_if_needed()
    table, box = walker.page.get_by_test_id("stDataFrame"), None
    # It moves while the elements above it are drawn.
    while box is None or box != table.bounding_box():
        box = table.bounding_box()
        walker.page.wait_for_timeout(500)
    walker.page.mouse.click(box["x"] + CHECKBOX_PX, box["y"] + HEADER_PX + (row + 0.5) * ROW_PX)


def _see_pictures(walker: Walker, count: int) -> None:
    pictures = walker.page.get_by_role("tabpanel").locator("img")
    expect(pictures).to_have_count(count)
    for picture in pictures.all():
        walker.page.wait_for_function(DRAWN, arg=picture.element_handle())


def test_photos_of_a_zip_are_classified_viewed_and_added(walker: Walker, fresh_server: AppServer) -> None:
    """A row of the table opens its photo with explanations; selected rows are added under one label."""
    catalog = Catalog(fresh_server.workspace)
    before = set(catalog.photo_ids())
    walker.upload(0, ("many.zip", _zip()))
    walker.see(f"{COUNT} photos")
    _choose_row(walker, 1)
    walker.see("many.zip/1.jpg")
    walker.see(re.compile(r"^P\(sad\) = [01]\.\d{3}$"))
    walker.page.get_by_text("Why?").click()
    walker.see("Each part was covered in turn")
    _see_pictures(walker, 2)
    walker.page.get_by_role("tab", name="What each block sees").click()
    walker.see("conv1: 4 of 4 filters")
    walker.page.get_by_role("tab", name="Similar training photos").click()
    walker.see("The training photos closest to this one")
    _see_pictures(walker, 6)
    _choose_row(walker, 2)
    walker.see("as predicted")
    walker.page.get_by_test_id("stMain").get_by_role("radio", name="happy", exact=True).click()
    walker.press("Add 2 to my photos")
    walker.see("Added 2.")
    added = catalog.photos_of(sorted(set(catalog.photo_ids()) - before))
    assert sorted(photo.name for photo in added) == ["many.zip/1.jpg", "many.zip/2.jpg"]
    assert {photo.label for photo in added} == {"happy"}
    walker.page.get_by_role("link", name="Go to Review").click()
    walker.arrive("Review")
    walker.see(re.compile(rf"of {len(before) + 2} photos"))
