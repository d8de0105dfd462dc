"""One training step as a TensorFlow graph: a batch is computed in parts, so that few feature maps are in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from emotion_core.training.config import RunConfig
from emotion_core.training.engine.batching import PARTS_AT_ONCE, micro_batch
from emotion_core.training.engine.forward_pass import dense_layers, forward

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

HALF_PRECISION = "mixed_bfloat16"


class TrainStep:
    """Updates the weights of one network.

    Args:
        model: a stack of layers from ``network.build``.
        config: settings of the training.
        loss: a mean over photos.
        optimizer: built for the model's trainable weights.
    """

    def __init__(self, model: keras.Model, config: RunConfig, loss: keras.Loss, optimizer: keras.Optimizer) -> None:
        self._model, self._config, self._loss, self._optimizer = model, config, loss, optimizer
        self._dense, self._at_once = dense_layers(model), micro_batch(config)
        dense = {variable.path for layer in self._dense for variable in layer.trainable_variables}
        # Gradients of these weights are added up part by part; those of the dense layers come from ``DensePass``.
        self._summed = [variable for variable in model.trainable_variables if variable.path not in dense]

    def step(self, batch: tf.Tensor, truth: tf.Tensor, weight: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Update the weights once, from this device's share of the batch.

        Args:
            batch: uint8 of shape ``(n, size, size, channels)``.
            truth: as ``targets_of`` returns it, float32 of shape ``(n, 1)``, or ``(n, 2)`` with ``neither``.
            weight: of each photo in the loss, float32 of shape ``(n,)``.

        Returns:
            The share's part of the batch's loss, and the outputs of shape ``(share, output_units)``.
        """
        import tensorflow as tf

        device = tf.distribute.get_replica_context()
        count, number, n_devices = tf.shape(batch)[0], device.replica_id_in_sync_group, device.num_replicas_in_sync
        begin, end = count * number // n_devices, count * (number + 1) // n_devices

        def add_part(start: tf.Tensor, loss: tf.Tensor, sums: list[Any], rows: list[Any]) -> tuple[Any, ...]:
            part = slice(start, tf.minimum(start + self._at_once, end))
            # Keras' loss is the mean over this part divided by the number of devices. Scaled by this share, the parts
            # of all devices add up to the mean over the batch, however unequal they are.
            share = tf.cast(n_devices * (part.stop - part.start) / count, tf.float32)
            part_loss, gradients, new = self._part(batch[part], truth[part], weight[part], share)
            sums = [total + gradient for total, gradient in zip(sums, gradients, strict=True)]
            rows = [tf.concat(both, axis=0) for both in zip(rows, new, strict=True)]
            return part.stop, loss + part_loss, sums, rows

        shapes = [variable.shape for variable in self._summed]
        # The rows that are collected: the output, then each dense layer's inputs and gradients before its activation.
        widths = [self._config.output_units, *(side for layer in self._dense for side in layer.kernel.shape)]
        # A loop in the graph instead of unrolled parts: the last batch of an epoch is smaller and has fewer of them.
        _, loss, sums, (output, *passes) = tf.while_loop(
            lambda start, *_: start < end,
            add_part,
            (begin, 0.0, [tf.zeros(shape) for shape in shapes], [tf.zeros((0, width)) for width in widths]),
            shape_invariants=(
                tf.TensorShape([]),
                tf.TensorShape([]),
                shapes,
                [tf.TensorShape([None, width]) for width in widths],
            ),
            # Side by side, which units dropout leaves out would depend on which part draws first.
            parallel_iterations=1 if self._config.dropout else PARTS_AT_ONCE,
        )
        self._apply_gradients(sums, passes)
        return loss, output

    def _part(self, batch: tf.Tensor, truth: tf.Tensor, weight: tf.Tensor, share: tf.Tensor) -> tuple[Any, ...]:
        """Return the loss and gradients of one part, and the rows that are collected over the parts.

        Returns:
            The loss scaled by ``share``; the gradients of the summed weights; and for each photo the output, then each
            dense layer's inputs and the gradient of the loss before the layer's activation.
        """
        import tensorflow as tf

        with tf.GradientTape() as tape, half_precision(self._model, self._config):
            output, passes = forward(self._model, tf.cast(batch, tf.float32))
            loss = self._loss(truth, output, weight) * share
        gradients, deltas = tape.gradient(loss, (self._summed, [preactivation for _, preactivation in passes]))
        rows = [tensor for (inputs, _), delta in zip(passes, deltas, strict=True) for tensor in (inputs, delta)]
        # bfloat16 with mixed precision; sums over a batch need float32.
        return loss, gradients, [tf.cast(tensor, tf.float32) for tensor in (output, *rows)]

    def _apply_gradients(self, sums: list[tf.Tensor], passes: list[tf.Tensor]) -> None:
        import tensorflow as tf

        gradients = list(zip(sums, self._summed, strict=True))
        # Over the whole batch, a dense layer's gradients are inputsᵀ · delta for the kernel and Σ delta for the bias.
        for layer, inputs, delta in zip(self._dense, passes[::2], passes[1::2], strict=True):
            gradients.append((tf.matmul(inputs, delta, transpose_a=True), layer.kernel))
            gradients.append((tf.reduce_sum(delta, axis=0), layer.bias))
        self._optimizer.apply_gradients(gradients)


@contextmanager
def half_precision(model: keras.Model, config: RunConfig) -> Iterator[None]:
    """Let hidden layers compute in bfloat16 in what is traced inside the block, if the settings ask for it.

    Weights and the output stay float32. So does everything that is traced outside: validation, prediction, export.

    Args:
        model: whose layers are switched for the time of the block.
        config: its setting ``mixed_precision`` decides.
    """
    hidden = [layer for layer in model.layers if layer.name != "output"] if config.mixed_precision else []
    policies = [layer.dtype_policy for layer in hidden]
    for layer in hidden:
        layer.dtype_policy = HALF_PRECISION
    yield
    for layer, policy in zip(hidden, policies, strict=True):
        layer.dtype_policy = policy
