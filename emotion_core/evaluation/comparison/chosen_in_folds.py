"""An honest figure for a cross-validated champion: the choice is made inside each fold, and tested in that fold.

A champion that is chosen by the validation photos of all folds has, in each of them, been chosen by test photos of the
others, so its own test AUC is too high. Inside a fold, validation and test photos are apart.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.answer import contrast
from emotion_core.evaluation.comparison.measures import validation_parts
from emotion_core.evaluation.records import ChosenInFolds, RunScores
from emotion_core.evaluation.statistics import FloatArray, IntArray, fold_auc_interval, fold_mean


def chosen_in_folds(networks: Sequence[RunScores]) -> ChosenInFolds | None:
    """Return what the champion reaches when it is chosen inside each fold.

    Args:
        networks: on the same photos in the same order; those without folds are left out.

    Returns:
        None where there is nothing to choose from, or a fold lacks a class.
    """
    sets: dict[bytes, list[RunScores]] = {}
    for network in networks:
        if network.folds is not None:
            sets.setdefault(network.folds.tobytes(), []).append(network)
    if all(len(candidates) == 1 for candidates in sets.values()):  # also without any folds
        return None
    labels = next(iter(sets.values()))[0].test.labels
    try:
        names, scores, folds = zip(*(_picked(candidates) for candidates in sets.values()), strict=True)
        area = float(np.mean([fold_mean(labels, *pair).auc for pair in zip(scores, folds, strict=True)]))
    except StatisticsError:
        return None
    low, high = _interval(labels, scores, folds)
    return ChosenInFolds(area, low, high, len(sets), tuple(chain.from_iterable(names)))


def _picked(candidates: Sequence[RunScores]) -> tuple[list[str], FloatArray, IntArray]:
    """Return, of networks with the same folds, the one chosen in each fold, their test scores, and the folds."""
    ranks = np.array([[part.rank for part in validation_parts(network)] for network in candidates])
    best = [candidates[number] for number in np.argmax(ranks, axis=0)]
    folds = candidates[0].folds if candidates[0].folds is not None else np.zeros(0, dtype=np.int64)
    numbers = [part.fold for part in validation_parts(candidates[0])]
    tested = [folds == number for number in numbers]
    return [network.title for network in best], np.select(tested, [network.test.p_sad for network in best]), folds


def _interval(
    labels: IntArray, scores: Sequence[FloatArray], folds: Sequence[IntArray]
) -> tuple[float | None, float | None]:
    if len(scores) == 1:
        interval = fold_auc_interval(labels, scores[0], folds[0])
        return interval.low, interval.high
    try:
        # Each set of folds is a seed's: its luck in training counts as well.
        answer = contrast(labels, [scores], [1.0], folds=[folds])
    except StatisticsError:  # a fold with one photo of a class
        return None, None
    return answer.low, answer.high
