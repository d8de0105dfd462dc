"""A finished run as a folder that stands on its own: the network, its settings, its scores and a card."""

import shutil
from pathlib import Path

from emotion_core.errors import JobUnusable, SettingsError
from emotion_core.evaluation import RunScores, compare
from emotion_core.evaluation.study import StudyComparison, compare_study, run_scores
from emotion_core.files import write_json
from emotion_core.images import View
from emotion_core.network.export import KERAS_FILE, LITERT_FILE
from emotion_core.settings import Workspace
from emotion_core.training import Run, load_study
from emotion_core.training.runs import SCORES_FILE

CARD_FILE = "model_card.md"
EXPORTED_FILES = (KERAS_FILE, LITERT_FILE, SCORES_FILE)


def export_run(workspace: Workspace, run: Run, destination: Path) -> list[Path]:
    """Write a finished run to a new or empty folder.

    Args:
        workspace: that holds the run.
        run: a finished run.
        destination: folder to write to.

    Returns:
        The files written.

    Raises:
        JobUnusable: the run has no trained network.
        SettingsError: the folder holds something already, or cannot be written.
    """
    missing = [name for name in EXPORTED_FILES if not (run.path / name).exists()]
    scores = run_scores(run)
    if missing or scores is None:
        raise JobUnusable(
            f"This run has no trained network to export. Expected a finished run. Received: run={run.run_id!r}, "
            f"state={run.state.name!r}, missing={missing}."
        )
    card = model_card(run, scores, compare_study(workspace, load_study(workspace, run.study_id)))
    try:
        _check_empty(destination)
        for name in EXPORTED_FILES:
            shutil.copyfile(run.path / name, destination / name)
        write_json(destination / "settings.json", run.config.model_dump(mode="json"))
        (destination / CARD_FILE).write_text(card, encoding="utf8")
    except OSError as error:
        raise SettingsError(
            f"The run cannot be exported: {error.strerror}. Received: folder={str(destination)!r}. "
            "Choose another folder."
        ) from error
    return sorted(destination.iterdir())


def _check_empty(destination: Path) -> None:
    destination.mkdir(parents=True, exist_ok=True)
    if any(destination.iterdir()):
        raise SettingsError(
            "The folder for the export holds something already. Expected a new or an empty folder. "
            f"Received: folder={str(destination)!r}. Choose another."
        )


def model_card(run: Run, scores: RunScores, compared: StudyComparison) -> str:
    """Return a short description of the network for whoever meets it later, as Markdown.

    Args:
        run: a finished run.
        scores: its own.
        compared: its study.
    """
    # Its own figures: those of a cross-validated study are of several networks.
    [row] = compare([scores], diagnoses={run.run_id: compared.diagnoses[run.run_id].sentence}).runs
    counts = _split_counts(run)
    champion = "It is the champion of its study." if compared.comparison.champion == run.run_id else ""
    return f"""# {run.config.label}

A small convolutional network that says how likely a photo looks sad (1) rather than happy (0). {champion}

- Photos: {counts["train"]} for training, {counts["validation"]} for validation, {counts["test"]} for test
  (snapshot `{run.snapshot}`).
- Validation AUC {_number(row.validation_auc)}; test AUC {_number(row.test_auc)}
  (95 % interval {_number(row.test_auc_low)} to {_number(row.test_auc_high)}).
- A photo counts as sad from P(sad) = {row.threshold:.3f}, chosen on the validation photos.
- Diagnosis: {row.diagnosis}
- Input: {_input_text(run.config.view)}
  Output: P(sad), limited to 0 to 1.

The answer describes an expression in a photo, not a feeling. It is not meant for judging people at work, in school,
in hiring or in policing. It knows only photos like those it was trained on.
"""


def _input_text(view: View) -> str:
    values = "RGB" if view.color == "rgb" else "brightness (ITU-R BT.601)"
    crop = ", cut to the largest face where one is found" if view.face_crop else ""
    return (
        f"float32 of shape (n, {', '.join(map(str, view.shape))}), values 0 to 255, {values}{crop},\n"
        f"  resized ({view.interpolation}) without keeping the aspect ratio."
    )


def _split_counts(run: Run) -> dict[str, int]:
    scores = run.scores()
    splits = scores.splits if scores is not None else ()
    return {name: splits.count(name) for name in ("train", "validation", "test")}


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
