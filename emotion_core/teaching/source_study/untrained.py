"""Outputs and gradients of untrained networks. Needs TensorFlow."""

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
# Networks to compare with a plain sigmoid. The names are stored in the results file, so they keep their spelling.
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "sigmoid": {"hidden_activation": "sigmoid"},
    "sigmoid, He initialiser": {"hidden_activation": "sigmoid", "initializer": "he_normal"},
    "sigmoid, batch normalisation": {"hidden_activation": "sigmoid", "batch_normalization": True},
    "tanh": {"hidden_activation": "tanh"},
    "ReLU": {"hidden_activation": "relu"},
}


def first_outputs(config: RunConfig, pixels: Pixels, seeds: Iterable[int]) -> FirstOutputs:
    """Return the outputs of untrained networks with one output unit, one network for each seed.

    Args:
        config: the network's settings; its seed is not used.
        pixels: uint8 of shape ``(n, size, size, channels)``.
        seeds: of the weights, as in a run.
    """
    batch = pixels.astype(np.float32)
    outputs = [np.asarray(_initialized(config, seed)(batch)) for seed in seeds]
    return FirstOutputs(
        tuple(round(float(output.min()), DIGITS) for output in outputs),
        tuple(round(float(output.max()), DIGITS) for output in outputs),
    )


def first_gradients(
    configs: Mapping[str, RunConfig], pixels: Pixels, labels: NDArray[np.int64], seeds: Iterable[int]
) -> Iterator[FirstGradients]:
    """Yield the gradients of untrained networks in a training step, as medians over the seeds.

    Batch normalization uses the statistics of the batch, as in training; the layer probes of a run measure the network
    in prediction mode instead.

    Args:
        configs: the networks' settings by variant; their seeds are not used.
        pixels: one batch, uint8 of shape ``(n, size, size, channels)``.
        labels: 0 (happy) or 1 (sad) of the same photos, shape ``(n,)``.
        seeds: of the weights, as in a run.
    """
    all_seeds = list(seeds)
    for variant, config in configs.items():
        per_seed = [_gradient_norms(config, seed, pixels, labels) for seed in all_seeds]
        medians = {name: float(np.median([norms[name] for norms in per_seed])) for name in per_seed[0]}
        norms = tuple((name, float(f"{norm:.5g}")) for name, norm in medians.items())
        yield FirstGradients(variant, config.hidden_activation, config.depth, norms)


def _gradient_norms(config: RunConfig, seed: int, pixels: Pixels, labels: NDArray[np.int64]) -> dict[str, float]:
    """Return the gradient norm over all weights of each layer; its normalization counts as part of it."""
    import tensorflow as tf

    model, loss = _initialized(config, seed), loss_of(config)
    with tf.GradientTape() as tape:
        output = model(pixels.astype(np.float32), training=True)
        value = loss(labels[:, None].astype(np.float32), output, np.ones(len(labels), np.float32))
    squares: dict[str, float] = {}
    gradients = tape.gradient(value, model.trainable_variables, unconnected_gradients="zero")
    for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
        name = variable.path.split("/")[-2].split("_")[0]
        squares[name] = squares.get(name, 0.0) + float(tf.reduce_sum(tf.square(gradient)))
    return {name: square**0.5 for name, square in squares.items()}


def _initialized(config: RunConfig, seed: int) -> Any:
    import keras

    keras.utils.set_random_seed(seed)
    return build(config)
