"""A study's runs as they lie on disk, compared: who is champion, who is left out, and why."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from emotion_core.documents import read_document, write_document
from emotion_core.errors import JobUnusable
from emotion_core.evaluation.comparison import StudyComparison, compare_study, run_scores, workspace_champion
from emotion_core.evaluation.comparison.compared_runs import slim_comparison
from emotion_core.evaluation.figures import LEAKING, study_curves_figure, study_roc_figure
from emotion_core.evaluation.figures.theme import ACTIVATION_STYLE
from emotion_core.jobs import JobFolder
from emotion_core.prediction import STARTER_ID, classifier_for
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import list_studies, load_study

Score = Callable[[np.ndarray, np.ndarray], np.ndarray]


@pytest.fixture
def two_finished(studied: Workspace, tmp_path: Path) -> Workspace:
    """Return a copy of the studied workspace in which the second run has finished too, with the scores of the first."""
    shutil.copytree(studied.root, tmp_path / "copy")
    workspace = open_workspace(tmp_path / "copy")
    [study] = list_studies(workspace)
    first, second = (workspace.runs / run_id for run_id in study.run_ids)
    for name in ("scores.json", "records.jsonl", "status.json", "model.tflite", "model.keras"):
        shutil.copyfile(first / name, second / name)
    settings = read_document(second / "settings.json")
    write_document(second / "settings.json", {**settings, "snapshot": study.snapshot})
    return workspace


def compared(workspace: Workspace) -> StudyComparison:
    """Compare the only study of a workspace."""
    [study] = list_studies(workspace)
    return compare_study(workspace, study)


def rescore(workspace: Workspace, number: int, score: Score) -> None:
    """Give a run other scores, made from 0 and 1 for each photo and from which photos are in the test part."""
    [study] = list_studies(workspace)
    path = workspace.runs / study.run_ids[number] / "scores.json"
    stored = read_document(path)
    in_test = np.array([split == "test" for split in stored["splits"]])
    scores = score(np.array(stored["labels"], dtype=float), in_test)
    write_document(path, {**stored, "p_sad": scores.tolist()})


def test_figures_of_a_trained_run_are_those_of_scikit_learn(studied: Workspace) -> None:
    """Validation and test AUC come from the scores on disk, each from its own part."""
    result = compared(studied)
    [run] = result.finished
    row = next(row for row in result.comparison.runs if row.run_id == run.run_id)
    assert row.validation_auc == pytest.approx(roc_auc_score(*run.scores().of("validation")))
    assert row.test_auc == pytest.approx(roc_auc_score(*run.scores().of("test")))
    assert row.test_auc_low <= row.test_auc <= row.test_auc_high
    assert (row.activation, row.depth, row.seed) == ("relu", 1, 0)
    assert row.diagnosis == result.diagnoses[run.run_id][0].sentence


def test_unfinished_run_is_listed_without_figures_and_with_its_reason(studied: Workspace) -> None:
    """A failed run stays in the table, takes part in no test and says what happened."""
    result = compared(studied)
    failed = result.comparison.runs[1]
    assert (failed.validation_auc, failed.test_auc) == (None, None)
    assert "failed" in failed.diagnosis
    assert "snapshot='gone'" in failed.diagnosis
    assert not result.comparison.pairs
    assert result.champion.run_id == result.comparison.runs[0].run_id


def test_champion_is_chosen_on_validation_even_where_test_says_otherwise(two_finished: Workspace) -> None:
    """The test part is looked at once, after the choice: a better test AUC makes no champion."""
    rng = np.random.default_rng(0)
    noise = rng.uniform(0.3, 0.6, 32)
    rescore(two_finished, 0, lambda labels, in_test: np.where(in_test, labels, noise))
    rescore(two_finished, 1, lambda labels, in_test: np.where(in_test, noise, labels))
    result = compared(two_finished)
    assert [row.validation_auc == 1 for row in result.comparison.runs] == [False, True]
    assert [row.test_auc == 1 for row in result.comparison.runs] == [True, False]
    assert result.comparison.champion == result.study.run_ids[1]
    assert result.champion.run_id == result.study.run_ids[1]


def test_two_finished_runs_are_tested_against_each_other(two_finished: Workspace) -> None:
    """Each pair has a difference and a p value; equal scores differ by nothing."""
    [pair] = compared(two_finished).comparison.pairs
    assert (pair.difference, pair.p_value) == (0, 1)
    assert {pair.a, pair.b} == set(compared(two_finished).study.run_ids)


def test_constant_network_is_never_champion(two_finished: Workspace) -> None:
    """An output that is practically one number has an AUC by its crumbs alone, and must not win by it."""
    noise = np.random.default_rng(1).uniform(0, 0.9, 32)
    rescore(two_finished, 0, lambda labels, in_test: 0.5 + labels * 5e-4)
    rescore(two_finished, 1, lambda labels, in_test: np.where(in_test, labels, 0.5 * labels + noise / 2))
    result = compared(two_finished)
    assert result.comparison.runs[0].validation_auc == 1
    assert result.comparison.champion == result.study.run_ids[1]


def test_network_that_guesses_is_not_the_workspaces_champion(two_finished: Workspace) -> None:
    """At a validation AUC of one half or below there is no champion, so that the starter classifies."""
    for number in (0, 1):
        rescore(two_finished, number, lambda labels, in_test: 1 - labels * 0.9)
    result = compared(two_finished)
    assert (result.champion, workspace_champion(two_finished)) == (None, None)
    assert "no better than guessing" in result.comparison.reason
    assert classifier_for(two_finished).run_id == STARTER_ID


def test_deleted_run_is_left_out(two_finished: Workspace) -> None:
    """What is gone is not compared, and the others are."""
    [study] = list_studies(two_finished)
    shutil.rmtree(two_finished.runs / study.run_ids[0])
    result = compared(two_finished)
    assert [row.run_id for row in result.comparison.runs] == [study.run_ids[1]]
    assert result.comparison.champion == study.run_ids[1]


def test_study_whose_runs_are_all_gone_has_no_champion(two_finished: Workspace) -> None:
    """Nothing left to compare is an empty comparison, not an exception."""
    shutil.rmtree(two_finished.runs)
    result = compared(two_finished)
    assert not result.comparison.runs
    assert not result.comparison.pairs
    assert result.champion is None
    assert workspace_champion(two_finished) is None


def test_scores_of_an_unfinished_run_are_none(studied: Workspace) -> None:
    """There is a record for the finished run and none for the failed one."""
    result = compared(studied)
    assert [run_scores(run) is None for run in result.runs] == [False, True]


def test_damaged_scores_are_compared_without_figures(two_finished: Workspace) -> None:
    """A broken scores file takes its run out of the comparison and nothing else."""
    [study] = list_studies(two_finished)
    (two_finished.runs / study.run_ids[0] / "scores.json").write_text('{"photo_ids": [')
    result = compared(two_finished)
    assert result.comparison.runs[0].validation_auc is None
    assert result.comparison.champion == study.run_ids[1]


def test_damaged_study_file_is_unusable(two_finished: Workspace) -> None:
    """A study that cannot be read is reported under its id and not among the readable ones."""
    [study] = list_studies(two_finished)
    (two_finished.studies / f"{study.study_id}.json").write_text("{")
    assert list_studies(two_finished) == []
    with pytest.raises(JobUnusable, match=study.study_id):
        load_study(two_finished, study.study_id)


def test_run_that_stopped_early_is_diagnosed_at_the_epoch_that_was_kept(two_finished: Workspace) -> None:
    """Epochs after the best one may break down as they like: their weights are gone."""
    [study] = list_studies(two_finished)
    folder = JobFolder(two_finished.runs / study.run_ids[0])
    last = folder.records("epoch")[-1]
    for epoch, loss in ((3, 0.6), (4, float("nan")), (5, float("nan"))):
        folder.append({**last, "epoch": epoch, "loss": loss})
    assert compared(two_finished).diagnoses[study.run_ids[0]][0].code == "nan"
    folder.append({"event": "kept", "epoch": 3})
    assert compared(two_finished).diagnoses[study.run_ids[0]][0].code != "nan"


def test_leaking_run_is_drawn_in_red(two_finished: Workspace) -> None:
    """Its ROC curve and its learning curves have a colour that no activation has."""
    [study] = list_studies(two_finished)
    path = two_finished.runs / study.run_ids[0] / "settings.json"
    settings = read_document(path)
    settings["config"]["split"] = "reshuffled"
    write_document(path, settings)
    result = compared(two_finished)
    red = ACTIVATION_STYLE[LEAKING].color
    assert [style.color for style in ACTIVATION_STYLE.values()].count(red) == 1
    runs = slim_comparison(result).runs
    for figure in (study_roc_figure(runs), study_curves_figure(runs)):
        colors = {line.name: line.line.color for line in figure.data}
        assert {"leaking split" in name for name, color in colors.items() if color == red} == {True}
