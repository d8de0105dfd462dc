"""The work of a run, counted from its settings; an estimate multiplies it by a machine's costs."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from emotion_core.network import STARTER_LAYER, Layer, layers_of, starter_layers
from emotion_core.training.config import RunConfig, has_augmentation
from emotion_core.training.engine import input_elements, micro_batch, photos_at_once, renewed_photos

# Convolutions compute this many filters at once: the last group costs as much when it is not full.
FILTERS_AT_ONCE = 16
# Cost of an activation and its derivative beyond those of ReLU, in passes over its feature maps. Measured with networks
# for photos of 64 pixels on two cores.
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
# For activations that are neither in the table above nor free.
DEFAULT_ACTIVATION_PASSES = 0.25
FREE_ACTIVATIONS = frozenset({"linear", "relu"})
NORMALIZATION_PASSES = 2.5
# Optimizers that keep averages of past gradients read and write more numbers per parameter.
STATELESS_OPTIMIZERS = frozenset({"sgd"})
STATEFUL_OPTIMIZER_PASSES = 2.5
# Each further part of a batch costs this share of starting its layers, and these passes over the weights.
PART_LAYER_SHARE, PART_PARAMETER_PASSES = 0.2, 0.2
# Writing checkpoint, records and curves after an epoch, in the units of a workload.
CHECKPOINT_PARAMETER_PASSES, CHECKPOINT_LAYER_STARTS = 35, 10
# Share of a training step's work on feature maps and layers that a forward pass takes.
FORWARD_SHARE = 0.25


class SplitSizes(NamedTuple):
    """Number of photos in each split of a study, and their size.

    Attributes:
        train: number of training photos.
        validation: number of validation photos.
        test: number of test photos.
        megapixels: mean size of a stored photo.
    """

    train: int
    validation: int
    test: int
    megapixels: float = 0.5

    @property
    def total(self) -> int:
        """Number of all photos."""
        return self.train + self.validation + self.test


class Workload(NamedTuple):
    """Amounts of work by kind.

    Attributes:
        layers: starts of a layer, one per layer and batch or part of a batch.
        multiply_adds: in convolutions and dense layers.
        elements: numbers in feature maps times passes over them.
        parameters: parameters of the network times passes over them.
    """

    layers: float
    multiply_adds: float
    elements: float
    parameters: float


def epoch_workload(config: RunConfig, photos: SplitSizes) -> Workload:
    """Return the work of one epoch: training, and a forward pass over the validation photos.

    Args:
        config: settings of the run.
        photos: number of photos in each split.
    """
    layers = layers_of(config)
    steps = math.ceil(photos.train / config.batch_size)
    # Parts beyond the first one of each batch.
    further_parts = max(_part_count(config, photos.train) - steps, 0)
    backward, forward = _multiply_adds(config, layers)
    elements = _training_elements(config) + (input_elements(config) if has_augmentation(config) else 0)
    passes = 1.0 if config.optimizer in STATELESS_OPTIMIZERS else STATEFUL_OPTIMIZER_PASSES
    # The statistics of batch normalization are renewed in a further forward pass.
    validation = forward_workload(config, photos.validation + renewed_photos(config, photos.train))
    return Workload(
        _layer_count(config) * (steps + PART_LAYER_SHARE * further_parts) + validation.layers,
        (backward + forward) * photos.train + validation.multiply_adds,
        elements * photos.train + validation.elements,
        _trained_parameters(config, layers) * (steps * passes + PART_PARAMETER_PASSES * further_parts),
    )


def checkpoint_workload(config: RunConfig) -> Workload:
    """Return the work of saving the checkpoint and the records of one epoch."""
    layers = layers_of(config)
    parameters = sum(layer.parameters for layer in layers)
    return Workload(CHECKPOINT_LAYER_STARTS * len(layers), 0.0, 0.0, CHECKPOINT_PARAMETER_PASSES * parameters)


def forward_workload(config: RunConfig, photos: int) -> Workload:
    """Return the work of forward passes without training.

    Args:
        config: settings of the run.
        photos: number of photos.
    """
    layers = layers_of(config)
    _, forward = _multiply_adds(config, layers)
    return Workload(
        _layer_count(config) * math.ceil(photos / photos_at_once(config)) * FORWARD_SHARE,
        forward * photos,
        (_network_elements(config) + _starter_elements(config)) * photos * FORWARD_SHARE,
        0.0,
    )


def _part_count(config: RunConfig, photos: int) -> int:
    """Return in how many parts this many photos go through the network."""
    return math.ceil(photos / micro_batch(config))


def _multiply_adds(config: RunConfig, layers: list[Layer]) -> tuple[float, float]:
    """Return the multiply-adds of one photo in the backward and in the forward pass."""
    backward = forward = 0.0
    channels = config.channels
    trained_before = 0.0  # share of the epochs in which a layer before this one is trained
    for layer in layers:
        outputs = layer.output_shape[-1]
        is_map = len(layer.output_shape) == 3
        layer_forward = layer.multiply_adds * (_padding_factor(outputs) if is_map else 1.0)
        forward += layer_forward
        # The backward pass computes the gradient of the weights and, if a layer before is trained, of the inputs.
        if layer.key == STARTER_LAYER:
            trained_before = _unfrozen_share(config)
            backward += 2 * trained_before * layer_forward
        else:
            inputs_factor = _padding_factor(channels) if is_map else 1.0
            backward += layer_forward + trained_before * layer.multiply_adds * inputs_factor
            trained_before = 1.0
        channels = outputs
    return backward, forward


def _padding_factor(channels: int) -> float:
    return math.ceil(channels / FILTERS_AT_ONCE) * FILTERS_AT_ONCE / channels


def _layer_count(config: RunConfig) -> int:
    """Return how many layers a batch goes through, including those of the starter."""
    return len(layers_of(config)) + len(starter_layers(config))


def _trained_parameters(config: RunConfig, layers: list[Layer]) -> float:
    """Return how many parameters a step updates, on average over the epochs."""
    frozen = 1 - _unfrozen_share(config)
    return sum(layer.parameters * (1 - frozen * (layer.key == STARTER_LAYER)) for layer in layers)


def _unfrozen_share(config: RunConfig) -> float:
    """Return the share of the epochs in which the starter's blocks are trained."""
    return sum(map(config.unfrozen_in, range(1, config.epochs + 1))) / config.epochs


def _training_elements(config: RunConfig) -> float:
    """Return the elements of one training photo: numbers in its feature maps times passes over them."""
    unfrozen = _unfrozen_share(config)
    return _network_elements(config) + _starter_elements(config) * (unfrozen + FORWARD_SHARE * (1 - unfrozen))


def _network_elements(config: RunConfig) -> float:
    passes = 1 + _activation_passes(config.hidden_activation) + NORMALIZATION_PASSES * config.batch_normalization
    return input_elements(config) + passes * _convolution_elements(
        layer for layer in layers_of(config) if layer.key != STARTER_LAYER
    )


def _starter_elements(config: RunConfig) -> float:
    return (1 + NORMALIZATION_PASSES) * _convolution_elements(starter_layers(config))


def _convolution_elements(layers: Iterable[Layer]) -> int:
    """Return the size of the outputs of the convolutions among these layers, in numbers."""
    return sum(
        math.prod(layer.output_shape) for layer in layers if len(layer.output_shape) == 3 and layer.multiply_adds
    )


def _activation_passes(name: str) -> float:
    return 0.0 if name in FREE_ACTIVATIONS else ACTIVATION_PASSES.get(name, DEFAULT_ACTIVATION_PASSES)
