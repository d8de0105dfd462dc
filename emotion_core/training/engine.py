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
from emotion_core.training.augmentation import augment
from emotion_core.training.config import RunConfig
from emotion_core.training.losses import Probabilities, loss_of, photo_weights, to_probability
from emotion_core.training.optimizers import learning_rate_in, optimizer_of
from emotion_core.training.randomness import random_for
from emotion_core.training.splitting import LabelledPhotos, Part

if TYPE_CHECKING:
    import keras

PROGRESS_SECONDS = 1.0
DECISION_THRESHOLD = 0.5


@dataclass(frozen=True)
class EpochResult:
    """What one epoch came to.

    Attributes:
        epoch: counted from 1.
        loss: mean over the training photos, as they were met during the epoch, with their weights.
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


class Trainer:
    """Trains one network; the same settings, photos, threads and machine give the same numbers.

    What chance decides in an epoch follows from the seed and the epoch alone: whoever has the weights and the
    optimizer's variables at the end of one epoch can go on with the next.

    Args:
        model: built from ``config``, untrained.
        config: how it is trained.

    Attributes:
        kept_epoch: whose weights the model has, where early stopping went back to those; set when training ends.
    """

    def __init__(self, model: keras.Model, config: RunConfig) -> None:
        self.model = model
        self.config = config
        self.kept_epoch: int | None = None
        self._loss = loss_of(config)
        self._optimizer = optimizer_of(config)
        self._optimizer.build(model.trainable_variables)
        # Dropout draws from these; a Keras model keeps them apart from its weights.
        self._seeds = [variable for variable in model.variables if variable.name == "seed_generator_state"]
        self._step, self._forward = self._compiled()

    def _compiled(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        import tensorflow as tf

        pixels = tf.TensorSpec((None, *self.config.view.shape), tf.uint8)
        labels = tf.TensorSpec((None, 1), tf.float32)
        weights = tf.TensorSpec((None,), tf.float32)

        # A signature without a fixed batch size: the last, smaller batch must not compile the step again.
        @tf.function(input_signature=(pixels, labels, weights))  # type: ignore[untyped-decorator]
        def step(batch: tf.Tensor, truth: tf.Tensor, weight: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape() as tape:
                output = self.model(tf.cast(batch, tf.float32), training=True)
                loss = self._loss(truth, output, weight)
            gradients = tape.gradient(loss, self.model.trainable_variables)
            self._optimizer.apply_gradients(zip(gradients, self.model.trainable_variables, strict=True))
            return loss, output

        @tf.function(input_signature=(pixels,))  # type: ignore[untyped-decorator]
        def forward(batch: tf.Tensor) -> tf.Tensor:
            return self.model(tf.cast(batch, tf.float32), training=False)

        return step, forward

    def epochs(
        self,
        train: Part,
        validation: Part,
        *,
        on_step: Callable[[int, int, int], None] = lambda epoch, step, steps: None,
    ) -> Iterator[EpochResult]:
        """Train and yield the result of each epoch.

        With early stopping, the model has the weights of the epoch with the smallest validation loss once the last
        result has been taken and the iterator has ended.

        Args:
            train: photos to learn from, met in a new order in each epoch.
            validation: photos that are only looked at.
            on_step: called after every step with epoch, step and steps of the epoch; may raise to end the training.
        """
        stopping = self._early_stopping()
        self.model.stop_training = False  # callbacks ask for the end here, as in Keras' fit
        for epoch in range(1, self.config.epochs + 1):
            began = time.perf_counter()
            loss, accuracy = self._train_epoch(train.of_epoch(epoch), epoch, on_step)
            validation_loss, validation_accuracy = self._evaluate(validation.of_epoch(epoch))
            seconds = time.perf_counter() - began
            if stopping is not None:
                stopping.on_epoch_end(epoch, {"val_loss": validation_loss})
            yield EpochResult(epoch, loss, accuracy, validation_loss, validation_accuracy, round(seconds, 4))
            if self.model.stop_training:
                break
        if stopping is not None:
            stopping.on_train_end()
            self.kept_epoch = stopping.best_epoch

    def _early_stopping(self) -> keras.callbacks.EarlyStopping | None:
        import keras

        if not self.config.early_stopping:
            return None
        stopping = keras.callbacks.EarlyStopping(
            "val_loss", patience=self.config.early_stopping, mode="min", restore_best_weights=True
        )
        stopping.set_model(self.model)
        stopping.on_train_begin()
        return stopping

    def _train_epoch(
        self, photos: LabelledPhotos, epoch: int, on_step: Callable[[int, int, int], None]
    ) -> tuple[float, float]:
        size, n = self.config.batch_size, len(photos.labels)
        weights = photo_weights(photos.labels, self.config)
        order, steps = self._begin_epoch(epoch, n), math.ceil(n / size)
        losses, correct = np.zeros(steps), 0
        for step in range(1, steps + 1):
            rows = order[(step - 1) * size : step * size]
            truth = photos.labels[rows]
            chance = random_for("augmentation", self.config.seed, epoch, step)
            batch = augment(photos.pixels[rows], self.config, chance)
            loss, output = self._step(batch, truth[:, None].astype(np.float32), weights[rows])
            losses[step - 1] = float(loss) * len(rows)
            correct += self._correct(np.asarray(output), truth)
            on_step(epoch, step, steps)
        return float(losses.sum() / n), correct / n

    def _begin_epoch(self, epoch: int, n: int) -> npt.NDArray[np.int64]:
        """Set learning rate and chance for an epoch, and return the order of its n photos."""
        self._optimizer.learning_rate = learning_rate_in(epoch, self.config)
        chance = random_for("order", self.config.seed, epoch)
        order = chance.permutation(n)
        for seed in self._seeds:
            seed.assign([int(chance.integers(2**31)), 0])
        return order

    def _evaluate(self, photos: LabelledPhotos) -> tuple[float, float]:
        output, n = self._outputs(photos.pixels), len(photos.labels)
        truth = photos.labels[:, None].astype(np.float32)
        loss = self._loss(truth, output, np.ones(n, dtype=np.float32))
        return float(loss), self._correct(output, photos.labels) / n

    def _correct(self, output: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> int:
        sad = to_probability(output, self.config.output_activation) > DECISION_THRESHOLD
        return int((sad == labels).sum())

    def _outputs(self, pixels: Pixels) -> npt.NDArray[np.float32]:
        """Return what the output units say, float32 of shape ``(n, output_units)``."""
        size = self.config.batch_size
        parts = [np.asarray(self._forward(pixels[start : start + size])) for start in range(0, len(pixels), size)]
        return np.concatenate(parts)

    def predict(self, pixels: Pixels) -> Probabilities:
        """Return P(sad) of each photo, float32 of shape ``(n,)``.

        Args:
            pixels: uint8 of shape ``(n, size, size, channels)``.
        """
        return to_probability(self._outputs(pixels), self.config.output_activation)
