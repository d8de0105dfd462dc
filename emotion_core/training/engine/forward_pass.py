"""The forward pass of a training step, layer by layer: the numbers of Keras' own call with less memory traffic.

Max pooling comes before bias and activation wherever the result is the same, so that these touch a quarter of the
numbers. And the gradient of a dense layer's weights, which may be millions, is computed once per batch from the layer's
inputs and the gradients of its outputs, instead of being added up over the parts that the batch is computed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

# Monotonic activations that commute with max pooling, gradients included. Where they map different inputs to the same
# value they have slope 0, so it does not matter which of these the maximum picks. For sigmoid and tanh it does: rounded
# to float32, different inputs give equal values there, too, but with a slope.
POOLED_FIRST = frozenset({"hard_tanh", "linear", "relu", "relu6"})


class DensePass(NamedTuple):
    """The tensors of a dense layer that the gradient of its weights needs.

    Attributes:
        inputs: shape ``(n, inputs)``.
        preactivation: output before the activation, shape ``(n, units)``.
    """

    inputs: tf.Tensor
    preactivation: tf.Tensor


def forward(model: keras.Model, pixels: tf.Tensor) -> tuple[tf.Tensor, list[DensePass]]:
    """Run a network in training mode.

    Args:
        model: a stack of layers from ``network.build``.
        pixels: float32 of shape ``(n, size, size, channels)``, 0 to 255.

    Returns:
        The output of shape ``(n, output_units)``, and the tensors of each dense layer.
    """
    import keras

    value, passes, layers = pixels, [], list(model.layers)
    while layers:
        layer = layers.pop(0)
        if layers and isinstance(layers[0], keras.layers.MaxPooling2D) and _can_pool_first(layer):
            value = _pool_before_activation(layer, layers.pop(0), value)
        elif isinstance(layer, keras.layers.Dense):
            preactivation, output = preactivation_and_output(layer, value)
            passes.append(DensePass(value, preactivation))
            value = output
        else:
            value = layer(value, training=True)
    return value, passes


def dense_layers(model: keras.Model) -> list[keras.layers.Dense]:
    """Return the dense layers, in the order in which ``forward`` returns their tensors."""
    import keras

    return [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]


def preactivation_and_output(layer: keras.Layer, value: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the output of a layer before and after its activation.

    Args:
        layer: with weights and an activation.
        value: its input.
    """
    with _without_activation(layer, bias=layer.use_bias) as activation:
        preactivation = layer(value)
    return preactivation, activation(preactivation)


def _can_pool_first(layer: keras.Layer) -> bool:
    import keras

    return isinstance(layer, keras.layers.Conv2D) and keras.activations.serialize(layer.activation) in POOLED_FIRST


def _pool_before_activation(convolution: keras.layers.Conv2D, pooling: keras.Layer, value: tf.Tensor) -> tf.Tensor:
    """Return the pooled activations of a convolution; the maximum is taken before bias and activation."""
    import keras

    with _without_activation(convolution, bias=False) as activation:
        pooled = pooling(convolution(value))
    if convolution.use_bias:
        # Under mixed precision, the result is bfloat16 and the bias float32.
        pooled = keras.ops.add(pooled, keras.ops.cast(convolution.bias, pooled.dtype))
    return activation(pooled)


@contextmanager
def _without_activation(layer: keras.Layer, *, bias: bool) -> Iterator[Callable[[Any], Any]]:
    """Remove a layer's activation, and its bias unless it is wanted, from what is traced inside the block."""
    import keras

    activation, use_bias = layer.activation, layer.use_bias
    layer.activation, layer.use_bias = keras.activations.linear, bias
    try:
        yield activation
    finally:
        layer.activation, layer.use_bias = activation, use_bias
