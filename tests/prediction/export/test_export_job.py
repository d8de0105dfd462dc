"""The export that a page asks for: a process writes a zip file that unpacks to a network that answers."""

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from emotion_core.jobs import JobFolder
from emotion_core.prediction import Classifier
from emotion_core.prediction.export import export_of, start_export, starter_zip, zip_of
from emotion_core.settings import Workspace
from emotion_core.training import Run, list_runs

pytestmark = pytest.mark.slow

Wait = Callable[[Callable[[], Any], str], Any]
PHOTO = Image.effect_noise((40, 30), 90).convert("RGB")


@pytest.fixture
def copied(studied: Workspace, tmp_path: Path) -> tuple[Workspace, Run]:
    """Return a copy of the studied workspace that may be changed, and its finished run."""
    shutil.copytree(studied.root, tmp_path / "copied")
    workspace = Workspace(tmp_path / "copied")
    return workspace, next(run for run in list_runs(workspace) if run.state.name == "finished")


def ended(job: JobFolder) -> Callable[[], bool]:
    """Return what says whether a job has ended, its process included."""
    return lambda: job.state().ended and not job.has_process()


def test_export_is_a_zip_that_answers_until_the_network_is_another(
    copied: tuple[Workspace, Run], tmp_path: Path, wait_until: Wait
) -> None:
    """One job for two presses; its file holds the network; a run that was trained again has no export."""
    workspace, run = copied
    assert export_of(workspace, run) is None
    job = start_export(workspace, run)
    assert start_export(workspace, run).id == job.id
    wait_until(ended(job), "the export has ended")
    assert job.state().name == "finished", job.log_end()
    assert export_of(workspace, run).id == job.id
    with zipfile.ZipFile(zip_of(job)) as packed:
        assert all(name.startswith(f"{run.run_id}/") for name in packed.namelist())
        packed.extractall(tmp_path)
    theirs, ours = Classifier.of_folder(tmp_path / run.run_id), Classifier(run)
    assert theirs.answer("a", PHOTO).p_sad == ours.answer("a", PHOTO).p_sad
    assert {"model.keras", "model.onnx", "predict.py"} <= {path.name for path in (tmp_path / run.run_id).iterdir()}
    shutil.copyfile(run.model_path, run.model_path.with_suffix(".new"))
    run.model_path.with_suffix(".new").replace(run.model_path)
    assert export_of(workspace, run) is None


def test_failed_export_says_why_and_makes_room_for_the_next(copied: tuple[Workspace, Run], wait_until: Wait) -> None:
    """The job has the sentence for the person; another try takes its place."""
    workspace, run = copied
    (run.path / "model.keras").unlink()
    job = start_export(workspace, run)
    wait_until(ended(job), "the export has ended")
    assert job.state().name == "failed"
    assert "missing=['model.keras']" in job.state().message
    again = start_export(workspace, run)
    assert again.id != job.id and not job.path.exists()
    wait_until(ended(again), "the second export has ended")


def test_export_of_a_deleted_run_goes_with_the_next_and_others_stay(
    copied: tuple[Workspace, Run], wait_until: Wait
) -> None:
    """Each run has its own export; the export of a deleted run is deleted too."""
    workspace, run = copied
    [failed] = [other for other in list_runs(workspace) if other.run_id != run.run_id]
    orphan, other = (JobFolder(workspace.jobs / f"261123-00000{number}-abcdef") for number in range(2))
    orphan.create({"kind": "export", "run": "261123-000000-123456"})
    other.create({"kind": "export", "run": failed.run_id})
    assert export_of(workspace, run) is None and export_of(workspace, failed).id == other.id
    (run.path / "model.keras").unlink()
    wait_until(ended(start_export(workspace, run)), "the export has ended")
    assert not orphan.path.exists() and other.path.exists()


def test_starter_is_zipped_at_once(folder_with: Callable[..., Path], tmp_path: Path) -> None:
    """Its zip unpacks to one folder that answers as the starter does."""
    folder = folder_with(needs_face=False)
    with zipfile.ZipFile(io.BytesIO(starter_zip(folder))) as packed:
        packed.extractall(tmp_path / "unpacked")
    [unpacked] = (tmp_path / "unpacked").iterdir()
    ours, theirs = Classifier.of_folder(folder), Classifier.of_folder(unpacked)
    assert theirs.answer("a", PHOTO).p_sad == ours.answer("a", PHOTO).p_sad
