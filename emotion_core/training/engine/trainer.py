"""The training loop: Keras' model, optimizer and loss in one compiled step over uint8 photos."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from emotion_core.dataset import LABELS
from emotion_core.errors import DataError
from emotion_core.images import Pixels
from emotion_core.network import STARTER_LAYER, build
from emotion_core.training.config import RunConfig
from emotion_core.training.engine.augmentation import augment, mix
from emotion_core.training.engine.batch_norm import batch_norm_layers, batch_norm_renewal, renewed_photos
from emotion_core.training.engine.batching import photos_at_once
from emotion_core.training.engine.checkpoint import TrainerState
from emotion_core.training.engine.data import PhotoDataset, SplitData
from emotion_core.training.engine.devices import strategy
from emotion_core.training.engine.epoch_metrics import EpochResult, Metrics
from emotion_core.training.engine.losses import Probabilities, loss_of, photo_weights, targets_of, to_probability
from emotion_core.training.engine.optimizers import learning_rate_in, optimizer_of
from emotion_core.training.engine.rng import rng_for
from emotion_core.training.engine.train_step import TrainStep

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

PROGRESS_SECONDS = 1.0

OnStep = Callable[[int, int, int], None]


def trainer_of(config: RunConfig) -> Trainer:
    """Return a trainer of a new network with these settings, on all GPUs of the machine."""
    import keras

    # The first weights are drawn from Keras' global generator.
    keras.utils.set_random_seed(config.seed)
    with strategy().scope():
        return Trainer(build(config), config)


class Trainer:
    """Trains one network; the same settings, photos, number of threads and machine give the same numbers.

    All random numbers of an epoch follow from the seed and the number of the epoch. So training can go on from the
    ``state`` at the end of any epoch.

    Args:
        model: built from ``config``, untrained; for several devices, within the scope of their strategy.
        config: settings of the network and its training.

    Attributes:
        kept_epoch: the epoch whose weights early stopping went back to; None without early stopping or before the end.
    """

    def __init__(self, model: keras.Model, config: RunConfig) -> None:
        self.model = model
        self.config = config
        self.kept_epoch: int | None = None
        self._loss = loss_of(config)
        # The state of dropout, which Keras does not count as weights.
        self._seeds = [variable for variable in model.variables if variable.name == "seed_generator_state"]
        self._stopping = self._early_stopping()
        self._unfrozen = False
        self._renew = batch_norm_renewal(model, config) if batch_norm_layers(model) else None
        self._compile()
        model.stop_training = False  # set by the early stopping callback, as in Keras' fit

    def _compile(self) -> None:
        """Make a new optimizer for the trainable weights, and compile the step."""
        self._optimizer = optimizer_of(self.config)
        self._optimizer.build(self.model.trainable_variables)
        self._step, self._forward = self._compiled()

    def _unfreeze(self) -> None:
        """Train the starter's convolutions too; its batch normalization keeps its statistics."""
        self._unfrozen = True
        blocks = self.model.get_layer(STARTER_LAYER)
        blocks.trainable = True
        for layer in blocks.layers:
            layer.trainable = hasattr(layer, "kernel")
        with self._devices.scope():
            self._compile()

    def _compiled(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        import tensorflow as tf

        pixels = tf.TensorSpec((None, *self.config.input_spec.shape), tf.uint8)
        labels = tf.TensorSpec((None, 1 + self.config.neither), tf.float32)
        weights = tf.TensorSpec((None,), tf.float32)
        devices = self._devices = tf.distribute.get_strategy()
        learning = TrainStep(self.model, self.config, self._loss, self._optimizer)

        # A signature without a fixed batch size, so that the last, smaller batch does not compile the step again.
        @tf.function(input_signature=(pixels, labels, weights))  # type: ignore[untyped-decorator]
        def step(batch: tf.Tensor, truth: tf.Tensor, weight: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            loss, output = devices.run(learning.step, (batch, truth, weight))
            outputs = tf.concat(devices.experimental_local_results(output), axis=0)
            return devices.reduce(tf.distribute.ReduceOp.SUM, loss, axis=None), outputs

        @tf.function(input_signature=(pixels,))  # type: ignore[untyped-decorator]
        def forward(batch: tf.Tensor) -> tf.Tensor:
            return self.model(tf.cast(batch, tf.float32), training=False)

        return step, forward

    def epochs(
        self,
        train: SplitData,
        validation: SplitData,
        *,
        first_epoch: int = 1,
        on_step: OnStep = lambda epoch, step, steps: None,
    ) -> Iterator[EpochResult]:
        """Train and yield the result of each epoch.

        With early stopping, the model has the weights of the epoch with the lowest validation loss after the iterator
        has ended.

        Args:
            train: photos to train on, in a new order in each epoch.
            validation: photos to compute the validation loss and metrics on.
            first_epoch: counted from 1; above 1 only after ``restore``.
            on_step: called after every step with epoch, step and number of steps; may raise to end the training.
        """
        for epoch in range(first_epoch, self.config.epochs + 1):
            if self.model.stop_training:
                break
            if self.config.unfrozen_in(epoch) and not self._unfrozen:
                self._unfreeze()
            result = self._epoch(train.for_epoch(epoch), validation.for_epoch(epoch), epoch, on_step)
            if self._stopping is not None:
                self._stopping.on_epoch_end(epoch, {"val_loss": result.validation_loss})
            yield result
        if self._stopping is not None:
            self._stopping.on_train_end()
            self.kept_epoch = self._stopping.best_epoch

    def state(self) -> TrainerState:
        """Return everything that the next epoch depends on: weights, the optimizer's variables, early stopping."""
        import keras

        optimizer = [keras.ops.convert_to_numpy(variable) for variable in self._optimizer.variables]
        state = _numbered("weights", self.model.get_weights()) | _numbered("optimizer", optimizer)
        state |= {"unfrozen": np.array(self._unfrozen)} if self.config.unfreeze_epoch else {}
        # Keras' callback has no state of its own to save: its attributes are stored, as arrays like all the rest.
        if (stopping := self._stopping) is None:
            return state
        best = math.nan if stopping.best is None else stopping.best
        counts = np.array([stopping.wait, stopping.best_epoch, self.model.stop_training, best])
        return state | {"stopping": counts} | _numbered("best", stopping.best_weights or self.model.get_weights())

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go back to a state from ``state``; ``epochs`` can then go on with the next epoch.

        Raises:
            DataError: the state belongs to another network or optimizer.
        """
        if state.get("unfrozen", False) and self.config.unfreeze_epoch:
            self._unfreeze()  # first, because its optimizer has more variables
        expected = {name: values.shape for name, values in self.state().items()}
        received = {name: state[name].shape for name in state}
        if received != expected:
            differing = sorted(name for name, _ in expected.items() ^ received.items())
            raise DataError(
                "The checkpoint does not belong to this run. Expected the same network, optimizer and early stopping. "
                f"Received: differing={differing[:5]}. Restart the run."
            )
        self.model.set_weights(_listed("weights", state))
        for variable, values in zip(self._optimizer.variables, _listed("optimizer", state), strict=True):
            variable.assign(values)
        if (stopping := self._stopping) is not None:
            wait, best_epoch, stopped, best = state["stopping"].tolist()
            stopping.wait, stopping.best_epoch = int(wait), int(best_epoch)
            stopping.best, stopping.best_weights = None if math.isnan(best) else best, _listed("best", state)
            self.model.stop_training = bool(stopped)

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

    def _epoch(self, train: PhotoDataset, validation: PhotoDataset, epoch: int, on_step: OnStep) -> EpochResult:
        began = time.perf_counter()
        loss, metrics = self._train_epoch(train, epoch, on_step)
        self.renew_statistics(train, epoch)
        validation_loss, p_sad = self._evaluate(validation)
        rate, seconds = learning_rate_in(epoch, self.config), round(time.perf_counter() - began, 4)
        validation_metrics = Metrics.of(validation.labels, p_sad)
        numbers = (epoch, loss, *metrics, validation_loss, *validation_metrics, rate, seconds)
        return EpochResult(*numbers, float(p_sad.min()), float(p_sad.max()), validation.labels, p_sad)

    def _train_epoch(self, photos: PhotoDataset, epoch: int, on_step: OnStep) -> tuple[float, Metrics]:
        size, n = self.config.batch_size, len(photos.labels)
        weights = photo_weights(photos.labels, self.config)
        order, steps = self._begin_epoch(epoch, n), math.ceil(n / size)
        losses, outputs = np.zeros(steps), []
        for step in range(1, steps + 1):
            rows = order[(step - 1) * size : step * size]
            rng = rng_for("augmentation", self.config.seed, epoch, step)
            batch = augment(photos.pixels(rows), self.config, rng)
            batch, truth = mix(batch, targets_of(photos.labels[rows], self.config), self.config, rng)
            loss, output = self._step(batch, truth, weights[rows])
            losses[step - 1] = float(loss) * len(rows)  # the last batch is smaller, so means are weighted
            outputs.append(np.asarray(output))
            on_step(epoch, step, steps)
        labels, p_sad = photos.labels[order], self._p_sad(outputs)
        of_label = labels < len(LABELS)
        return float(losses.sum() / n), Metrics.of(labels[of_label], p_sad[of_label])

    def _begin_epoch(self, epoch: int, n: int) -> npt.NDArray[np.int64]:
        """Set the learning rate and the seeds of dropout for an epoch, and return the order of its n photos."""
        self._optimizer.learning_rate = learning_rate_in(epoch, self.config)
        rng = rng_for("order", self.config.seed, epoch)
        order = rng.permutation(n)
        for seed in self._seeds:
            seed.assign([int(rng.integers(2**31)), 0])
        return order

    def renew_statistics(self, photos: PhotoDataset, epoch: int) -> None:
        """Renew the statistics that batch normalization predicts with: the mean of those of the epoch's batches.

        Without it nothing happens. The photos are as the network meets them when it predicts, without augmentation.

        Args:
            photos: that it trains on.
            epoch: whose order the batches have, 0 for before the first step.
        """
        if self._renew is None:
            return
        n, size = len(photos.labels), self.config.batch_size
        order = rng_for("order", self.config.seed, epoch).permutation(n)[: renewed_photos(self.config, n)]
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            # The last batch is smaller, so means are weighted.
            self._renew(photos.pixels(rows), start / (start + len(rows)))

    def _evaluate(self, photos: PhotoDataset) -> tuple[float, Probabilities]:
        outputs, n = self._outputs(photos), len(photos.labels)
        truth = targets_of(photos.labels, self.config)
        loss = self._loss(truth, np.concatenate(outputs), np.ones(n, dtype=np.float32))
        return float(loss), self._p_sad(outputs)

    def _p_sad(self, outputs: list[npt.NDArray[np.float32]]) -> Probabilities:
        return to_probability(np.concatenate(outputs), self.config.output_activation)

    def _outputs(self, photos: PhotoDataset) -> list[npt.NDArray[np.float32]]:
        """Return the outputs, batch by batch, float32 of shape ``(batch, output_units)``."""
        size, n = photos_at_once(self.config), len(photos.labels)
        return [np.asarray(self._forward(photos.pixels(slice(start, start + size)))) for start in range(0, n, size)]

    def predict(self, pixels: Pixels) -> Probabilities:
        """Return P(sad) of each photo, float32 of shape ``(n,)``.

        Args:
            pixels: uint8 of shape ``(n, size, size, channels)``.
        """
        return self._p_sad(self._outputs(PhotoDataset(pixels, np.zeros(len(pixels), dtype=np.int64))))


def _numbered(name: str, arrays: list[npt.NDArray[Any]]) -> TrainerState:
    return {f"{name}.{number}": values for number, values in enumerate(arrays)}


def _listed(name: str, state: Mapping[str, npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
    # By number, not by name: weights.10 comes after weights.9.
    keys = (key for key in state if key.startswith(f"{name}."))
    return [state[key] for key in sorted(keys, key=lambda key: int(key.rpartition(".")[2]))]
