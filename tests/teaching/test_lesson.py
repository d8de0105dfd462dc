"""The exercises of the lesson: the studies they run, how far they are, and what the board says of them."""

import shutil
from pathlib import Path

import pytest

from emotion_core.dataset import SAMPLES
from emotion_core.evaluation.comparison import compare_study
from emotion_core.formatting import share_text
from emotion_core.guided import guided_config
from emotion_core.settings import Workspace, open_workspace
from emotion_core.teaching.lesson import EXERCISES, NOT_RUN, BoardRow, Exercise, board, result_text
from emotion_core.teaching.lesson import exercises as lesson
from emotion_core.teaching.source_study import chapter_named, evidence_sentences, headline, read_results
from emotion_core.training import StudyPlan, list_runs, list_studies
from tests.conftest import TINY

SETTINGS = {**TINY, "split_seed": 2}


def test_exercises_are_the_guided_study_and_chapters_of_the_source_study() -> None:
    """Home and The source study find what the lesson ran, and the lesson what they ran."""
    guided, dead_output, leak = EXERCISES
    assert guided.on_drawings() == guided_config()
    assert dead_output.plan == chapter_named(dead_output.key).plan
    assert leak.plan == chapter_named(leak.key).plan
    assert {exercise.on_drawings().sources for exercise in EXERCISES} == {(SAMPLES,)}


@pytest.mark.parametrize("key", ["dead_output", "leak"])
def test_headline_is_among_the_sentences_of_the_chapter(key: str) -> None:
    """The board and the page The source study say the same of one study."""
    evidence = read_results().chapters[key]
    text = headline(key, evidence)
    said = [sentence for sentence in evidence_sentences(key, evidence) if sentence in text]
    assert " ".join(said) == text


def test_board_of_an_empty_workspace_says_that_nothing_was_run(tmp_path: Path) -> None:
    """Each exercise has a row, without a result."""
    workspace = open_workspace(tmp_path)
    rows = board(workspace, list_studies(workspace))
    assert [row.exercise for row in rows] == list(EXERCISES)
    assert {(row.state, row.photos, row.active, result_text(workspace, row)) for row in rows} == {
        (NOT_RUN, "", False, "")
    }


def test_board_has_the_figures_of_the_networks_that_finished(studied: Workspace) -> None:
    """A study with a finished and a failed network is no finished exercise; its figures are those of Compare."""
    row = _row(studied, Exercise("guided", "Two", _plan("relu", "tanh")))
    assert row.study == list_studies(studied)[0]
    assert row.state == "1 finished, 1 failed"
    assert row.photos == "photos of this workspace"
    [relu, _] = compare_study(studied, row.study).comparison.runs
    assert relu.test_auc is not None
    text = result_text(studied, row)
    assert text.startswith("AUC of 1 network on 6 test photos: relu ")
    assert f" {share_text(relu.test_auc)} (" in text


def test_board_says_where_networks_are_missing(studied: Workspace, tmp_path: Path) -> None:
    """Neither a failed nor a deleted network is passed over in silence."""
    shutil.copytree(studied.root, tmp_path / "copy")
    workspace, exercise = open_workspace(tmp_path / "copy"), Exercise("leak", "Two", _plan("relu", "tanh"))
    assert "networks or photos of the study are missing" in result_text(workspace, _row(workspace, exercise))
    shutil.rmtree(list_runs(workspace)[1].folder.path)
    assert _row(workspace, exercise).state == "1 finished, 1 deleted"


def test_board_finds_a_study_of_the_same_networks_only(studied: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeds do not matter; another activation or number of epochs does."""
    more_seeds = StudyPlan(vary={"hidden_activation": ("tanh", "relu")}, settings=SETTINGS, seeds=3)
    plans = (more_seeds, _plan("relu"), _plan("relu", "tanh").changed({"epochs": [3]}))
    monkeypatch.setattr(lesson, "EXERCISES", tuple(Exercise("guided", "", plan) for plan in plans))
    rows = board(studied, list_studies(studied))
    assert [row.study is not None for row in rows] == [True, False, False]


def _plan(*activations: str) -> StudyPlan:
    return StudyPlan(vary={"hidden_activation": activations}, settings=SETTINGS)


def _row(workspace: Workspace, exercise: Exercise) -> BoardRow:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lesson, "EXERCISES", (exercise,))
        [row] = board(workspace, list_studies(workspace))
    return row
