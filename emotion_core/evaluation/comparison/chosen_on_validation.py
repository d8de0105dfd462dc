"""What the validation photos of a compared run choose for new photos: its threshold's interval and its calibration."""

import functools

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.comparison.compared_runs import ComparedRun
from emotion_core.evaluation.statistics import PlattScaling, ThresholdChoice, calibration_of, threshold_choice
from emotion_core.training.checks import SplitPredictions


@functools.lru_cache(maxsize=256)
def threshold_interval(run: ComparedRun) -> ThresholdChoice | None:
    """Return the threshold of a run with its interval; None over folds, and where a label is missing."""
    if run.scores.folds is not None:
        return None
    try:
        return threshold_choice(*run.validation)
    except StatisticsError:  # the note on the validation AUC says why
        return None


@functools.lru_cache(maxsize=256)
def run_calibration(run: ComparedRun) -> PlattScaling | None:
    """Return the curve that calibrates a run; None without one, and over folds, whose scales differ."""
    if run.scores.folds is not None:
        return None
    try:
        return calibration_of(*run.validation)
    except StatisticsError:
        return None


def calibrated_test(run: ComparedRun) -> SplitPredictions | None:
    """Return labels and calibrated P(sad) of a run's test photos, or None without a calibration."""
    curve = run_calibration(run)
    return None if curve is None else SplitPredictions(run.test.labels, curve.probability(run.test.p_sad))
