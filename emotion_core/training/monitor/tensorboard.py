"""The curves of a run for TensorBoard, under the names and in the folders that Keras' own callback uses."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from emotion_core.training.checks import LayerState
from emotion_core.training.config import RunConfig
from emotion_core.training.monitor.layer_probe import histogram_of

METRICS = ("loss", "accuracy", "precision", "recall", "auc")
WEIGHT_SAMPLE = 2**14  # values of one variable that its histogram is made of


class Board:
    """Writes one run's scalars, histograms and hyperparameters.

    Args:
        folder: to write to; TensorBoard shows every such folder below the one it is given.
        run_id: names the run's row in the table of hyperparameters.
        config: the hyperparameters.
        epochs_done: the epoch after which the run goes on; what an earlier process wrote about later ones is removed.

    Raises:
        FileNotFoundError: the folder that this one is in was deleted.
    """

    def __init__(self, folder: Path, run_id: str, config: RunConfig, *, epochs_done: int = 0) -> None:
        import tensorflow as tf
        from tensorboard.plugins.hparams import api

        _forget_after(epochs_done, folder)
        # Without parents: a run whose folder was deleted must not get a new one.
        folder.mkdir(exist_ok=True)
        self._summary = tf.summary
        self._writers = {part: tf.summary.create_file_writer(str(folder / part)) for part in ("train", "validation")}
        columns = [api.Metric(f"epoch_{name}", group=part) for part in self._writers for name in METRICS]
        with tf.summary.create_file_writer(str(folder)).as_default(step=0):
            api.hparams_config(hparams=[], metrics=columns)
            api.hparams(_plain(config), trial_id=run_id)

    def epoch(self, record: Mapping[str, Any]) -> None:
        """Write an epoch's curves.

        Args:
            record: with the fields of ``EpochNumbers``.
        """
        for part, prefix in (("train", ""), ("validation", "validation_")):
            with self._writers[part].as_default(step=record["epoch"]):
                for name in METRICS:
                    if record.get(prefix + name) is not None:
                        self._summary.scalar(f"epoch_{name}", record[prefix + name])
        with self._writers["train"].as_default(step=record["epoch"]):
            self._summary.scalar("epoch_learning_rate", record["learning_rate"])
        self._flush()

    def snapshot(self, epoch: int, layers: Sequence[LayerState], weights: Mapping[str, Any]) -> None:
        """Write the histograms of weights and activations, and the gradient norms.

        Args:
            epoch: after which they were taken, 0 for before the first step.
            layers: of the layer snapshot, from input to output.
            weights: arrays by their path in the network, for instance ``network/conv1/kernel``.
        """
        with self._writers["train"].as_default(step=epoch):
            for path, values in weights.items():
                sample = np.ravel(values)[:: max(values.size // WEIGHT_SAMPLE, 1)]
                if np.isfinite(sample).all():
                    self._histogram(f"{path}/histogram", *histogram_of(sample.astype(np.float64)))
            for layer in layers:
                if layer.histogram:
                    self._histogram(f"{layer.name}/activations/histogram", layer.histogram, layer.edges)
                if layer.gradient_norm is not None:
                    self._summary.scalar(f"{layer.name}/gradient_norm", layer.gradient_norm)
        self._flush()

    def _histogram(self, tag: str, counts: Any, edges: Any) -> None:
        from tensorboard.plugins.histogram import metadata

        # The format of tf.summary.histogram, which takes values and not bins.
        buckets = np.stack([edges[:-1], edges[1:], counts], axis=1).astype(np.float64)
        self._summary.write(tag, buckets, metadata=metadata.create_summary_metadata(None, None))

    def _flush(self) -> None:
        for writer in self._writers.values():
            writer.flush()


def _forget_after(epoch: int, folder: Path) -> None:
    """Remove from the files below a folder what a run that goes on after this epoch will write again."""
    if not epoch:
        shutil.rmtree(folder, ignore_errors=True)
        return
    import tensorflow as tf
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event

    for path in folder.rglob("*.tfevents.*"):
        kept = path.with_name("kept")
        with tf.io.TFRecordWriter(str(kept)) as writer:
            for event in RawEventFileLoader(str(path)).Load():
                if Event.FromString(event).step <= epoch:
                    writer.write(event)
        kept.replace(path)


def _plain(config: RunConfig) -> dict[str, Any]:
    """Return settings as the table of hyperparameters takes them: numbers, booleans and strings."""
    values = config.model_dump()
    return {
        name: value if isinstance(value, bool | int | float | str) else "-".join(map(str, value or ()))
        for name, value in values.items()
    }
