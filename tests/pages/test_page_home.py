"""Home: a photo is classified at once and not stored, and what is under way can be seen and stopped."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.collect import ScrapeProgress
from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog
from emotion_core.guided import newest_guided_job
from emotion_core.jobs import JobFolder
from emotion_core.settings import Workspace
from emotion_core.training import Study
from pages.components.predict.batches import BATCHES_KEY

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_starter")]

Visit = Callable[..., AppTest]
Words = Callable[[AppTest], str]
PHOTO = photo_bytes("sad", 500)


def _try(at: AppTest, name: str = "face.jpg", data: bytes = PHOTO) -> AppTest:
    at.file_uploader(key="predict_files").upload(name, data).run()
    assert not at.exception
    return at


def _elements(at: AppTest) -> list[str]:
    """Return the texts of the page in order, those of HTML elements included."""
    texts = []
    for element in at.main:
        texts.append(getattr(element.proto, "body", "") or str(getattr(element, "value", "")))
    return texts


def _rows(at: AppTest) -> list[object]:
    if BATCHES_KEY not in at.session_state:
        return []
    return [row for batch in at.session_state[BATCHES_KEY].values() for row in batch.rows]


def test_home_asks_for_a_photo_before_anything_else(starter: Path, visit: Visit) -> None:
    """The first field of the page takes a photo; without any network there is none."""
    at = visit("start/home")
    assert at.header[0].value == "Try a photo"
    shutil.rmtree(starter)
    assert "Try a photo" not in [heading.value for heading in at.run().header]


def test_the_starter_answers_for_a_photo_that_is_not_stored(
    starter: Path, workspace: Workspace, visit: Visit, words: Words
) -> None:
    """In an empty workspace a photo gets its prediction; the workspace stays empty."""
    at = _try(visit("start/home"))
    assert "**Starter**" in words(at)
    assert "P(sad) = 0." in words(at)
    assert Catalog(workspace).photo_ids() == []


def test_the_champion_stands_beside_the_starter_with_its_origin_first(
    starter: Path, study: Study, visit: Visit, words: Words
) -> None:
    """A champion that learned from drawings does not count, and its name says so before its prediction."""
    at = _try(visit("start/home"))
    text = words(at)
    assert text.index("**Starter**") < text.index("trained on drawings, not photographs; beside it, not counted")
    headings = [index for index, text in enumerate(_elements(at)) if "border-left:6px solid" in text]
    origin = next(index for index, text in enumerate(_elements(at)) if "trained on drawings" in text)
    assert [headings[0] < origin, headings[1] > origin] == [True, True]


def test_a_photo_of_home_is_still_there_on_predict_and_is_not_classified_again(starter: Path, visit: Visit) -> None:
    """The change of page empties the field, not the answer; Clear drops it."""
    at = _try(visit("start/home"))
    [row] = _rows(at)
    at.switch_page("pages/use/predict.py").run()
    assert not at.exception
    assert at.file_uploader(key="predict_files").value == []
    [kept] = _rows(at)
    assert kept is row
    at.switch_page("pages/data/collect.py").run()
    at.switch_page("pages/use/predict.py").run()
    assert _rows(at) == [row]
    at.button(key="predict_clear").click().run()
    assert _rows(at) == []


def test_a_photo_that_the_user_takes_out_is_forgotten(starter: Path, visit: Visit) -> None:
    """Unlike a change of page, taking the file out of its field takes its answer away."""
    at = _try(visit("start/home"))
    at.file_uploader(key="predict_files").set_value([]).run()
    assert _rows(at) == []
    at.switch_page("pages/use/predict.py").run()
    assert _rows(at) == []


@pytest.fixture
def guided(workspace: Workspace, add_photos: Callable[..., list[str]]) -> JobFolder:
    """Return a guided study whose process is this one, with three photos added so far."""
    add_photos(workspace, happy=3)
    job = JobFolder(workspace.jobs / "260101-000000-abcdef")
    job.create_active({"kind": "guided", "config": {}})
    job.append({"event": "scrape", "label": "happy", **asdict(ScrapeProgress(pictures_done=3, added=3))})
    return job


def test_figures_and_thumbnails_move_while_the_guided_study_collects(
    guided: JobFolder, workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """The number of photos is that of the catalog at every tick, and the newest are shown."""
    at = visit("start/home")
    assert at.metric[0].value == "3"
    add_photos(workspace, happy=3, sad=2)
    at.run()
    assert at.metric[0].value == "5"
    [shown] = [html.proto.body for html in at.main.get("html") if "newest photos" in html.proto.body]
    assert shown.count("<img") == 5


def test_the_guided_study_can_be_stopped(guided: JobFolder, workspace: Workspace, visit: Visit) -> None:
    """Stop asks its job to stop, and the page says so."""
    at = visit("start/home")
    assert at.button(key="guided").disabled
    at.button(key="stop_guided").click().run()
    assert not at.exception
    job = newest_guided_job(workspace)
    assert job is not None and job.stop_requested()
    assert at.button(key="stop_guided").label == "Stopping"


def test_the_guided_study_is_the_first_step_only(workspace: Workspace, study: Study, visit: Visit) -> None:
    """Its button is primary in an empty workspace, and no longer once there is a study."""
    kinds = {button.label: button.proto.type for button in visit("start/home").button}
    assert kinds["Run the guided study"] == "secondary"
    shutil.rmtree(workspace.studies)
    kinds = {button.label: button.proto.type for button in visit("start/home").button}
    assert kinds["Run the guided study"] == "primary"


def test_other_studies_under_way_are_shown_with_their_progress(
    workspace: Workspace, study: Study, visit: Visit
) -> None:
    """A study with a run that waits is listed with a link to its runs."""
    (workspace.runs / study.run_ids[0] / "status.json").unlink()
    (workspace.runs / study.run_ids[0] / "scores.json").unlink()
    at = visit("start/home")
    [link] = [link.proto for link in at.main.get("page_link") if link.proto.page == "train"]
    assert study.study_id in json.dumps(link.query_string)
    assert "1 of 2 runs ended" in [bar.proto.text for bar in at.main.get("progress")]
