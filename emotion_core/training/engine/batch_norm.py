"""How fast the moving statistics of batch normalization follow a network, by the number of steps that it takes.

In a training step, batch normalization uses the statistics of the batch; a trained network uses moving averages of
them, ``m * average + (1 - m) * batch`` after each step with momentum m. These look back over about ``1 / (1 - m)``
steps. Keras' m of .99 suits epochs of a hundred steps and more. With 2 steps an epoch, its averages still hold the
starting values after 45 epochs, and the delivered network is not the one that was trained.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from emotion_core.training.config import RunConfig

if TYPE_CHECKING:
    import keras

# What Keras has by default, and every run had whose record does not name its momentum.
KERAS_MOMENTUM = 0.99
# Below it, a small last batch alone would decide the averages; see ``python -m benchmarks.batch_norm``.
LEAST_MOMENTUM = 0.8


def batch_norm_momentum(config: RunConfig, n_photos: int) -> float | None:
    """Return the momentum with which the moving averages look back over one epoch, at least 5 and at most 100 steps.

    Args:
        config: of the run.
        n_photos: that it trains on in each epoch.

    Returns:
        0.8 to 0.99, rounded to three digits; None for a network without batch normalization of its own.

    >>> [batch_norm_momentum(RunConfig(batch_normalization=True), n) for n in (36, 288, 640, 10_000)]
    [0.8, 0.889, 0.95, 0.99]
    """
    if not config.batch_normalization:
        return None
    steps = math.ceil(n_photos / config.batch_size)
    return round(min(max(1 - 1 / steps, LEAST_MOMENTUM), KERAS_MOMENTUM), 3)


def set_batch_norm_momentum(model: keras.Model, momentum: float) -> None:
    """Let the network's own batch normalization follow with this momentum.

    Args:
        model: built by ``network.build``; its training step must not have been traced yet.
        momentum: 0 to 1; 1 never changes the averages.
    """
    for layer in batch_norm_layers(model):
        layer.momentum = momentum


def batch_norm_layers(model: keras.Model) -> list[keras.layers.BatchNormalization]:
    """Return the network's own batch normalization; that of frozen blocks keeps its averages and is left out."""
    import keras

    return [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
