"""Train the starter: ``python -m emotion_core.starter_training PHOTOS... --neither FACES --workspace DIR``.

The photos are imported into the workspace, and two runs are trained there like any other: if one is interrupted, the
same command resumes it after its last epoch. The first network tells happy from sad, and others can begin with its
blocks. So does the second one, which learns from faces that look neither, too, and is the starter. Its P(sad) is
calibrated on photos that neither was trained on. The project ships the first one's weights and the second one, both as
float16, the settings and the model card.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emotion_core.collect import import_path
from emotion_core.command_line import wait_for
from emotion_core.dataset import Catalog, Snapshot, SplitFractions, find_duplicates, freeze, snapshot_pixels
from emotion_core.dataset.snapshots import UNREAD_LABEL, neither_catalog, neither_faces
from emotion_core.documents import hashes_of, read_document, write_document
from emotion_core.errors import EmotionError, JobUnusable
from emotion_core.files import make_folder, write_bytes
from emotion_core.images import InputSpec, Pixels
from emotion_core.network import NEITHER_STARTER, STARTER, WEIGHTS_FILE, NetworkConfig, checked, save_weights
from emotion_core.network.export import LITERT_FILE, to_litert
from emotion_core.prediction import (
    ANSWERS_FILE,
    P_SAD_CALIBRATION,
    SETTINGS_FILE,
    STARTER_FOLDER,
    LiteRTNetwork,
)
from emotion_core.prediction.export import CARD_FILE, starter_card
from emotion_core.settings import STARTER_WEIGHTS_VARIABLE, Workspace, open_workspace
from emotion_core.starter_measures import calibrated, labeled_sets, measured
from emotion_core.training import Run, RunConfig, StudyPlan, list_studies, runs_of, start_study
from emotion_core.training.store import FILES

SHARED: dict[str, Any] = {
    "optimizer": "adamw",
    "schedule": "cosine",
    "label_smoothing": 0.05,
    "flip": True,
    "zoom": 0.2,
    "shift": 0.08,
    "contrast": 0.4,
    "erase": 0.1,
    "validation_fraction": 0.05,
    "test_fraction": 0.1,
}
TRAINING = {
    **SHARED,
    "epochs": 60,
    "batch_size": 64,
    "weight_decay": 0.05,
    "learning_rate": 0.002,
    "rotation": 15.0,
    "brightness": 0.2,
    "blur": 0.6,
    "mixup": 0.3,
}
SECOND_TRAINING = {
    **SHARED,
    "epochs": 6,
    "batch_size": 32,
    "weight_decay": 0.02,
    # The first network's blocks learn from the first epoch on, at a tenth of this rate.
    "learning_rate": 0.004,
    "unfreeze_epoch": 1,
    "rotation": 25.0,
    "brightness": 0.25,
    "blur": 2.0,
    "dark": 0.85,
    "cover": 0.2,
}


def import_photos(workspace: Workspace, photos: Sequence[Path], neither: Sequence[Path]) -> None:
    """Import the photos that the starter learns from, unless a study has begun to learn from them.

    Args:
        workspace: that receives them.
        photos: folders with ``happy`` and ``sad`` in them, or zips of such folders.
        neither: folders or zips of faces that look neither happy nor sad.

    Raises:
        EmotionError: the photos cannot be used.
    """
    studies = list_studies(workspace)
    if not studies:
        _import(Catalog(workspace), photos, None)
    if not any(run.neither for study in studies for run in study.config.runs):
        _import(neither_catalog(workspace), neither, UNREAD_LABEL)
        # Their parts keep near copies together, once these are known.
        find_duplicates(neither_catalog(workspace))


def _import(catalog: Catalog, paths: Sequence[Path], label: str | None) -> None:
    for path in paths:
        summary = import_path(catalog, path, label=label)
        already = f"{summary.duplicates} were already in the catalog"
        sys.stderr.write(f"{path.name}: {summary.added} photos added, {already}.\n")


def trained_run(workspace: Workspace, network: NetworkConfig, settings: Mapping[str, object]) -> Run:
    """Return the finished run of a network of the starter: of an earlier study with the same settings, or a new one.

    Args:
        workspace: that holds the photos.
        network: its architecture.
        settings: of its training, by field.

    Raises:
        EmotionError: the settings cannot be used, or the training failed.
    """
    plan = {**network.model_dump(exclude_defaults=True), **settings}
    config = StudyPlan(vary={"hidden_activation": (network.hidden_activation,)}, settings=plan).study()
    earlier = [study for study in list_studies(workspace) if study.config == config]
    study = earlier[0] if earlier else start_study(workspace, config)
    if problem := wait_for(workspace, study):
        raise JobUnusable(problem)
    [run] = runs_of(workspace, study)
    return run


def write_blocks(run: Run, destination: Path) -> None:
    """Write the weights of the first network, with whose blocks others can begin.

    Args:
        run: a finished run.
        destination: the file's folder; a file of the same name is replaced.
    """
    make_folder(destination)
    save_weights(_model(run), destination / WEIGHTS_FILE)


def write_network(run: Run, destination: Path) -> None:
    """Write a network as LiteRT, and its settings.

    Args:
        run: a finished run.
        destination: the files' folder; files of the same names are replaced.
    """
    write_bytes(destination / LITERT_FILE, to_litert(_model(run), half_precision=True))
    write_document(destination / SETTINGS_FILE, run.config.model_dump(mode="json"))


def _model(run: Run) -> Any:
    import keras

    return keras.models.load_model(run.path / "model.keras")


def write_answers(workspace: Workspace, snapshot: Snapshot, destination: Path) -> None:
    """Calibrate and measure the network in a folder as it is shipped, and write its limits and the model card.

    Args:
        workspace: that holds the photos.
        snapshot: whose photos it was trained on.
        destination: the network's folder.
    """
    catalog, config = Catalog(workspace), checked(RunConfig, read_document(destination / SETTINGS_FILE))
    spec = config.input_spec
    starter = calibrated(
        LiteRTNetwork.read(destination / LITERT_FILE), labeled_sets(catalog, snapshot, spec, "validation")
    )
    counts, neither = {"happy and sad": len(snapshot.rows("train"))}, None
    if config.neither:
        counts["neither"], neither = _neither(workspace, spec)
    tested = labeled_sets(catalog, snapshot, spec, "test")
    sets = {name: measured(starter, photos, neither) for name, photos in tested.items()}
    about = _about(counts, sets["all"])
    answers = {
        "name": "Starter",
        **starter.decision.as_json(),
        P_SAD_CALIBRATION: starter.calibration._asdict(),
        "neither_from": starter.neither_from,
        "needs_face": True,
        "mirrored": True,
        "trained_on": about,
        "measured": {
            **{f"test_{name}": sets["all"][name] for name in ("photos", "auc", "auc_low", "auc_high")},
            "sets": sets,
        },
        FILES: hashes_of(destination, (LITERT_FILE, WEIGHTS_FILE)),
    }
    write_bytes(destination / CARD_FILE, starter_card(config, about, counts, answers).encode())
    write_document(destination / ANSWERS_FILE, answers)


def _neither(workspace: Workspace, spec: InputSpec) -> tuple[int, Pixels]:
    """Return how many faces of neither label are trained on, and those that are tested on."""
    faces = neither_faces(workspace)
    pixels = snapshot_pixels(neither_catalog(workspace), faces, spec)
    return len(faces.rows("train")), pixels[faces.rows("test")]


def _about(counts: Mapping[str, int], figures: Mapping[str, Any]) -> str:
    neither = f" and {counts['neither']:,} that look neither" if "neither" in counts else ""
    return (
        f"Trained on {counts['happy and sad']:,} happy and sad faces{neither} (mostly 48-pixel grayscale). Test AUC of "
        f"happy against sad on {figures['photos']:,} other photos: {figures['auc']:.3f} "
        f"(95 % CI {figures['auc_low']:.3f}–{figures['auc_high']:.3f})."
    )


def main() -> None:
    """Train the starter, or resume its training, and write the files that the project ships."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", type=Path, help="a folder with happy/ and sad/ in it, or a zip of one")
    parser.add_argument(
        "--neither",
        nargs="+",
        default=[],
        type=Path,
        help="a folder or zip of faces that look neither happy nor sad; without any, only the first network is trained",
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
    parser.add_argument(
        "--keep-first",
        action="store_true",
        help="keep the first network that is in the destination, which was trained on the same photos",
    )
    parser.add_argument("--epochs", type=int, default=TRAINING["epochs"], help="of the first network")
    parser.add_argument("--second-epochs", type=int, default=SECOND_TRAINING["epochs"], help="of the second network")
    parser.add_argument("--mixed-precision", action="store_true", help="faster on processors with AMX, and on GPUs")
    asked = parser.parse_args()
    workspace, changes = open_workspace(asked.workspace), {"mixed_precision": asked.mixed_precision}
    try:
        import_photos(workspace, asked.photos, asked.neither)
        if not asked.keep_first:
            first = trained_run(workspace, STARTER, {**TRAINING, "epochs": asked.epochs, **changes})
            write_blocks(first, asked.destination)
            if not asked.neither:
                write_network(first, asked.destination)
        if asked.neither:
            os.environ[STARTER_WEIGHTS_VARIABLE] = str((asked.destination / WEIGHTS_FILE).resolve())
            settings = {**SECOND_TRAINING, "epochs": asked.second_epochs, **changes}
            write_network(trained_run(workspace, NEITHER_STARTER, settings), asked.destination)
        # Drawn with the same seed, the snapshot is that of the runs.
        fractions = SplitFractions(SHARED["validation_fraction"], SHARED["test_fraction"])
        write_answers(workspace, freeze(Catalog(workspace), fractions=fractions), asked.destination)
    except EmotionError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
