"""Untrained networks: what they say, and the gradient that reaches each of their layers. Needs TensorFlow."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion_core.images import Pixels
from emotion_core.network import build
from emotion_core.teaching.source_study.evidence import FirstGradients, FirstOutputs
from emotion_core.training import RunConfig
from emotion_core.training.engine import loss_of

DIGITS = 6
# What is held against a plain sigmoid; the names are shown.
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "sigmoid": {"hidden_activation": "sigmoid"},
    "sigmoid, He initialiser": {"hidden_activation": "sigmoid", "initializer": "he_normal"},
    "sigmoid, batch normalisation": {"hidden_activation": "sigmoid", "batch_normalization": True},
    "tanh": {"hidden_activation": "tanh"},
    "ReLU": {"hidden_activation": "relu"},
}


def first_outputs(config: RunConfig, pixels: Pixels, seeds: Iterable[int]) -> FirstOutputs:
    """Return what untrained networks with one output unit say of photos, one network for each seed.

    Args:
        config: of the network, but for its seed.
        pixels: uint8 of shape ``(n, size, size, channels)``.
        seeds: of the weights, as in a run.
    """
    batch = pixels.astype(np.float32)
    said = [np.asarray(_drawn(config, seed)(batch)) for seed in seeds]
    return FirstOutputs(
        tuple(round(float(output.min()), DIGITS) for output in said),
        tuple(round(float(output.max()), DIGITS) for output in said),
    )


def first_gradients(
    configs: Mapping[str, RunConfig], pixels: Pixels, labels: NDArray[np.int64], seeds: Iterable[int]
) -> Iterator[FirstGradients]:
    """Yield the gradients of untrained networks in a training step, the median over the seeds in each layer.

    In training batch normalisation goes by the batch, unlike in a run's looks inside, which see the network as it
    predicts.

    Args:
        configs: networks by the variant's name, but for their seeds.
        pixels: uint8 of shape ``(n, size, size, channels)``, one batch.
        labels: 0 or 1 of the same photos.
        seeds: of the weights, as in a run.
    """
    kept = list(seeds)
    for variant, config in configs.items():
        found = [_norms(config, seed, pixels, labels) for seed in kept]
        medians = {name: float(np.median([norms[name] for norms in found])) for name in found[0]}
        norms = tuple((name, float(f"{norm:.5g}")) for name, norm in medians.items())
        yield FirstGradients(variant, config.hidden_activation, config.depth, norms)


def _norms(config: RunConfig, seed: int, pixels: Pixels, labels: NDArray[np.int64]) -> dict[str, float]:
    """Return the length of the gradient over all weights of each layer, normalisation counted as part of it."""
    import tensorflow as tf

    model, loss = _drawn(config, seed), loss_of(config)
    with tf.GradientTape() as tape:
        output = model(pixels.astype(np.float32), training=True)
        value = loss(labels[:, None].astype(np.float32), output, np.ones(len(labels), np.float32))
    squares: dict[str, float] = {}
    gradients = tape.gradient(value, model.trainable_variables, unconnected_gradients="zero")
    for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
        name = variable.path.split("/")[-2].split("_")[0]
        squares[name] = squares.get(name, 0.0) + float(tf.reduce_sum(tf.square(gradient)))
    return {name: square**0.5 for name, square in squares.items()}


def _drawn(config: RunConfig, seed: int) -> Any:
    import keras

    keras.utils.set_random_seed(seed)
    return build(config)
