"""Train the starter: ``python -m emotion_core.starter_training --workspace DIR PHOTOS...``.

The photos are imported into the workspace, and one run is trained there like any other: if it is interrupted, the same
command resumes it after its last epoch. The project ships its weights as float16, its settings and its model card.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from emotion_core.collect import import_path
from emotion_core.command_line import wait_for
from emotion_core.dataset import Catalog, load_snapshot, snapshot_pixels
from emotion_core.documents import hashes_of, write_document
from emotion_core.errors import EmotionError, JobUnusable
from emotion_core.evaluation import auc_interval
from emotion_core.evaluation.comparison import compare_study
from emotion_core.files import make_folder, write_bytes
from emotion_core.network import STARTER, WEIGHTS_FILE, save_weights
from emotion_core.network.export import LITERT_FILE, to_litert
from emotion_core.prediction import (
    ANSWERS_FILE,
    SETTINGS_FILE,
    STARTER_FOLDER,
    LiteRTNetwork,
    decision_of,
    model_card,
    p_sad_of,
)
from emotion_core.prediction.export import CARD_FILE
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import Run, Scores, Study, StudyPlan, list_studies, load_study, runs_of, start_study
from emotion_core.training.store import FILES

MIRRORED_TEXT = (
    "Each prediction is the mean of the outputs for a photo and for its mirror image, and so are threshold and figures "
    "under *How good it is*; the comparison below them is of the photo alone."
)
TRAINING = {
    "epochs": 60,
    "batch_size": 64,
    "optimizer": "adamw",
    "weight_decay": 0.05,
    "learning_rate": 0.002,
    "schedule": "cosine",
    "label_smoothing": 0.05,
    "flip": True,
    "rotation": 15.0,
    "zoom": 0.2,
    "shift": 0.08,
    "brightness": 0.2,
    "contrast": 0.4,
    "blur": 0.6,
    "erase": 0.1,
    "mixup": 0.3,
    "validation_fraction": 0.05,
    "test_fraction": 0.1,
}


def starter_study(workspace: Workspace, photos: Sequence[Path], changes: dict[str, object]) -> Study:
    """Return the study that trains the starter: an earlier one with the same settings, else a new one.

    Args:
        workspace: that holds the study.
        photos: folders with ``happy`` and ``sad`` in them, or zips of such folders; imported for a new study only.
        changes: settings by field that replace those in ``TRAINING``.

    Raises:
        EmotionError: the photos or the settings cannot be used.
    """
    settings = {**STARTER.model_dump(exclude_defaults=True), **TRAINING, **changes}
    config = StudyPlan(vary={"hidden_activation": (STARTER.hidden_activation,)}, settings=settings).study()
    for study in list_studies(workspace):
        if study.config == config:
            return study
    for path in photos:
        summary = import_path(Catalog(workspace), path)
        sys.stderr.write(
            f"{path.name}: {summary.added} photos added, {summary.duplicates} were already in the catalog.\n"
        )
    return start_study(workspace, config)


def write_starter(workspace: Workspace, run: Run, destination: Path) -> None:
    """Write the files that the project ships: settings, weights, LiteRT network, threshold and model card.

    Args:
        workspace: that holds the run.
        run: the finished run of the starter's study.
        destination: the files' folder; files of the same names are replaced.

    Raises:
        JobUnusable: the run has not finished.
    """
    import keras

    scores = run.scores()
    if scores is None:
        raise JobUnusable(
            f"The starter is not trained yet. Expected a finished run. Received: run={run.run_id!r}. Wait for its end."
        )
    model = keras.models.load_model(run.path / "model.keras")
    make_folder(destination)
    save_weights(model, destination / WEIGHTS_FILE)
    write_bytes(destination / LITERT_FILE, to_litert(model, half_precision=True))
    write_document(destination / SETTINGS_FILE, run.config.model_dump(mode="json"))
    # The shipped network averages two outputs with float16 weights: its threshold and numbers are measured on that.
    scores = _mirrored_scores(workspace, run, scores, LiteRTNetwork.read(destination / LITERT_FILE))
    interval = auc_interval(*scores.of("test"))
    counts = {split: scores.splits.count(split) for split in ("train", "validation", "test")}
    about = (
        f"Trained on {counts['train']:,} face photos (mostly 48-pixel grayscale). Test AUC on {counts['test']:,} other "
        f"photos: {interval.auc:.3f} (95 % CI {interval.low:.3f}–{interval.high:.3f})."
    )
    compared = compare_study(workspace, load_study(workspace, run.study_id))
    card = model_card(workspace, run, compared, None, scores).partition("\n")[2]
    write_bytes(destination / CARD_FILE, f"# Starter\n\n{about} {MIRRORED_TEXT}\n{card}".encode())
    answers = {
        "name": "Starter",
        **decision_of(scores).as_json(),
        "needs_face": True,
        "mirrored": True,
        "trained_on": about,
        "measured": {
            "test_photos": counts["test"],
            "test_auc": interval.auc,
            "test_auc_low": interval.low,
            "test_auc_high": interval.high,
        },
        FILES: hashes_of(destination, (LITERT_FILE, WEIGHTS_FILE)),
    }
    write_document(destination / ANSWERS_FILE, answers)


def _mirrored_scores(workspace: Workspace, run: Run, scores: Scores, network: LiteRTNetwork) -> Scores:
    """Return the run's scores with P(sad) of the shipped network, averaged over photo and mirror image."""
    snapshot = load_snapshot(workspace, run.snapshot)
    pixels = snapshot_pixels(Catalog(workspace), snapshot, run.config.input_spec)
    p_sad = p_sad_of(network, list(pixels), mirrored=True)
    return replace(scores, p_sad=p_sad.astype(np.float64))


def main() -> None:
    """Train the starter, or resume its training, and write the files that the project ships."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", type=Path, help="a folder with happy/ and sad/ in it, or a zip of one")
    parser.add_argument(
        "--workspace",
        required=True,
        type=Path,
        help="folder for the training; a new one, or that of an interrupted training",
    )
    parser.add_argument(
        "--destination",
        type=Path,
        default=STARTER_FOLDER,
        help="folder to write to; default: the one that the project ships",
    )
    parser.add_argument("--epochs", type=int, default=TRAINING["epochs"])
    parser.add_argument("--mixed-precision", action="store_true", help="faster on processors with AMX, and on GPUs")
    arguments = parser.parse_args()
    workspace = open_workspace(arguments.workspace)
    changes = {"epochs": arguments.epochs, "mixed_precision": arguments.mixed_precision}
    try:
        study = starter_study(workspace, arguments.photos, changes)
        problem = wait_for(workspace, study)
        if problem:
            sys.exit(problem)
        write_starter(workspace, runs_of(workspace, study)[0], arguments.destination)
    except EmotionError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
