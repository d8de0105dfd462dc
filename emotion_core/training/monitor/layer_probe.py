"""Looks inside a network while it trains: gradients, weights and activations of each layer, on the same few photos.

A look changes nothing: no weight, no running mean, no draw of chance. It sees the network as it predicts, with dropout
off and batch normalisation by its running figures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from emotion_core.jobs import Record
from emotion_core.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, PRELU, Activation
from emotion_core.training.config import RunConfig
from emotion_core.training.engine import (
    PhotoDataset,
    loss_of,
    photo_weights,
    photos_at_once,
    preactivation_and_output,
    rng_for,
    to_probability,
)

if TYPE_CHECKING:
    import keras

PROBE_PHOTOS = 32
SAMPLED_VALUES = 2**16  # of a layer: its feature maps have millions
BINS = 32
FLAT_SLOPE = 0.01
SAME = 1e-5

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LayerState:
    """One layer with weights, at one look; a number is None where there is none or where it is not finite.

    Attributes:
        name: of the layer in the Keras model; its normalisation and a learnt slope count as part of it.
        gradient_norm: of the loss on the probe photos, over all weights of the layer.
        gradient_ratio: that, divided by the output layer's.
        weight_norm: over all weights of the layer.
        update_norm: of the weights' change since the look before.
        dead: share of units, or feature maps, that are positive on no probe photo, for activations that are zero for
            all negative input: such a unit learns nothing more.
        saturated: share of the values where the activation's slope is below 0.01.
        histogram: how many of the sampled activations fall into each bin.
        edges: of the bins, ascending, one more than bins.
    """

    name: str
    gradient_norm: float | None
    gradient_ratio: float | None
    weight_norm: float | None
    update_norm: float | None
    dead: float | None
    saturated: float | None
    histogram: tuple[int, ...]
    edges: tuple[float, ...]


@dataclass(frozen=True)
class LayerSnapshot:
    """What one look saw.

    Attributes:
        epoch: after which it was, 0 for before the first step.
        loss: mean over the probe photos, with their weights; None where it is not finite.
        lowest: the smallest value that the output layer gives for P(sad), before it is brought to 0 to 1.
        highest: the largest.
        lowest_p_sad: the smallest P(sad) of a probe photo.
        highest_p_sad: the largest.
        layers: from input to output.
    """

    epoch: int
    loss: float | None
    lowest: float | None
    highest: float | None
    lowest_p_sad: float
    highest_p_sad: float
    layers: tuple[LayerState, ...]

    def record(self) -> Record:
        """Return it as a record of the run."""
        return {"event": "probe", **asdict(self)}


class LayerProbe:
    """Watches one network on photos that stay the same.

    Args:
        model: built from ``config``; looked at in whatever state it is.
        config: what tells activations and loss; its seed chooses the photos.
        train: the photos that it is trained on, of which up to 32 are taken.
    """

    def __init__(self, model: keras.Model, config: RunConfig, train: PhotoDataset) -> None:
        self._model, self._config, self._loss = model, config, loss_of(config)
        n = len(train.labels)
        rows = np.sort(rng_for("probe", config.seed).permutation(n)[:PROBE_PHOTOS])
        # Copied: a file that is mapped need not be read again at each look.
        self._pixels, self._labels = np.array(train.pixels(rows)), train.labels[rows]
        self._weights = photo_weights(train.labels, config)[rows]
        # Those of frozen blocks are not among them, though they may learn later.
        self._variables = list(model.trainable_variables)
        # A layer's normalisation and learnt slope are named after it.
        self._owners = [variable.path.split("/")[-2].split("_")[0] for variable in self._variables]
        self._names = list(dict.fromkeys(self._owners))
        self._before: list[Floats] | None = None
        self._look = self._compiled()

    def probe(self, epoch: int) -> LayerSnapshot:
        """Return the state of every layer.

        Args:
            epoch: after which this is, 0 for before the first step.
        """
        seen = [self._look(*chunk) for chunk in self._chunks()]
        n = len(self._labels)
        shares = [len(chunk[1]) / n for chunk in self._chunks()]
        output = np.concatenate([np.asarray(one["output"]) for one in seen])
        p_sad = to_probability(output, self._config.output_activation)
        gradients = [
            sum(share * np.asarray(one["gradients"][index]) for share, one in zip(shares, seen, strict=True))
            for index in range(len(self._owners))
        ]
        loss = sum(share * float(one["loss"]) for share, one in zip(shares, seen, strict=True))
        lowest, highest = _finite(output[:, -1].min()), _finite(output[:, -1].max())
        layers = self._layers(gradients, [one["layers"] for one in seen])
        return LayerSnapshot(epoch, _finite(loss), lowest, highest, float(p_sad.min()), float(p_sad.max()), layers)

    def _chunks(self) -> Iterable[tuple[npt.NDArray[np.uint8], Floats, Floats]]:
        # All at once, large photos would take as much memory as a training step.
        size = photos_at_once(self._config)
        for start in range(0, len(self._labels), size):
            rows = slice(start, start + size)
            yield self._pixels[rows], self._labels[rows, None].astype(np.float32), self._weights[rows]

    def _layers(self, gradients: list[Any], seen: list[dict[str, Any]]) -> tuple[LayerState, ...]:
        weights = [np.array(variable, dtype=np.float32) for variable in self._variables]
        before, self._before = self._before, weights
        moved = None if before is None else [now - then for now, then in zip(weights, before, strict=True)]
        slopes, sizes = self._norms(gradients), self._norms(weights)
        steps = dict.fromkeys(self._names) if moved is None else self._norms(moved)
        last = slopes[self._names[-1]]
        return tuple(
            LayerState(
                name,
                slopes[name],
                None if not last or slopes[name] is None else slopes[name] / last,
                sizes[name],
                steps[name],
                *self._activity(name, [one[name] for one in seen]),
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
        self, name: str, seen: list[tuple[Any, Any, Any]]
    ) -> tuple[float | None, float | None, tuple[int, ...], tuple[float, ...]]:
        """Return shares of dead units and of saturated values, and the histogram of the activations."""
        before, after = (np.concatenate([np.asarray(one[place]) for one in seen]) for place in (0, 1))
        highest = np.max([np.asarray(one[2]) for one in seen], axis=0)
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
        labels, weights = tf.TensorSpec((None, 1), tf.float32), tf.TensorSpec((None,), tf.float32)

        def look(batch: tf.Tensor, truth: tf.Tensor, weight: tf.Tensor) -> dict[str, Any]:
            with tf.GradientTape() as tape:
                output, layers = self._forward(tf.cast(batch, tf.float32))
                loss = self._loss(truth, output, weight)
            gradients = tape.gradient(loss, self._variables, unconnected_gradients="zero")
            return {"loss": loss, "output": output, "gradients": gradients, "layers": layers}

        # Nothing here needs to be turned from Python's control flow into TensorFlow's, which takes time.
        compiled: Callable[..., Any] = tf.function(look, input_signature=(pixels, labels, weights), autograph=False)
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
        if value.shape[-1] == 2:  # softmax: the sigmoid of the difference is P(sad)
            layers["output"] = _sampled(before[:, 1:] - before[:, :1], value[:, 1:])
        return keras.ops.cast(value, "float32"), layers


def _sampled(before: Any, after: Any) -> tuple[Any, Any, Any]:
    """Return evenly spaced values before and after an activation, flat, and the maximum of each unit before it."""
    import tensorflow as tf

    highest = tf.reduce_max(before, range(len(before.shape) - 1))
    step = max(math.prod(before.shape[1:]) * PROBE_PHOTOS // SAMPLED_VALUES, 1)
    while math.gcd(step, before.shape[-1]) > 1:  # or some feature maps would never be among them
        step += 1
    before, after = (tf.cast(tf.reshape(tensor, [-1])[::step], tf.float32) for tensor in (before, after))
    return before, after, highest


def zero_below_zero(activation: Activation) -> bool:
    """Tell whether a function is zero for all negative input, so that a unit that is never positive has died."""
    return not activation.value(np.array([-100.0, -1.0, -1e-3])).any()


def _slopes(activation: Activation, before: Floats, after: Floats) -> npt.NDArray[np.float64]:
    """Return the activation's slope at each value."""
    x = before.astype(np.float64)
    if activation.name != PRELU:
        return activation.derivative(x)
    # Its slope below zero has been learnt: a straight line through zero says it.
    return np.where(x > 0, 1.0, np.divide(after, x, out=np.ones_like(x), where=x != 0))


def histogram_of(values: npt.NDArray[np.float64]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Return counts and edges of 32 bins from the smallest to the largest value."""
    low, high = values.min(), values.max()
    # Values that differ in their last digits alone are one value: an edge could not be told from the next.
    if high - low <= SAME * max(abs(low), abs(high)):
        margin = max(0.5, abs(low) / 100)
        low, high = low - margin, low + margin
    counts, edges = np.histogram(values, BINS, (low, high))
    return tuple(counts.tolist()), tuple(edges.tolist())


def _finite(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None
