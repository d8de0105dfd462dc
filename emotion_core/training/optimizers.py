"""Keras' optimizers and learning rate schedules under the names of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emotion_core.training.config import RunConfig

if TYPE_CHECKING:
    import keras

MOMENTUM = 0.9
LAST_SHARE = 0.01  # of the learning rate that is left when an exponential schedule ends


def optimizer_of(config: RunConfig) -> keras.Optimizer:
    """Return the optimizer of these settings, as Keras makes it."""
    import keras

    values: dict[str, Any] = {"learning_rate": config.learning_rate}
    if config.optimizer == "momentum":
        return keras.optimizers.SGD(**values, momentum=MOMENTUM)
    return keras.optimizers.get({"class_name": config.optimizer, "config": values})


def learning_rate_in(epoch: int, config: RunConfig) -> float:
    """Return the learning rate of an epoch, which all its steps share.

    Args:
        epoch: counted from 1; the first has the full rate.
        config: rate, schedule and number of epochs.
    """
    from keras.optimizers import schedules

    if config.schedule == "constant":
        return config.learning_rate
    if config.schedule == "cosine":
        falling = schedules.CosineDecay(config.learning_rate, config.epochs)
    else:
        falling = schedules.ExponentialDecay(config.learning_rate, config.epochs, LAST_SHARE)
    return float(falling(epoch - 1))
