"""The source study: six chapters without photos or runs, starting their studies, showing the user's own runs."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import SAMPLES, Catalog, Origin
from emotion_core.dataset.catalog.records import FILES
from emotion_core.documents import read_document, write_document
from emotion_core.guided import newest_guided_job
from emotion_core.settings import Workspace
from emotion_core.teaching.source_study import CHAPTERS, chapter_named, evidence, evidence_sentences, read_results
from emotion_core.training import StudyConfig, list_studies
from pages.components.common.markdown import escape_markdown
from pages.components.source_study.chapter import OWN, SHIPPED

pytestmark = pytest.mark.slow

Visit = Callable[..., AppTest]
Words = Callable[[AppTest], str]
PAGE = "learn/source_study"


@pytest.fixture
def _ended(workspace: Workspace, end_processes_below: Callable[[Path], None]) -> Iterator[None]:
    """End what the page started."""
    yield
    end_processes_below(workspace.root)


def test_tells_all_six_chapters_without_photos_and_runs(visit: Visit, words: Words) -> None:
    """Each chapter shows its sentences from the shipped results, and its figure."""
    at, results = visit(PAGE), read_results()
    text = words(at)
    for chapter in CHAPTERS:
        assert chapter.title in text
        assert chapter.claim in text
        assert chapter.explanation in text
        assert all(
            escape_markdown(sentence) in text
            for sentence in evidence_sentences(chapter.key, results.chapters[chapter.key])
        )
    assert len(at.get("plotly_chart")) == len(CHAPTERS)
    assert "Article 5(1)(f)" in text
    assert not at.segmented_control
    assert [box.options for box in at.selectbox] == [["the sample gallery"]] * len(CHAPTERS)


def test_says_where_results_are_damaged(
    visit: Visit, words: Words, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An error replaces the figures; history and responsible use are still shown."""
    monkeypatch.setattr(evidence, "RESULTS_FILE", tmp_path / "none.json")
    at = visit(PAGE)
    assert "cannot be read" in at.error[0].value
    assert "Neocognitron" in words(at)


@pytest.mark.usefixtures("_ended")
def test_starts_a_chapters_study_on_ones_own_photos(workspace: Workspace, study: object, visit: Visit) -> None:
    """The study has the chapter's networks, leaves gallery photos out, and opens on Train."""
    before = {listed.study_id for listed in list_studies(workspace)}
    sample = Origin("sample", source_url="http://127.0.0.1:8765/photos/happy/0099.jpg")
    Catalog(workspace).add(photo_bytes("happy", 99), label="happy", origin=sample)
    at = visit(PAGE).button(key="run-leak").click().run()
    assert not at.exception
    [started] = [listed for listed in list_studies(workspace) if listed.study_id not in before]
    assert started.config.runs == chapter_named("leak").plan.study().runs
    assert started.config.sources == (FILES,)
    assert at.title[0].value == "Train"


@pytest.mark.usefixtures("_ended")
def test_collects_the_gallery_first_where_it_is_not_there(workspace: Workspace, visit: Visit) -> None:
    """Home shows the progress of collecting, and the study that follows has the chapter's networks."""
    at = visit(PAGE).button(key="run-shortcut").click().run()
    assert not at.exception
    job = newest_guided_job(workspace)
    assert job is not None
    config = StudyConfig(**job.settings()["config"])
    assert config.runs == chapter_named("shortcut").plan.study().runs
    assert config.sources == (SAMPLES,)
    assert at.button(key="guided").disabled


def test_shows_ones_own_runs_instead(workspace: Workspace, study: object, visit: Visit, words: Words) -> None:
    """A finished study with a chapter's networks replaces the app's results, which are one click away."""
    _pretend(workspace)
    at, chapter = visit(PAGE), chapter_named("shortcut")
    shipped = escape_markdown(evidence_sentences(chapter.key, read_results().chapters[chapter.key])[0])
    assert shipped not in words(at)
    assert at.segmented_control(key="shown-shortcut").value == OWN
    at.segmented_control(key="shown-shortcut").set_value(SHIPPED).run()
    assert shipped in words(at)
    assert at.button(key="see-shortcut")


def _pretend(workspace: Workspace) -> None:
    """Give the finished run the settings of each run of the controlled chapter: training them would take minutes."""
    [study] = list_studies(workspace)
    runs = chapter_named("shortcut").plan.study().runs
    run_ids = [f"{study.study_id}-r{number:03d}" for number in range(1, len(runs) + 1)]
    first = workspace.runs / run_ids[0]
    for run_id, run in zip(run_ids, runs, strict=True):
        folder = workspace.runs / run_id
        if folder != first:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(first, folder)
        settings = read_document(folder / "settings.json")
        write_document(folder / "settings.json", {**settings, "config": run.model_dump(mode="json")})
    path = study.file(workspace)
    stored = read_document(path)
    stored["config"]["runs"] = [run.model_dump(mode="json") for run in runs]
    write_document(path, {**stored, "run_ids": run_ids})
