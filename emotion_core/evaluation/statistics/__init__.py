"""Arrays in, frozen records out: ROC, AUC, tests, power, calibration."""

from emotion_core.evaluation.statistics.auc import (
    AucInterval,
    DelongTest,
    auc,
    auc_interval,
    delong_test,
    expected_standard_error,
    midranks,
)
from emotion_core.evaluation.statistics.calibration import Reliability, ReliabilityBin, reliability
from emotion_core.evaluation.statistics.multiple_tests import holm_adjust, holm_confidences
from emotion_core.evaluation.statistics.paired_tests import McNemarTest, exchange_test, mcnemar
from emotion_core.evaluation.statistics.power import (
    SIGNIFICANCE,
    PlannedTestSet,
    detectable_difference,
    paired_auc_power,
    photos_needed,
    photos_to_decide,
    plan_test_set,
)
from emotion_core.evaluation.statistics.precision_recall import PrecisionRecallCurve, precision_recall
from emotion_core.evaluation.statistics.roc import (
    CONSTANT_SPREAD,
    NEUTRAL_THRESHOLD,
    ConfusionCounts,
    RocCurve,
    confusion,
    cost_threshold,
    is_constant,
    roc_points,
    youden_threshold,
)
from emotion_core.evaluation.statistics.roc_band import RocBand, roc_band
from emotion_core.evaluation.statistics.small_auc_tests import AucTest, kind_test, number_test
from emotion_core.evaluation.statistics.validation import FloatArray, IntArray

__all__ = [
    "CONSTANT_SPREAD",
    "NEUTRAL_THRESHOLD",
    "SIGNIFICANCE",
    "AucInterval",
    "AucTest",
    "ConfusionCounts",
    "DelongTest",
    "FloatArray",
    "IntArray",
    "McNemarTest",
    "PlannedTestSet",
    "PrecisionRecallCurve",
    "Reliability",
    "ReliabilityBin",
    "RocBand",
    "RocCurve",
    "auc",
    "auc_interval",
    "confusion",
    "cost_threshold",
    "delong_test",
    "detectable_difference",
    "exchange_test",
    "expected_standard_error",
    "holm_adjust",
    "holm_confidences",
    "is_constant",
    "kind_test",
    "mcnemar",
    "midranks",
    "number_test",
    "paired_auc_power",
    "photos_needed",
    "photos_to_decide",
    "plan_test_set",
    "precision_recall",
    "reliability",
    "roc_band",
    "roc_points",
    "youden_threshold",
]
