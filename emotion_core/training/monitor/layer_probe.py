"""Takes layer snapshots of a network while it trains, on the same few photos each time.

A snapshot changes nothing: no weight, no moving average, no random number. It shows the network as it predicts, without
dropout and with the moving averages of its batch normalization.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from emotion_core.dataset import LABELS
from emotion_core.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, PRELU, Activation
from emotion_core.training.checks import LayerSnapshot, LayerState
from emotion_core.training.config import RunConfig
from emotion_core.training.engine import (
    PhotoDataset,
    loss_of,
    photo_weights,
    photos_at_once,
    preactivation_and_output,
    rng_for,
    targets_of,
    to_probability,
)

if TYPE_CHECKING:
    import keras

PROBE_PHOTOS = 32
SAMPLED_VALUES = 2**16  # of a layer, whose feature maps have millions
BINS = 32
FLAT_SLOPE = 0.01
SAME = 1e-5

Floats = npt.NDArray[np.float32]


class LayerProbe:
    """Takes snapshots of one network on photos that stay the same.

    Args:
        model: built from ``config``, in any state.
        config: gives activations and loss; its seed chooses the photos.
        train: the training photos, of which up to 32 are taken.
    """

    def __init__(self, model: keras.Model, config: RunConfig, train: PhotoDataset) -> None:
        self._model, self._config, self._loss = model, config, loss_of(config)
        n = len(train.labels)
        rows = np.sort(rng_for("probe", config.seed).permutation(n)[:PROBE_PHOTOS])
        # Copied, so that a mapped file is not read again for each snapshot.
        self._pixels, self._labels = np.array(train.pixels(rows)), train.labels[rows]
        self._weights = photo_weights(train.labels, config)[rows]
        # Frozen blocks are left out, even if they are unfrozen later.
        self._variables = list(model.trainable_variables)
        # A layer's normalization and learned slope are named after it.
        self._owners = [variable.path.split("/")[-2].split("_")[0] for variable in self._variables]
        self._names = list(dict.fromkeys(self._owners))
        self._before: list[Floats] | None = None
        self._measure = self._compiled()

    def probe(self, epoch: int) -> LayerSnapshot:
        """Return the state of every layer.

        Args:
            epoch: after which this is, 0 for before the first step.
        """
        chunks = [self._measure(*chunk) for chunk in self._chunks()]
        n = len(self._labels)
        shares = [len(chunk[1]) / n for chunk in self._chunks()]
        output = np.concatenate([np.asarray(chunk["output"]) for chunk in chunks])
        p_sad = to_probability(output, self._config.output_activation)
        gradients = [
            sum(share * np.asarray(chunk["gradients"][index]) for share, chunk in zip(shares, chunks, strict=True))
            for index in range(len(self._owners))
        ]
        loss = sum(share * float(chunk["loss"]) for share, chunk in zip(shares, chunks, strict=True))
        of_sad = output[:, : len(LABELS)][:, -1]  # the only unit, or the second one
        lowest, highest = _finite(of_sad.min()), _finite(of_sad.max())
        layers = self._layers(gradients, [chunk["layers"] for chunk in chunks])
        return LayerSnapshot(epoch, _finite(loss), lowest, highest, float(p_sad.min()), float(p_sad.max()), layers)

    def _chunks(self) -> Iterable[tuple[npt.NDArray[np.uint8], Floats, Floats]]:
        # In one piece, large photos would take as much memory as a training step.
        size = photos_at_once(self._config)
        for start in range(0, len(self._labels), size):
            rows = slice(start, start + size)
            yield self._pixels[rows], targets_of(self._labels[rows], self._config), self._weights[rows]

    def _layers(self, gradients: list[Any], samples: list[dict[str, Any]]) -> tuple[LayerState, ...]:
        weights = [np.array(variable, dtype=np.float32) for variable in self._variables]
        before, self._before = self._before, weights
        moved = None if before is None else [now - then for now, then in zip(weights, before, strict=True)]
        gradient_norms, weight_norms = self._norms(gradients), self._norms(weights)
        update_norms = dict.fromkeys(self._names) if moved is None else self._norms(moved)
        last = gradient_norms[self._names[-1]]
        return tuple(
            LayerState(
                name,
                gradient_norms[name],
                None if not last or gradient_norms[name] is None else gradient_norms[name] / last,
                weight_norms[name],
                update_norms[name],
                *self._activity(name, [sample[name] for sample in samples]),
            )
            for name in self._names
        )

    def _norms(self, arrays: list[Any]) -> dict[str, Any]:
        """Return the Euclidean norm over each layer's arrays."""
        squares = dict.fromkeys(self._names, 0.0)
        for owner, array in zip(self._owners, arrays, strict=True):
            squares[owner] += float(np.vdot(array, array))
        return {name: _finite(math.sqrt(square)) for name, square in squares.items()}

    def _activity(
        self, name: str, samples: list[tuple[Any, Any, Any]]
    ) -> tuple[float | None, float | None, tuple[int, ...], tuple[float, ...]]:
        """Return shares of dead units and of saturated values, and the histogram of the activations."""
        before, after = (np.concatenate([np.asarray(sample[index]) for sample in samples]) for index in (0, 1))
        highest = np.max([np.asarray(sample[2]) for sample in samples], axis=0)
        finite = np.isfinite(before) & np.isfinite(after)
        if not finite.all():
            return None, None, (), ()
        activation = self._activation(name)
        dead = float((highest <= 0).mean()) if zero_below_zero(activation) else None
        saturated = float((np.abs(_slopes(activation, before, after)) < FLAT_SLOPE).mean())
        return dead, saturated, *histogram_of(after.astype(np.float64))

    def _activation(self, name: str) -> Activation:
        if name == "output":
            return OUTPUT_ACTIVATIONS[self._config.output_activation]
        hidden = self._config.hidden_activation
        return HIDDEN_ACTIVATIONS[hidden if name.startswith("conv") else self._config.dense_function]

    def _compiled(self) -> Callable[..., Any]:
        import tensorflow as tf

        pixels = tf.TensorSpec((None, *self._config.input_spec.shape), tf.uint8)
        labels = tf.TensorSpec((None, 1 + self._config.neither), tf.float32)
        weights = tf.TensorSpec((None,), tf.float32)

        def measure(batch: tf.Tensor, truth: tf.Tensor, weight: tf.Tensor) -> dict[str, Any]:
            with tf.GradientTape() as tape:
                output, layers = self._forward(tf.cast(batch, tf.float32))
                loss = self._loss(truth, output, weight)
            gradients = tape.gradient(loss, self._variables, unconnected_gradients="zero")
            return {"loss": loss, "output": output, "gradients": gradients, "layers": layers}

        # Without autograph, which takes time: there is no control flow here to convert.
        compiled: Callable[..., Any] = tf.function(measure, input_signature=(pixels, labels, weights), autograph=False)
        return compiled

    def _forward(self, value: Any) -> tuple[Any, dict[str, tuple[Any, Any, Any]]]:
        """Return the output, and for each layer samples before and after its activation and each unit's maximum."""
        import keras

        layers, before = {}, value
        for layer in self._model.layers:
            if hasattr(layer, "kernel"):
                before, value = preactivation_and_output(layer, value)
            else:
                before, value = value, layer(value, training=False)
            name = layer.name.split("_")[0]
            # The last layer of each name is the one with the activation.
            if name in self._names:
                layers[name] = _sampled(before, value)
        if value.shape[-1] > 1:  # softmax: the sigmoid of the difference is P(sad)
            p_sad = value[:, 1:2] / (value[:, :1] + value[:, 1:2])
            layers["output"] = _sampled(before[:, 1:2] - before[:, :1], p_sad)
        return keras.ops.cast(value, "float32"), layers


def _sampled(before: Any, after: Any) -> tuple[Any, Any, Any]:
    """Return evenly spaced values before and after an activation, flat, and the maximum of each unit before it."""
    import tensorflow as tf

    highest = tf.reduce_max(before, range(len(before.shape) - 1))
    step = max(math.prod(before.shape[1:]) * PROBE_PHOTOS // SAMPLED_VALUES, 1)
    while math.gcd(step, before.shape[-1]) > 1:  # a common factor would skip some feature maps in every sample
        step += 1
    before, after = (tf.cast(tf.reshape(tensor, [-1])[::step], tf.float32) for tensor in (before, after))
    return before, after, highest


def zero_below_zero(activation: Activation) -> bool:
    """Return whether a function is zero for all negative input, so that a unit that is never positive is dead."""
    return not activation.value(np.array([-100.0, -1.0, -1e-3])).any()


def _slopes(activation: Activation, before: Floats, after: Floats) -> npt.NDArray[np.float64]:
    """Return the activation's slope at each value."""
    x = before.astype(np.float64)
    if activation.name != PRELU:
        return activation.derivative(x)
    # Its slope below zero is learned; it is that of the straight line through zero.
    return np.where(x > 0, 1.0, np.divide(after, x, out=np.ones_like(x), where=x != 0))


def histogram_of(values: npt.NDArray[np.float64]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Return counts and edges of 32 bins from the smallest to the largest value."""
    low, high = values.min(), values.max()
    # Values that differ only in their last digits count as one, because the bins' edges would be equal.
    if high - low <= SAME * max(abs(low), abs(high)):
        margin = max(0.5, abs(low) / 100)
        low, high = low - margin, low + margin
    counts, edges = np.histogram(values, BINS, (low, high))
    return tuple(counts.tolist()), tuple(edges.tolist())


def _finite(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None
