"""The threshold that validation photos choose, and how far other photos may have moved it.

Youden's index takes the cut with the best count, and on a few dozen photos the best count is mostly luck. A logistic
curve has two parameters, which all photos choose together; its cut is where a photo is as likely happy as sad. Where
scores do not follow such a curve, enough photos show it, and then Youden's cut is taken.
``python -m benchmarks.thresholds`` measures what each rule loses.

References:
    Youden (1950), Cancer 3:32-35: the index.
    Fluss, Faraggi & Reiser (2005), Biometrical Journal 47:458-472: smooth estimates of its cut vary less.
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13: percentile intervals.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from emotion_core.evaluation.statistics.platt_scaling import class_weights, expit, finite_logit, fit_curves
from emotion_core.evaluation.statistics.roc import NEUTRAL_THRESHOLD
from emotion_core.evaluation.statistics.validation import FloatArray, IntArray, checked_classes

RESAMPLES = 400
MAX_RESAMPLED = 400_000  # photos in all resamples together: a second
FEWEST_RESAMPLES = 100
SEED = 0
# Youden's cut replaces the curve's where it is better by more than so many standard errors.
CLEARLY_BETTER = 2.0
MOST_FLAT = 1 / 40  # of the resamples; with more of them in which P(sad) does not rise, nothing bounds the threshold


class ThresholdChoice(NamedTuple):
    """A threshold with its 95 % interval: where other validation photos, of the same number, may have put it."""

    threshold: float
    low: float
    high: float


def balanced_threshold(labels: ArrayLike, scores: ArrayLike) -> float:
    """Return the threshold with the highest expected mean of the two rates of right answers.

    It is the P(sad) at which a photo is as likely happy as sad, by a logistic curve for which both classes weigh the
    same; or Youden's cut, where the photos between the two show clearly that it is better. Where P(sad) does not rise
    with the share of sad photos, it is .5. Choose it on validation photos, never on the test photos it is judged by.

    Args:
        labels: True labels of the validation photos, shape (n,), happy 0 and sad 1.
        scores: Their P(sad), shape (n,), 0 to 1.

    Raises:
        StatisticsError: A class is missing, or labels and scores do not fit together.

    >>> round(balanced_threshold([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.7]), 2)
    0.28
    """
    label_array, score_array = checked_classes(labels, scores)
    threshold = float(_thresholds(label_array, score_array, np.ones((1, len(label_array))))[0])
    return NEUTRAL_THRESHOLD if np.isnan(threshold) else threshold


def threshold_choice(labels: ArrayLike, scores: ArrayLike) -> ThresholdChoice:
    """Return ``balanced_threshold`` with its interval: a bootstrap of the photos of each class, percentiles.

    Args:
        labels: True labels of the validation photos, shape (n,), happy 0 and sad 1.
        scores: Their P(sad), shape (n,), 0 to 1.

    Returns:
        The choice; its interval is 0 to 1 where nothing bounds the threshold.

    Raises:
        StatisticsError: A class is missing, or labels and scores do not fit together.
    """
    label_array, score_array = checked_classes(labels, scores)
    threshold = balanced_threshold(label_array, score_array)
    drawn = _thresholds(label_array, score_array, _resampled_counts(label_array))
    bounded = drawn[~np.isnan(drawn)]
    if len(bounded) < (1 - MOST_FLAT) * len(drawn):
        return ThresholdChoice(threshold, 0.0, 1.0)
    low, high = np.quantile(bounded, [0.025, 0.975])
    return ThresholdChoice(threshold, min(float(low), threshold), max(float(high), threshold))


def _resampled_counts(labels: IntArray) -> FloatArray:
    """Return how often each photo is drawn, within its class, in each resample: shape (b, n)."""
    resamples = max(FEWEST_RESAMPLES, min(RESAMPLES, MAX_RESAMPLED // len(labels)))
    rng, counts = np.random.default_rng(SEED), np.zeros((resamples, len(labels)))
    for label in (0, 1):
        rows = np.flatnonzero(labels == label)
        counts[:, rows] = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), resamples)
    return counts


def _thresholds(labels: IntArray, scores: FloatArray, counts: FloatArray) -> FloatArray:
    """Return the threshold for each row of counts, shape (b,); NaN where P(sad) does not rise."""
    slopes, intercepts = fit_curves(labels, finite_logit(scores), counts * class_weights(labels))
    with np.errstate(divide="ignore", invalid="ignore"):
        curve = np.where(slopes > 0, expit(-intercepts / slopes), np.nan)
    values, index = np.unique(scores, return_inverse=True)
    # Shares of the happy and the sad photos below each cut between two distinct scores, shape (b, k + 1).
    happy, sad = (_shares_below(index, counts * (labels == label), len(values)) for label in (0, 1))
    rows, best = np.arange(len(counts)), np.argmax(happy - sad, axis=1)
    cuts = (np.append(0.0, values) + np.append(values, 1.0)) / 2
    at_curve = np.searchsorted(values, np.nan_to_num(curve, nan=NEUTRAL_THRESHOLD), side="left")
    between_happy = happy[rows, best] - happy[rows, at_curve]
    between_sad = sad[rows, best] - sad[rows, at_curve]
    # Only the photos between the two cuts are called differently by them.
    n_sad = int(labels.sum())
    error = np.sqrt(np.abs(between_happy) / (len(labels) - n_sad) + np.abs(between_sad) / n_sad)
    is_clear = (slopes > 0) & (between_happy - between_sad > CLEARLY_BETTER * error)
    return np.where(is_clear, cuts[best], curve)


def _shares_below(index: IntArray, counts: FloatArray, distinct: int) -> FloatArray:
    by_value = np.zeros((len(counts), distinct + 1))
    np.add.at(by_value.T, index + 1, counts.T)
    result: FloatArray = np.cumsum(by_value, axis=1) / counts.sum(axis=1, keepdims=True)
    return result
