"""Predict: whoever hands in a photo gets an answer, the reason why there is none, and nothing stored unasked."""

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from emotion_core.collect.samples import SampleServer, photo_bytes
from emotion_core.dataset import Catalog
from emotion_core.dataset.inspection import faces
from emotion_core.files import read_json, write_json
from emotion_core.settings import Workspace
from emotion_core.training import Study
from pages.components.common import classifiers
from pages.components.predict import batches

pytestmark = pytest.mark.slow

Visit = Callable[..., AppTest]
Words = Callable[[AppTest], str]
PHOTO = photo_bytes("sad", 500)
ANSWERS = ("looks sad", "looks happy", "not sure")


def _upload(at: AppTest, *files: tuple[str, bytes]) -> AppTest:
    for name, data in files:
        at.file_uploader[0].upload(name, data)
    at.run()
    assert not at.exception
    return at


def _html(at: AppTest) -> str:
    return "\n".join(element.proto.body for element in at.main.get("html"))


def _count_answers(at: AppTest) -> int:
    return sum(_html(at).count(f">{words}</div>") for words in ANSWERS)


def _press_get(at: AppTest) -> None:
    next(button for button in at.button if button.label == "Get the picture").click().run()
    assert not at.exception


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def _photos(count: int) -> dict[str, bytes]:
    return {f"{number}.jpg": photo_bytes(("happy", "sad")[number % 2], 500 + number) for number in range(count)}


def _empty_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "steelblue").save(out, "PNG")
    return out.getvalue()


@pytest.fixture(autouse=True)
def no_starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let there be no starter, and return the folder in which the page looks for it."""
    monkeypatch.setattr(classifiers, "STARTER_FOLDER", tmp_path / "starter")
    return tmp_path / "starter"


@pytest.fixture
def starter(no_starter: Path, studied: Workspace) -> Path:
    """Let a network that was trained in a moment be the starter, one that declines where it finds no face."""
    run = next(studied.runs.glob("*/model.tflite")).parent
    no_starter.mkdir()
    shutil.copy(run / "model.tflite", no_starter)
    write_json(no_starter / "settings.json", read_json(run / "settings.json")["config"])
    told = {"name": "Starter", "threshold": 0.5, "not_sure_low": 0.0, "not_sure_high": 1.0, "needs_face": True}
    write_json(no_starter / "answers.json", {**told, "trained_on": "trained on <b>small</b> faces", "measured": {}})
    return no_starter


def test_a_photo_gets_answer_probability_and_threshold(study: Study, visit: Visit, words: Words) -> None:
    """The answer names the network, what the photo looks like, P(sad) and the threshold that this follows from."""
    at = _upload(visit("use/predict"), ("face.jpg", PHOTO))
    said = words(at)
    assert "face.jpg" in said
    assert _count_answers(at) == 1
    assert "P(sad) = 0." in said
    assert "sad from 0." in said
    assert 'aria-label="P(sad) = 0.' in _html(at)
    assert not at.error


@pytest.mark.parametrize("data", [b"", b"this is no photo", PHOTO[:300]], ids=["empty", "text", "cut short"])
def test_a_file_that_is_no_photo_is_told_beside_the_others(data: bytes, study: Study, visit: Visit) -> None:
    """A damaged upload gets one clear sentence, and the good photo next to it its answer."""
    at = _upload(visit("use/predict"), ("broken.jpg", data), ("face.jpg", PHOTO))
    assert len(at.error) == 1
    assert "Expected" in at.error[0].value
    assert _count_answers(at) == 1


def test_a_name_of_markup_is_shown_as_text(study: Study, visit: Visit) -> None:
    """A file name made of markup neither makes a link nor an image."""
    name = "![x](http://evil.example/x.png) [a](b) **.jpg"
    at = _upload(visit("use/predict"), (name, PHOTO))
    assert name in [text.value for text in at.text]
    assert not [text.value for text in (*at.markdown, *at.caption) if "evil" in text.value]
    assert "evil" not in _html(at)


def test_only_finished_networks_are_offered(study: Study, visit: Visit) -> None:
    """The choice holds the finished run, named champion, and not the failed one."""
    choice = visit("use/predict").selectbox[0]
    assert choice.value == study.run_ids[0]
    assert len(choice.options) == 1
    assert choice.options[0].startswith("Champion: ")


def test_an_address_names_who_answers(starter: Path, study: Study, visit: Visit) -> None:
    """``?run=`` chooses a run or the starter, an unknown one is passed over, and the address says who answers."""
    for asked, answers in {"starter": "starter", study.run_ids[0]: study.run_ids[0], "gone": study.run_ids[0]}.items():
        at = visit("use/predict", run=asked)
        assert at.selectbox[0].value == answers
        assert at.query_params["run"] == answers


def test_all_networks_of_a_study_answer_side_by_side(
    workspace: Workspace, study: Study, visit: Visit, words: Words
) -> None:
    """Each finished network of the study answers once, and a sentence says how far they agree."""
    shutil.copytree(workspace.runs / study.run_ids[0], workspace.runs / f"{study.study_id}-r009")
    at = visit("use/predict")
    at.toggle(key="predict_together").set_value(True)
    at = _upload(at, ("face.jpg", PHOTO))
    assert _count_answers(at) == 2
    assert "all 2 " in words(at)


@pytest.mark.parametrize("data", [None, b"no network"], ids=["deleted", "damaged"])
def test_a_network_whose_file_is_unusable_says_so(
    data: bytes | None, workspace: Workspace, study: Study, visit: Visit
) -> None:
    """Where a run's network was deleted or damaged, the page says what to do instead of naming an error number."""
    path = next((workspace.runs / study.run_ids[0]).glob("*.tflite"))
    path.unlink() if data is None else path.write_bytes(data)
    at = visit("use/predict")
    assert len(at.error) == 1
    assert "Errno" not in at.error[0].value
    assert "network" in at.error[0].value


def test_without_any_network_the_page_says_where_to_get_one(visit: Visit) -> None:
    """With neither a starter nor a run, the page says so and leads to the guided study."""
    at = visit("use/predict")
    assert "No network has been trained yet" in at.info[0].value
    assert [link.proto.page for link in at.main.get("page_link")] == [""]


def test_a_new_person_is_answered_by_the_starter(starter: Path, visit: Visit, words: Words) -> None:
    """Without a run the starter answers, says what it was trained on, and declines where there is no face."""
    at = _upload(visit("use/predict"), ("sky.png", _empty_picture()))
    assert at.selectbox[0].value == "starter"
    assert r"trained on \<b\>small\</b\> faces" in words(at).replace(r"\/", "/")
    assert ">no face found</div>" in _html(at)
    assert "No face found" in at.info[0].value
    at.segmented_control(key="predict_look").set_value("Whole photo").run()
    assert ">not sure</div>" in _html(at)


def test_a_damaged_starter_does_not_keep_the_runs_from_answering(starter: Path, study: Study, visit: Visit) -> None:
    """Where the starter's files are damaged, the page says so and the champion answers."""
    (starter / "answers.json").write_text("{")
    at = _upload(visit("use/predict"), ("face.jpg", PHOTO))
    assert len(at.warning) == 1
    assert _count_answers(at) == 1


def test_where_no_faces_can_be_looked_for_the_photo_has_that_reason(
    study: Study, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the detector's weights, an answer for faces is refused in words, and one for the whole photo is given."""
    monkeypatch.setattr(faces, "detector_weights", lambda: None)
    faces._idle_detectors.cache_clear()
    at = visit("use/predict")
    at.segmented_control(key="predict_look").set_value("Faces").run()
    at = _upload(at, ("face.jpg", PHOTO))
    assert "The face detector cannot be loaded" in at.error[0].value
    at.segmented_control(key="predict_look").set_value("Whole photo").run()
    assert _count_answers(at) == 1


def test_nothing_is_stored_unless_a_person_adds_it_with_a_label(
    workspace: Workspace, study: Study, visit: Visit
) -> None:
    """An answer leaves the photos as they were; Add stores one photo under the label that was chosen, once."""
    before = set(Catalog(workspace).photo_ids())
    at = _upload(visit("use/predict"), ("face.jpg", PHOTO))
    assert set(Catalog(workspace).photo_ids()) == before
    label = next(field for field in at.segmented_control if field.label == "What it is")
    label.set_value("happy").run()
    add = next(button for button in at.button if button.label == "Add to my photos")
    for said in ("Added 1.", "1 there already"):
        add.click().run()
        assert not at.exception
        assert said in at.success[0].value
    [added] = set(Catalog(workspace).photo_ids()) - before
    assert Catalog(workspace).photo(added).label == "happy"
    assert "review" in [link.proto.page for link in at.main.get("page_link")]


def test_a_zip_becomes_a_table_in_which_a_broken_file_is_a_row(study: Study, visit: Visit) -> None:
    """Every file of a zip has its row, with a thumbnail and an answer, or with the reason why there is none."""
    at = _upload(visit("use/predict"), ("many.zip", _zip({**_photos(8), "broken.jpg": b"no"})))
    table = at.dataframe[0].value
    assert list(table["name"]) == [f"many.zip/{number}.jpg" for number in range(8)] + ["many.zip/broken.jpg"]
    assert table["photo"][:8].str.startswith("data:image/jpeg").all()
    assert set(table["answer"][:8]) <= set(ANSWERS)
    assert table["answer"][8] == "not readable"
    assert "Expected" in table["note"][8]
    at.pills(key="predict_kinds").set_value(["not readable"]).run()
    assert list(at.dataframe[0].value["name"]) == ["many.zip/broken.jpg"]


def test_the_table_is_ordered_over_all_its_pages(study: Study, visit: Visit) -> None:
    """The saddest of many photos comes first, on the first page."""
    at = _upload(visit("use/predict"), ("many.zip", _zip(_photos(9))))
    at.selectbox(key="predict_order").set_value("saddest first").run()
    assert at.dataframe[0].value["P(sad)"].is_monotonic_decreasing


@pytest.mark.parametrize(
    ("data", "said"), [(_zip({}), "empty"), (b"PK\x03\x04 cut", "damaged")], ids=["empty", "damaged"]
)
def test_a_zip_without_photos_gets_a_sentence(data: bytes, said: str, study: Study, visit: Visit) -> None:
    """An empty or damaged zip is told in one sentence."""
    at = _upload(visit("use/predict"), ("none.zip", data))
    assert said in at.error[0].value


def test_a_widget_below_the_answers_does_not_work_them_out_again(study: Study, visit: Visit) -> None:
    """What was answered once is kept for as long as the file is there, and forgotten with it."""
    at = _upload(visit("use/predict"), ("many.zip", _zip(_photos(8))))
    [work] = at.session_state[batches.WORK_KEY].values()
    rows = list(work.rows)
    assert len(rows) == 8
    at.selectbox(key="predict_order").set_value("name").run()
    [kept] = at.session_state[batches.WORK_KEY].values()
    assert all(before is after for before, after in zip(rows, kept.rows, strict=True))
    _upload(at, ("face.jpg", PHOTO))
    assert work not in at.session_state[batches.WORK_KEY].values()


def test_a_long_batch_is_told_cancelled_and_gone_on_with(
    study: Study, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it lasts its progress is told; Cancel keeps the rows there are, and Go on brings the others."""
    monkeypatch.setattr(batches, "SLICE_SECONDS", 0.0)
    at = _upload(visit("use/predict"), ("many.zip", _zip(_photos(30))))
    assert at.main.get("progress")[0].proto.text.startswith(f"{batches.AT_ONCE} of 30 photos")
    at.button(key="predict_cancel").click().run()
    shown = len(at.dataframe[0].value)
    assert 0 < shown < 30
    assert f"Cancelled: {30 - shown} photos" in at.warning[0].value
    at.button(key="go_on").click().run()
    while at.main.get("progress"):
        at.run()
    assert not at.exception
    assert len(at.dataframe[0].value) == 30


def test_an_address_is_fetched_only_where_it_may_be(study: Study, visit: Visit) -> None:
    """A private address is refused in words; named as allowed, its picture is answered for, and a page is not."""
    at = visit("use/predict")
    at.segmented_control(key="predict_place").set_value("Address").run()
    with SampleServer() as server:
        at.text_input(key="predict_url").set_value(f"http://{server.host_port}/photos/happy/0001.jpg")
        _press_get(at)
        assert "not on the public Internet" in at.error[0].value
        at.text_input(key="predict_allow").set_value(server.host_port)
        _press_get(at)
        assert not at.error
        assert _count_answers(at) == 1
        at.text_input(key="predict_url").set_value(server.url("happy", 1))
        _press_get(at)
        assert "web page" in at.error[0].value
        assert _count_answers(at) == 0
