"""Workspaces made by an earlier version open as before: the same photos, figures and predictions, and runs that resume.

``stored_workspaces/0.1.0.zip`` holds 20 drawn photos with marks and faces, a study of two networks, a cross-validated
study and a paused run; beside it stands what the version that made it answered.
"""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emotion_core.settings import PACKAGE, open_workspace
from emotion_core.training import find_run, resume_run
from tests.stored_answers import like

pytestmark = pytest.mark.slow


STORED = Path(__file__).parent / "stored_workspaces"
EXPECTED = json.loads((STORED / "0.1.0.json").read_text(encoding="utf8"))
PAUSED = "261129-222654-00ac2d-r001"
Wait = Callable[[Callable[[], Any], str], Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the stored workspace, unpacked somewhere else than where it was made."""
    folder = tmp_path_factory.mktemp("stored")
    with zipfile.ZipFile(STORED / "0.1.0.zip") as packed:
        packed.extractall(folder)
    return folder


def answer(folder: Path, *arguments: str) -> Any:
    """Return what the command line answers for a workspace."""
    command = [sys.executable, "-m", "emotion_core", *arguments, "--workspace", str(folder), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PACKAGE.parent, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_photos_keep_label_status_faces_and_flags(folder: Path) -> None:
    """The catalog is read, and upgraded if need be, without a loss."""
    assert like(EXPECTED["photos"], answer(folder, "photos")) == EXPECTED["photos"]


def test_runs_keep_state_and_figures(folder: Path) -> None:
    """Every run is listed as it was: finished or paused, with its last epoch."""
    assert like(EXPECTED["runs"], answer(folder, "runs")) == EXPECTED["runs"]


@pytest.mark.parametrize("study_id", EXPECTED["compare"])
def test_studies_compare_to_the_same_figures(folder: Path, study_id: str) -> None:
    """Champion, AUC with interval, threshold and tests of pairs are those of then, but for three rules that changed.

    A cross-validated network was judged by pooled folds (test AUC .57) and is now by the mean of its folds' (.48, .52);
    and its validation AUC of .50 no longer makes a champion. Thresholds were Youden's and are now those of a curve.
    """
    expected = EXPECTED["compare"][study_id]
    assert like(expected, answer(folder, "compare", study_id)) == expected


def test_networks_predict_what_they_predicted(folder: Path) -> None:
    """A stored network gives a stored photo its P(sad) of then."""
    [expected] = EXPECTED["predict"]
    photo = str(folder / expected["photo"])
    [received] = answer(folder, "predict", photo, "--run", expected["run_id"])
    assert like(expected, {**received, "photo": expected["photo"]}) == expected


def test_paused_run_goes_on_after_its_last_epoch(
    folder: Path, wait_until: Wait, end_processes_below: Callable[[Path], None]
) -> None:
    """Its checkpoint is read: the epochs so far stay, and only the missing ones are trained."""
    workspace = open_workspace(folder)
    before = find_run(workspace, PAUSED)
    assert before.state.name == "paused"
    resume_run(workspace, before)
    wait_until(lambda: find_run(workspace, PAUSED).state.ended, "the run has ended")
    end_processes_below(folder)
    after = find_run(workspace, PAUSED)
    assert after.state.name == "finished", after.state.message
    assert after.epochs[: len(before.epochs)] == before.epochs
    assert len(after.epochs) == after.config.epochs == 24
