"""The chapters: which of the user's studies match, and which photos a leaking run was trained on."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion_core.dataset import load_snapshot
from emotion_core.settings import Workspace, open_workspace
from emotion_core.teaching.source_study import CHAPTERS, chapter_named, evidence_of, own_evidence, own_study
from emotion_core.teaching.source_study.chapters import trained_on
from emotion_core.training import StudyPlan, delete_run, list_runs, list_studies
from emotion_core.training.engine import scored_splits, training_data

TINY = {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,), "epochs": 2}
PLAN = StudyPlan(vary={"hidden_activation": ("tanh", "relu")}, settings=TINY)


@pytest.fixture
def workspace(studied: Workspace, tmp_path: Path) -> Workspace:
    """Return a workspace whose one study has a finished run only."""
    shutil.copytree(studied.root, tmp_path / "copy")
    copy = open_workspace(tmp_path / "copy")
    delete_run(copy, list_runs(copy)[1])
    return copy


def test_plans_can_be_run_at_64_pixels() -> None:
    """No chapter asks for a study that is refused, and none for one of large photos."""
    assert {run.image_size for chapter in CHAPTERS for run in chapter.plan.study().runs} == {64}
    assert len({chapter.key for chapter in CHAPTERS}) == len(CHAPTERS)


def test_own_study_has_the_same_networks_and_has_finished(studied: Workspace, workspace: Workspace) -> None:
    """In whatever order they were trained; another setting, or a run that failed, makes it another study."""
    only = StudyPlan(vary={"hidden_activation": ("relu",)}, settings=TINY)
    assert own_study(studied, PLAN) is None
    assert own_study(workspace, PLAN) is None
    assert own_study(workspace, only) == list_studies(workspace)[0]
    assert own_study(workspace, only.changed({"epochs": [3]})) is None


def test_own_evidence_is_read_from_the_runs(workspace: Workspace) -> None:
    """Networks and numbers without a network are those of its photos; deleted runs leave no evidence."""
    [study] = list_studies(workspace)
    evidence = own_evidence(workspace, study, replace(study, snapshot="another"))
    assert evidence == evidence_of(workspace, study)
    assert evidence is not None
    assert [network.network for network in evidence.networks] == ["relu"]
    assert evidence.others == evidence.trained_on == ()
    assert "brightness" in {shortcut.name for shortcut in evidence.shortcuts}
    against = own_evidence(workspace, study, study)
    assert against is not None
    assert against.others == against.networks == evidence.networks
    shutil.rmtree(workspace.snapshots)
    assert own_evidence(workspace, study, None) is None


def test_a_fixed_split_trains_on_no_test_photo_and_a_reshuffled_one_on_all(workspace: Workspace) -> None:
    """The share is counted over the photos that the run is finally tested on, epoch after epoch."""
    snapshot = load_snapshot(workspace, list_studies(workspace)[0].snapshot)
    fixed, leaking, *_ = chapter_named("leak").plan.study().runs
    assert not any(trained_on(fixed, snapshot))
    shares = trained_on(leaking, snapshot)
    assert list(shares) == sorted(shares)
    assert shares[-1] > 0.95
    train, _ = training_data(leaking, snapshot, np.zeros((len(snapshot.items), 1, 1, 3), np.uint8))
    rows = train.for_epoch(1).rows
    assert rows is not None
    tested = np.flatnonzero(np.array(scored_splits(leaking, snapshot)) == "test")
    assert shares[0] == pytest.approx(np.isin(tested, rows).mean(), abs=1e-4)
