"""The training loop: Keras' model, optimizer and losses in one compiled step over uint8 photos."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from emotion_core.images import Pixels
from emotion_core.training.config import RunConfig

if TYPE_CHECKING:
    import keras

PROGRESS_SECONDS = 1.0
DECISION_THRESHOLD = 0.5

Probabilities = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LabelledPhotos:
    """Photos with their labels.

    Attributes:
        pixels: uint8 of shape ``(n, size, size, 3)``; may be mapped from disk.
        labels: 0 (happy) or 1 (sad), int64 of shape ``(n,)``.
    """

    pixels: Pixels
    labels: npt.NDArray[np.int64]


@dataclass(frozen=True)
class EpochResult:
    """What one epoch came to.

    Attributes:
        epoch: counted from 1.
        loss: mean over the training photos, as they were met during the epoch.
        accuracy: share of training photos on the right side of 0.5, as they were met.
        validation_loss: mean over the validation photos at the epoch's end.
        validation_accuracy: share of validation photos on the right side of 0.5 at the epoch's end.
        seconds: wall time, validation included.
    """

    epoch: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float


def to_probability(output: npt.NDArray[np.float32]) -> Probabilities:
    """Return P(sad) from the output unit, float32 of shape ``(n,)``, 0 to 1; a ReLU output above 1 counts as 1."""
    flat: Probabilities = np.nan_to_num(output.reshape(-1), nan=0.5).clip(0.0, 1.0).astype(np.float32)
    return flat


class Trainer:
    """Trains one network; the same settings, photos and machine give the same numbers.

    Args:
        model: built from ``config``, untrained.
        config: how it is trained.
    """

    def __init__(self, model: keras.Model, config: RunConfig) -> None:
        import keras

        self.model = model
        self.config = config
        self._loss = keras.losses.get(config.loss)
        self._optimizer = keras.optimizers.get(
            {"class_name": config.optimizer, "config": {"learning_rate": config.learning_rate}}
        )
        self._optimizer.build(model.trainable_variables)
        self._random = np.random.default_rng(config.seed)
        self._step, self._forward = self._compiled()

    def _compiled(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        import tensorflow as tf

        side = self.config.image_size
        pixels = tf.TensorSpec((None, side, side, 3), tf.uint8)
        labels = tf.TensorSpec((None, 1), tf.float32)

        # A signature without a fixed batch size: the last, smaller batch must not compile the step again.
        @tf.function(input_signature=(pixels, labels))  # type: ignore[untyped-decorator]
        def step(batch: tf.Tensor, truth: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape() as tape:
                output = self.model(tf.cast(batch, tf.float32), training=True)
                loss = tf.reduce_mean(self._loss(truth, output))
            gradients = tape.gradient(loss, self.model.trainable_variables)
            self._optimizer.apply_gradients(zip(gradients, self.model.trainable_variables, strict=True))
            return loss, output

        @tf.function(input_signature=(pixels,))  # type: ignore[untyped-decorator]
        def forward(batch: tf.Tensor) -> tf.Tensor:
            return self.model(tf.cast(batch, tf.float32), training=False)

        return step, forward

    def epochs(
        self,
        train: LabelledPhotos,
        validation: LabelledPhotos,
        *,
        on_step: Callable[[int, int, int], None] = lambda epoch, step, steps: None,
    ) -> Iterator[EpochResult]:
        """Train and yield the result of each epoch.

        Args:
            train: photos to learn from, met in a new order in each epoch.
            validation: photos that are only looked at.
            on_step: called after every step with epoch, step and steps of the epoch; may raise to end the training.
        """
        for epoch in range(1, self.config.epochs + 1):
            began = time.perf_counter()
            loss, accuracy = self._train_epoch(train, epoch, on_step)
            validation_loss, validation_accuracy = self._evaluate(validation)
            seconds = time.perf_counter() - began
            yield EpochResult(epoch, loss, accuracy, validation_loss, validation_accuracy, round(seconds, 4))

    def _train_epoch(
        self, photos: LabelledPhotos, epoch: int, on_step: Callable[[int, int, int], None]
    ) -> tuple[float, float]:
        size, n = self.config.batch_size, len(photos.labels)
        order, steps = self._random.permutation(n), math.ceil(n / size)
        losses, correct = np.zeros(steps), 0
        for step in range(steps):
            rows = order[step * size : (step + 1) * size]
            truth = photos.labels[rows]
            loss, output = self._step(photos.pixels[rows], truth[:, None].astype(np.float32))
            losses[step] = float(loss) * len(rows)
            correct += int(((np.asarray(output).reshape(-1) > DECISION_THRESHOLD) == truth).sum())
            on_step(epoch, step + 1, steps)
        return float(losses.sum() / n), correct / n

    def _evaluate(self, photos: LabelledPhotos) -> tuple[float, float]:
        output = self._outputs(photos.pixels)
        loss = np.asarray(self._loss(photos.labels[:, None].astype(np.float32), output[:, None])).mean()
        return float(loss), float(((output > DECISION_THRESHOLD) == photos.labels).mean())

    def _outputs(self, pixels: Pixels) -> npt.NDArray[np.float32]:
        size = self.config.batch_size
        parts = [np.asarray(self._forward(pixels[start : start + size])) for start in range(0, len(pixels), size)]
        return np.concatenate(parts).reshape(-1)

    def predict(self, pixels: Pixels) -> Probabilities:
        """Return P(sad) of each photo, float32 of shape ``(n,)``.

        Args:
            pixels: uint8 of shape ``(n, size, size, 3)``.
        """
        return to_probability(self._outputs(pixels))
