"""Photos whose label the networks contradict, told by photos that they were not trained on."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from emotion_core.documents import read_document, write_document
from emotion_core.evaluation.diagnosis import disagreement_order, held_out_p_sad
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import Run, list_runs


@pytest.fixture
def run(studied: Workspace, tmp_path: Path) -> tuple[Workspace, Run]:
    """Return a workspace with one finished run, which may be changed."""
    shutil.copytree(studied.root, tmp_path / "workspace")
    workspace = open_workspace(tmp_path / "workspace")
    return workspace, next(run for run in list_runs(workspace) if run.scores() is not None)


def _rewrite(run: Run, p_sad: list[float]) -> None:
    write_document(run.path / "scores.json", {**read_document(run.path / "scores.json"), "p_sad": p_sad})


def test_only_photos_that_were_not_trained_on_are_named(run: tuple[Workspace, Run]) -> None:
    """A network agrees with the labels it learned by heart, right or wrong; those say nothing."""
    workspace, finished = run
    scores = finished.scores()
    assert scores is not None
    p_sad = np.linspace(0, 1, len(scores.p_sad)).tolist()
    _rewrite(finished, p_sad)
    rows = zip(scores.photo_ids, scores.splits, p_sad, strict=True)
    assert held_out_p_sad(workspace) == {photo_id: p for photo_id, split, p in rows if split != "train"}


def test_a_network_whose_split_leaks_has_no_say(run: tuple[Workspace, Run]) -> None:
    """It has been trained on every photo sooner or later."""
    workspace, finished = run
    assert held_out_p_sad(workspace)
    settings = read_document(finished.path / "settings.json")
    settings["config"]["split"] = "reshuffled"
    write_document(finished.path / "settings.json", settings)
    assert held_out_p_sad(workspace) == {}


def test_a_network_that_answers_the_same_for_all_has_no_say(run: tuple[Workspace, Run]) -> None:
    """With no other network there is no order to offer."""
    workspace, finished = run
    scores = finished.scores()
    assert scores is not None
    _rewrite(finished, [0.9] * len(scores.p_sad))
    assert held_out_p_sad(workspace) == {}


def test_the_strongest_contradiction_comes_first() -> None:
    """A happy photo with a high P(sad) and a sad photo with a low one both contradict their label."""
    p_sad = {"happy, clear": 0.1, "happy, contradicted": 0.8, "sad, clear": 0.7, "sad, contradicted": 0.05}
    order = disagreement_order(p_sad, {"sad, clear", "sad, contradicted"})
    assert order == ["sad, contradicted", "happy, contradicted", "sad, clear", "happy, clear"]
