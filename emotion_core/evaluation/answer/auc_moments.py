"""AUCs of many networks on the same photos, and how they vary together over samples of photos.

Every network has an influence vector: how far each photo pulled its AUC, or the mean of its folds' AUCs, away from its
value. The product of two such vectors is DeLong's covariance of the two.

References:
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44:837-845.
    LeDell, Petersen & van der Laan (2015), Electronic Journal of Statistics 9:1583-1607: the mean over folds.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.statistics import FloatArray, fold_mean

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
    ([0.889, 0.667], [[0.0247, 0.037], [0.037, 0.0741]])
    """
    score_array = checked_scores(scores)
    fold_array = np.zeros(score_array.shape, dtype=np.int64) if folds is None else np.asarray(folds)
    if fold_array.shape != score_array.shape:
        raise StatisticsError(
            "scores and folds differ in shape. The fold of each network and photo was expected. "
            f"Received: scores {score_array.shape}, folds {fold_array.shape}. Pass one fold number for each score."
        )
    # Without folds all photos are one fold, whose mean is the AUC itself.
    means = [fold_mean(labels, row, fold) for row, fold in zip(score_array, fold_array, strict=True)]
    fewest = min(mean.n_rarer for mean in means)
    if fewest < FEWEST_PHOTOS:
        where, advice = (" of a fold", ", or use fewer folds") if folds is not None else ("", "")
        raise StatisticsError(
            f"A class has too few test photos{where}. At least {FEWEST_PHOTOS} of each were expected. "
            f"Received: {fewest}. Test on more photos{advice}."
        )
    return AucMoments(np.array([mean.auc for mean in means]), np.array([mean.influences for mean in means]))


def checked_scores(scores: ArrayLike) -> FloatArray:
    """Return the scores of a cell's networks as an array of shape ``(seeds, n)``.

    Raises:
        StatisticsError: they are no table of numbers, or have another number of dimensions.
    """
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
