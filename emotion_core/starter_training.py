"""Train the starter: ``python -m emotion_core.starter_training PHOTOS... --neither FACES --workspace DIR``.

The photos are imported into the workspace, and one run is trained there like any other: if it is interrupted, the same
command resumes it after its last epoch. It begins with the blocks of the starter before it, and learns from faces that
look neither happy nor sad beside those of the two labels. Its P(sad) is then calibrated on photos that it was not
trained on. The project ships its weights as float16, its settings and its model card.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from emotion_core.collect import import_path
from emotion_core.command_line import wait_for
from emotion_core.dataset import Catalog
from emotion_core.dataset.snapshots import UNREAD_LABEL, neither_catalog, neither_faces
from emotion_core.documents import hashes_of, write_document
from emotion_core.errors import EmotionError, JobUnusable
from emotion_core.files import make_folder, write_bytes
from emotion_core.network import STARTER_NETWORK, WEIGHTS_FILE, save_weights
from emotion_core.network.export import LITERT_FILE, to_litert
from emotion_core.prediction import ANSWERS_FILE, SETTINGS_FILE, STARTER_FOLDER, LiteRTNetwork
from emotion_core.prediction.export import CARD_FILE, starter_card
from emotion_core.settings import Workspace, open_workspace
from emotion_core.starter_measures import Answers, Limits, by_size, calibrate, held_out, limits_of, measured
from emotion_core.training import Run, Study, StudyPlan, list_studies, runs_of, start_study
from emotion_core.training.store import FILES

TRAINING = {
    # The starter's blocks learn from the first epoch on, at a tenth of this rate.
    "unfreeze_epoch": 1,
    "epochs": 5,
    "batch_size": 32,
    "optimizer": "adamw",
    "weight_decay": 0.02,
    "learning_rate": 0.004,
    "schedule": "cosine",
    "label_smoothing": 0.05,
    "flip": True,
    "rotation": 25.0,
    "zoom": 0.2,
    "shift": 0.08,
    "brightness": 0.25,
    "contrast": 0.4,
    "blur": 2.0,
    "erase": 0.1,
    "dark": 0.85,
    "cover": 0.2,
    "validation_fraction": 0.05,
    "test_fraction": 0.1,
}


def starter_study(
    workspace: Workspace, photos: Sequence[Path], neither: Sequence[Path], changes: dict[str, object]
) -> Study:
    """Return the study that trains the starter: an earlier one with the same settings, else a new one.

    Args:
        workspace: that holds the study.
        photos: folders with ``happy`` and ``sad`` in them, or zips of such folders; imported for a new study only.
        neither: folders or zips of faces that look neither happy nor sad, likewise.
        changes: settings by field that replace those in ``TRAINING``.

    Raises:
        EmotionError: the photos or the settings cannot be used.
    """
    settings = {**STARTER_NETWORK.model_dump(exclude_defaults=True), **TRAINING, **changes}
    config = StudyPlan(vary={"hidden_activation": (STARTER_NETWORK.hidden_activation,)}, settings=settings).study()
    for study in list_studies(workspace):
        if study.config == config:
            return study
    for path in photos:
        _import(Catalog(workspace), path, None)
    for path in neither:
        _import(neither_catalog(workspace), path, UNREAD_LABEL)
    # The run needs them too; a missing folder is told here, before anything is trained.
    neither_faces(workspace)
    return start_study(workspace, config)


def _import(catalog: Catalog, path: Path, label: str | None) -> None:
    summary = import_path(catalog, path, label=label)
    sys.stderr.write(f"{path.name}: {summary.added} photos added, {summary.duplicates} were already in the catalog.\n")


def write_starter(workspace: Workspace, run: Run, destination: Path) -> None:
    """Write the files that the project ships: settings, weights, LiteRT network, limits and model card.

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
    # Everything is measured on the network as it is shipped: float16 weights, the mean of a photo and its mirror image.
    chosen, tested = held_out(workspace, run, "validation"), held_out(workspace, run, "test")
    calibrate(model, _shipped(model), by_size(chosen))
    network = _shipped(model)
    limits = limits_of([Answers.of(network, photos) for photos in by_size(chosen)])
    neither = Answers.of(network, tested.pop("neither"))
    figures = {name: measured(Answers.of(network, photos), neither, limits) for name, photos in tested.items()}
    figures["neither"] = {"photos": len(neither.labels), "sure": float(limits.sure(neither).mean())}

    make_folder(destination)
    save_weights(model, destination / WEIGHTS_FILE)
    write_bytes(destination / LITERT_FILE, to_litert(model, half_precision=True))
    write_document(destination / SETTINGS_FILE, run.config.model_dump(mode="json"))
    counts = {"happy and sad": scores.splits.count("train"), "neither": len(neither_faces(workspace).rows("train"))}
    about = _about(counts, figures["all"])
    card = starter_card(run, about, counts, limits.threshold, limits.band, limits.neither_from, figures)
    write_bytes(destination / CARD_FILE, card.encode())
    write_document(destination / ANSWERS_FILE, _answers(destination, about, limits, figures))


def _shipped(model: Any) -> LiteRTNetwork:
    return LiteRTNetwork(to_litert(model, half_precision=True), LITERT_FILE)


def _about(counts: dict[str, int], figures: dict[str, Any]) -> str:
    return (
        f"Trained on {counts['happy and sad']:,} happy and sad faces and {counts['neither']:,} that look neither "
        f"(mostly 48-pixel grayscale). Test AUC of happy against sad on {figures['photos']:,} other photos: "
        f"{figures['auc']:.3f} (95 % CI {figures['auc_low']:.3f}–{figures['auc_high']:.3f})."
    )


def _answers(destination: Path, about: str, limits: Limits, figures: dict[str, Any]) -> dict[str, Any]:
    """Return the content of ``answers.json``, which ``Classifier.of_folder`` and the script of an export read."""
    every = figures["all"]
    return {
        "name": "Starter",
        "threshold": limits.threshold,
        "not_sure_low": limits.band.low,
        "not_sure_high": limits.band.high,
        "neither_from": limits.neither_from,
        "needs_face": True,
        "mirrored": True,
        "trained_on": about,
        "measured": {
            "test_photos": every["photos"],
            "test_auc": every["auc"],
            "test_auc_low": every["auc_low"],
            "test_auc_high": every["auc_high"],
            "sets": figures,
        },
        FILES: hashes_of(destination, (LITERT_FILE, WEIGHTS_FILE)),
    }


def main() -> None:
    """Train the starter, or resume its training, and write the files that the project ships."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", type=Path, help="a folder with happy/ and sad/ in it, or a zip of one")
    parser.add_argument(
        "--neither",
        nargs="+",
        required=True,
        type=Path,
        help="a folder or zip of faces that look neither happy nor sad",
    )
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
        study = starter_study(workspace, arguments.photos, arguments.neither, changes)
        problem = wait_for(workspace, study)
        if problem:
            sys.exit(problem)
        write_starter(workspace, runs_of(workspace, study)[0], arguments.destination)
    except EmotionError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
