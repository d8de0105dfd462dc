"""Predict: a photo gets a prediction or a reason why there is none, and nothing is stored without being asked."""

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
from emotion_core.dataset.inspection import faces, looks
from emotion_core.evaluation.comparison import pinned_run_id
from emotion_core.settings import Workspace
from emotion_core.training import Study
from pages.components.predict import batches

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_starter")]

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


def test_a_photo_gets_answer_probability_and_threshold(study: Study, visit: Visit, words: Words) -> None:
    """The prediction names what the photo looks like, P(sad) and the threshold."""
    at = _upload(visit("use/predict"), ("face.jpg", PHOTO))
    text = words(at)
    assert "face.jpg" in text
    assert _count_answers(at) == 1
    assert "P(sad) = 0." in text
    assert '"Sad" if P(sad) ≥ 0.' in text
    assert 'aria-label="P(sad) = 0.' in _html(at)
    assert not at.error


@pytest.mark.parametrize("data", [b"", b"this is no photo", PHOTO[:300]], ids=["empty", "text", "cut short"])
def test_a_file_that_is_no_photo_is_explained_beside_the_others(data: bytes, study: Study, visit: Visit) -> None:
    """A damaged upload gets one error message, and the good photo next to it a prediction."""
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


def test_the_starter_answers_before_a_champion_that_learned_from_drawings(
    starter: Path, study: Study, visit: Visit, words: Words
) -> None:
    """The photos of the study are drawn, which their look tells; its champion stands beside the starter, or alone."""
    at = _upload(visit("use/predict"), ("face.jpg", PHOTO))
    assert at.selectbox[0].value == "starter"
    text = words(at)
    assert "learned from drawn faces" in text
    assert text.index("**Starter**") < text.index("beside it, not counted")
    assert _count_answers(at) == 2
    at.toggle(key="predict_beside").set_value(False).run()
    assert _count_answers(at) == 1
    at.selectbox[0].set_value(study.run_ids[0]).run()
    assert "This network was trained on drawn faces" in words(at)
    assert _count_answers(at) == 1


def test_a_stricter_limit_of_wrong_sure_answers_is_kept_and_told(study: Study, visit: Visit, words: Words) -> None:
    """The limit changes what the network is sure of, and the page says which limit holds."""
    at = visit("use/predict")
    at.segmented_control(key="predict_limit").set_value(50).run()
    at = _upload(at, ("face.jpg", PHOTO))
    assert "1 in 50" in words(at)
    assert "1 in 10" not in words(at)


def test_only_finished_networks_are_offered(study: Study, visit: Visit) -> None:
    """The choice holds the finished run, named champion, and not the failed one."""
    choice = visit("use/predict").selectbox[0]
    assert choice.value == study.run_ids[0]
    assert len(choice.options) == 1
    assert choice.options[0].startswith("Champion: ")


def test_an_address_names_the_network(starter: Path, study: Study, visit: Visit) -> None:
    """``?run=`` chooses a run or the starter; of an unknown one the page says so, and keeps the address."""
    for run_id in ("starter", study.run_ids[0]):
        at = visit("use/predict", run=run_id)
        assert at.selectbox[0].value == run_id
        assert at.query_params["run"] == run_id
    at = visit("use/predict", run="gone")
    assert at.selectbox[0].value is None
    assert at.warning[0].value.startswith("The network gone was not found.")
    assert at.query_params["run"] == "gone"


def test_a_network_can_be_pinned_as_champion(workspace: Workspace, study: Study, visit: Visit) -> None:
    """The pinned network is the champion on every page, and says so, until it is unpinned."""
    at = visit("use/predict")
    at.button(key="pin_champion").click().run()
    assert not at.exception
    assert pinned_run_id(workspace) == study.run_ids[0]
    home = visit("start/home")
    assert "pinned" in [text.value.partition(" ")[0] for text in home.caption]
    at.button(key="unpin_champion").click().run()
    assert not at.exception
    assert pinned_run_id(workspace) is None


def test_all_networks_of_a_study_predict_side_by_side(
    workspace: Workspace, study: Study, visit: Visit, words: Words
) -> None:
    """Each finished network of the study classifies the photo once, and a heading says how far they agree."""
    shutil.copytree(workspace.runs / study.run_ids[0], workspace.runs / f"{study.study_id}-r009")
    at = visit("use/predict")
    at.toggle(key="predict_together").set_value(True)
    at = _upload(at, ("face.jpg", PHOTO))
    assert _count_answers(at) == 2
    # Trained for an epoch on a few photos, neither tells happy from sad.
    assert r"none of 2 networks learned" in words(at)


@pytest.mark.parametrize("data", [None, b"no network"], ids=["deleted", "damaged"])
def test_a_network_whose_file_is_unusable_says_so(
    data: bytes | None, workspace: Workspace, study: Study, visit: Visit
) -> None:
    """If a run's network was deleted or damaged, the page says what to do instead of naming an error number."""
    path = next((workspace.runs / study.run_ids[0]).glob("*.tflite"))
    path.unlink() if data is None else path.write_bytes(data)
    at = visit("use/predict")
    assert len(at.error) == 1
    assert "Errno" not in at.error[0].value
    assert "network" in at.error[0].value


def test_without_any_network_the_page_says_where_to_get_one(visit: Visit) -> None:
    """With neither a starter nor a run, the page says so and links to the guided study."""
    at = visit("use/predict")
    assert "No network has been trained yet" in at.info[0].value
    assert [link.proto.page for link in at.main.get("page_link")] == [""]


def test_without_runs_the_starter_predicts(starter: Path, visit: Visit, words: Words) -> None:
    """Without runs the starter is used; the page says what it was trained on. It declines a photo without a face."""
    at = _upload(visit("use/predict"), ("sky.png", _empty_picture()))
    assert at.selectbox[0].value == "starter"
    assert r"trained on \<b\>small\</b\> faces" in words(at).replace(r"\/", "/")
    assert ">no face found</div>" in _html(at)
    assert "No face found" in at.info[0].value
    at.segmented_control(key="predict_look").set_value("Whole photo").run()
    assert ">not sure</div>" in _html(at)


def test_a_damaged_starter_does_not_block_the_runs(starter: Path, study: Study, visit: Visit) -> None:
    """If the starter's files are damaged, the page says so and the champion is used."""
    (starter / "answers.json").write_text("{")
    at = _upload(visit("use/predict"), ("face.jpg", PHOTO))
    assert len(at.warning) == 1
    assert _count_answers(at) == 1


def test_without_a_face_detector_the_reason_is_shown(
    study: Study, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the detector's weights faces cannot be classified, and the page says why; the whole photo can."""
    monkeypatch.setattr(faces, "detector_weights", lambda: None)
    looks._idle_detectors.cache_clear()
    at = visit("use/predict")
    at.segmented_control(key="predict_look").set_value("Faces").run()
    at = _upload(at, ("face.jpg", PHOTO))
    assert "The face detector cannot be loaded" in at.error[0].value
    at.segmented_control(key="predict_look").set_value("Whole photo").run()
    assert _count_answers(at) == 1


def test_nothing_is_stored_unless_the_user_adds_it_with_a_label(
    workspace: Workspace, study: Study, visit: Visit
) -> None:
    """A prediction stores nothing; Add stores the photo once, under the chosen label."""
    before = set(Catalog(workspace).photo_ids())
    at = _upload(visit("use/predict"), ("face.jpg", PHOTO))
    assert set(Catalog(workspace).photo_ids()) == before
    label = next(field for field in at.segmented_control if field.label == "Your label")
    label.set_value("happy").run()
    add = next(button for button in at.button if button.label == "Add to my photos")
    for message in ("Added 1.", "1 already there"):
        add.click().run()
        assert not at.exception
        assert message in at.success[0].value
    [added] = set(Catalog(workspace).photo_ids()) - before
    assert Catalog(workspace).photo(added).label == "happy"
    assert "review" in [link.proto.page for link in at.main.get("page_link")]


def test_a_zip_becomes_a_table_in_which_a_broken_file_is_a_row(study: Study, visit: Visit) -> None:
    """Every file of a zip has a row, with a thumbnail and a prediction, or with the reason why there is none."""
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
    ("data", "message"), [(_zip({}), "empty"), (b"PK\x03\x04 cut", "damaged")], ids=["empty", "damaged"]
)
def test_a_zip_without_photos_is_explained(data: bytes, message: str, study: Study, visit: Visit) -> None:
    """An empty or damaged zip gets an error message."""
    at = _upload(visit("use/predict"), ("none.zip", data))
    assert message in at.error[0].value


def test_a_rerun_computes_no_prediction_again(study: Study, visit: Visit) -> None:
    """Predictions are kept for as long as the upload is there, and dropped with it."""
    at = _upload(visit("use/predict"), ("many.zip", _zip(_photos(8))))
    [batch] = at.session_state[batches.BATCHES_KEY].values()
    rows = list(batch.rows)
    assert len(rows) == 8
    at.selectbox(key="predict_order").set_value("name").run()
    [kept] = at.session_state[batches.BATCHES_KEY].values()
    assert all(before is after for before, after in zip(rows, kept.rows, strict=True))
    _upload(at, ("face.jpg", PHOTO))
    assert batch not in at.session_state[batches.BATCHES_KEY].values()


def test_a_long_batch_can_be_cancelled_and_resumed(study: Study, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its progress is shown; Cancel keeps the rows classified so far, and Resume classifies the others."""
    monkeypatch.setattr(batches, "SLICE_SECONDS", 0.0)
    at = _upload(visit("use/predict"), ("many.zip", _zip(_photos(30))))
    assert at.main.get("progress")[0].proto.text.startswith(f"{batches.PHOTOS_AT_ONCE} of 30 photos")
    at.button(key="predict_cancel").click().run()
    shown = len(at.dataframe[0].value)
    assert 0 < shown < 30
    assert f"Canceled: {30 - shown} photos" in at.warning[0].value
    at.button(key="go_on").click().run()
    while at.main.get("progress"):
        at.run()
    assert not at.exception
    assert len(at.dataframe[0].value) == 30


def test_an_address_is_fetched_only_where_it_may_be(study: Study, visit: Visit) -> None:
    """A private address is refused; once allowed, its picture is classified, and a web page is not."""
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


def test_a_zip_with_class_folders_is_scored(study: Study, visit: Visit, words: Words) -> None:
    """Accuracy, AUC and confusion matrix against the names of the folders stand above the table, and in each row."""
    photos = {
        f"{label}/{number}.jpg": photo_bytes(label, 700 + number) for label in ("happy", "sad") for number in range(4)
    }
    at = _upload(visit("use/predict"), ("classes.zip", _zip({**photos, "loose.jpg": PHOTO})))
    text = words(at).replace("\\", "")
    assert "of 8 photos as their folder says: accuracy" in text
    assert "AUC" in text
    matrix = at.table[0].value
    assert int(matrix[["predicted happy", "predicted sad", "no prediction"]].to_numpy().sum()) == 8
    assert list(at.dataframe[0].value["folder"].fillna("")) == ["happy"] * 4 + ["sad"] * 4 + [""]


def test_no_label_is_chosen_for_the_user(study: Study, visit: Visit) -> None:
    """A photo can only be added once the user has said what it shows."""
    at = _upload(visit("use/predict"), ("face.jpg", PHOTO))
    assert next(field for field in at.segmented_control if field.label == "Your label").value is None
    assert next(button for button in at.button if button.label == "Add to my photos").disabled
