"""Review: a filter's photos stay in place while they are marked, and every one of them is shown."""

import io
import json
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from emotion_core.dataset import Catalog, Origin
from emotion_core.dataset.image_folder import latest_photo_export, photo_export_of
from emotion_core.evaluation.diagnosis import held_out_p_sad
from emotion_core.settings import Workspace
from emotion_core.training import Study

Visit = Callable[..., AppTest]
PER_PAGE = 150

# The page starts an inspection, in a process of its own.
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("end_processes")]


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
    """With each page of new photos kept before the next one is opened, no photo is skipped."""
    ids = _add(workspace, *range(2 * PER_PAGE + 5))
    at = _open_new(visit)
    seen = _shown(at)
    for number in (2, 3):
        Catalog(workspace).mark(seen, status="kept")
        seen += _page(_run(at), number)
    assert seen == ids


def test_the_grid_stays_when_marks_leave_less_than_a_page(workspace: Workspace, visit: Visit) -> None:
    """Marks on the second page that leave less than one page of matches do not change what is shown."""
    ids = _add(workspace, *range(PER_PAGE + 5))
    at = _open_new(visit)
    assert _page(at, 2) == ids[PER_PAGE:]
    Catalog(workspace).mark(ids[PER_PAGE:], status="rejected")
    at = _run(at)
    assert _shown(at) == ids[PER_PAGE:]
    assert at.pagination[0].value == 2


def test_another_visit_applies_the_filter_again(workspace: Workspace, visit: Visit) -> None:
    """Marked photos leave the new ones after a visit to another page."""
    first, *others = _add(workspace, *range(4))
    at = _open_new(visit)
    Catalog(workspace).mark([first], status="kept")
    assert _shown(_run(at)) == [first, *others]
    at.switch_page("pages/data/collect.py").run()
    assert _shown(_run(at.switch_page("pages/data/review.py"))) == others


def test_photos_that_come_in_are_counted_and_shown_on_request(workspace: Workspace, visit: Visit) -> None:
    """While a scrape adds photos, the grid stays as it is and the page counts them; Refresh shows them."""
    first, second = _add(workspace, 1, 2)
    at = _open_new(visit)
    Catalog(workspace).mark([first], status="kept")
    (third,) = _add(workspace, 3)
    at = _run(at)
    assert _shown(at) == [first, second]
    assert [text.value for text in at.main.caption if text.value.startswith("1 new photo")]
    at.button(key="review_refresh").click()
    at = _run(at)
    assert _shown(at) == [second, third]
    assert not [text for text in at.main.caption if "new photo" in text.value]


def test_a_filter_that_matched_nothing_shows_what_matches_later(workspace: Workspace, visit: Visit) -> None:
    """An empty result is not kept in place."""
    first, _second = _add(workspace, 1, 2)
    at = visit("data/review")
    at.segmented_control(key="review_status").set_value("kept")
    assert "No photo matches" in _run(at).info[0].value
    Catalog(workspace).mark([first], status="kept")
    assert _shown(_run(at)) == [first]


def test_only_the_photos_shown_are_read(workspace: Workspace, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page does not read the whole catalog, which may be large, at each mark."""
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


def test_a_kind_of_photos_can_be_chosen(workspace: Workspace, visit: Visit) -> None:
    """Each kind with photos is offered with its count; kinds without photos are not."""
    first, second, third = _add(workspace, 1, 2, 3)
    with Catalog(workspace).connection() as connection:
        for photo_id, number in ((first, 1), (second, 0), (third, 2)):
            boxes = json.dumps([[0.2, 0.2, 0.5, 0.5, 0.9]] * number)
            statement = "INSERT INTO faces (photo_id, boxes, found_at, detector) VALUES (?, ?, 0, 'test')"
            connection.execute(statement, (photo_id, boxes))
    at = visit("data/review")
    offered = at.selectbox(key="review_show").options
    assert "no face (1)" in offered
    assert not [option for option in offered if option.startswith("near copies")]
    for kind, expected in (("no face", [second]), ("several faces", [third])):
        at.selectbox(key="review_show").set_value(kind)
        assert _shown(_run(at)) == expected


def test_the_source_and_the_order_can_be_chosen(workspace: Workspace, visit: Visit) -> None:
    """With photos from several hosts, those of one host can be shown; the newest photos can come first."""
    first, second = _add(workspace, 1, 2)
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(9).integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(out, "PNG")
    origin = Origin("x.png", source_url="https://img.example.org/x.png")
    third = Catalog(workspace).add(out.getvalue(), label="sad", origin=origin).photo_id
    at = visit("data/review")
    at.selectbox(key="review_order").set_value("newest first")
    assert _shown(_run(at)) == [third, second, first]
    at.selectbox(key="review_source").set_value("img.example.org")
    assert _shown(_run(at)) == [third]


def test_a_picture_under_both_labels_is_announced_first(workspace: Workspace, visit: Visit) -> None:
    """One press shows the photos that were offered as happy and as sad, and no others."""
    first, _second = _add(workspace, 1, 2)
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(out, "PNG")
    Catalog(workspace).add(out.getvalue(), label="sad", origin=Origin("again.png"))
    at = visit("data/review")
    at.button(key="review_conflicts").click()
    assert _shown(_run(at)) == [first]


def test_the_data_check_is_shown_on_request(
    workspace: Workspace, visit: Visit, words: Callable[[AppTest], str], add_photos: Callable[..., list[str]]
) -> None:
    """The panel shows how the classes are balanced and how far one number predicts the label."""
    add_photos(workspace, happy=6, sad=5)
    at = visit("data/review")
    assert "Studies would use" not in words(at)
    at.toggle(key="review_stands_out").set_value(True)
    at = _run(at)
    assert "Studies would use **6** happy and **5** sad photos" in words(at)
    assert "alone reaches AUC" in words(at).replace("\\", "")
    assert "brightness" in list(at.dataframe[1].value["number"])
    assert "p (Holm)" in at.dataframe[1].value
    assert "adjusted together for all numbers" in words(at)


def test_the_photos_that_networks_contradict_can_come_first(study: Study, workspace: Workspace, visit: Visit) -> None:
    """Once a study has predictions for held-out photos, those that contradict their labels most come first."""
    p_sad = held_out_p_sad(workspace)
    sad = set(Catalog(workspace).photo_ids(label="sad"))
    at = visit("data/review")
    at.selectbox(key="review_order").set_value("network disagrees most")
    shown = _shown(_run(at))
    wrong = [abs(p_sad[photo_id] - (photo_id in sad)) for photo_id in shown[: len(p_sad)]]
    assert len(wrong) > 1
    assert wrong == sorted(wrong, reverse=True)


def test_photos_are_exported_as_chosen(workspace: Workspace, visit: Visit, wait_until: Callable[..., object]) -> None:
    """Nothing is written until the button is pressed; the zip then has the photos that were chosen."""
    _add(workspace, 1, 2, 3)
    at = visit("data/review")
    assert [button for button in at.button if button.key == "prepare_photo_export"] == []
    at.session_state["photo_export"] = True
    at = _run(at)
    assert latest_photo_export(workspace) is None
    at.toggle(key="export_include_new").set_value(True)
    at = _run(at)
    at.button(key="prepare_photo_export").click()
    at = _run(at)
    job = latest_photo_export(workspace)
    wait_until(lambda: job.state().ended, "the export has ended")
    assert photo_export_of(job).counts == {"": {"happy": 3, "sad": 0}}
    at = _run(at)
    assert "3 happy, 0 sad." in [caption.value.partition(". ")[2] for caption in at.caption]


def test_a_phone_gets_fewer_photos_at_a_time(
    workspace: Workspace, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """30 on a page, and all of them over its pages."""
    ids = _add(workspace, *range(35))
    agent = "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0 Mobile Safari/537.36"
    monkeypatch.setattr(ContextProxy, "headers", {"User-Agent": agent})
    at = visit("data/review")
    assert _shown(at) == ids[:30]
    assert _page(at, 2) == ids[30:]
