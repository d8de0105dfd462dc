"""Review in the browser: every mark by key or mouse reaches the catalog, however fast."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog, Origin
from tests.browser import app_server
from tests.browser.app_server import AppServer
from tests.browser.walker import Walker

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
    """K, R, H and S mark and move on, arrows and End move without marking; all of it is on disk and shown again."""
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
        "ArrowRight",
        "ArrowRight",
        "h",
        "End",
        "s",
    ):
        walker.page.keyboard.press(key)
    expected = _unmarked()
    expected[0], expected[1], expected[2] = ("happy", "kept"), ("happy", "rejected"), ("sad", "kept")
    expected[3], expected[4] = ("happy", "kept"), ("happy", "rejected")
    expected[6], expected[11] = ("happy", "kept"), ("sad", "kept")
    _await_catalog(fresh_server, expected, wait_until)
    wait_until(lambda: _shown(walker) == expected, "the page shows the marks")
    walker.page.reload()
    walker.arrive("Review")
    wait_until(lambda: _shown(walker) == expected, "the page shows the marks after a reload")
    walker.see("4 happy · 6 sad · 2 rejected · 5 to review")
    walker.see("7 of 12 reviewed")


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
    expected[1], expected[4], expected[7] = ("happy", "kept"), ("happy", "rejected"), ("happy", "kept")
    _await_catalog(fresh_server, expected, wait_until)
    assert _shown(walker) == expected


def test_marks_typed_faster_than_the_server_responds_are_all_saved(
    fresh_server: AppServer, photos: list[str], walk: Walk, wait_until: Wait
) -> None:
    """Twelve keys without a pause mark twelve photos; nothing need be clicked before."""
    walker = _review(fresh_server, walk)
    walker.page.keyboard.type("krsrkskrhrkh")
    marks = {"k": ("", "kept"), "r": ("", "rejected"), "s": ("sad", "kept"), "h": ("happy", "kept")}
    typed = zip("krsrkskrhrkh", _unmarked(), strict=True)
    marked = [(marks[key][0] or label, marks[key][1]) for key, (label, _) in typed]
    _await_catalog(fresh_server, marked, wait_until)
    assert _shown(walker) == marked


def test_a_corrected_mark_is_saved(fresh_server: AppServer, photos: list[str], walk: Walk, wait_until: Wait) -> None:
    """Reject and then keep on one photo, with or without a pause between them, ends with kept."""
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


def test_a_range_is_marked_by_one_letter_and_undone_by_one_undo(
    fresh_server: AppServer, photos: list[str], walk: Walk, wait_until: Wait
) -> None:
    """Shift-click, shift with an arrow and a drag select ranges, Ctrl-click one more; U and Ctrl+Z go back in steps."""
    walker = _review(fresh_server, walk)
    cells, keyboard = _cells(walker), walker.page.keyboard
    cells.nth(1).click()
    cells.nth(3).click(modifiers=["Shift"])
    keyboard.press("Shift+ArrowRight")
    cells.nth(7).click(modifiers=["Control"])
    cells.nth(2).click(modifiers=["Control"])
    chosen = [1, 3, 4, 7]
    assert [cell.get_attribute("aria-selected") == "true" for cell in cells.all()] == [n in chosen for n in range(12)]
    keyboard.press("r")
    first = [(label, "rejected" if n in chosen else "new") for n, (label, _) in enumerate(_unmarked())]
    _await_catalog(fresh_server, first, wait_until)
    cells.nth(8).hover()
    walker.page.mouse.down()
    cells.nth(10).hover()
    walker.page.mouse.up()
    keyboard.press("h")
    second = [("happy", "kept") if n in (8, 9, 10) else mark for n, mark in enumerate(first)]
    _await_catalog(fresh_server, second, wait_until)
    keyboard.press("u")
    _await_catalog(fresh_server, first, wait_until)
    keyboard.press("Control+z")
    _await_catalog(fresh_server, _unmarked(), wait_until)
    expect(cells.nth(1)).to_have_attribute("data-status", "new")
    walker.see("rejected is new again (4 photos)")
    walker.see("0 of 12 reviewed")
    keyboard.press("u")
    walker.see("There is nothing to undo.")


def test_a_screen_reader_gets_labels_statuses_and_marks(fresh_server: AppServer, photos: list[str], walk: Walk) -> None:
    """The grid is a list of options with label, status and name, one of them in the tab order; marks are announced."""
    walker = _review(fresh_server, walk)
    expect(walker.page.get_by_role("listbox", name="Photos")).to_have_attribute("aria-multiselectable", "true")
    expect(_cells(walker).first).to_have_accessible_name("happy, new, happy-0.jpg")
    assert [cell.get_attribute("tabindex") for cell in _cells(walker).all()] == ["0"] + ["-1"] * 11
    _cells(walker).first.focus()
    walker.page.keyboard.press("k")
    expect(walker.page.get_by_role("status").get_by_text("happy-0.jpg: kept")).to_be_visible()
    expect(_cells(walker).first).to_have_accessible_name("happy, kept, happy-0.jpg")
    expect(_cells(walker).nth(1)).to_be_focused()
    expect(_cells(walker).nth(1)).to_have_attribute("tabindex", "0")


def test_brackets_find_the_photos_to_review(fresh_server: AppServer, photos: list[str], walk: Walk) -> None:
    """] goes to the next new photo, [ to the one before."""
    Catalog(fresh_server.workspace).mark([photos[n] for n in (0, 2, 3, 4)], status="kept")
    walker = _review(fresh_server, walk)
    _cells(walker).first.click()
    for key, number in (("]", 1), ("]", 5), ("[", 1), ("[", 1)):
        walker.page.keyboard.press(key)
        expect(_cells(walker).nth(number)).to_be_focused()


def test_space_enlarges_a_photo_with_its_card(
    fresh_server: AppServer, photos: list[str], walk: Walk, wait_until: Wait
) -> None:
    """The enlarged photo can be marked by key and button, the next one follows, and its card shows its facts."""
    walker = _review(fresh_server, walk)
    keyboard, dialog = walker.page.keyboard, walker.page.get_by_role("dialog")
    _cells(walker).first.click()
    keyboard.press(" ")
    expect(dialog.get_by_role("heading", name="happy-0.jpg")).to_be_visible()
    expect(dialog.get_by_text("256 × 256 kept")).to_be_visible()
    keyboard.press("r")
    expect(dialog.get_by_role("heading", name="happy-1.jpg")).to_be_visible()
    _await_catalog(fresh_server, [("happy", "rejected"), *_unmarked()[1:]], wait_until)
    keyboard.press("ArrowLeft")
    expect(dialog.get_by_text("marked, new → rejected")).to_be_visible()
    image = dialog.get_by_role("img", name="happy photo happy-0.jpg")
    wait_until(lambda: image.evaluate("image => image.naturalWidth") == 256, "the kept photo is shown")
    dialog.get_by_role("button", name="Sad (S)").click()
    expect(dialog.get_by_role("heading", name="happy-1.jpg")).to_be_visible()
    dialog.get_by_role("button", name="Previous photo").click()
    expect(dialog.get_by_text("sad · kept")).to_be_visible()
    keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(_cells(walker).first).to_be_focused()


def test_addresses_of_a_card_are_links_only_where_they_lead_to_the_web(
    fresh_server: AppServer, photos: list[str], walk: Walk
) -> None:
    """Text from a page is not interpreted; an address that would run a script is no link, others open in a new tab."""
    author = "<b onclick=alert(1)>Ada</b>"
    origin = Origin("x.jpg", "https://img.example.org/x.jpg", "javascript:alert(1)", author=author)
    Catalog(fresh_server.workspace).add(photo_bytes("happy", 77), label="happy", origin=origin)
    walker = walk(fresh_server)
    walker.open("review")
    _cells(walker).last.dblclick()
    dialog = walker.page.get_by_role("dialog")
    expect(dialog.get_by_text(author)).to_be_visible()
    expect(dialog.get_by_text("javascript:alert(1)")).to_be_visible()
    (link,) = dialog.get_by_role("link").all()
    assert link.get_attribute("href") == "https://img.example.org/x.jpg"
    assert link.get_attribute("rel") == "noopener noreferrer"


def test_a_photo_is_deleted_everywhere_after_a_second_question(
    fresh_server: AppServer, photos: list[str], walk: Walk, wait_until: Wait
) -> None:
    """Delete everywhere asks, says what is kept, and then deletes the photo and its files."""
    walker = _review(fresh_server, walk)
    catalog = Catalog(fresh_server.workspace)
    path = catalog.photo_path(catalog.photo(photos[1]))
    _cells(walker).nth(1).dblclick()
    dialog = walker.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete everywhere").click()
    expect(dialog.get_by_text("Studies that used it keep their scores")).to_be_visible()
    assert path.exists()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(_cells(walker)).to_have_count(HAPPY + SAD - 1)
    assert catalog.photo_ids() == [photos[0], *photos[2:]]
    assert not path.exists()
    walker.see("5 happy · 6 sad")


def test_the_best_of_near_copies_is_kept_with_one_key(
    fresh_server: AppServer, photos: list[str], walk: Walk, wait_until: Wait
) -> None:
    """Photos under both labels are announced and shown on request; B keeps the larger copy and rejects the other."""
    catalog = Catalog(fresh_server.workspace)
    picture, small = catalog.read(catalog.photo(photos[2])), io.BytesIO()
    picture.resize((picture.width // 2, picture.height // 2)).save(small, "JPEG", quality=70)
    catalog.add(small.getvalue(), label="sad", origin=Origin("smaller.jpg"))
    walker = walk(fresh_server)
    walker.open("review")
    walker.see("1 picture is labeled both happy and sad")
    walker.press("Show them")
    expect(_cells(walker)).to_have_count(2)
    _cells(walker).last.click()
    walker.page.keyboard.press("b")
    walker.see("Kept the best of 2 near copies, happy-2.jpg; rejected the others.")
    assert (catalog.photo(photos[2]).status, catalog.photos()[-1].status) == ("kept", "rejected")


def test_marks_wait_in_the_browser_while_the_server_is_down(
    fresh_server: AppServer, photos: list[str], walk: Walk, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marks typed while the server is down are saved once it is back, even if the tab was closed meanwhile."""
    walker = _review(fresh_server, walk)
    _cells(walker).first.click()
    walker.page.keyboard.type("k")
    _await_catalog(fresh_server, [("happy", "kept"), *_unmarked()[1:]], wait_until)
    expect(walker.page.get_by_text("saved", exact=True)).to_be_visible()
    fresh_server.kill()
    walker.page.keyboard.type("rs")
    expect(walker.page.get_by_text("2 marks not saved yet")).to_be_visible()
    other = walker.page.context.new_page()
    walker.page.close()
    monkeypatch.setattr(app_server, "free_port", lambda: fresh_server.port)
    fresh_server.start()
    Walker(other, fresh_server.url).open("review")
    expected = [("happy", "kept"), ("happy", "rejected"), ("sad", "kept"), *_unmarked()[3:]]
    _await_catalog(fresh_server, expected, wait_until)
    expect(_cells(Walker(other, fresh_server.url)).nth(2)).to_have_attribute("data-status", "kept")
