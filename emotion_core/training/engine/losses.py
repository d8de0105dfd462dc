"""The losses and the conversion of outputs to P(sad); both depend on the output activation, and have to agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from emotion_core.dataset import LABELS
from emotion_core.training.config import RunConfig

Probabilities = npt.NDArray[np.float32]
Weights = npt.NDArray[np.float32]
Loss = Callable[[Any, Any, Any], Any]
# Of an output layer that knows faces of neither label.
NEITHER_UNITS = 3


def loss_of(config: RunConfig) -> Loss:
    """Return the loss of these settings for their output activation.

    A linear output is a logit: cross-entropy takes it directly, the squared error its sigmoid. For two softmax units,
    the squared error is that of the second one, P(sad); the error of the first is always as large. With smoothing s, a
    label y becomes ``y (1 - s) + s / 2`` (Szegedy et al. 2016).

    Returns:
        A function of targets as ``targets_of`` returns them, outputs, float32 of shape ``(n, output_units)``, and
        weights of the photos, float32 of shape ``(n,)``. It returns the mean of the weighted losses, a scalar tensor.
    """
    import keras

    smoothing = config.label_smoothing
    if config.loss == "binary_crossentropy" and config.output_activation == "softmax":
        entropy = keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)

        def categorical(targets: Any, output: Any, weights: Any) -> Any:
            happy = 1 - keras.ops.sum(targets, axis=1, keepdims=True)
            return entropy(keras.ops.concatenate([happy, targets], 1), output, weights)

        return categorical
    if config.loss == "binary_crossentropy":
        is_logit = config.output_activation == "linear"
        return cast(Loss, keras.losses.BinaryCrossentropy(from_logits=is_logit, label_smoothing=smoothing))
    squared_error = keras.losses.MeanSquaredError()
    to_p_sad: dict[str, Callable[[Any], Any]] = {"linear": keras.ops.sigmoid, "softmax": lambda output: output[:, 1:]}
    p_sad = to_p_sad.get(config.output_activation, lambda output: output)
    return lambda labels, output, weights: squared_error(
        labels * (1 - smoothing) + smoothing / 2, p_sad(output), weights
    )


def targets_of(labels: npt.NDArray[np.int64], config: RunConfig) -> npt.NDArray[np.float32]:
    """Return what the network should say of photos.

    Args:
        labels: 0 (happy), 1 (sad) or, of a network with ``neither``, 2 (neither), shape ``(n,)``.
        config: of the network.

    Returns:
        1 for sad photos, else 0, float32 of shape ``(n, 1)``; with ``neither`` a second column, 1 for neither.

    >>> targets_of(np.array([0, 1, 2]), RunConfig(output_activation="softmax", neither=True)).tolist()
    [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    """
    targets: npt.NDArray[np.float32] = (labels[:, None] == np.arange(1, 2 + config.neither)).astype(np.float32)
    return targets


def to_probability(output: npt.NDArray[np.float32], output_activation: str) -> Probabilities:
    """Return P(sad) from the output units.

    Args:
        output: float32 of shape ``(n, output_units)``.
        output_activation: of these units; values of a ReLU or tanh outside 0 to 1 are clipped.

    Returns:
        float32 of shape ``(n,)``, 0 to 1; with a third unit the probability between the two labels.
    """
    if output_activation == "linear":
        return within_bounds(0.5 + 0.5 * np.tanh(output / 2))  # the sigmoid, written so that nothing overflows
    if output.shape[1] == NEITHER_UNITS:
        return within_bounds(output[:, 1] / (output[:, 0] + output[:, 1]))
    return within_bounds(output[:, 1] if output_activation == "softmax" else output)


def within_bounds(p_sad: npt.NDArray[np.floating[Any]]) -> Probabilities:
    """Return probabilities as float32 of shape ``(n,)``, clipped to 0 to 1; NaN becomes 0.5."""
    flat: Probabilities = np.nan_to_num(p_sad.reshape(-1), nan=0.5).clip(0.0, 1.0).astype(np.float32)
    return flat


def photo_weights(labels: npt.NDArray[np.int64], config: RunConfig) -> Weights:
    """Return the weight of each training photo in the loss, float32 of shape ``(n,)``, 1 on average.

    Balanced weights are ``n / (2 n_label)``, so that both labels have the same total, as in scikit-learn (King and
    Zeng 2001).

    Args:
        labels: 0 (happy) or 1 (sad) of all training photos, shape ``(n,)``.
        config: its setting ``class_weights`` is ``none`` or ``balanced``.

    >>> photo_weights(np.array([0, 0, 0, 1, 1, 1, 1, 1]), RunConfig(class_weights="balanced"))[[0, 7]].round(3)
    array([1.333, 0.8  ], dtype=float32)
    """
    if config.class_weights == "none":
        return np.ones(len(labels), dtype=np.float32)
    counts = np.bincount(labels, minlength=len(LABELS))
    return (len(labels) / (len(counts) * counts[labels])).astype(np.float32)
