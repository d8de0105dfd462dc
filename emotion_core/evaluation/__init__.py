"""Scores of networks -> ROC curve, AUC with interval, paired test, champion, diagnosis.

Arrays go in, frozen records come out; nothing here draws. The figures are in `emotion_core.evaluation.figures`, which
is imported on its own because it loads Plotly.
"""

from emotion_core.evaluation.comparison import Comparison, PairComparison, RunComparison, RunScores, compare
from emotion_core.evaluation.diagnosis import Diagnosis, diagnose, is_constant
from emotion_core.evaluation.power import Outlook, detectable_difference, outlook, paired_auc_power, photos_needed
from emotion_core.evaluation.roc import ConfusionCounts, RocCurve, confusion, roc_points, youden_threshold
from emotion_core.evaluation.shortcuts import MEASURES, Baseline, Shortcut, shortcuts, strongest_baseline
from emotion_core.evaluation.statistics import (
    AucInterval,
    DelongTest,
    auc,
    auc_interval,
    delong_test,
    expected_standard_error,
    holm_adjust,
)

__all__ = [
    "MEASURES",
    "AucInterval",
    "Baseline",
    "Comparison",
    "ConfusionCounts",
    "DelongTest",
    "Diagnosis",
    "Outlook",
    "PairComparison",
    "RocCurve",
    "RunComparison",
    "RunScores",
    "Shortcut",
    "auc",
    "auc_interval",
    "compare",
    "confusion",
    "delong_test",
    "detectable_difference",
    "diagnose",
    "expected_standard_error",
    "holm_adjust",
    "is_constant",
    "outlook",
    "paired_auc_power",
    "photos_needed",
    "roc_points",
    "shortcuts",
    "strongest_baseline",
    "youden_threshold",
]
