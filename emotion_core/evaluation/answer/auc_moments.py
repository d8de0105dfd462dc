"""AUCs of many networks on the same photos, and how they vary together over samples of photos.

The AUC is a mean over photos of one number each, up to terms that vanish with their count, so every network has an
influence vector: how far each photo pulled its AUC away from the mean. The product of two such vectors is DeLong's
covariance of the two AUCs. Over folds the AUC is the mean of the folds' AUCs, and a photo counts in the fold that
tested it; the product is then the influence-curve variance of a cross-validated AUC.

References:
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44:837-845.
    LeDell, Petersen & van der Laan (2015), Electronic Journal of Statistics 9:1583-1607: the mean over folds.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.statistics import FloatArray, IntArray, checked_classes, midranks

FEWEST_PHOTOS = 2  # of each class, below which the spread over photos is unknown


class AucMoments(NamedTuple):
    """AUCs of networks, and what each photo adds to their joint variance.

    Attributes:
        aucs: shape ``(networks,)``, over folds the mean of the folds' AUCs.
        influence: shape ``(networks, photos)``; ``influence @ influence.T`` is the covariance over samples of photos.
    """

    aucs: FloatArray
    influence: FloatArray


def auc_moments(labels: ArrayLike, scores: ArrayLike, folds: ArrayLike | None = None) -> AucMoments:
    """Return the AUC of each network and the influence of each photo on it.

    Args:
        labels: true labels, shape ``(n,)``, happy 0 and sad 1.
        scores: P(sad), shape ``(networks, n)``, finite.
        folds: number of the fold that tested each photo, shape ``(networks, n)``; None without cross-validation.

    Raises:
        StatisticsError: shapes do not fit together, or a class has fewer than two photos, in a fold too.

    >>> moments = auc_moments([0, 0, 0, 1, 1, 1], [[1, 2, 5, 4, 6, 7], [1, 4, 6, 3, 5, 7]])
    >>> moments.aucs.round(3).tolist(), (moments.influence @ moments.influence.T).round(4).tolist()
    ([0.889, 0.667], [[0.0247, 0.0247], [0.0247, 0.0741]])
    """
    score_array = _matrix(scores)
    fold_array = np.zeros(score_array.shape, dtype=np.int64) if folds is None else np.asarray(folds)
    if fold_array.shape != score_array.shape:
        raise StatisticsError(
            "scores and folds differ in shape. The fold of each network and photo was expected. "
            f"Received: scores {score_array.shape}, folds {fold_array.shape}. Pass one fold number for each score."
        )
    rows = [_of_network(*checked_classes(labels, row), fold) for row, fold in zip(score_array, fold_array, strict=True)]
    return AucMoments(np.array([area for area, _ in rows]), np.array([influence for _, influence in rows]))


def _matrix(scores: ArrayLike) -> FloatArray:
    try:
        array = np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StatisticsError(
            "The scores of a cell are not a table of numbers. Scores, shape (seeds, photos), were expected. "
            f"Received: {type(scores).__name__}. Pass one row of equal length for each seed."
        ) from error
    if array.ndim != 2 or not len(array):
        raise StatisticsError(
            "The scores of a cell have the wrong shape. One row for each seed, shape (seeds, photos), was expected. "
            f"Received: shape {array.shape}. Put a single network in a list of one row."
        )
    return array


def _of_network(labels: IntArray, scores: FloatArray, folds: NDArray[np.int64]) -> tuple[float, FloatArray]:
    areas, influence = [], np.zeros(len(labels))
    numbers = np.unique(folds)
    for number in numbers:
        tested = folds == number
        area, influence[tested] = _of_fold(labels[tested], scores[tested], len(numbers))
        areas.append(area)
    return float(np.mean(areas)), influence


def _of_fold(labels: IntArray, scores: FloatArray, n_folds: int) -> tuple[float, FloatArray]:
    sad = labels == 1
    n_sad, n_happy = int(sad.sum()), int((~sad).sum())
    if min(n_sad, n_happy) < FEWEST_PHOTOS:
        where = " of a fold" if n_folds > 1 else ""
        raise StatisticsError(
            f"A class has too few test photos{where}. At least {FEWEST_PHOTOS} of each were expected. "
            f"Received: {n_happy} happy, {n_sad} sad. Test on more photos{', or use fewer folds' if where else ''}."
        )
    ranks, influence = midranks(scores), np.empty(len(labels))
    # The share of photos of the other class that each photo is ordered rightly with, ties counting half.
    influence[sad] = (ranks[sad] - midranks(scores[sad])) / n_happy
    influence[~sad] = 1 - (ranks[~sad] - midranks(scores[~sad])) / n_sad
    area = float(influence[sad].mean())
    influence -= area
    influence[sad] /= np.sqrt(n_sad * (n_sad - 1))
    influence[~sad] /= np.sqrt(n_happy * (n_happy - 1))
    return area, influence / n_folds
