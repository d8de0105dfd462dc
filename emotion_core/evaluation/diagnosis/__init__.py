"""What curves and answers of one run show."""

from emotion_core.evaluation.diagnosis.label_disagreement import disagreement_order, held_out_p_sad
from emotion_core.evaluation.diagnosis.learning_curves import Diagnosis, diagnose
from emotion_core.evaluation.diagnosis.run_checks import diagnoses
from emotion_core.evaluation.diagnosis.shortcuts import MEASURES, Baseline, Shortcut, shortcuts, strongest_baseline

__all__ = [
    "MEASURES",
    "Baseline",
    "Diagnosis",
    "Shortcut",
    "diagnose",
    "diagnoses",
    "disagreement_order",
    "held_out_p_sad",
    "shortcuts",
    "strongest_baseline",
]
