"""Settings to Keras model. TensorFlow is imported by the call, never by the import of this module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_core.network.config import POOL_SIZE, NetworkConfig
from emotion_core.network.layers import CHANNELS

if TYPE_CHECKING:
    import keras


def build(config: NetworkConfig) -> keras.Model:
    """Return the untrained network of these settings.

    Args:
        config: the network; fields that only concern training are not looked at.

    Returns:
        A Keras model from pixels, float32 of shape ``(n, image_size, image_size, 3)`` with values 0 to 255, to one
        number a photo, float32 of shape ``(n, 1)``; dividing by 255 is its first layer, so that training, prediction
        and export cannot differ in it. Weights are drawn by Glorot's rule from Keras' global seed.
    """
    import keras

    side = config.image_size
    model = keras.Sequential([keras.Input((side, side, CHANNELS)), keras.layers.Rescaling(1 / 255)], name="network")
    for number, filters in enumerate(config.filters, start=1):
        model.add(
            keras.layers.Conv2D(
                filters,
                config.kernel_size,
                padding=config.padding,
                activation=config.hidden_activation,
                name=f"conv{number}",
            )
        )
        model.add(keras.layers.MaxPooling2D(POOL_SIZE, name=f"pool{number}"))
    model.add(keras.layers.Flatten(name="flatten"))
    for number, units in enumerate(config.dense_units, start=1):
        activation = config.dense_activation or config.hidden_activation
        model.add(keras.layers.Dense(units, activation=activation, name=f"dense{number}"))
    model.add(keras.layers.Dense(1, activation=config.output_activation, name="output"))
    return model
