"""What a run leaves in its folder while it trains: curves, looks inside, ROC points, warnings; and for TensorBoard."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import psutil

from emotion_core.jobs import Record
from emotion_core.training.engine import EpochResult, Probabilities, SplitData, Trainer, this_machine, thread_count
from emotion_core.training.monitor.layer_probe import LayerProbe
from emotion_core.training.monitor.live_warnings import RunHistory, warning_of
from emotion_core.training.monitor.tensorboard import Board
from emotion_core.training.store import Run, unbroken

ROC_POINTS = 50
# Of the time spent on training, what looks may take; where one an epoch would take more, some epochs have none.
LOOK_SHARE = 0.03


class Recorder:
    """Writes one run's records.

    Args:
        run: into whose folder.
        trainer: who trains it.
        train: the photos that it is trained on.
    """

    def __init__(self, run: Run, trainer: Trainer, train: SplitData) -> None:
        self._run, self._trainer = run, trainer
        self._probe = LayerProbe(trainer.model, run.config, train.for_epoch(1))
        self._epochs: list[Record] = []
        self._looks: list[Record] = []
        self._given: list[str] = []
        self._trained_seconds = self._looked_seconds = self._look_seconds = 0.0
        self._compiled = False

    def begin(self, counts: Mapping[str, int], *, epochs_done: int = 0) -> None:
        """Record that training begins, in which environment, and look at the network before its first step.

        Args:
            counts: number of photos of each part.
            epochs_done: after which a run goes on that was begun before.
        """
        self._board = Board(self._run.path / "tensorboard", self._run.run_id, self._run.config, epochs_done=epochs_done)
        self._append({"event": "begin", **counts, "environment": environment(self._run)})
        if epochs_done:
            self._remember(epochs_done)
            return
        self._look(0)
        self._warn()

    def epoch(self, result: EpochResult) -> None:
        """Record an epoch that has ended: its numbers and ROC curve, a look inside where one is due, warnings."""
        lowest, highest = result.validation_p_sad.min(), result.validation_p_sad.max()
        spread = {"validation_lowest": float(lowest), "validation_highest": float(highest)}
        self._epochs.append(self._append({"event": "epoch", **result.record(), **spread}))
        self._board.epoch(self._epochs[-1])
        roc = roc_record(result.validation_labels, result.validation_p_sad)
        if roc is not None:
            self._append({"event": "roc", "epoch": result.epoch, **roc})
        self._trained_seconds += result.seconds
        if self._due(result):
            self._look(result.epoch)
        self._warn()

    def end(self, kept_epoch: int | None) -> None:
        """Record which epoch's weights the network has, where these are not the last one's."""
        if kept_epoch is not None:
            self._append({"event": "kept", "epoch": kept_epoch})

    def _append(self, record: Record) -> Record:
        self._run.folder.append(record)
        return record

    def _remember(self, epochs_done: int) -> None:
        """Take up the evidence of a run that was begun before."""
        kept = unbroken(self._run.folder.records())
        records = [record for record in kept if record.get("epoch", 0) <= epochs_done]
        events = {event: [one for one in records if one["event"] == event] for event in ("epoch", "probe", "warning")}
        self._epochs, self._looks = events["epoch"], events["probe"]
        self._given = [record["code"] for record in events["warning"]]

    def _due(self, result: EpochResult) -> bool:
        broken = not math.isfinite(result.loss)
        within = self._looked_seconds + self._look_seconds <= LOOK_SHARE * self._trained_seconds
        last = result.epoch == self._run.config.epochs or self._trainer.model.stop_training
        return broken or within or last

    def _look(self, epoch: int) -> None:
        began = time.perf_counter()
        look = self._probe.probe(epoch)
        weights = {variable.path: np.asarray(variable) for variable in self._trainer.model.trainable_variables}
        self._board.snapshot(epoch, look.layers, weights)
        seconds = time.perf_counter() - began
        self._looks.append(self._append({**look.record(), "seconds": round(seconds, 4)}))
        # The first look compiles, as the first step does, and says nothing about the others.
        self._look_seconds = seconds if self._compiled else 0.0
        self._looked_seconds += self._look_seconds
        self._compiled = True

    def _warn(self) -> None:
        found = warning_of(RunHistory(self._run.config, self._epochs, self._looks), self._given)
        if found is not None:
            self._given.append(found.code)
            self._append(found.record())


def roc_record(labels: npt.NDArray[np.int64], p_sad: Probabilities) -> Record | None:
    """Return at most 50 points of a ROC curve, from (0, 0) to (1, 1), or None where a label is missing.

    Args:
        labels: 0 (happy) or 1 (sad), shape ``(n,)``.
        p_sad: of the same photos.
    """
    happy, sad = np.bincount(labels, minlength=2)
    if not happy or not sad:
        return None
    order = np.argsort(-p_sad, kind="stable")
    # Photos with the same P(sad) are called sad together.
    ends = np.flatnonzero(np.append(np.diff(p_sad[order]) != 0, True))
    places = ends[np.unique(np.linspace(0, len(ends) - 1, min(len(ends), ROC_POINTS - 1)).round().astype(int))]
    found = np.cumsum(labels[order])[places]
    rates = {"false_positive_rate": (places + 1 - found) / happy, "true_positive_rate": found / sad}
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
        # On a CPU the same numbers come out each time; a GPU adds up in the order in which its parts are done.
        "deterministic": not gpus,
    }
