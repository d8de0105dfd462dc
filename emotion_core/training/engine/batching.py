"""How many photos go through a network at once, so that its feature maps stay small."""

import math

from emotion_core.network import layers_of, starter_layers
from emotion_core.training.config import RunConfig

# So many photos are computed at once that their feature maps take about so many bytes, but never fewer than a few.
MAPS_BYTES = 32e6
MIN_AT_ONCE = 4
# Two parts side by side share two cores better than one does, unless they are small.
WORTH_HALVING_BYTES = 8e6
BYTES_PER_NUMBER = 4


def map_elements(config: RunConfig) -> int:
    """Return how many numbers the feature maps of one photo hold, the photo itself included.

    Of frozen blocks no more are kept at a time than what a layer is given and what it makes of it.
    """
    inside = [math.prod(layer.output_shape) for layer in starter_layers(config)]
    kept = sum(inside) if config.unfreeze_epoch else 2 * max(inside, default=0)
    return input_elements(config) + kept + sum(math.prod(layer.output_shape) for layer in layers_of(config))


def photos_at_once(config: RunConfig) -> int:
    """Return how many photos are computed at once, so that their feature maps take little memory."""
    return max(int(MAPS_BYTES / (BYTES_PER_NUMBER * map_elements(config))), MIN_AT_ONCE)


def micro_batch(config: RunConfig) -> int:
    """Return how many photos of a batch are computed at once; their gradients are added up before the weights change.

    Batch normalisation looks at the photos of a batch together, so a network that has it computes all at once.
    """
    if config.batch_normalization:
        return config.batch_size
    large = BYTES_PER_NUMBER * map_elements(config) * config.batch_size > WORTH_HALVING_BYTES
    return min(photos_at_once(config), math.ceil(config.batch_size / (2 if large else 1)))


def input_elements(config: RunConfig) -> int:
    """Return how many numbers one photo has as the network's input."""
    return config.image_size**2 * config.channels
