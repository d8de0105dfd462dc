"""What a run leaves in its folder while it trains: curves, layer snapshots, ROC points, warnings, TensorBoard logs."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import psutil

from emotion_core.jobs import Record
from emotion_core.training.checks import LayerSnapshot, RunHistory, new_warnings
from emotion_core.training.engine import (
    EpochNumbers,
    EpochResult,
    Probabilities,
    SplitData,
    Trainer,
    this_machine,
    thread_count,
)
from emotion_core.training.monitor.layer_probe import LayerProbe
from emotion_core.training.monitor.tensorboard import Board
from emotion_core.training.store import RENEWED, Run

ROC_POINTS = 50
# Snapshots may take this share of the time spent on training; where one an epoch would take more, epochs are left out.
SNAPSHOT_SHARE = 0.03


class Recorder:
    """Writes one run's records.

    Args:
        run: into whose folder.
        trainer: of the run's network.
        train: the training photos.
    """

    def __init__(self, run: Run, trainer: Trainer, train: SplitData) -> None:
        self._run, self._trainer = run, trainer
        self._probe = LayerProbe(trainer.model, run.config, train.for_epoch(1))
        self._epochs: list[EpochNumbers] = []
        self._snapshots: list[LayerSnapshot] = []
        self._given: list[str] = []
        self._trained_seconds = self._snapshots_seconds = self._snapshot_seconds = 0.0
        self._is_compiled = False

    def begin(self, counts: Mapping[str, int], *, epochs_done: int = 0) -> None:
        """Record that training begins and in which environment, and take a snapshot before the first step.

        Args:
            counts: number of photos of each split.
            epochs_done: the epoch after which a run goes on that was begun before.
        """
        self._board = Board(self._run.path / "tensorboard", self._run.run_id, self._run.config, epochs_done=epochs_done)
        # Earlier versions left batch normalization with Keras' moving averages and did not say so.
        renewed = {"batch_norm_statistics": RENEWED} if self._run.config.batch_normalization else {}
        self._run.folder.append({"event": "begin", **counts, **renewed, "environment": environment(self._run)})
        if epochs_done:
            self._remember(epochs_done)
            return
        self._take_snapshot(0)
        self._warn()

    def epoch(self, result: EpochResult) -> None:
        """Record an epoch that has ended: its numbers and ROC curve, a snapshot where one is due, warnings."""
        self._epochs.append(result)
        record = result.record()
        self._run.folder.append(record)
        self._board.epoch(record)
        roc = roc_record(result.validation_labels, result.validation_p_sad)
        if roc is not None:
            self._run.folder.append({"event": "roc", "epoch": result.epoch, **roc})
        self._trained_seconds += result.seconds
        if self._is_snapshot_due(result):
            self._take_snapshot(result.epoch)
        self._warn()

    def end(self, kept_epoch: int | None) -> None:
        """Record which epoch's weights the network has, where these are not the last one's."""
        if kept_epoch is not None:
            self._run.folder.append({"event": "kept", "epoch": kept_epoch})

    def _remember(self, epochs_done: int) -> None:
        """Read the history of a run that was begun before."""
        run = Run(self._run.folder)
        self._epochs = [epoch for epoch in run.epochs if epoch.epoch <= epochs_done]
        self._snapshots = [snapshot for snapshot in run.layer_snapshots if snapshot.epoch <= epochs_done]
        self._given = [warning.code for warning in run.warnings if warning.epoch <= epochs_done]

    def _is_snapshot_due(self, result: EpochResult) -> bool:
        is_broken = not math.isfinite(result.loss)
        is_cheap = self._snapshots_seconds + self._snapshot_seconds <= SNAPSHOT_SHARE * self._trained_seconds
        is_last = result.epoch == self._run.config.epochs or self._trainer.model.stop_training
        return is_broken or is_cheap or is_last

    def _take_snapshot(self, epoch: int) -> None:
        began = time.perf_counter()
        snapshot = self._probe.probe(epoch)
        weights = {variable.path: np.asarray(variable) for variable in self._trainer.model.trainable_variables}
        self._board.snapshot(epoch, snapshot.layers, weights)
        seconds = time.perf_counter() - began
        self._snapshots.append(snapshot)
        self._run.folder.append({**snapshot.record(), "seconds": round(seconds, 4)})
        # The first snapshot compiles, as the first step does, so its time says nothing about the others.
        self._snapshot_seconds = seconds if self._is_compiled else 0.0
        self._snapshots_seconds += self._snapshot_seconds
        self._is_compiled = True

    def _warn(self) -> None:
        history = RunHistory(self._run.config, self._epochs, self._snapshots, has_renewed_statistics=True)
        for warning in new_warnings(history, self._given):
            self._given.append(warning.code)
            self._run.folder.append(warning.record())


def roc_record(labels: npt.NDArray[np.int64], p_sad: Probabilities) -> Record | None:
    """Return at most 50 points of a ROC curve, from (0, 0) to (1, 1), or None where a label is missing.

    Args:
        labels: 0 (happy) or 1 (sad), shape ``(n,)``.
        p_sad: of the same photos.
    """
    n_happy, n_sad = np.bincount(labels, minlength=2)
    if not n_happy or not n_sad:
        return None
    order = np.argsort(-p_sad, kind="stable")
    # Photos with the same P(sad) are called sad together.
    ends = np.flatnonzero(np.append(np.diff(p_sad[order]) != 0, True))
    kept = ends[np.unique(np.linspace(0, len(ends) - 1, min(len(ends), ROC_POINTS - 1)).round().astype(int))]
    true_positives = np.cumsum(labels[order])[kept]
    rates = {
        "false_positive_rate": (kept + 1 - true_positives) / n_happy,
        "true_positive_rate": true_positives / n_sad,
    }
    return {name: [0.0, *rate.round(4).tolist()] for name, rate in rates.items()}


def environment(run: Run) -> Record:
    """Return what the numbers of a run depend on besides its settings and photos."""
    import keras
    import tensorflow as tf

    gpus = [device.name for device in tf.config.list_physical_devices("GPU")]
    return {
        "python": platform.python_version(),
        **{library.__name__: library.__version__ for library in (tf, keras, np)},
        "system": platform.platform(),
        "cpu": this_machine()["processor"],
        "cores": psutil.cpu_count(),
        "threads": thread_count(),
        "gpus": gpus,
        "seed": run.config.seed,
        # A CPU repeats the same numbers; a GPU sums in the order in which its parts finish.
        "deterministic": not gpus,
    }
