"""An exported network stands on its own, and nothing is ever overwritten."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from emotion_core.dataset import to_pixels
from emotion_core.documents import read_document
from emotion_core.errors import JobUnusable, SettingsError
from emotion_core.prediction import Classifier, export_run, export_starter
from emotion_core.settings import Workspace
from emotion_core.training import Run, RunConfig, list_runs

TRAINED = ["model.keras", "model.tflite", "scores.json"]
SCRIPT = ["intact.py", "looks.py", "network.py", "predict.py", "requirements.txt", "seeing.py"]
FACE_FILES = ["face_detection_yunet_2023mar.onnx", "face_detector_licence.txt"]
FILES = sorted([*TRAINED, *SCRIPT, *FACE_FILES, "answers.json", "model.onnx", "model_card.md", "settings.json"])


@pytest.fixture(scope="module")
def exported(studied: Workspace, finished: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the finished run's export; no test changes it."""
    folder = tmp_path_factory.mktemp("exported") / "new" / "folder"
    assert export_run(studied, finished, folder) == sorted(folder.iterdir())
    return folder


@pytest.mark.slow
def test_export_holds_three_formats_settings_scores_card_and_script(exported: Path, finished: Run) -> None:
    """What was trained is copied byte by byte."""
    assert sorted(path.name for path in exported.iterdir()) == FILES
    for name in TRAINED:
        assert (exported / name).read_bytes() == (finished.path / name).read_bytes()
    assert RunConfig(**read_document(exported / "settings.json")) == finished.config


def test_exported_folder_is_a_classifier_that_says_the_same(exported: Path, finished: Run) -> None:
    """Threshold, band and P(sad) of the folder are those of the run; its ONNX file gives P(sad) too."""
    ours, theirs = Classifier(finished), Classifier.of_folder(exported)
    assert (theirs.name, theirs.threshold, theirs.uncertainty_band) == (
        ours.name,
        ours.threshold,
        ours.uncertainty_band,
    )
    photos = [Image.effect_noise((40 + number, 30), 90).convert("RGB") for number in range(3)]
    p_sad = ours.predict(photos)
    np.testing.assert_array_equal(theirs.predict(photos), p_sad)
    seen = np.stack([to_pixels(photo, ours.input_spec) for photo in photos]).astype(np.float32)
    [answers] = onnxruntime.InferenceSession(str(exported / "model.onnx")).run(None, {"pixels": seen})
    np.testing.assert_allclose(np.ravel(answers), p_sad, atol=1e-5)


def test_script_needs_the_installed_versions_of_its_packages(exported: Path) -> None:
    """OpenCV is among them because the network looks for faces: it learned from drawn ones."""
    lines = [line for line in (exported / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert [line.partition("==")[0] for line in lines] == [
        *("ai-edge-litert", "numpy", "pillow", "opencv-python-headless")
    ]
    assert f"numpy=={np.__version__}" in lines


def test_starter_is_exported_as_a_run_is(folder_with: Callable[..., Path], tmp_path: Path) -> None:
    """Its own files, the script, and the face detector with its licence where it looks for faces."""
    folder = folder_with(needs_face=True)
    names = [path.name for path in export_starter(tmp_path / "out", folder)]
    own = ["answers.json", "model.tflite", "settings.json"]
    assert names == sorted([*own, *FACE_FILES, *SCRIPT])
    assert (tmp_path / "out" / "model.tflite").read_bytes() == (folder / "model.tflite").read_bytes()
    assert "opencv-python-headless==" in (tmp_path / "out" / "requirements.txt").read_text()


def test_missing_starter_is_told_in_words(tmp_path: Path) -> None:
    """A project without its starter says so, and leaves no folder behind."""
    with pytest.raises(JobUnusable, match="starter network is missing"):
        export_starter(tmp_path / "out", tmp_path / "nowhere")
    assert not (tmp_path / "out").exists()


def test_folder_that_holds_something_is_refused_untouched(studied: Workspace, finished: Run, tmp_path: Path) -> None:
    """Nothing is written beside existing files."""
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SettingsError, match="is not empty"):
        export_run(studied, finished, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_second_export_to_the_same_folder_is_refused(studied: Workspace, finished: Run, exported: Path) -> None:
    """An earlier export is not overwritten."""
    with pytest.raises(SettingsError, match="is not empty"):
        export_run(studied, finished, exported)


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


def test_exported_run_does_not_need_its_study(studied: Workspace, exported: Path, tmp_path: Path) -> None:
    """The exported files stay when the workspace is deleted."""
    shutil.copytree(studied.root, tmp_path / "copy")
    copy = Workspace(tmp_path / "copy")
    export_run(copy, list_runs(copy)[0], tmp_path / "out")
    shutil.rmtree(copy.root)
    assert all((tmp_path / "out" / name).stat().st_size > 0 for name in FILES)
