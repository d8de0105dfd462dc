"""Who answers: the run that is named, else the champion or the starter, else a sentence."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotion_core.dataset.snapshots import SNAPSHOT_FILE
from emotion_core.documents import read_document, write_document
from emotion_core.errors import JobNotFound, JobUnusable
from emotion_core.prediction import (
    Classifier,
    classifier_for,
    first_answer,
    learned_from_drawings,
    load_face_detector_in_background,
    starter,
    why_starter,
)
from emotion_core.prediction import against_starter as comparing
from emotion_core.prediction.against_starter import CACHE_FILE, AgainstStarter, against_starter
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import Run, find_run


def of_photographs(studied: Workspace, folder: Path, drawings: int = 0) -> Workspace:
    """Return a copy of the workspace whose snapshots say that so many of their photos are drawings."""
    shutil.copytree(studied.root, folder)
    for path in (folder / "snapshots").glob(f"*/{SNAPSHOT_FILE}"):
        path.chmod(0o644)
        write_document(path, {**read_document(path), "drawings": drawings})
    return open_workspace(folder)


def test_champion_answers_where_no_run_is_named(
    studied: Workspace, finished: Run, folder_with: Callable[..., Path], tmp_path: Path
) -> None:
    """Without a run id the workspace's champion is chosen, not the starter; with one, that run."""
    folder, workspace = folder_with(), of_photographs(studied, tmp_path / "copy")
    assert classifier_for(workspace, starter_folder=folder).run_id == finished.run_id
    assert why_starter(workspace, starter_folder=folder) == ""
    assert classifier_for(studied, finished.run_id, starter_folder=folder).run_id == finished.run_id
    assert classifier_for(studied, "starter", starter_folder=folder).run_id == "starter"


def test_champion_that_learned_from_drawings_is_passed_over_for_the_starter(
    studied: Workspace, finished: Run, folder_with: Callable[..., Path], tmp_path: Path
) -> None:
    """The photos' look tells that they are drawn, though they came from files; without a starter it answers still."""
    folder = folder_with()
    assert learned_from_drawings(studied, finished)
    assert classifier_for(studied, starter_folder=folder).run_id == "starter"
    assert f"--run {finished.run_id}" in why_starter(studied, starter_folder=folder)
    assert classifier_for(studied, starter_folder=tmp_path / "none").run_id == finished.run_id
    assert why_starter(studied, starter_folder=tmp_path / "none") == ""
    first = first_answer(studied, finished, Classifier.of_folder(folder))
    assert first.starter_first
    assert "learned from drawn faces" in first.reason
    assert not first_answer(studied, finished, None).starter_first


def test_snapshot_of_an_earlier_version_is_told_by_its_photos(
    studied: Workspace, finished: Run, tmp_path: Path
) -> None:
    """Where the snapshot does not say what its photos are, those in the catalog do."""
    workspace = of_photographs(studied, tmp_path / "copy")
    assert not learned_from_drawings(workspace, finished)
    for path in workspace.snapshots.glob(f"*/{SNAPSHOT_FILE}"):
        stored = read_document(path)
        del stored["drawings"]
        write_document(path, stored)
    assert learned_from_drawings(workspace, finished)


@pytest.mark.parametrize(
    ("auc", "starter_auc", "p_value", "with_face", "is_better"),
    [
        (0.9, 0.8, 0.01, 96, True),
        (0.9, 0.8, 0.06, 96, False),
        (0.8, 0.9, 0.01, 96, False),
        (None, None, None, 20, True),
        (None, None, None, 80, False),
    ],
)
def test_champion_replaces_the_starter_on_evidence_alone(
    auc: float | None, starter_auc: float | None, p_value: float | None, with_face: int, is_better: bool
) -> None:
    """It is better with p < .05, or where the starter finds a face in fewer than half of the photographs."""
    compared = AgainstStarter("s", "n", 96, with_face, auc, starter_auc, p_value)
    assert compared.is_better == is_better
    assert ("not shown to be better" in compared.sentence) == (auc is not None and not is_better)


def test_champion_and_starter_are_compared_on_photographs_once(
    studied: Workspace, finished: Run, folder_with: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same network on the same photos is never better than itself; the result is kept for the next time."""
    workspace = of_photographs(studied, tmp_path / "copy")
    run, own = find_run(workspace, finished.run_id), Classifier.of_folder(folder_with({}, needs_face=False))
    monkeypatch.setattr(comparing, "FEWEST_OF_A_LABEL", 1)
    compared = against_starter(workspace, run, Classifier(run), own)
    assert compared.photographs == compared.with_face == run.scores().splits.count("test")
    assert compared.auc == pytest.approx(compared.starter_auc)
    assert not compared.is_better
    assert first_answer(workspace, run, own).starter_first
    monkeypatch.setattr(comparing, "_compared", lambda *_: pytest.fail("It is kept."))
    assert against_starter(workspace, run, Classifier(run), own) == compared
    (run.path / CACHE_FILE).write_text("{")
    with pytest.raises(pytest.fail.Exception, match="It is kept"):
        against_starter(workspace, run, Classifier(run), own)


def test_photographs_are_taken_evenly_from_both_labels() -> None:
    """Of many test photos, as many of each label are compared, and none that is not a photograph."""
    labels, is_usable = np.repeat([0, 1], [900, 300]), np.tile([True, True, False], 400)
    rows = comparing._spread_rows(labels, is_usable)
    assert np.bincount(labels[rows]).tolist() == [comparing.MOST_PHOTOS // 2] * 2
    assert is_usable[rows].all()
    assert len(set(rows)) == len(rows)


def test_starter_answers_where_there_is_no_champion(tmp_path: Path, folder_with: Callable[..., Path]) -> None:
    """In a new workspace the first photo gets an answer from the network that comes with the project."""
    assert classifier_for(open_workspace(tmp_path / "new"), starter_folder=folder_with()).name == "Starter"


@pytest.mark.parametrize("run_id", [None, "starter"])
def test_without_champion_and_starter_the_error_says_what_to_do(run_id: str | None, tmp_path: Path) -> None:
    """An untouched workspace without the starter has no network to predict with, and the error says so."""
    assert starter(tmp_path / "none") is None
    with pytest.raises(JobUnusable, match=r"starter network is missing.*Train a study first"):
        classifier_for(open_workspace(tmp_path / "new"), run_id, starter_folder=tmp_path / "none")


def test_unknown_run_is_an_error(tmp_path: Path) -> None:
    """A run that is named and not there is not silently replaced by another."""
    with pytest.raises(JobNotFound, match="no such run"):
        classifier_for(open_workspace(tmp_path), "nothing")


def test_preparing_ends_by_itself() -> None:
    """The detector is loaded by a thread that ends."""
    thread = load_face_detector_in_background()
    thread.join(300)
    assert not thread.is_alive()
