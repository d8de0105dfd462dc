"""The process that trains one run: ``python -m emotion_core.training.worker RUN_FOLDER``."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from emotion_core import jobs
from emotion_core.dataset import Catalog, Snapshot, load_snapshot, snapshot_pixels
from emotion_core.errors import DataError
from emotion_core.files import write_json
from emotion_core.images import Pixels
from emotion_core.jobs import JobFolder
from emotion_core.network import build
from emotion_core.network.export import save
from emotion_core.settings import open_workspace
from emotion_core.training.engine import PROGRESS_SECONDS, EpochResult, Trainer
from emotion_core.training.losses import Probabilities
from emotion_core.training.runs import SCORES_FILE, Run
from emotion_core.training.splitting import parts_of, scored_splits


def train_run(folder: JobFolder) -> None:
    """Train the run in this folder, writing records as it goes and scores and the network at the end."""
    run = Run(folder)
    # The folder tells the workspace, which may have been moved or copied since.
    catalog = Catalog(open_workspace(folder.path.parents[1]))
    snapshot = load_snapshot(catalog.workspace, run.snapshot)
    folder.append({"event": "photos", "count": len(snapshot.items)})
    pixels = snapshot_pixels(catalog, snapshot, run.config.view)
    folder.raise_if_stopped()
    trainer = _trainer(run)
    folder.raise_if_stopped()
    _train(run, trainer, snapshot, pixels)
    save(trainer.model, run.config, folder.path)
    _write_scores(run, snapshot, trainer.predict(pixels))


def _trainer(run: Run) -> Trainer:
    # TensorFlow's C++ log would fill the run's log with notes about instruction sets.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras

    keras.utils.set_random_seed(run.config.seed)
    return Trainer(build(run.config), run.config)


def _train(run: Run, trainer: Trainer, snapshot: Snapshot, pixels: Pixels) -> None:
    train, validation = parts_of(run.config, snapshot, pixels)
    counts = {split: len(snapshot.rows(split)) for split in ("train", "validation")}
    run.folder.append({"event": "begin", **counts})
    board = _TensorBoard(run.path / "tensorboard")
    for result in trainer.epochs(train, validation, on_step=_on_step(run.folder)):
        run.folder.append({"event": "epoch", **asdict(result)})
        board.write(result)
        _check_finite(trainer, result)
    if trainer.kept_epoch is not None:
        run.folder.append({"event": "kept", "epoch": trainer.kept_epoch})


def _on_step(folder: JobFolder) -> Callable[[int, int, int], None]:
    last = time.monotonic()

    def on_step(epoch: int, step: int, steps: int) -> None:
        nonlocal last
        folder.raise_if_stopped()
        if step < steps and time.monotonic() - last > PROGRESS_SECONDS:
            last = time.monotonic()
            folder.append({"event": "step", "epoch": epoch, "step": step, "steps": steps})

    return on_step


def _check_finite(trainer: Trainer, result: EpochResult) -> None:
    losses = np.isfinite([result.loss, result.validation_loss]).all()
    if not losses or not all(np.isfinite(weights).all() for weights in trainer.model.get_weights()):
        raise DataError(
            f"The training diverged in epoch {result.epoch}: its numbers are no longer finite. "
            f"Received: learning_rate={trainer.config.learning_rate}. Try a smaller learning rate."
        )


class _TensorBoard:
    """Writes the scalars under the names and in the subfolders that Keras' own callback uses."""

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        self._scalar = tf.summary.scalar
        self._writers = {part: tf.summary.create_file_writer(str(folder / part)) for part in ("train", "validation")}

    def write(self, result: EpochResult) -> None:
        values = {
            "train": (result.loss, result.accuracy),
            "validation": (result.validation_loss, result.validation_accuracy),
        }
        for part, (loss, accuracy) in values.items():
            with self._writers[part].as_default(step=result.epoch):
                self._scalar("epoch_loss", loss)
                self._scalar("epoch_accuracy", accuracy)
            self._writers[part].flush()


def _write_scores(run: Run, snapshot: Snapshot, p_sad: Probabilities) -> None:
    scores = {
        "photo_ids": [item.photo_id for item in snapshot.items],
        "labels": snapshot.labels.tolist(),
        "splits": scored_splits(run.config, snapshot),
        "p_sad": p_sad.tolist(),
    }
    write_json(run.path / SCORES_FILE, scores)


if __name__ == "__main__":
    job = JobFolder(Path(sys.argv[1]))
    with jobs.working_in(job):
        train_run(job)
