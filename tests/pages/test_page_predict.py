"""Predict: a photo gets an answer, a file that is none gets a reason."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.collect.samples.gallery import photo_bytes
from emotion_core.settings import Workspace
from emotion_core.training import Study

Visit = Callable[..., AppTest]
Words = Callable[[AppTest], str]
PHOTO = photo_bytes("sad", 500)


def _upload(at: AppTest, *files: tuple[str, bytes]) -> AppTest:
    for name, data in files:
        at.file_uploader[0].upload(name, data)
    at.run()
    assert not at.exception
    return at


def test_a_photo_gets_label_probability_and_threshold(study: Study, visit: Visit, words: Words) -> None:
    """The answer names the network, the label, P(sad) and the threshold that the label follows from."""
    at = _upload(visit("use/predict"), ("face.jpg", PHOTO))
    said = words(at)
    assert "face.jpg" in said
    assert "looks sad" in said or "looks happy" in said
    assert "sad from 0." in said
    assert at.main.get("progress")[0].proto.text.startswith("P(sad) = 0.")
    assert not at.error


@pytest.mark.parametrize("data", [b"", b"this is no photo", PHOTO[:300]], ids=["empty", "text", "cut short"])
def test_a_file_that_is_no_photo_is_told_beside_the_others(
    data: bytes, study: Study, visit: Visit, words: Words
) -> None:
    """A damaged upload gets one clear sentence, and the good photo next to it its answer."""
    at = _upload(visit("use/predict"), ("broken.jpg", data), ("face.jpg", PHOTO))
    assert len(at.error) == 1
    assert "Expected" in at.error[0].value
    assert "looks " in words(at)


def test_a_name_of_markup_is_shown_as_text(study: Study, visit: Visit) -> None:
    """A file name made of markup neither makes a link nor an image."""
    name = "![x](http://evil.example/x.png) [a](b) **.jpg"
    at = _upload(visit("use/predict"), (name, PHOTO))
    assert name in [text.value for text in at.text]
    assert not [text.value for text in (*at.markdown, *at.caption) if "evil" in text.value]


def test_only_finished_networks_are_offered(study: Study, visit: Visit) -> None:
    """The choice holds the finished run, named champion, and not the failed one."""
    choice = visit("use/predict").selectbox[0]
    assert choice.value == study.run_ids[0]
    assert len(choice.options) == 1
    assert choice.options[0].startswith("Champion: ")


def test_all_networks_of_the_study_leaves_the_failed_one_out(study: Study, visit: Visit, words: Words) -> None:
    """Side by side, each finished network of the study answers once."""
    at = visit("use/predict")
    at.radio(key="who").set_value("All networks of its study, side by side")
    assert words(_upload(at, ("face.jpg", PHOTO))).count("looks ") == 1


@pytest.mark.parametrize("data", [None, b"no network"], ids=["deleted", "damaged"])
def test_a_network_whose_file_is_unusable_says_so(
    data: bytes | None, workspace: Workspace, study: Study, visit: Visit
) -> None:
    """Where a run's network was deleted or damaged, the page says what to do instead of naming an error number."""
    path = next((workspace.runs / study.run_ids[0]).glob("*.tflite"))
    path.unlink() if data is None else path.write_bytes(data)
    at = _upload(visit("use/predict"), ("face.jpg", PHOTO))
    assert len(at.error) == 1
    assert "Errno" not in at.error[0].value
    assert "network" in at.error[0].value
