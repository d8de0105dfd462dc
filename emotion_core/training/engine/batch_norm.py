"""The statistics that batch normalization predicts with, renewed after each epoch.

In a training step, batch normalization uses mean and variance of the batch. A trained network uses averages of them,
which Keras moves by a hundredth in each step: with 2 steps an epoch they still hold the starting values after 45
epochs, and the delivered network is not the one that was trained. A smaller momentum looks back over fewer steps, which
lag less and are noisier. So the averages are computed again, over the training photos and with the weights as they are
(Wu & Johnson 2021, *Rethinking "Batch" in BatchNorm*); see ``python -m benchmarks.batch_norm``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from emotion_core.training.config import RunConfig

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

# Keras' own averages look back over a hundred steps, too; with more photos, more steps would only take time.
RENEWAL_STEPS = 100


def batch_norm_layers(model: keras.Model) -> list[keras.layers.BatchNormalization]:
    """Return the network's own batch normalization; that of frozen blocks keeps its averages and is left out."""
    import keras

    return [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]


def renewed_photos(config: RunConfig, n_photos: int) -> int:
    """Return how many photos the statistics are taken over after each epoch.

    Args:
        config: of the run.
        n_photos: that it trains on in each epoch.

    >>> [renewed_photos(RunConfig(batch_normalization=True), n) for n in (36, 288, 10_000)]
    [36, 288, 3200]
    """
    return min(n_photos, RENEWAL_STEPS * config.batch_size) if config.batch_normalization else 0


def batch_norm_renewal(model: keras.Model, config: RunConfig) -> Callable[[Any, float], None]:
    """Return a function that moves the averages toward the statistics of a batch.

    Args:
        model: built from ``config``, with batch normalization.
        config: its settings.

    Returns:
        A function of pixels, uint8 of shape ``(n, size, size, channels)``, and the share of the averages that is kept:
        0 for the first batch.
    """
    import tensorflow as tf

    normalizations = batch_norm_layers(model)
    layers = model.layers[: model.layers.index(normalizations[-1]) + 1]
    pixels = tf.TensorSpec((None, *config.input_spec.shape), tf.uint8)

    @tf.function(input_signature=(pixels, tf.TensorSpec((), tf.float32)))  # type: ignore[untyped-decorator]
    def renew(batch: tf.Tensor, kept: tf.Tensor) -> None:
        with _momentum(normalizations, kept):
            value = tf.cast(batch, tf.float32)
            for layer in layers:
                value = layer(value, training=layer in normalizations)

    def call(batch: Any, kept: float) -> None:
        renew(batch, tf.constant(kept, tf.float32))

    return call


@contextmanager
def _momentum(layers: Sequence[keras.layers.BatchNormalization], momentum: Any) -> Iterator[None]:
    """Give layers a momentum in what is traced inside the block."""
    before = [layer.momentum for layer in layers]
    for layer in layers:
        layer.momentum = momentum
    yield
    for layer, value in zip(layers, before, strict=True):
        layer.momentum = value
