"""Review in the browser: what is marked by key or mouse is in the catalog, however fast it was done."""

from collections.abc import Callable
from typing import Any

import pytest
from app_server import AppServer
from playwright.sync_api import Locator, expect
from walker import Walker

from emotion_core.dataset import Catalog

pytestmark = pytest.mark.browser

HAPPY = SAD = 6

Walk = Callable[[AppServer], Walker]
Wait = Callable[[Callable[[], Any], str], Any]
Marks = list[tuple[str, str]]


@pytest.fixture
def photos(fresh_server: AppServer, add_photos: Callable[..., list[str]]) -> list[str]:
    """Fill the server's catalog with twelve new photos, the happy ones first."""
    return add_photos(fresh_server.workspace, happy=HAPPY, sad=SAD)


def _catalog(server: AppServer) -> Marks:
    return [(photo.label, photo.status) for photo in Catalog(server.workspace).photos()]


def _unmarked() -> Marks:
    return [("happy", "new")] * HAPPY + [("sad", "new")] * SAD


def _cells(walker: Walker) -> Locator:
    return walker.page.get_by_role("option")


def _filter(walker: Walker, name: str) -> None:
    walker.page.get_by_test_id("stMain").get_by_role("radio", name=name, exact=True).click()


def _shown(walker: Walker, count: int = HAPPY + SAD) -> Marks:
    cells = _cells(walker)
    expect(cells).to_have_count(count)
    return [(str(cell.get_attribute("data-label")), str(cell.get_attribute("data-status"))) for cell in cells.all()]


def _review(server: AppServer, walk: Walk) -> Walker:
    walker = walk(server)
    walker.open("review")
    walker.arrive("Review")
    expect(_cells(walker)).to_have_count(HAPPY + SAD)
    return walker


def _await_catalog(server: AppServer, expected: Marks, wait_until: Wait) -> None:
    wait_until(lambda: _catalog(server) == expected, f"the catalog holds {expected}")


def test_keys_mark_photos_and_the_marks_survive_a_reload(
    fresh_server: AppServer, photos: list[str], walk: Walk, wait_until: Wait
) -> None:
    """K, R, H and S mark and move on, arrows move without marking; all of it is on disk and shown again."""
    walker = _review(fresh_server, walk)
    _cells(walker).first.click()
    for key in (
        "k",
        "r",
        "s",
        "ArrowRight",
        "r",
        "ArrowLeft",
        "ArrowLeft",
        "k",
        "End",
        "ArrowRight",
        "ArrowRight",
        "h",
    ):
        walker.page.keyboard.press(key)
    expected = _unmarked()
    expected[0], expected[1], expected[2] = ("happy", "kept"), ("happy", "rejected"), ("sad", "new")
    expected[3], expected[4] = ("happy", "kept"), ("happy", "rejected")
    expected[6] = ("happy", "new")
    _await_catalog(fresh_server, expected, wait_until)
    assert _shown(walker) == expected
    walker.page.reload()
    walker.arrive("Review")
    assert _shown(walker) == expected
    walker.see("4 happy · 6 sad · 2 rejected")


def test_the_buttons_on_a_photo_mark_it(
    fresh_server: AppServer, photos: list[str], walk: Walk, wait_until: Wait
) -> None:
    """Keep, reject and the other label can be clicked on the photo under the mouse."""
    walker = _review(fresh_server, walk)
    for number, title in ((1, "keep (K)"), (4, "reject (R)"), (7, "other label (H or S)")):
        cell = _cells(walker).nth(number)
        cell.hover()
        cell.get_by_title(title).click()
    expected = _unmarked()
    expected[1], expected[4], expected[7] = ("happy", "kept"), ("happy", "rejected"), ("happy", "new")
    _await_catalog(fresh_server, expected, wait_until)
    assert _shown(walker) == expected


def test_marks_typed_faster_than_the_server_answers_are_all_there(
    fresh_server: AppServer, photos: list[str], walk: Walk, wait_until: Wait
) -> None:
    """Twelve keys without a pause mark twelve photos."""
    walker = _review(fresh_server, walk)
    _cells(walker).first.click()
    walker.page.keyboard.type("krsrkskrhrkh")
    marked = [("happy", "kept"), ("happy", "rejected"), ("sad", "new"), ("happy", "rejected"), ("happy", "kept")]
    marked += [("sad", "new"), ("sad", "kept"), ("sad", "rejected"), ("happy", "new"), ("sad", "rejected")]
    marked += [("sad", "kept"), ("happy", "new")]
    _await_catalog(fresh_server, marked, wait_until)
    assert _shown(walker) == marked


def test_a_mark_that_is_taken_back_is_taken_back(
    fresh_server: AppServer, photos: list[str], walk: Walk, wait_until: Wait
) -> None:
    """Reject and then keep, on one photo, with a pause between them or without, ends with kept."""
    walker = _review(fresh_server, walk)
    _cells(walker).first.click()
    walker.page.keyboard.press("r")
    _await_catalog(fresh_server, [("happy", "rejected"), *_unmarked()[1:]], wait_until)
    walker.page.keyboard.press("ArrowLeft")
    walker.page.keyboard.type("kr")
    walker.page.keyboard.press("ArrowLeft")
    walker.page.keyboard.type("k")
    expected = [("happy", "kept"), ("happy", "kept"), *_unmarked()[2:]]
    _await_catalog(fresh_server, expected, wait_until)


def test_marks_after_coming_back_are_applied_too(
    fresh_server: AppServer, photos: list[str], walk: Walk, wait_until: Wait
) -> None:
    """Leaving the page and coming back keeps the earlier marks, and the later ones are saved as well."""
    walker = _review(fresh_server, walk)
    _cells(walker).first.click()
    walker.page.keyboard.type("rr")
    expected = _unmarked()
    expected[0] = expected[1] = ("happy", "rejected")
    _await_catalog(fresh_server, expected, wait_until)
    for _visit in range(2):
        walker.click_link("Home")
        walker.arrive("Home")
        walker.click_link("Review")
        walker.arrive("Review")
        assert _shown(walker) == expected
    _cells(walker).nth(2).click()
    walker.page.keyboard.type("k")
    expected[2] = ("happy", "kept")
    _await_catalog(fresh_server, expected, wait_until)


def test_a_mark_made_just_before_leaving_is_not_lost(
    fresh_server: AppServer, photos: list[str], walk: Walk, wait_until: Wait
) -> None:
    """Every mark is saved at once, as the page says: also the last one before a click in the sidebar."""
    walker = _review(fresh_server, walk)
    _cells(walker).first.click()
    walker.page.keyboard.press("r")
    walker.click_link("Home")
    walker.arrive("Home")
    _await_catalog(fresh_server, [("happy", "rejected"), *_unmarked()[1:]], wait_until)


def test_a_mark_made_just_before_another_filter_is_not_lost(
    fresh_server: AppServer, photos: list[str], walk: Walk, wait_until: Wait
) -> None:
    """The last mark before another filter is chosen is saved although its photo is no longer shown."""
    walker = _review(fresh_server, walk)
    _cells(walker).first.click()
    walker.page.keyboard.press("r")
    _filter(walker, "sad")
    expect(_cells(walker)).to_have_count(SAD)
    _await_catalog(fresh_server, [("happy", "rejected"), *_unmarked()[1:]], wait_until)


def test_a_filtered_page_keeps_its_photos_while_they_are_marked(
    fresh_server: AppServer, photos: list[str], walk: Walk, wait_until: Wait
) -> None:
    """Among the new photos only, a rejected one stays in place until the filter is chosen again."""
    Catalog(fresh_server.workspace).mark(photos[:1], status="kept")
    walker = _review(fresh_server, walk)
    _filter(walker, "new")
    expect(_cells(walker)).to_have_count(HAPPY + SAD - 1)
    _cells(walker).first.click()
    walker.page.keyboard.type("rk")
    expected = [("happy", "kept"), ("happy", "rejected"), ("happy", "kept"), *_unmarked()[3:]]
    _await_catalog(fresh_server, expected, wait_until)
    walker.settle()
    assert _shown(walker, HAPPY + SAD - 1) == expected[1:]
    _filter(walker, "rejected")
    expect(_cells(walker)).to_have_count(1)
