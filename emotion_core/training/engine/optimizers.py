"""Keras' optimizers and learning rate schedules under the names of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emotion_core.training.config import RunConfig

if TYPE_CHECKING:
    import keras

MOMENTUM = 0.9
UNFROZEN_SHARE = 0.1  # of the learning rate, once trained blocks learn on: large steps would undo what they know
LAST_SHARE = 0.01  # of the learning rate that is left when an exponential schedule ends


def optimizer_of(config: RunConfig) -> keras.Optimizer:
    """Return the optimizer of these settings, as Keras makes it."""
    import keras

    values: dict[str, Any] = {"learning_rate": config.learning_rate}
    if config.weight_decay:
        values["weight_decay"] = config.weight_decay
    if config.optimizer == "momentum":
        return keras.optimizers.SGD(**values, momentum=MOMENTUM)
    return keras.optimizers.get({"class_name": config.optimizer, "config": values})


def learning_rate_in(epoch: int, config: RunConfig) -> float:
    """Return the learning rate of an epoch, which all its steps share.

    Args:
        epoch: counted from 1; the first has the full rate.
        config: rate, schedule, number of epochs, and from when on the starter's blocks learn too.
    """
    from keras.optimizers import schedules

    rate = config.learning_rate * (UNFROZEN_SHARE if config.unfrozen_in(epoch) else 1)
    if config.schedule == "constant":
        return rate
    if config.schedule == "cosine":
        falling = schedules.CosineDecay(rate, config.epochs)
    else:
        falling = schedules.ExponentialDecay(rate, config.epochs, LAST_SHARE)
    return float(falling(epoch - 1))
