"""How many photos go through a network at once, so that their feature maps fit into little memory."""

import math

from emotion_core.network import layers_of, starter_layers
from emotion_core.training.config import RunConfig

# Feature maps of the photos that are computed at once, unless these would be fewer than MIN_AT_ONCE.
MAPS_BYTES = 32e6
MIN_AT_ONCE = 4
# From this size of a batch's feature maps on, two halves computed side by side use two cores better than one whole.
WORTH_HALVING_BYTES = 8e6
# Two parts are computed side by side: while one waits for the slower of two cores, the other has work.
PARTS_AT_ONCE = 2
# float32.
BYTES_PER_NUMBER = 4


def map_elements(config: RunConfig) -> int:
    """Return the size of all feature maps of one photo, the photo itself included, in numbers."""
    starter = [math.prod(layer.output_shape) for layer in starter_layers(config)]
    # Frozen blocks have no backward pass, so at any time only one layer's input and output are in memory.
    in_memory = sum(starter) if config.unfreeze_epoch else 2 * max(starter, default=0)
    return input_elements(config) + in_memory + sum(math.prod(layer.output_shape) for layer in layers_of(config))


def photos_at_once(config: RunConfig) -> int:
    """Return how many photos are computed at once without learning from them, at least 4."""
    return max(int(MAPS_BYTES / (BYTES_PER_NUMBER * map_elements(config))), MIN_AT_ONCE)


def micro_batch(config: RunConfig) -> int:
    """Return how many photos of a batch are computed at once; the gradients of these parts add up to the batch's."""
    # The statistics of batch normalization are those of the whole batch, which parts would change.
    if config.batch_normalization:
        return config.batch_size
    large = BYTES_PER_NUMBER * map_elements(config) * config.batch_size > WORTH_HALVING_BYTES
    return min(photos_at_once(config), math.ceil(config.batch_size / (2 if large else 1)))


def input_elements(config: RunConfig) -> int:
    """Return how many numbers one photo is for the network: pixels times channels."""
    return config.image_size**2 * config.channels
