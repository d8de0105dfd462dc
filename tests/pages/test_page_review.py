"""Review: a filter's photos stay in place while they are marked, and every one of them is shown."""

import io
import json
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from emotion_core.dataset import Catalog, Origin
from emotion_core.settings import Workspace

Visit = Callable[..., AppTest]
PER_PAGE = 120


def _add(workspace: Workspace, *numbers: int) -> list[str]:
    catalog, ids = Catalog(workspace), []
    for number in numbers:
        out = io.BytesIO()
        Image.fromarray(np.random.default_rng(number).integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(out, "PNG")
        ids.append(catalog.add(out.getvalue(), label="happy", origin=Origin(f"{number}.png")).photo_id)
    return ids


def _open_new(visit: Visit) -> AppTest:
    at = visit("data/review")
    at.segmented_control(key="review_status").set_value("new")
    return _run(at)


def _run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    return at


def _shown(at: AppTest) -> list[str]:
    (grid,) = at.main.get("bidi_component")
    return [photo["id"] for photo in json.loads(grid.proto.json)["photos"]]


def _page(at: AppTest, number: int) -> list[str]:
    at.pagination[0].set_value(number)
    return _shown(_run(at))


def test_paging_shows_every_photo_although_the_marked_ones_leave_the_filter(workspace: Workspace, visit: Visit) -> None:
    """With each page of the new photos kept before the next one is opened, no photo is passed over."""
    ids = _add(workspace, *range(250))
    at = _open_new(visit)
    seen = _shown(at)
    for number in (2, 3):
        Catalog(workspace).mark(seen, status="kept")
        seen += _page(_run(at), number)
    assert seen == ids


def test_the_grid_stays_when_marks_leave_less_than_a_page(workspace: Workspace, visit: Visit) -> None:
    """On the second page, marks that bring the matches below one page change nothing of what is shown."""
    ids = _add(workspace, *range(PER_PAGE + 5))
    at = _open_new(visit)
    assert _page(at, 2) == ids[PER_PAGE:]
    Catalog(workspace).mark(ids[PER_PAGE:], status="rejected")
    at = _run(at)
    assert _shown(at) == ids[PER_PAGE:]
    assert at.pagination[0].value == 2


def test_another_visit_applies_the_filter_anew(workspace: Workspace, visit: Visit) -> None:
    """Photos that were marked are gone from the new ones after looking at another page."""
    first, *others = _add(workspace, *range(4))
    at = _open_new(visit)
    Catalog(workspace).mark([first], status="kept")
    assert _shown(_run(at)) == [first, *others]
    at.switch_page("pages/data/collect.py").run()
    assert _shown(_run(at.switch_page("pages/data/review.py"))) == others


def test_photos_that_come_in_are_counted_and_shown_on_request(workspace: Workspace, visit: Visit) -> None:
    """While a scrape adds photos, the grid stays as it is and says how many there are; Refresh shows them."""
    first, second = _add(workspace, 1, 2)
    at = _open_new(visit)
    Catalog(workspace).mark([first], status="kept")
    (third,) = _add(workspace, 3)
    at = _run(at)
    assert _shown(at) == [first, second]
    assert [text.value for text in at.main.caption if text.value.startswith("1 photo came in since")]
    at.button(key="review_refresh").click()
    at = _run(at)
    assert _shown(at) == [second, third]
    assert not [text for text in at.main.caption if "came in since" in text.value]


def test_a_filter_that_matched_nothing_shows_what_matches_later(workspace: Workspace, visit: Visit) -> None:
    """Nothing is kept in place where there was nothing."""
    first, _second = _add(workspace, 1, 2)
    at = visit("data/review")
    at.segmented_control(key="review_status").set_value("kept")
    assert "No photo matches" in _run(at).info[0].value
    Catalog(workspace).mark([first], status="kept")
    assert _shown(_run(at)) == [first]


def test_only_the_photos_shown_are_read(workspace: Workspace, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page never reads the whole catalog, which may be large, at each mark."""
    ids = _add(workspace, *range(PER_PAGE + 3))
    read: list[str] = []
    original = Catalog.photos_of

    def photos_of(self: Catalog, photo_ids: list[str]) -> object:
        read.extend(photo_ids)
        return original(self, photo_ids)

    def photos(*_: object, **__: object) -> None:
        raise AssertionError("The whole catalog was read.")

    monkeypatch.setattr(Catalog, "photos_of", photos_of)
    monkeypatch.setattr(Catalog, "photos", photos)
    visit("data/review")
    assert read == ids[:PER_PAGE]
