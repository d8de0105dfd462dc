"""Statistics of one network's scores, or of two, by fold means where the network is cross-validated.

Over folds the scores of a network come from several trained networks, each on a scale of its own. So whatever ranks
photos does it within a fold, and whatever needs a threshold has one for each fold, chosen on its validation photos.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from emotion_core.evaluation.records import RunScores
from emotion_core.evaluation.statistics import (
    AucInterval,
    DelongTest,
    FloatArray,
    FoldMean,
    IntArray,
    RocCurve,
    auc,
    auc_interval,
    balanced_threshold,
    delong_test,
    exchange_test,
    fold_auc_interval,
    fold_delong_test,
    fold_mean,
    fold_roc_points,
    is_constant,
    roc_points,
)
from emotion_core.training.checks import SplitPredictions

ThresholdRule = Callable[[IntArray, FloatArray], float]


class ValidationPart(NamedTuple):
    """The validation photos of one fold, or all of them without folds.

    Attributes:
        fold: its number, counted from 1; 0 without folds.
        photos: labels and P(sad).
    """

    fold: int
    photos: SplitPredictions

    @property
    def rank(self) -> float:
        """Its AUC; -1 where every photo gets practically the same P(sad), so that any other fold comes first."""
        return -1.0 if is_constant(self.photos.p_sad) else auc(*self.photos)


def validation_parts(run: RunScores) -> list[ValidationPart]:
    """Return the validation photos of each fold, in the order of the folds; all in one part without folds."""
    if run.validation_folds is None:
        return [ValidationPart(0, run.validation)]
    rows = {int(fold): run.validation_folds == fold for fold in np.unique(run.validation_folds)}
    labels, p_sad = run.validation
    return [ValidationPart(fold, SplitPredictions(labels[mask], p_sad[mask])) for fold, mask in rows.items()]


def is_constant_run(run: RunScores) -> bool:
    """Return whether the network gives every validation photo practically the same P(sad), in each of its folds."""
    return all(is_constant(part.photos.p_sad) for part in validation_parts(run))


def predicting_threshold(run: RunScores, rule: ThresholdRule = balanced_threshold) -> float:
    """Return the threshold for new photos; over folds, that of the fold with the highest validation AUC.

    Args:
        run: whose validation photos choose it.
        rule: returns a threshold for labels and P(sad).

    Raises:
        StatisticsError: the validation photos lack a class.
    """
    parts = validation_parts(run)
    # Without folds no part has to be ranked, and one without photos must reach the rule, whose message is clearer.
    best = parts[0] if len(parts) == 1 else max(parts, key=lambda part: part.rank)
    return rule(*best.photos)


def photo_thresholds(run: RunScores, rule: ThresholdRule = balanced_threshold) -> FloatArray:
    """Return the threshold that each test photo is called by, shape ``(n,)``: its fold's, or one for all.

    Args:
        run: whose validation photos choose them.
        rule: returns a threshold for labels and P(sad).

    Raises:
        StatisticsError: the validation photos lack a class.
    """
    parts = validation_parts(run)
    if run.folds is None:
        return np.full(len(run.test.p_sad), rule(*parts[0].photos))
    return np.select([run.folds == part.fold for part in parts], [rule(*part.photos) for part in parts])


def run_auc_interval(run: RunScores) -> AucInterval:
    """Return the test AUC with its 95 % interval; over folds, the mean of the folds' AUCs with its own.

    Raises:
        StatisticsError: the test photos, or those of a fold, lack a class.
    """
    return auc_interval(*run.test) if run.folds is None else fold_auc_interval(*run.test, run.folds)


def run_roc_curve(run: RunScores) -> RocCurve:
    """Return the ROC curve of the test photos; over folds, the vertical average of the folds' curves.

    Raises:
        StatisticsError: the test photos, or those of a fold, lack a class.
    """
    return roc_points(*run.test) if run.folds is None else fold_roc_points(*run.test, run.folds)


def paired_test(a: RunScores, b: RunScores, *, confidence: float = 0.95) -> DelongTest:
    """Test whether the test AUCs of two networks differ: paired by photo, a minus b.

    Args:
        a: a network.
        b: another one on the same photos, cross-validated if ``a`` is; their folds may differ.
        confidence: chance that the interval holds the true difference, in (0, 1).
    """
    labels, first, second = a.test.labels, a.test.p_sad, b.test.p_sad
    if a.folds is None or b.folds is None:
        return delong_test(labels, first, second, confidence=confidence)
    means = fold_mean(labels, first, a.folds), fold_mean(labels, second, b.folds)
    return fold_delong_test(*means, confidence=confidence)


def validation_lead_p(best: RunScores, other: RunScores) -> float | None:
    """Return the p-value of two networks being equally good, on their validation photos; None where it is unknown.

    Args:
        best: a network.
        other: another one on the same photos, cross-validated if ``best`` is.
    """
    means = [_validation_mean(run) for run in (best, other)]
    if means[0] is not None and means[1] is not None:
        return fold_delong_test(means[0], means[1]).p_value
    if not np.array_equal(best.validation.labels, other.validation.labels):
        return None
    return exchange_test(best.validation.labels, best.validation.p_sad, other.validation.p_sad)


def _validation_mean(run: RunScores) -> FoldMean | None:
    """Return the mean of the folds' validation AUCs, with the influence of each photo; None without folds."""
    if run.validation_folds is None or run.validation_rows is None:
        return None
    mean = fold_mean(*run.validation, run.validation_folds)
    influences = np.zeros(len(run.test.labels))
    # A photo may validate in several folds. It is one photo all the same, so that what it does in them adds up.
    np.add.at(influences, run.validation_rows, mean.influences)
    return mean._replace(influences=influences)
