"""Build the Keras model of a network's settings. Only the calls import TensorFlow, not this module."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emotion_core.network.activation_math import PRELU_SLOPE
from emotion_core.network.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS
from emotion_core.network.config import POOL_SIZE, PRELU, NetworkConfig, conv_names
from emotion_core.network.layer_table import STARTER_LAYER
from emotion_core.network.starter import first_blocks, load_into

if TYPE_CHECKING:
    import keras

TINY = 1e-9


def build(config: NetworkConfig) -> keras.Model:
    """Return the untrained network of these settings.

    Args:
        config: the network; fields that only concern training are ignored.

    Returns:
        A Keras model from pixels, float32 of shape ``(n, image_size, image_size, channels)`` with values 0 to 255, to
        the output layer, float32 of shape ``(n, output_units)``. Its first layer divides by 255, so that training,
        prediction and export scale alike. Weights are drawn with Keras' global seed, except those of the starter's
        blocks, which are one frozen layer named ``starter``. The meaning of the output depends on the output
        activation: see ``probability_model``.

    Raises:
        SettingsError: the network begins with the starter's blocks, and the starter's weights cannot be read.
    """
    import keras

    layers = keras.layers
    output = OUTPUT_ACTIVATIONS[config.output_activation]
    # As one list: each call of add() would rebuild the whole stack.
    return keras.Sequential(
        [
            keras.Input((config.image_size, config.image_size, config.channels)),
            layers.Rescaling(1 / 255),
            *_starter(config),
            *_blocks(config),
            *_head(config),
            layers.Dense(
                config.output_units,
                activation=output.name,
                kernel_initializer=config.initializer_for(output),
                name="output",
            ),
        ],
        name="network",
    )


def probability_model(model: keras.Model, config: NetworkConfig) -> keras.Model:
    """Return a model with P(sad) as its output, whatever the output activation is.

    Args:
        model: built from ``config``; both models share their layers, so training one trains the other.
        config: the network's settings.

    Returns:
        A model from the same pixels to P(sad), float32 of shape ``(n, 1)``, 0 to 1: the sigmoid of a logit, the second
        of two softmax units, or the single unit's value, clipped to 0 to 1 for ReLU and tanh. With ``neither``, of
        shape ``(n, 2)``: P(sad) between the two labels, and P(neither).
    """
    import keras

    pixels, output = model.inputs[0], model.outputs[0]
    match config.output_activation:
        case "sigmoid":
            return model
        case "linear":
            p_sad = keras.layers.Activation("sigmoid", name="p_sad")(output)
        case "softmax" if config.neither:
            # Where the third unit takes all, the other two may both be 0.
            p_sad = output[:, 1:2] / (output[:, :1] + output[:, 1:2] + TINY)
            p_sad = keras.layers.Concatenate(name="p_sad_and_neither")([p_sad, output[:, 2:]])
        case "softmax":
            p_sad = output[:, 1:]
        case _:
            p_sad = keras.layers.ReLU(max_value=1, name="p_sad")(output)
    return keras.Model(pixels, p_sad, name=model.name)


def _starter(config: NetworkConfig) -> list[Any]:
    """Return the starter's trained blocks as one frozen layer, or no layer for a network from scratch."""
    import keras

    if not config.starter_blocks:
        return []
    pixels = keras.Input((config.image_size, config.image_size, config.channels))
    blocks = keras.Sequential([pixels, *_blocks(first_blocks(config.starter_blocks))], name=STARTER_LAYER)
    load_into(blocks, config.starter_blocks)
    # Frozen batch normalization uses its running statistics in training too.
    blocks.trainable = False
    return [blocks]


def _blocks(config: NetworkConfig) -> list[Any]:
    import keras

    pools = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
    window: dict[str, Any] = {"kernel_size": config.kernel_size, "strides": config.stride, "padding": config.padding}
    layers: list[Any] = []
    for number, filters in enumerate(config.filters, start=1):
        function, norm = config.hidden_activation, config.batch_normalization
        for name in conv_names(number, config):
            layers += _activated(keras.layers.Conv2D, name, filters, function, config, norm=norm, **window)
        if config.pooling != "none":
            layers.append(pools[config.pooling](POOL_SIZE, name=f"pool{number}"))
    return layers


def _head(config: NetworkConfig) -> list[Any]:
    import keras

    heads = {
        "flatten": keras.layers.Flatten,
        "global_average": keras.layers.GlobalAveragePooling2D,
        "global_max": keras.layers.GlobalMaxPooling2D,
    }
    layers = [heads[config.head](name=config.head)]
    for number, units in enumerate(config.dense_units, start=1):
        layers += _activated(keras.layers.Dense, f"dense{number}", units, config.dense_function, config)
        if config.dropout:
            layers.append(keras.layers.Dropout(config.dropout, name=f"dropout{number}"))
    return layers


def _activated(
    layer: Callable[..., Any],
    name: str,
    units: int,
    function: str,
    config: NetworkConfig,
    *,
    norm: bool = False,
    **window: Any,
) -> list[Any]:
    """Return a layer with its activation inside, or followed by it where normalization or PReLU needs its own layer."""
    import keras

    is_separate = norm or function == PRELU
    initializer = config.initializer_for(HIDDEN_ACTIVATIONS[function])
    layers = [
        layer(
            units,
            activation=None if is_separate else function,
            # Batch normalization subtracts the mean, and any bias with it, and adds a bias of its own.
            use_bias=not norm,
            kernel_initializer=initializer,
            name=name,
            **window,
        )
    ]
    if norm:
        layers.append(keras.layers.BatchNormalization(name=f"{name}_normalization"))
    if is_separate:
        layers.append(_activation_layer(function, f"{name}_activation", on_maps=bool(window)))
    return layers


def _activation_layer(function: str, name: str, *, on_maps: bool) -> Any:
    import keras

    if function != PRELU:
        return keras.layers.Activation(function, name=name)
    # One slope for each feature map, so that the number of weights does not depend on the image size.
    initializer = keras.initializers.Constant(PRELU_SLOPE)
    return keras.layers.PReLU(initializer, shared_axes=(1, 2) if on_maps else None, name=name)
