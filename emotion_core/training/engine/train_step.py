"""What a network learns from one batch, in a graph: computed in parts, so that memory holds few feature maps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from emotion_core.training.config import RunConfig
from emotion_core.training.engine.batching import micro_batch
from emotion_core.training.engine.forward_pass import dense_layers, forward

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

HALF_PRECISION = "mixed_bfloat16"
# While one part waits for the slower of two cores, the other is computed.
PARTS_AT_ONCE = 2


class TrainStep:
    """Adjusts the weights of one network.

    Args:
        model: a stack of layers, as ``network.build`` makes it.
        config: how it is trained.
        loss: a mean over photos.
        optimizer: built for the model's weights.
    """

    def __init__(self, model: keras.Model, config: RunConfig, loss: keras.Loss, optimizer: keras.Optimizer) -> None:
        self._model, self._config, self._loss, self._optimizer = model, config, loss, optimizer
        self._dense, self._at_once = dense_layers(model), micro_batch(config)
        dense = {variable.path for layer in self._dense for variable in layer.trainable_variables}
        # The weights whose gradients are added up part by part; those of the dense layers follow from their passes.
        self._others = [variable for variable in model.trainable_variables if variable.path not in dense]

    def step(self, batch: tf.Tensor, truth: tf.Tensor, weight: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Adjust the weights once, from this device's share of the batch.

        Args:
            batch: uint8 of shape ``(n, size, size, channels)``.
            truth: 0 (happy) or 1 (sad), float32 of shape ``(n, 1)``.
            weight: of each photo, float32 of shape ``(n,)``.

        Returns:
            The share's part of the batch's loss, and what the output units said, of shape ``(share, output_units)``.
        """
        import tensorflow as tf

        device = tf.distribute.get_replica_context()
        count, number, of = tf.shape(batch)[0], device.replica_id_in_sync_group, device.num_replicas_in_sync
        end, size = count * (number + 1) // of, self._at_once

        def add(start: tf.Tensor, loss: tf.Tensor, sums: list[Any], rows: list[Any]) -> tuple[Any, ...]:
            part = slice(start, tf.minimum(start + size, end))
            # The loss is a mean over a part, which Keras divides by the number of devices.
            share = tf.cast(of * (part.stop - part.start) / count, tf.float32)
            more, gradients, new = self._part(batch[part], truth[part], weight[part], share)
            sums = [total + gradient for total, gradient in zip(sums, gradients, strict=True)]
            return part.stop, loss + more, sums, [tf.concat(both, axis=0) for both in zip(rows, new, strict=True)]

        sums, shapes = [tf.zeros(one.shape) for one in self._others], [one.shape for one in self._others]
        widths = [self._config.output_units, *(side for layer in self._dense for side in layer.kernel.shape)]
        _, loss, sums, (output, *passes) = tf.while_loop(
            lambda start, *_: start < end,
            add,
            (count * number // of, 0.0, sums, [tf.zeros((0, width)) for width in widths]),
            shape_invariants=(
                tf.TensorShape([]),
                tf.TensorShape([]),
                shapes,
                [tf.TensorShape([None, width]) for width in widths],
            ),
            # What dropout leaves out would depend on which part draws first.
            parallel_iterations=1 if self._config.dropout else PARTS_AT_ONCE,
        )
        self._adjust(sums, passes)
        return loss, output

    def _part(self, batch: tf.Tensor, truth: tf.Tensor, weight: tf.Tensor, share: tf.Tensor) -> tuple[Any, ...]:
        """Return a part's share of the loss, its gradients, and by photo: the output, and each dense layer's pass.

        Of a dense layer there is what entered, and the loss' gradient of what the layer said before its activation.
        """
        import tensorflow as tf

        with tf.GradientTape() as tape, half_precision(self._model, self._config):
            output, passes = forward(self._model, tf.cast(batch, tf.float32))
            loss = self._loss(truth, output, weight) * share
        gradients, slopes = tape.gradient(loss, (self._others, [before for _, before in passes]))
        both = [tensor for (entered, _), slope in zip(passes, slopes, strict=True) for tensor in (entered, slope)]
        return loss, gradients, [tf.cast(tensor, tf.float32) for tensor in (output, *both)]

    def _adjust(self, sums: list[tf.Tensor], passes: list[tf.Tensor]) -> None:
        import tensorflow as tf

        gradients = list(zip(sums, self._others, strict=True))
        for layer, entered, slope in zip(self._dense, passes[::2], passes[1::2], strict=True):
            gradients.append((tf.matmul(entered, slope, transpose_a=True), layer.kernel))
            gradients.append((tf.reduce_sum(slope, axis=0), layer.bias))
        self._optimizer.apply_gradients(gradients)


@contextmanager
def half_precision(model: keras.Model, config: RunConfig) -> Iterator[None]:
    """Let the hidden layers of what is traced meanwhile compute in half precision, where the settings ask for it.

    Weights and the output stay float32, and so does all that is traced otherwise: validation, prediction, export.
    """
    hidden = [layer for layer in model.layers if layer.name != "output"] if config.mixed_precision else []
    policies = [layer.dtype_policy for layer in hidden]
    for layer in hidden:
        layer.dtype_policy = HALF_PRECISION
    yield
    for layer, policy in zip(hidden, policies, strict=True):
        layer.dtype_policy = policy
