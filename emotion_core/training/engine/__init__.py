"""Training of one network: data, augmentation, losses, training step, checkpoints, metrics."""

from emotion_core.training.engine.augmentation import augment
from emotion_core.training.engine.batch_norm import batch_norm_layers, renewed_photos
from emotion_core.training.engine.batching import input_elements, map_elements, micro_batch, photos_at_once
from emotion_core.training.engine.checkpoint import (
    BEST_FILE,
    CHECKPOINT_FILE,
    Checkpoint,
    load_checkpoint,
    save_best,
    save_checkpoint,
)
from emotion_core.training.engine.data import PhotoDataset, SplitData, scored_splits, training_data
from emotion_core.training.engine.devices import default_thread_count, this_machine, thread_count
from emotion_core.training.engine.epoch_metrics import (
    DECISION_THRESHOLD,
    EPOCH_FIELDS,
    REQUIRED_EPOCH_FIELDS,
    EpochNumbers,
    EpochResult,
    Metrics,
)
from emotion_core.training.engine.forward_pass import preactivation_and_output
from emotion_core.training.engine.losses import (
    Probabilities,
    loss_of,
    photo_weights,
    targets_of,
    to_probability,
    within_bounds,
)
from emotion_core.training.engine.memory import training_bytes
from emotion_core.training.engine.rng import rng_for
from emotion_core.training.engine.trainer import PROGRESS_SECONDS, Trainer, trainer_of

__all__ = [
    "BEST_FILE",
    "CHECKPOINT_FILE",
    "DECISION_THRESHOLD",
    "EPOCH_FIELDS",
    "PROGRESS_SECONDS",
    "REQUIRED_EPOCH_FIELDS",
    "Checkpoint",
    "EpochNumbers",
    "EpochResult",
    "Metrics",
    "PhotoDataset",
    "Probabilities",
    "SplitData",
    "Trainer",
    "augment",
    "batch_norm_layers",
    "default_thread_count",
    "input_elements",
    "load_checkpoint",
    "loss_of",
    "map_elements",
    "micro_batch",
    "photo_weights",
    "photos_at_once",
    "preactivation_and_output",
    "renewed_photos",
    "rng_for",
    "save_best",
    "save_checkpoint",
    "scored_splits",
    "targets_of",
    "this_machine",
    "thread_count",
    "to_probability",
    "trainer_of",
    "training_bytes",
    "training_data",
    "within_bounds",
]
