"""Scores of networks -> ROC curve, AUC with interval, paired test, champion, diagnosis.

Arrays go in, frozen records come out; nothing here draws. The figures are in `emotion_core.evaluation.figures`,
which is imported on its own because it loads Plotly; so are `study` and `run_diagnosis`, which read runs from disk.
"""

from emotion_core.evaluation.comparison.compare import compare
from emotion_core.evaluation.diagnosis.learning_curves import Diagnosis, diagnose
from emotion_core.evaluation.diagnosis.shortcuts import MEASURES, Baseline, Shortcut, shortcuts, strongest_baseline
from emotion_core.evaluation.records import ChampionDifference, Comparison, PairComparison, RunComparison, RunScores
from emotion_core.evaluation.statistics.auc import (
    AucInterval,
    DelongTest,
    auc,
    auc_interval,
    delong_test,
    expected_standard_error,
    holm_adjust,
)
from emotion_core.evaluation.statistics.calibration import Reliability, ReliabilityBin, reliability
from emotion_core.evaluation.statistics.paired_tests import McNemarTest, exchange_test, mcnemar
from emotion_core.evaluation.statistics.power import (
    Outlook,
    detectable_difference,
    outlook,
    paired_auc_power,
    photos_needed,
    photos_to_decide,
)
from emotion_core.evaluation.statistics.precision_recall import PrecisionRecallCurve, precision_recall
from emotion_core.evaluation.statistics.roc import (
    ConfusionCounts,
    RocCurve,
    confusion,
    cost_threshold,
    is_constant,
    roc_points,
    youden_threshold,
)
from emotion_core.evaluation.statistics.roc_band import RocBand, roc_band

__all__ = [
    "MEASURES",
    "AucInterval",
    "Baseline",
    "ChampionDifference",
    "Comparison",
    "ConfusionCounts",
    "DelongTest",
    "Diagnosis",
    "McNemarTest",
    "Outlook",
    "PairComparison",
    "PrecisionRecallCurve",
    "Reliability",
    "ReliabilityBin",
    "RocBand",
    "RocCurve",
    "RunComparison",
    "RunScores",
    "Shortcut",
    "auc",
    "auc_interval",
    "compare",
    "confusion",
    "cost_threshold",
    "delong_test",
    "detectable_difference",
    "diagnose",
    "exchange_test",
    "expected_standard_error",
    "holm_adjust",
    "is_constant",
    "mcnemar",
    "outlook",
    "paired_auc_power",
    "photos_needed",
    "photos_to_decide",
    "precision_recall",
    "reliability",
    "roc_band",
    "roc_points",
    "shortcuts",
    "strongest_baseline",
    "youden_threshold",
]
