"""Whether activations and depths differ, over luck in training and in photos; planning studies that find it."""

from emotion_core.evaluation.answer.outlook import QuestionOutlook, assumptions, study_outlook
from emotion_core.evaluation.answer.planning import (
    DEFAULT_DIFFERENCE,
    ContrastPlan,
    contrast_power,
    difference_for_power,
    photos_for_power,
    seeds_for_power,
)
from emotion_core.evaluation.answer.seed_spread import SeedSpread, seed_spread

__all__ = [
    "DEFAULT_DIFFERENCE",
    "ContrastPlan",
    "QuestionOutlook",
    "SeedSpread",
    "assumptions",
    "contrast_power",
    "difference_for_power",
    "photos_for_power",
    "seed_spread",
    "seeds_for_power",
    "study_outlook",
]
