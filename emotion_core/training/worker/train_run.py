"""Training one run in this process: from its settings to its scores, its records along the way."""

import math
import os
import time
from collections.abc import Callable

import numpy as np

from emotion_core.dataset import Catalog, Snapshot, load_snapshot, snapshot_pixels
from emotion_core.errors import DataError
from emotion_core.files import write_json
from emotion_core.images import Pixels
from emotion_core.jobs import STOP_LATER, JobFolder, Record, StopRequested, job_session
from emotion_core.network.export import save_network
from emotion_core.settings import open_workspace
from emotion_core.training.engine import (
    CHECKPOINT_FILE,
    PROGRESS_SECONDS,
    Checkpoint,
    EpochResult,
    Probabilities,
    Trainer,
    load_checkpoint,
    save_best,
    save_checkpoint,
    scored_splits,
    trainer_of,
    training_data,
)
from emotion_core.training.engine import threads as used_threads
from emotion_core.training.monitor import Recorder
from emotion_core.training.store import RESUMED, SCORES_FILE, Run


def train_run(folder: JobFolder, threads: int = 0, pixels: Pixels | None = None) -> None:
    """Train the run in this folder, writing records as it goes and scores and the network at the end.

    A run that was interrupted goes on after its last whole epoch and comes to the numbers of an unbroken one.

    Args:
        folder: the run's.
        threads: that TensorFlow may use; 0 is its own choice. Those of a checkpoint are used again.
        pixels: of the snapshot's photos, where they were sent to a workspace that has no catalog.
    """
    run, checkpoint = Run(folder), load_checkpoint(folder.path)
    # The folder tells the workspace, which may have been moved or copied since.
    workspace = open_workspace(folder.path.parents[1])
    snapshot = load_snapshot(workspace, run.snapshot).of_fold(run.config.fold)
    if folder.records():
        folder.append({"event": RESUMED, "epoch": checkpoint.epoch if checkpoint else 0})
    folder.append({"event": "photos", "count": len(snapshot.items)})
    if pixels is None:
        pixels = snapshot_pixels(Catalog(workspace), snapshot, run.config.input_spec, _on_photos(folder))
    folder.append({"event": "photos", "count": len(pixels), "done": len(pixels)})
    folder.raise_if_stopped()
    trainer = _trainer(run, checkpoint.threads if checkpoint else threads)
    folder.raise_if_stopped()
    _train(run, trainer, snapshot, pixels, checkpoint)
    save_network(trainer.model, run.config, folder.path)
    _write_scores(run, snapshot, trainer.predict(pixels))
    (folder.path / CHECKPOINT_FILE).unlink(missing_ok=True)


def import_tensorflow() -> None:
    """Import TensorFlow and Keras, which takes seconds."""
    # TensorFlow's C++ log would fill the run's log with notes about instruction sets.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras  # noqa: F401


def _trainer(run: Run, threads: int) -> Trainer:
    import_tensorflow()
    import tensorflow as tf

    # Where it is TensorFlow's own choice, nothing needs to be said; and once it has begun, nothing can be.
    if threads and threads != used_threads():
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    return trainer_of(run.config)


def _train(run: Run, trainer: Trainer, snapshot: Snapshot, pixels: Pixels, checkpoint: Checkpoint | None) -> None:
    train, validation = training_data(run.config, snapshot, pixels)
    counts = {split: len(snapshot.rows(split)) for split in ("train", "validation")}
    done, best_loss = (checkpoint.epoch, checkpoint.best_loss) if checkpoint else (0, math.inf)
    recorder = Recorder(run, trainer, train)
    recorder.begin(counts, epochs_done=done)
    if checkpoint is not None:
        trainer.restore(checkpoint.state)
    for result in trainer.epochs(train, validation, first_epoch=done + 1, on_step=_on_step(run.folder)):
        recorder.epoch(result)
        _check_finite(trainer, result)
        best_loss = _save_progress(run.folder, trainer, result, best_loss)
        _raise_if_stopped_after(run, result.epoch)
    recorder.end(trainer.kept_epoch)


def _save_progress(folder: JobFolder, trainer: Trainer, result: EpochResult, best_loss: float) -> float:
    """Write what the next epoch needs, and the weights where they are the best so far; return the best loss."""
    if result.validation_loss < best_loss:
        best_loss = result.validation_loss
        save_best(folder.path, trainer.model)
    save_checkpoint(folder.path, Checkpoint(result.epoch, used_threads(), best_loss, trainer.state()))
    folder.reset_attempts()
    return best_loss


def _raise_if_stopped_after(run: Run, epoch: int) -> None:
    if run.folder.requested(STOP_LATER) and epoch < run.config.epochs:
        raise StopRequested(f"Stopped on request, at the end of epoch {epoch}.")


def _on_photos(folder: JobFolder) -> Callable[[int, int], None]:
    tell = _progress_recorder(folder)
    return lambda done, total: tell({"event": "photos", "count": total, "done": done}, done < total)


def _on_step(folder: JobFolder) -> Callable[[int, int, int], None]:
    tell = _progress_recorder(folder)
    return lambda epoch, step, steps: tell(
        {"event": "step", "epoch": epoch, "step": step, "steps": steps}, step < steps
    )


def _progress_recorder(folder: JobFolder) -> Callable[[Record, bool], None]:
    """Return what records how far something has come, once a second until it is done, and stops it on request."""
    last = time.monotonic()

    def tell(record: Record, unfinished: bool) -> None:
        nonlocal last
        folder.raise_if_stopped()
        if unfinished and time.monotonic() - last > PROGRESS_SECONDS:
            last = time.monotonic()
            folder.append(record)

    return tell


def _check_finite(trainer: Trainer, result: EpochResult) -> None:
    losses = np.isfinite([result.loss, result.validation_loss]).all()
    if not losses or not all(np.isfinite(weights).all() for weights in trainer.model.get_weights()):
        raise DataError(
            f"The training diverged in epoch {result.epoch}: its numbers are no longer finite. "
            f"Received: learning_rate={trainer.config.learning_rate}. Try a smaller learning rate."
        )


def _write_scores(run: Run, snapshot: Snapshot, p_sad: Probabilities) -> None:
    scores = {
        "photo_ids": [item.photo_id for item in snapshot.items],
        "labels": snapshot.labels.tolist(),
        "splits": scored_splits(run.config, snapshot),
        "p_sad": p_sad.tolist(),
    }
    write_json(run.path / SCORES_FILE, scores, indent=None)


def train_in_session(folder: JobFolder, threads: int = 0, pixels: Pixels | None = None) -> None:
    """Be the process that trains the run in this folder, as ``train_run`` does."""
    with job_session(folder):
        train_run(folder, threads, pixels)
