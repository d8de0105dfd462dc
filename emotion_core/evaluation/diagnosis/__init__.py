"""What is wrong with a run that has ended, and what one number alone tells of its photos."""

from emotion_core.evaluation.diagnosis.label_disagreement import disagreement_order, held_out_p_sad
from emotion_core.evaluation.diagnosis.run_checks import diagnoses
from emotion_core.evaluation.diagnosis.shortcuts import MEASURES, Baseline, Shortcut, shortcuts, strongest_baseline

__all__ = [
    "MEASURES",
    "Baseline",
    "Shortcut",
    "diagnoses",
    "disagreement_order",
    "held_out_p_sad",
    "shortcuts",
    "strongest_baseline",
]
