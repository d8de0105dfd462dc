"""Settings of runs and studies: no disk access, no TensorFlow."""

from emotion_core.training.config.design import Design, Factor
from emotion_core.training.config.fields import FIELDS, MAX_DEPTH, split_values, value_of
from emotion_core.training.config.presets import DEFAULT_ACTIVATIONS, PRESETS, preset_named
from emotion_core.training.config.run_config import (
    MAX_FOLDS,
    MAX_RUNS,
    RunConfig,
    has_augmentation,
    has_geometric_augmentation,
)
from emotion_core.training.config.study_config import StudyConfig
from emotion_core.training.config.study_plan import USUAL_SEEDS, StudyPlan
from emotion_core.training.config.value_text import SAME_AS_HIDDEN, value_text

__all__ = [
    "DEFAULT_ACTIVATIONS",
    "FIELDS",
    "MAX_DEPTH",
    "MAX_FOLDS",
    "MAX_RUNS",
    "PRESETS",
    "SAME_AS_HIDDEN",
    "USUAL_SEEDS",
    "Design",
    "Factor",
    "RunConfig",
    "StudyConfig",
    "StudyPlan",
    "has_augmentation",
    "has_geometric_augmentation",
    "preset_named",
    "split_values",
    "value_of",
    "value_text",
]
