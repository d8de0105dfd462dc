"""Keras' optimizers and learning rate schedules under the names of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emotion_core.training.config import RunConfig

if TYPE_CHECKING:
    import keras

MOMENTUM = 0.9
# Of the learning rate once pretrained blocks are trained too: large steps would undo what they have learned.
UNFROZEN_SHARE = 0.1
# Of the learning rate that is left at the end of an exponential schedule.
LAST_SHARE = 0.01


def optimizer_of(config: RunConfig) -> keras.Optimizer:
    """Return the Keras optimizer for these settings."""
    import keras

    options: dict[str, Any] = {"learning_rate": config.learning_rate}
    # Left out at 0: AdamW then keeps its own default.
    if config.weight_decay:
        options["weight_decay"] = config.weight_decay
    if config.optimizer == "momentum":
        return keras.optimizers.SGD(**options, momentum=MOMENTUM)
    return keras.optimizers.get({"class_name": config.optimizer, "config": options})


def learning_rate_in(epoch: int, config: RunConfig) -> float:
    """Return the learning rate of an epoch; all its steps use the same rate.

    Args:
        epoch: counted from 1; the first has the full rate.
        config: rate, schedule, number of epochs, and the epoch from which the starter's blocks are trained too.
    """
    from keras.optimizers import schedules

    rate = config.learning_rate * (UNFROZEN_SHARE if config.unfrozen_in(epoch) else 1)
    if config.schedule == "constant":
        return rate
    if config.schedule == "cosine":
        schedule = schedules.CosineDecay(rate, config.epochs)
    else:
        schedule = schedules.ExponentialDecay(rate, config.epochs, LAST_SHARE)
    # Keras' schedules count steps from 0; an epoch is one of their steps here.
    return float(schedule(epoch - 1))
