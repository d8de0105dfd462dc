"""Settings to Keras model. TensorFlow is imported by the call, never by the import of this module."""

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


def build(config: NetworkConfig) -> keras.Model:
    """Return the untrained network of these settings.

    Args:
        config: the network; fields that only concern training are not looked at.

    Returns:
        A Keras model from pixels, float32 of shape ``(n, image_size, image_size, channels)`` with values 0 to 255, to
        the output layer's units, float32 of shape ``(n, output_units)``; dividing by 255 is its first layer, so that
        training, prediction and export cannot differ in it. Weights are drawn from Keras' global seed, but for the
        starter's blocks, which are one layer ``starter`` that is not trainable. What the units say depends on the
        output activation: see ``probability_model``.

    Raises:
        SettingsError: the network begins with the starter's blocks, and its weights cannot be read.
    """
    import keras

    layers = keras.layers
    output = OUTPUT_ACTIVATIONS[config.output_activation]
    # In one go: adding layers one by one builds the whole stack anew each time.
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
    """Return a model that says P(sad) whatever the output activation is.

    Args:
        model: built from ``config``; its layers are shared, so training it trains the returned one.
        config: the network.

    Returns:
        A model from the same pixels to P(sad), float32 of shape ``(n, 1)``, 0 to 1: the sigmoid of a logit, the second
        of two units, or the one unit's value, with what a ReLU or tanh says outside 0 to 1 moved to the nearer end.
    """
    import keras

    pixels, output = model.inputs[0], model.outputs[0]
    match config.output_activation:
        case "sigmoid":
            return model
        case "linear":
            p_sad = keras.layers.Activation("sigmoid", name="p_sad")(output)
        case "softmax":
            p_sad = output[:, 1:]
        case _:
            p_sad = keras.layers.ReLU(max_value=1, name="p_sad")(output)
    return keras.Model(pixels, p_sad, name=model.name)


def _starter(config: NetworkConfig) -> list[Any]:
    """Return the starter's first blocks, trained and frozen, as one layer; nothing for a network from scratch."""
    import keras

    if not config.starter_blocks:
        return []
    pixels = keras.Input((config.image_size, config.image_size, config.channels))
    blocks = keras.Sequential([pixels, *_blocks(first_blocks(config.starter_blocks))], name=STARTER_LAYER)
    load_into(blocks, config.starter_blocks)
    # Batch normalisation goes by its running figures then, in training too.
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
    """Return a layer with its activation inside it, or followed by it where that cannot be."""
    import keras

    apart = norm or function == PRELU
    initializer = config.initializer_for(HIDDEN_ACTIVATIONS[function])
    layers = [
        layer(
            units,
            activation=None if apart else function,
            # Batch normalisation takes the mean away, and any bias with it, and adds a bias of its own.
            use_bias=not norm,
            kernel_initializer=initializer,
            name=name,
            **window,
        )
    ]
    if norm:
        layers.append(keras.layers.BatchNormalization(name=f"{name}_normalization"))
    if apart:
        layers.append(_activation_layer(function, f"{name}_activation", on_maps=bool(window)))
    return layers


def _activation_layer(function: str, name: str, *, on_maps: bool) -> Any:
    import keras

    if function != PRELU:
        return keras.layers.Activation(function, name=name)
    # One slope for each feature map, so that the number of weights does not depend on the picture's size.
    first = keras.initializers.Constant(PRELU_SLOPE)
    return keras.layers.PReLU(first, shared_axes=(1, 2) if on_maps else None, name=name)
