"""What is wrong with a run that has ended, and what one number alone tells of its photos."""

from emotion_core.evaluation.diagnosis.baseline import Baseline, BaselineTest, against_baseline, strongest_baseline
from emotion_core.evaluation.diagnosis.label_disagreement import disagreement_order, held_out_p_sad
from emotion_core.evaluation.diagnosis.run_checks import diagnoses
from emotion_core.evaluation.diagnosis.shortcuts import MEASURES, Shortcut, shortcuts

__all__ = [
    "MEASURES",
    "Baseline",
    "BaselineTest",
    "Shortcut",
    "against_baseline",
    "diagnoses",
    "disagreement_order",
    "held_out_p_sad",
    "shortcuts",
    "strongest_baseline",
]
