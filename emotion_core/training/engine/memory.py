"""The memory that the training of one network takes, besides that of its process."""

import math

from emotion_core.dataset.snapshots import KEPT_BYTES
from emotion_core.network import parameter_count
from emotion_core.training.config import RunConfig
from emotion_core.training.engine.batching import BYTES_PER_NUMBER, PARTS_AT_ONCE, map_elements, micro_batch

# Memory besides arrays: the compiled step, and the converters of Keras and LiteRT.
OVERHEAD_BYTES = 110_000_000
# Feature maps are kept for the backward pass, and most exist twice while their gradient is computed.
MAP_COPIES = 1.7
# Weights, gradients, the optimizer's variables, and the converters' copies at the end.
PARAMETER_COPIES = 15


def training_bytes(config: RunConfig, n_train: int | None = None, n_photos: int | None = None) -> int:
    """Return the memory that a training run takes at most, besides that of a process with TensorFlow.

    Args:
        config: settings of the run.
        n_train: number of training photos; None if it is not known, for at least a batch.
        n_photos: number of all photos, which are mapped from disk; None if it is not known, for many.
    """
    side_by_side = min(PARTS_AT_ONCE * micro_batch(config), config.batch_size, n_train or config.batch_size)
    numbers = MAP_COPIES * map_elements(config) * side_by_side + PARAMETER_COPIES * parameter_count(config)
    # At most KEPT_BYTES of the photos stay in memory after they were read.
    mapped = KEPT_BYTES if n_photos is None else min(math.prod(config.input_spec.shape) * n_photos, KEPT_BYTES)
    return OVERHEAD_BYTES + int(BYTES_PER_NUMBER * numbers) + mapped
