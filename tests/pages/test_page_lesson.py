"""Lesson: five steps of 45 minutes, exercises that run with one button, and the board of their results."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import SAMPLES, Catalog, Origin
from emotion_core.guided import newest_guided_job
from emotion_core.network import HIDDEN_ACTIVATIONS
from emotion_core.settings import Workspace
from emotion_core.teaching.activations import largest_slope
from emotion_core.teaching.lesson import EXERCISES, NOT_RUN
from emotion_core.teaching.lesson import exercises as lesson
from emotion_core.teaching.source_study import read_results
from emotion_core.training import StudyPlan, list_studies, load_study
from pages.components.lesson.board import COLLECTING
from pages.components.lesson.texts import STEPS
from tests.conftest import TINY

pytestmark = pytest.mark.slow

Visit = Callable[..., AppTest]
Words = Callable[[AppTest], str]
PAGE = "learn/lesson"


@pytest.fixture
def _ended(workspace: Workspace, end_processes_below: Callable[[Path], None]) -> Iterator[None]:
    """End what the page started."""
    yield
    end_processes_below(workspace.root)


def _board(at: AppTest) -> list[dict[str, str]]:
    """Return the rows of the board as they are read, without the escapes of Markdown."""
    [table] = at.table
    return [{title: text.replace("\\", "") for title, text in row.items()} for row in table.value.to_dict("records")]


def test_what_the_steps_say_in_numbers_is_true() -> None:
    """They fill 45 minutes; the networks have five layers with the activation, and AUCs are those that are shipped."""
    assert sum(step.minutes for step in STEPS) == 45
    assert [step.exercise for step in STEPS if step.exercise] == [exercise.key for exercise in EXERCISES]
    guided, dead_output, leak = (exercise.plan.study().runs for exercise in EXERCISES)
    assert {run.depth + len(run.dense_units) for run in guided} == {5}
    assert largest_slope(HIDDEN_ACTIVATIONS["sigmoid"]) ** 5 == pytest.approx(1 / 1024)
    assert [len(runs) for runs in (guided, dead_output, leak)] == [3, 10, 6]
    assert {run.output_activation for run in dead_output} == {"relu"}
    networks = read_results().chapters["shortcut"].networks
    assert min(network.auc for network in networks if network.activation != "sigmoid") >= 0.94 - 0.005
    assert max(network.auc for network in networks if network.activation == "sigmoid") < 0.6


def test_leads_through_the_lesson_in_an_empty_workspace(visit: Visit, words: Words) -> None:
    """Each step has its task and question; answers are folded; the board says that nothing was run."""
    at = visit(PAGE)
    text = words(at)
    for step in STEPS:
        assert all(part in text for part in (step.title, step.task, step.look, step.question))
    assert "Minutes 39 to 45" in text
    assert [expander.proto.expanded for expander in at.expander] == [False] * len(STEPS)
    assert [expander.markdown[0].value for expander in at.expander] == [step.answer for step in STEPS]
    assert "Article 5(1)(f)" in text
    assert [row["State"] for row in _board(at)] == [NOT_RUN] * len(EXERCISES)
    assert not any(at.button(key=f"run-{exercise.key}").disabled for exercise in EXERCISES)


@pytest.mark.usefixtures("_ended")
def test_collects_the_drawn_faces_first(workspace: Workspace, visit: Visit) -> None:
    """One button collects and trains; the board says so, and no other exercise begins on half of the faces."""
    at = visit(PAGE).button(key="run-leak").click().run()
    assert not at.exception
    job = newest_guided_job(workspace)
    assert job is not None
    assert job.settings()["config"] == EXERCISES[2].on_drawings().model_dump(mode="json")
    assert [row["State"] for row in _board(at)] == [NOT_RUN, NOT_RUN, COLLECTING]
    assert all(at.button(key=f"run-{exercise.key}").disabled for exercise in EXERCISES)


@pytest.mark.usefixtures("_ended")
def test_trains_at_once_where_the_drawn_faces_are_there(workspace: Workspace, visit: Visit) -> None:
    """The study is on the drawn faces alone, and its row follows it while it waits and trains."""
    catalog = Catalog(workspace)
    for label in ("happy", "sad"):
        for number in range(8):
            origin = Origin("sample", source_url=f"http://127.0.0.1:8765/photos/{label}/{number:04}.jpg")
            catalog.add(photo_bytes(label, number), label=label, origin=origin)
    at = visit(PAGE).button(key="run-dead_output").click().run()
    assert not at.exception
    [started] = list_studies(workspace)
    assert started.config.sources == (SAMPLES,)
    assert started.config.runs == EXERCISES[1].plan.study().runs
    row = _board(at)[1]
    assert row["Trained on"] == "drawn faces"
    assert row["State"].startswith("under way: 0 of 10 networks trained")
    assert row["Result"].strip() == ""
    assert at.button(key="run-dead_output").disabled
    assert not at.button(key="run-leak").disabled


@pytest.mark.usefixtures("study")
def test_shows_what_an_exercise_came_to(workspace: Workspace, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of the finished networks are on the board, and its runs and comparison are one click away."""
    plan = StudyPlan(vary={"hidden_activation": ("relu", "tanh")}, settings={**TINY, "split_seed": 2})
    monkeypatch.setattr(lesson, "EXERCISES", (replace(EXERCISES[0], plan=plan), *EXERCISES[1:]))
    at = visit(PAGE)
    row = _board(at)[0]
    assert row["State"] == "1 finished, 1 failed"
    assert "AUC of 1 network on 6 test photos: relu" in row["Result"]
    [study] = list_studies(workspace)
    assert load_study(workspace, study.study_id).first_look is None, "a single network is no comparison"
    assert at.button(key="see-guided")
    assert at.button(key="compare-guided").click().run().title[0].value == "Compare"
