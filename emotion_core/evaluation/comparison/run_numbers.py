"""The numbers of each run of a comparison, and a note where one of them cannot be had."""

import numpy as np

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.comparison.measures import photo_thresholds, predicting_threshold, run_auc_interval
from emotion_core.evaluation.records import RunComparison, RunScores
from emotion_core.evaluation.statistics import (
    NEUTRAL_THRESHOLD,
    AucInterval,
    ConfusionCounts,
    FloatArray,
    auc,
    confusion,
    is_constant,
)


def run_comparison(run: RunScores, diagnosis: str) -> RunComparison:
    """Return a run's numbers.

    Args:
        run: with or without folds.
        diagnosis: of its training, as a code or a sentence.
    """
    notes = ["Trained on photos that it was tested on."] if run.leaks else []
    validation_auc, threshold = _validation(run, notes)
    test = _test_interval(run, notes)
    counts = _test_confusion(run)
    return RunComparison(
        run_id=run.run_id,
        name=run.title,
        activation=run.activation,
        depth=int(run.depth),
        seed=int(run.seed),
        validation_auc=validation_auc,
        test_auc=test.auc if test else None,
        test_auc_low=test.low if test else None,
        test_auc_high=test.high if test else None,
        diagnosis=diagnosis,
        threshold=threshold,
        test_accuracy=counts.accuracy if counts else None,
        precision=counts.precision if counts else None,
        recall=counts.recall if counts else None,
        f1=counts.f1 if counts else None,
        confusion=counts,
        note=" ".join(notes),
    )


def called_sad(run: RunScores) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return whether each test photo is called sad, shape ``(n,)``, at the threshold that validation photos choose."""
    return _margins(run) >= 0


def _margins(run: RunScores) -> FloatArray:
    """Return how far P(sad) of each test photo lies above its threshold, shape ``(n,)``."""
    try:
        return run.test.p_sad - photo_thresholds(run)
    except StatisticsError:  # the note on the validation AUC says it already
        return run.test.p_sad - NEUTRAL_THRESHOLD


def _validation(run: RunScores, notes: list[str]) -> tuple[float | None, float]:
    try:
        known = run.validation_auc
        return (auc(*run.validation) if known is None else known), predicting_threshold(run)
    except StatisticsError as error:
        notes.append(f"No validation AUC: {error}")
        return None, NEUTRAL_THRESHOLD


def _test_interval(run: RunScores, notes: list[str]) -> AucInterval | None:
    if is_constant(run.test.p_sad):
        notes.append("Practically the same prediction for every test photo: in no paired test.")
    try:
        return run_auc_interval(run)
    except StatisticsError as error:
        notes.append(f"No test AUC: {error}")
        return None


def _test_confusion(run: RunScores) -> ConfusionCounts | None:
    try:
        return confusion(run.test.labels, _margins(run), 0.0)
    except StatisticsError:  # the note on the test AUC says it already
        return None
