"""A network layer by layer, as a training step goes through it: the numbers of Keras' own call, with less to move.

Max pooling comes before bias and activation wherever that changes nothing, so that these touch a quarter of the
numbers. And the gradient of a dense layer's weights, which may be millions, is computed once for a batch that is
computed in parts, from what went in and what came back, instead of being added up part by part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

# Flat wherever different inputs come to the same value, so that it does not matter which of four equal values the
# largest is. Among rounded values of a sigmoid or tanh, it does.
POOLED_FIRST = frozenset({"hard_tanh", "linear", "relu", "relu6"})


class DensePass(NamedTuple):
    """What went through a dense layer.

    Attributes:
        entered: shape ``(n, inputs)``.
        before: what the layer says before its activation, shape ``(n, units)``.
    """

    entered: tf.Tensor
    before: tf.Tensor


def forward(model: keras.Model, pixels: tf.Tensor) -> tuple[tf.Tensor, list[DensePass]]:
    """Return what a network says in training, of shape ``(n, output_units)``, and the pass of each dense layer.

    Args:
        model: a stack of layers, as ``network.build`` makes it.
        pixels: float32 of shape ``(n, size, size, channels)``, 0 to 255.
    """
    import keras

    value, passes, layers = pixels, [], list(model.layers)
    while layers:
        layer = layers.pop(0)
        if layers and isinstance(layers[0], keras.layers.MaxPooling2D) and _pools_first(layer):
            value = _pooled_first(layer, layers.pop(0), value)
        elif isinstance(layer, keras.layers.Dense):
            before, after = preactivation_and_output(layer, value)
            passes.append(DensePass(value, before))
            value = after
        else:
            value = layer(value, training=True)
    return value, passes


def dense_layers(model: keras.Model) -> list[keras.layers.Dense]:
    """Return the layers whose passes ``forward`` returns, in that order."""
    import keras

    return [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]


def preactivation_and_output(layer: keras.Layer, value: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return what a layer with weights says before and after its activation."""
    with _without_activation(layer, bias=layer.use_bias) as activation:
        before = layer(value)
    return before, activation(before)


def _pools_first(layer: keras.Layer) -> bool:
    import keras

    return isinstance(layer, keras.layers.Conv2D) and keras.activations.serialize(layer.activation) in POOLED_FIRST


def _pooled_first(convolution: keras.layers.Conv2D, pooling: keras.Layer, value: tf.Tensor) -> tf.Tensor:
    """Return what pooling says of a convolution's activations, from the largest values before them."""
    import keras

    with _without_activation(convolution, bias=False) as activation:
        largest = pooling(convolution(value))
    if convolution.use_bias:
        largest = keras.ops.add(largest, keras.ops.cast(convolution.bias, largest.dtype))
    return activation(largest)


@contextmanager
def _without_activation(layer: keras.Layer, *, bias: bool) -> Iterator[Callable[[Any], Any]]:
    """Let a layer do without its activation, and with its bias or without, in what is traced meanwhile."""
    import keras

    activation, use_bias = layer.activation, layer.use_bias
    layer.activation, layer.use_bias = keras.activations.linear, bias
    try:
        yield activation
    finally:
        layer.activation, layer.use_bias = activation, use_bias
