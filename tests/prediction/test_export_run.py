"""An exported run stands on its own, and never overwrites what is there."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emotion_core.errors import JobUnusable, SettingsError
from emotion_core.files import read_json, write_json
from emotion_core.prediction import export_run
from emotion_core.settings import Workspace
from emotion_core.training import Run, RunConfig, list_runs

FILES = ["model.keras", "model.tflite", "model_card.md", "scores.json", "settings.json"]


@pytest.fixture(scope="module")
def finished(studied: Workspace) -> Run:
    """Return the finished run of the tiny study."""
    return next(run for run in list_runs(studied) if run.state.name == "finished")


@pytest.fixture
def copied(studied: Workspace, tmp_path: Path) -> tuple[Workspace, Run]:
    """Return a copy of the studied workspace that may be changed, and its finished run."""
    shutil.copytree(studied.root, tmp_path / "copied")
    workspace = Workspace(tmp_path / "copied")
    return workspace, next(run for run in list_runs(workspace) if run.state.name == "finished")


def test_export_holds_network_settings_scores_and_card(studied: Workspace, finished: Run, tmp_path: Path) -> None:
    """The files are those of the run, and the returned list names them."""
    destination = tmp_path / "new" / "folder"
    written = export_run(studied, finished, destination)
    assert [path.name for path in written] == FILES
    assert sorted(path.name for path in destination.iterdir()) == FILES
    for name in ("model.keras", "model.tflite", "scores.json"):
        assert (destination / name).read_bytes() == (finished.path / name).read_bytes()
    assert RunConfig(**json.loads((destination / "settings.json").read_text())) == finished.config


def test_model_card_states_photos_figures_threshold_and_limits(
    studied: Workspace, finished: Run, tmp_path: Path
) -> None:
    """Who meets the file later learns what it was trained on, how good it is and what it is not for."""
    export_run(studied, finished, tmp_path)
    card = (tmp_path / "model_card.md").read_text()
    scores = finished.scores()
    counts = [scores.splits.count(split) for split in ("train", "validation", "test")]
    assert f"{counts[0]} for training, {counts[1]} for validation, {counts[2]} for test" in card
    for text in (
        finished.config.label,
        finished.snapshot,
        "champion of its study",
        "Test AUC",
        "not meant for judging",
    ):
        assert text.lower() in card.lower()


def test_model_card_tells_how_photos_are_seen(copied: tuple[Workspace, Run], tmp_path: Path) -> None:
    """Colours, interpolation and face crop are those of the settings."""
    workspace, run = copied
    export_run(workspace, run, tmp_path / "plain")
    assert (
        "(n, 16, 16, 3), values 0 to 255, RGB,\n  resized (bilinear)" in (tmp_path / "plain/model_card.md").read_text()
    )
    settings = read_json(run.path / "settings.json")
    settings["config"] |= {"color": "grey", "interpolation": "area", "face_crop": True}
    write_json(run.path / "settings.json", settings)
    export_run(workspace, Run(run.folder), tmp_path / "otherwise")
    card = (tmp_path / "otherwise/model_card.md").read_text()
    assert "(n, 16, 16, 1), values 0 to 255, brightness (ITU-R BT.601), cut to the largest face" in card
    assert "resized (area)" in card


def test_exported_network_answers_without_this_project(studied: Workspace, finished: Run, tmp_path: Path) -> None:
    """The LiteRT file works with LiteRT alone, as the card describes its input."""
    export_run(studied, finished, tmp_path)
    code = (
        "import sys, numpy as np; from ai_edge_litert.interpreter import Interpreter\n"
        "network = Interpreter(sys.argv[1]); network.allocate_tensors()\n"
        "network.set_tensor(network.get_input_details()[0]['index'], np.full((1, 16, 16, 3), 128, np.float32))\n"
        "network.invoke(); print(float(network.get_tensor(network.get_output_details()[0]['index'])[0, 0]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "model.tflite")]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, timeout=120)
    assert 0 <= float(answer.stdout.split()[-1]) <= 1


def test_folder_that_holds_something_is_refused_untouched(studied: Workspace, finished: Run, tmp_path: Path) -> None:
    """Nothing is written beside a stranger's files."""
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SettingsError, match="holds something already"):
        export_run(studied, finished, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_second_export_to_the_same_folder_is_refused(studied: Workspace, finished: Run, tmp_path: Path) -> None:
    """An earlier export is not overwritten."""
    export_run(studied, finished, tmp_path)
    with pytest.raises(SettingsError, match="holds something already"):
        export_run(studied, finished, tmp_path)


def test_file_in_the_way_is_refused(studied: Workspace, finished: Run, tmp_path: Path) -> None:
    """A destination that is a file is reported in words."""
    (tmp_path / "file").write_text("taken")
    with pytest.raises(SettingsError, match="cannot be exported"):
        export_run(studied, finished, tmp_path / "file")


def test_unfinished_run_cannot_be_exported(studied: Workspace, tmp_path: Path) -> None:
    """A run without a network leaves no folder behind."""
    [failed] = [run for run in list_runs(studied) if run.state.name == "failed"]
    with pytest.raises(JobUnusable, match="no trained network to export"):
        export_run(studied, failed, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_exported_run_does_not_need_its_study(studied: Workspace, finished: Run, tmp_path: Path) -> None:
    """The exported files stay when the workspace is deleted."""
    shutil.copytree(studied.root, tmp_path / "copy")
    copy = Workspace(tmp_path / "copy")
    export_run(copy, list_runs(copy)[0], tmp_path / "out")
    shutil.rmtree(copy.root)
    assert all((tmp_path / "out" / name).stat().st_size > 0 for name in FILES)
