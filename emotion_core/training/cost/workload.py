"""How much there is to do in a run, counted from its settings: what an estimate multiplies by a machine's speed."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from emotion_core.network import STARTER_LAYER, Layer, layers_of, starter_layers
from emotion_core.training.config import RunConfig, has_augmentation
from emotion_core.training.engine import input_elements, micro_batch, photos_at_once

# Convolutions compute so many filters at once; with fewer, the rest is computed for nothing.
FILTERS_AT_ONCE = 16
# What an activation's value and slope cost beyond those of ReLU, in passes over its feature maps; measured in networks
# of 64 pixels on two cores.
ACTIVATION_PASSES = {
    "celu": 3.2,
    "mish": 2.5,
    "gelu": 1.7,
    "hard_silu": 1.6,
    "softplus": 1.5,
    "hard_tanh": 1.5,
    "silu": 1.2,
    "squareplus": 1.1,
    "prelu": 1.1,
    "tanh_shrink": 0.7,
    "hard_sigmoid": 0.5,
}
# Of those that are not named.
USUAL_PASSES = 0.25
FREE_ACTIVATIONS = frozenset({"linear", "relu"})
NORMALIZATION_PASSES = 2.5
# Optimizers that remember past gradients touch each number more often.
PLAIN_OPTIMIZERS = frozenset({"sgd"})
REMEMBERING_PASSES = 2.5
# Each further part of a batch that is computed in parts: of what starting the layers takes, and to read the weights.
PART_SHARE, READING_PASSES = 0.2, 0.2
# After an epoch, writing what the next one needs, records and curves.
KEEPING_PASSES, KEEPING_ROUNDS = 35, 10
# Of a training step's work, what looking at a photo without learning from it takes.
FORWARD_SHARE = 0.25


class SplitSizes(NamedTuple):
    """How many photos a study has, and how large they are.

    Attributes:
        train: photos to learn from.
        validation: photos that are looked at after each epoch.
        test: photos that are looked at once.
        megapixels: of a photo as it is kept, on average.
    """

    train: int
    validation: int
    test: int
    megapixels: float = 0.5

    @property
    def total(self) -> int:
        """All photos."""
        return self.train + self.validation + self.test


class Workload(NamedTuple):
    """What there is to do, by what makes it slow.

    Attributes:
        layers: layers that are started, once for each batch or part of one.
        multiply_adds: in convolutions and dense layers.
        elements: numbers in feature maps, as often as they are written and read.
        parameters: numbers in the network, as often as they are adjusted.
    """

    layers: float
    multiply_adds: float
    elements: float
    parameters: float


def epoch_workload(config: RunConfig, photos: SplitSizes) -> Workload:
    """Return the work of one epoch: training, and looking at the validation photos."""
    layers = layers_of(config)
    steps = math.ceil(photos.train / config.batch_size)
    further = max(_rounds(config, photos.train) - steps, 0)
    learning, looking = _multiply_adds(config, layers)
    elements = _learning_elements(config) + (input_elements(config) if has_augmentation(config) else 0)
    passes = 1.0 if config.optimizer in PLAIN_OPTIMIZERS else REMEMBERING_PASSES
    looked = probe_workload(config, photos.validation)
    return Workload(
        _started(config) * (steps + PART_SHARE * further) + looked.layers,
        (learning + looking) * photos.train + looked.multiply_adds,
        elements * photos.train + looked.elements,
        _adjusted(config, layers) * (steps * passes + READING_PASSES * further),
    )


def checkpoint_workload(config: RunConfig) -> Workload:
    """Return the work of leaving an epoch's numbers and weights in the run's folder."""
    layers = layers_of(config)
    parameters = sum(layer.parameters for layer in layers)
    return Workload(KEEPING_ROUNDS * len(layers), 0.0, 0.0, KEEPING_PASSES * parameters)


def probe_workload(config: RunConfig, photos: int) -> Workload:
    """Return the work of looking at so many photos without learning from them."""
    layers = layers_of(config)
    _, looking = _multiply_adds(config, layers)
    return Workload(
        _started(config) * math.ceil(photos / photos_at_once(config)) * FORWARD_SHARE,
        looking * photos,
        (_own_elements(config) + _starter_elements(config)) * photos * FORWARD_SHARE,
        0.0,
    )


def _rounds(config: RunConfig, photos: int) -> int:
    """Return how often the layers are started for so many photos."""
    return math.ceil(photos / micro_batch(config))


def _multiply_adds(config: RunConfig, layers: list[Layer]) -> tuple[float, float]:
    """Return the multiply-adds of one photo on the way back and on the way forward."""
    backward = forward = 0.0
    channels = config.channels
    reached = 0.0  # share of the epochs in which something before this layer learns
    for layer in layers:
        outputs = layer.output_shape[-1]
        wide = len(layer.output_shape) == 3
        ahead = layer.multiply_adds * (_padding(outputs) if wide else 1.0)
        forward += ahead
        # Back go the gradient of the weights and, but for the photo itself, the one of what came in.
        if layer.key == STARTER_LAYER:
            reached = _unfrozen_share(config)
            backward += 2 * reached * ahead
        else:
            backward += ahead + reached * layer.multiply_adds * (_padding(channels) if wide else 1.0)
            reached = 1.0
        channels = outputs
    return backward, forward


def _padding(channels: int) -> float:
    return math.ceil(channels / FILTERS_AT_ONCE) * FILTERS_AT_ONCE / channels


def _started(config: RunConfig) -> int:
    """Return how many layers a batch goes through."""
    return len(layers_of(config)) + len(starter_layers(config))


def _adjusted(config: RunConfig, layers: list[Layer]) -> float:
    """Return how many numbers a step adjusts, on average over the epochs."""
    frozen = 1 - _unfrozen_share(config)
    return sum(layer.parameters * (1 - frozen * (layer.key == STARTER_LAYER)) for layer in layers)


def _unfrozen_share(config: RunConfig) -> float:
    """Return the share of the epochs in which the starter's blocks learn."""
    return sum(map(config.unfrozen_in, range(1, config.epochs + 1))) / config.epochs


def _learning_elements(config: RunConfig) -> float:
    """Return the passes over feature maps that learning from one photo takes, in numbers."""
    learnt = _unfrozen_share(config)
    return _own_elements(config) + _starter_elements(config) * (learnt + FORWARD_SHARE * (1 - learnt))


def _own_elements(config: RunConfig) -> float:
    each = 1 + _activation_passes(config.hidden_activation) + NORMALIZATION_PASSES * config.batch_normalization
    return input_elements(config) + each * _convolved(
        layer for layer in layers_of(config) if layer.key != STARTER_LAYER
    )


def _starter_elements(config: RunConfig) -> float:
    return (1 + NORMALIZATION_PASSES) * _convolved(starter_layers(config))


def _convolved(layers: Iterable[Layer]) -> int:
    """Return how many numbers the convolutions among these layers give."""
    return sum(
        math.prod(layer.output_shape) for layer in layers if len(layer.output_shape) == 3 and layer.multiply_adds
    )


def _activation_passes(name: str) -> float:
    return 0.0 if name in FREE_ACTIVATIONS else ACTIVATION_PASSES.get(name, USUAL_PASSES)
