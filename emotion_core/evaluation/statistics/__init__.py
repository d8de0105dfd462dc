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
from emotion_core.evaluation.statistics.exact_limits import difference_limits, hoeffding_limits
from emotion_core.evaluation.statistics.fold_means import (
    FoldMean,
    fold_auc_interval,
    fold_delong_test,
    fold_mean,
    fold_precision_recall,
    fold_roc_points,
)
from emotion_core.evaluation.statistics.multiple_tests import holm_adjust, holm_confidences
from emotion_core.evaluation.statistics.paired_tests import McNemarTest, exchange_test, mcnemar
from emotion_core.evaluation.statistics.platt_scaling import (
    PlattScaling,
    calibration_of,
    class_weights,
    platt_scaling,
)
from emotion_core.evaluation.statistics.power import (
    SIGNIFICANCE,
    detectable_difference,
    paired_auc_power,
    photos_needed,
)
from emotion_core.evaluation.statistics.precision_recall import (
    PrecisionRecallCurve,
    precision_recall,
    precisions_at_recalls,
)
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
from emotion_core.evaluation.statistics.threshold_choice import ThresholdChoice, balanced_threshold, threshold_choice
from emotion_core.evaluation.statistics.validation import (
    FloatArray,
    IntArray,
    check_share,
    checked_classes,
    checked_photos,
)

__all__ = [
    "CONSTANT_SPREAD",
    "NEUTRAL_THRESHOLD",
    "SIGNIFICANCE",
    "AucInterval",
    "AucTest",
    "ConfusionCounts",
    "DelongTest",
    "FloatArray",
    "FoldMean",
    "IntArray",
    "McNemarTest",
    "PlattScaling",
    "PrecisionRecallCurve",
    "Reliability",
    "ReliabilityBin",
    "RocBand",
    "RocCurve",
    "ThresholdChoice",
    "auc",
    "auc_interval",
    "balanced_threshold",
    "calibration_of",
    "check_share",
    "checked_classes",
    "checked_photos",
    "class_weights",
    "confusion",
    "cost_threshold",
    "delong_test",
    "detectable_difference",
    "difference_limits",
    "exchange_test",
    "expected_standard_error",
    "fold_auc_interval",
    "fold_delong_test",
    "fold_mean",
    "fold_precision_recall",
    "fold_roc_points",
    "hoeffding_limits",
    "holm_adjust",
    "holm_confidences",
    "is_constant",
    "kind_test",
    "mcnemar",
    "midranks",
    "number_test",
    "paired_auc_power",
    "photos_needed",
    "platt_scaling",
    "precision_recall",
    "precisions_at_recalls",
    "reliability",
    "roc_band",
    "roc_points",
    "threshold_choice",
    "youden_threshold",
]
