"""Export of a network to a self-contained folder: three formats, settings, scores, a card and a prediction script."""

import platform
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from emotion_core.dataset import detector_problem
from emotion_core.dataset.inspection import LOOKS_SCRIPT, detector_weights
from emotion_core.disk_space import check_free_space, naming_full_disk
from emotion_core.documents import hashes_of, stored_document, write_document
from emotion_core.errors import DocumentError, JobUnusable, SettingsError
from emotion_core.evaluation.comparison import compare_study, study_baseline
from emotion_core.files import new_folder
from emotion_core.network.export import KERAS_FILE, LITERT_FILE, ONNX_FILE, onnx_of
from emotion_core.prediction.classifier import ANSWERS_FILE, SETTINGS_FILE
from emotion_core.prediction.decision import decision_of
from emotion_core.prediction.export.model_card import model_card
from emotion_core.prediction.learned_from import learned_from_faces
from emotion_core.prediction.model_choice import STARTER_FOLDER
from emotion_core.settings import ASSETS, Workspace
from emotion_core.training import Run, Scores, load_study
from emotion_core.training.checks import has_learned
from emotion_core.training.store import FILES, SCORES_FILE

CARD_FILE = "model_card.md"
REQUIREMENTS_FILE = "requirements.txt"
TRAINED_FILES = (KERAS_FILE, LITERT_FILE, SCORES_FILE)
SCRIPTS = ASSETS / "export"
SCRIPT_FILES = ("predict.py", "intact.py", "network.py", "seeing.py")
DETECTOR_LICENCE_FILE = "face_detector_licence.txt"
PACKAGES = ("ai-edge-litert", "numpy", "pillow")
FACE_PACKAGE = "opencv-python-headless"


def export_run(workspace: Workspace, run: Run, destination: Path) -> list[Path]:
    """Write a finished run to a folder; the first export of a run also waits for a process that writes ONNX.

    Args:
        workspace: that holds the run.
        run: a finished run.
        destination: a new or empty folder.

    Returns:
        The files written. ``Classifier.of_folder`` reads the folder, and so does the ``predict.py`` in it.

    Raises:
        JobUnusable: the run has no trained network, or it cannot be written as ONNX.
        DiskFull: the disk is full, or nearly.
        SettingsError: the folder is not empty, or cannot be written.
    """
    scores = _intact_scores(run)
    study = load_study(workspace, run.study_id)
    baseline = study_baseline(workspace, study)
    compared = compare_study(workspace, study, baseline=baseline)
    card = model_card(workspace, run, compared, baseline)
    answers = _answers(run, scores)
    weights = _detector_weights() if run.config.face_crop or answers["learned_from_faces"] else None

    def write(folder: Path) -> None:
        for path in (*(run.path / name for name in TRAINED_FILES), onnx_of(run.path)):
            shutil.copyfile(path, folder / path.name)
        write_document(folder / SETTINGS_FILE, run.config.model_dump(mode="json"), durable=False)
        hashes = hashes_of(folder, (KERAS_FILE, LITERT_FILE, ONNX_FILE))
        write_document(folder / ANSWERS_FILE, {**answers, FILES: hashes}, durable=False)
        (folder / CARD_FILE).write_text(card, encoding="utf8")
        _write_script(folder, weights)

    return _written(destination, write)


def _intact_scores(run: Run) -> Scores:
    """Return the scores of a run whose files are those that were written, or raise ``JobUnusable``."""
    missing = [name for name in TRAINED_FILES if not (run.path / name).exists()]
    try:
        scores = run.checked_scores()
        for name in (KERAS_FILE, LITERT_FILE) if not missing else ():
            run.check_file(name)
    except (DocumentError, OSError) as error:
        raise JobUnusable(f"The network of the run {run.run_id} cannot be exported. {error}") from error
    if missing or scores is None:
        raise JobUnusable(
            f"This run has no trained network to export. Expected a finished run. Received: run={run.run_id!r}, "
            f"state={run.state.name!r}, missing={missing}."
        )
    return scores


def _answers(run: Run, scores: Scores) -> dict[str, Any]:
    """Return the content of ``answers.json``, which ``Classifier.of_folder`` and the script read."""
    return {
        "name": run.config.label,
        **decision_of(scores).as_json(),
        "needs_face": False,
        "has_learned": has_learned(run.history_with(scores.of("train"), scores.of("validation"))),
        "learned_from_faces": learned_from_faces(run),
        "trained_on": f"{scores.splits.count('train')} photos of snapshot {run.snapshot}",
    }


def export_starter(destination: Path, folder: Path = STARTER_FOLDER) -> list[Path]:
    """Write the starter network to a folder, as ``export_run`` does with a run.

    Args:
        destination: a new or empty folder.
        folder: of the starter. Its files are copied; formats that it lacks are missing from the export too.

    Returns:
        The files written.

    Raises:
        JobUnusable: the starter is missing.
        DiskFull: the disk is full, or nearly.
        SettingsError: the folder is not empty, or cannot be written.
    """
    settings, answers = (stored_document(folder / name) for name in (SETTINGS_FILE, ANSWERS_FILE))
    if settings is None or answers is None:
        raise JobUnusable(
            f"The starter network is missing or damaged. Expected its files in the project. Received: "
            f"folder={str(folder)!r}. Install the project again, or export a run."
        )
    sees_faces = settings.get("face_crop") or answers.get("needs_face") or answers.get("learned_from_faces")
    weights = _detector_weights() if sees_faces else None

    def write(target: Path) -> None:
        for path in filter(Path.is_file, folder.iterdir()):
            shutil.copyfile(path, target / path.name)
        _write_script(target, weights)

    return _written(destination, write)


def _detector_weights() -> Path:
    weights = detector_weights()
    if weights is None:
        raise JobUnusable(f"This network needs the face detector, and an export includes it. {detector_problem()}")
    return weights


def _written(destination: Path, write: Callable[[Path], None]) -> list[Path]:
    """Run ``write`` on a folder that appears at the destination once it is complete, and return the files in it."""
    try:
        _check_empty(destination)
        check_free_space(destination)
        with naming_full_disk(destination), new_folder(destination) as folder:
            write(folder)
        return sorted(destination.iterdir())
    except OSError as error:
        raise SettingsError(
            f"The network cannot be exported: {error.strerror}. Received: folder={str(destination)!r}. "
            "Choose another folder."
        ) from error


def _check_empty(destination: Path) -> None:
    if destination.exists() and any(destination.iterdir()):
        raise SettingsError(
            "The folder for the export is not empty. Expected a new or an empty folder. "
            f"Received: folder={str(destination)!r}. Choose another."
        )


def _write_script(destination: Path, weights: Path | None) -> None:
    """Write the prediction script, and a requirements file that pins the package versions of this machine.

    Args:
        destination: folder to write to.
        weights: of the face detector, or None where the network takes whole photos.
    """
    names, packages = list(SCRIPT_FILES), list(PACKAGES)
    if weights is not None:
        names.append(DETECTOR_LICENCE_FILE)
        packages.append(FACE_PACKAGE)
        shutil.copyfile(weights, destination / weights.name)
    for name in names:
        shutil.copyfile(SCRIPTS / name, destination / name)
    shutil.copyfile(LOOKS_SCRIPT, destination / LOOKS_SCRIPT.name)
    lines = [f"# With Python {platform.python_version()}.", *(f"{name}=={version(name)}" for name in packages)]
    (destination / REQUIREMENTS_FILE).write_text("\n".join([*lines, ""]), encoding="utf8")
