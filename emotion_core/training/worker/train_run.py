"""Training one run in this process: from its settings to its scores, with records along the way."""

import math
import os
import time
from collections.abc import Callable

import numpy as np

from emotion_core.dataset import Catalog, Snapshot, load_snapshot, snapshot_pixels
from emotion_core.dataset.snapshots import neither_catalog, neither_faces
from emotion_core.disk_space import check_room
from emotion_core.documents import hashes_of, write_document
from emotion_core.errors import DataError
from emotion_core.files import sync_tree
from emotion_core.images import Pixels
from emotion_core.jobs import STOP_LATER, JobFolder, Record, StopRequested, job_session
from emotion_core.network.export import KERAS_FILE, LITERT_FILE, save_network
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training.engine import (
    BEST_FILE,
    CHECKPOINT_FILE,
    PROGRESS_SECONDS,
    Checkpoint,
    EpochResult,
    Probabilities,
    SplitData,
    Trainer,
    load_checkpoint,
    save_best,
    save_checkpoint,
    scored_splits,
    thread_count,
    trainer_of,
    training_data,
)
from emotion_core.training.monitor import Recorder
from emotion_core.training.store import COMPLETE, FILES, RESUMED, SCORES_FILE, Run


def train_run(folder: JobFolder, threads: int = 0, pixels: Pixels | None = None) -> None:
    """Train the run in this folder: write records along the way, scores and the network at the end.

    An interrupted run goes on after its last complete epoch and ends with the numbers of an uninterrupted one.

    Args:
        folder: of the run.
        threads: that TensorFlow may use; 0 is its own choice. A resumed run uses the number in its checkpoint.
        pixels: of the snapshot's photos, uint8 of shape ``(n, size, size, channels)``, for a workspace without a
            catalog; None reads the photos from the catalog.
    """
    run, checkpoint = Run(folder), load_checkpoint(folder.path)
    if _has_results(run):
        # Killed between its last result and its status. Nothing is left to train, even without the photos.
        folder.append({"event": RESUMED, "epoch": run.config.epochs, COMPLETE: True})
        return
    # Derived from the path, because the workspace may have been moved or copied since the run was queued.
    workspace = open_workspace(folder.path.parents[1])
    snapshot = load_snapshot(workspace, run.snapshot).of_fold(run.config.fold, run.config.seed)
    if folder.records():
        folder.append({"event": RESUMED, "epoch": checkpoint.epoch if checkpoint else 0})
    folder.append({"event": "photos", "count": len(snapshot.items)})
    if pixels is None:
        pixels = snapshot_pixels(Catalog(workspace), snapshot, run.config.input_spec, _photos_recorder(folder))
    folder.append({"event": "photos", "count": len(pixels), "done": len(pixels)})
    folder.raise_if_stopped()
    neither = _neither_pixels(run, workspace)
    check_room(workspace.root)
    trainer = _trainer(run, checkpoint.threads if checkpoint else threads)
    folder.raise_if_stopped()
    _train(run, trainer, snapshot, training_data(run.config, snapshot, pixels, neither), checkpoint)
    folder.raise_if_superseded()
    save_network(trainer.model, run.config, folder.path)
    sync_tree(folder.path)
    scores = trainer.predict(pixels)
    folder.raise_if_superseded()
    # Last, because a run with scores is complete: a process that is killed before this resumes from the final epoch
    # and writes the results again.
    _write_scores(run, snapshot, scores)
    for name in (CHECKPOINT_FILE, BEST_FILE):
        (folder.path / name).unlink(missing_ok=True)


def _has_results(run: Run) -> bool:
    return run.scores() is not None and all((run.path / name).exists() for name in (KERAS_FILE, LITERT_FILE))


def import_tensorflow() -> None:
    """Import TensorFlow and Keras, which takes seconds."""
    # TensorFlow's C++ log would fill the run's log with notes about instruction sets.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras  # noqa: F401


def _trainer(run: Run, threads: int) -> Trainer:
    import_tensorflow()
    import tensorflow as tf

    # Setting it raises once TensorFlow has begun, so a process that trains several runs sets it only where it differs.
    if threads and threads != thread_count():
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    return trainer_of(run.config)


def _neither_pixels(run: Run, workspace: Workspace) -> Pixels | None:
    """Return the faces of neither label that the run learns from, or None for a network of two labels."""
    if not run.config.neither:
        return None
    faces, catalog = neither_faces(workspace), neither_catalog(workspace)
    return snapshot_pixels(catalog, faces, run.config.input_spec, _photos_recorder(run.folder))[faces.rows("train")]


def _train(
    run: Run,
    trainer: Trainer,
    snapshot: Snapshot,
    photos: tuple[SplitData, SplitData],
    checkpoint: Checkpoint | None,
) -> None:
    train, validation = photos
    counts = {split: len(snapshot.rows(split)) for split in ("train", "validation")}
    done, best_loss = (checkpoint.epoch, checkpoint.best_loss) if checkpoint else (0, math.inf)
    if checkpoint is None:
        # The first layer snapshot and its warnings are those of the network as it begins to train.
        trainer.renew_statistics(train.for_epoch(1), 0)
    recorder = Recorder(run, trainer, train)
    recorder.begin(counts, epochs_done=done)
    if checkpoint is not None:
        trainer.restore(checkpoint.state)
    for result in trainer.epochs(train, validation, first_epoch=done + 1, on_step=_step_recorder(run.folder)):
        recorder.epoch(result)
        _check_finite(trainer, result)
        best_loss = _save_progress(run.folder, trainer, result, best_loss)
        _raise_if_stopped_after(run, result.epoch)
        check_room(run.path.parents[1])
    recorder.end(trainer.kept_epoch)


def _save_progress(folder: JobFolder, trainer: Trainer, result: EpochResult, best_loss: float) -> float:
    """Save the checkpoint of an epoch, and its weights if they are the best so far; return the best loss."""
    folder.raise_if_superseded()
    if result.validation_loss < best_loss:
        best_loss = result.validation_loss
        save_best(folder.path, trainer.model)
    # A run goes on after its checkpoint, so the records of that epoch have to be there.
    folder.sync_records()
    save_checkpoint(folder.path, Checkpoint(result.epoch, thread_count(), best_loss, trainer.state()))
    # An epoch is progress: attempts count only those in a row that came to nothing.
    folder.reset_attempts()
    return best_loss


def _raise_if_stopped_after(run: Run, epoch: int) -> None:
    if run.folder.requested(STOP_LATER) and epoch < run.config.epochs:
        raise StopRequested(f"Stopped on request, at the end of epoch {epoch}.")


def _photos_recorder(folder: JobFolder) -> Callable[[int, int], None]:
    record_progress = _progress_recorder(folder)
    return lambda done, total: record_progress({"event": "photos", "count": total, "done": done}, done < total)


def _step_recorder(folder: JobFolder) -> Callable[[int, int, int], None]:
    record_progress = _progress_recorder(folder)
    return lambda epoch, step, steps: record_progress(
        {"event": "step", "epoch": epoch, "step": step, "steps": steps}, step < steps
    )


def _progress_recorder(folder: JobFolder) -> Callable[[Record, bool], None]:
    """Return a callback that records progress at most once a second, and raises if the run was asked to stop."""
    last = time.monotonic()

    def record_progress(record: Record, unfinished: bool) -> None:
        nonlocal last
        folder.raise_if_stopped()
        # The end of a stage has a record of its own.
        if unfinished and time.monotonic() - last > PROGRESS_SECONDS:
            last = time.monotonic()
            folder.append(record)

    return record_progress


def _check_finite(trainer: Trainer, result: EpochResult) -> None:
    # Both are checked: a bounded loss, such as the squared error of a sigmoid, can stay finite with broken weights.
    losses = np.isfinite([result.loss, result.validation_loss]).all()
    if not losses or not all(np.isfinite(weights).all() for weights in trainer.model.get_weights()):
        raise DataError(
            f"The training diverged in epoch {result.epoch}: its numbers are no longer finite. "
            f"Received: learning_rate={trainer.config.learning_rate}. Try a lower learning rate."
        )


def _write_scores(run: Run, snapshot: Snapshot, p_sad: Probabilities) -> None:
    scores = {
        "photo_ids": [item.photo_id for item in snapshot.items],
        "labels": snapshot.labels.tolist(),
        "splits": scored_splits(run.config, snapshot),
        "p_sad": p_sad.tolist(),
        # A changed bit in a network is no error when it is loaded, but other predictions.
        FILES: hashes_of(run.path, (KERAS_FILE, LITERT_FILE)),
    }
    write_document(run.path / SCORES_FILE, scores, indent=None)


def train_in_session(folder: JobFolder, threads: int = 0, pixels: Pixels | None = None) -> None:
    """Train the run in this folder with ``train_run``, and record how it ended.

    Args:
        folder: of the run.
        threads: that TensorFlow may use; 0 is its own choice.
        pixels: as for ``train_run``.
    """
    with job_session(folder):
        train_run(folder, threads, pixels)
