"""A logistic curve from P(sad) to the probability of a sad photo, fitted to validation photos.

References:
    Platt (1999), Advances in Large Margin Classifiers, 61-74: the curve, and the targets that keep it finite.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from emotion_core.evaluation.statistics.validation import FloatArray, IntArray, checked_classes

# Outputs of exactly 0 and 1 have no logit; 32-bit networks round to them from about 1e-7.
NEAREST_TO_END = 1e-6
MOST_STEPS = 100
LONGEST_STEP = 2.0  # in units of a standardized logit: a full Newton step can overshoot where classes lie apart
TOLERANCE = 1e-8
RIDGE = 1e-9
FEWEST_CALIBRATED = 48


def expit(logits: ArrayLike) -> FloatArray:
    """Return 1 / (1 + exp(-x)) of each number, without an overflow, float64 of the same shape."""
    # Imported here: SciPy takes a while, and who imports the package may need no curve.
    from scipy import special

    result: FloatArray = special.expit(np.asarray(logits, dtype=np.float64))
    return result


def _logit(probabilities: ArrayLike) -> FloatArray:
    from scipy import special

    result: FloatArray = special.logit(np.asarray(probabilities, dtype=np.float64))
    return result


class PlattScaling(NamedTuple):
    """The curve p -> 1 / (1 + exp(-(slope * logit(p) + intercept))); slope 1 and intercept 0 change nothing."""

    slope: float
    intercept: float

    @property
    def is_rising(self) -> bool:
        """Whether a higher P(sad) means a higher probability, so that the order of photos and the AUC stay."""
        return self.slope > 0

    def probability(self, p_sad: ArrayLike) -> FloatArray:
        """Return the probability that a photo is sad, float64 of the shape of ``p_sad``, 0 to 1."""
        return expit(self.slope * finite_logit(np.asarray(p_sad, dtype=np.float64)) + self.intercept)

    def p_sad_at(self, probability: float) -> float:
        """Return the P(sad) at which a rising curve reaches a probability, strictly between 0 and 1."""
        return float(expit((_logit(probability) - self.intercept) / self.slope))


def platt_scaling(labels: ArrayLike, scores: ArrayLike, *, weights: ArrayLike | None = None) -> PlattScaling:
    """Fit the curve by maximum likelihood, with Platt's targets in place of 0 and 1.

    Args:
        labels: True labels of the validation photos, shape (n,), happy 0 and sad 1.
        scores: Their P(sad), shape (n,), 0 to 1.
        weights: Of the photos, shape (n,), 0 and more; the same for all by default. With ``class_weights`` the
            probability is that of a photo drawn from as many happy as sad ones.

    Raises:
        StatisticsError: A class is missing, or labels and scores do not fit together.

    >>> curve = platt_scaling([0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.7, 0.8, 0.9])
    >>> curve.is_rising, curve.probability([0.1, 0.9]).round(2).tolist()
    (True, [0.26, 0.74])
    """
    label_array, score_array = checked_classes(labels, scores)
    weight_array = np.ones(len(label_array)) if weights is None else np.asarray(weights, dtype=np.float64)
    slopes, intercepts = fit_curves(label_array, finite_logit(score_array), weight_array[np.newaxis])
    return PlattScaling(float(slopes[0]), float(intercepts[0]))


def finite_logit(scores: FloatArray) -> FloatArray:
    """Return log(p / (1 - p)) of each score, with scores of 0 and 1 moved in by ``NEAREST_TO_END``."""
    return _logit(np.clip(scores, NEAREST_TO_END, 1 - NEAREST_TO_END))


def class_weights(labels: IntArray) -> FloatArray:
    """Return a weight for each photo, shape (n,), so that both classes weigh the same and all photos together n."""
    n_sad = int(labels.sum())
    weights: FloatArray = np.where(labels == 1, 0.5 / n_sad, 0.5 / (len(labels) - n_sad)) * len(labels)
    return weights


def fit_curves(labels: IntArray, logits: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return slope and intercept for each row of weights, shape (b,) each, by Newton's method for all rows at once.

    Args:
        labels: Happy 0 and sad 1, both present, shape (n,).
        logits: Finite, shape (n,).
        weights: 0 and more, shape (b, n).
    """
    n_sad = int(labels.sum())
    targets = np.where(labels == 1, (n_sad + 1) / (n_sad + 2), 1 / (len(labels) - n_sad + 2))
    center, spread = logits.mean(), logits.std()
    if not spread:  # one score for all photos has no slope
        return np.zeros(len(weights)), np.zeros(len(weights))
    standardized = (logits - center) / spread
    slopes, intercepts = np.zeros(len(weights)), np.zeros(len(weights))
    for _ in range(MOST_STEPS):
        fitted = expit(np.outer(slopes, standardized) + intercepts[:, np.newaxis])
        residuals, curvature = weights * (targets - fitted), weights * fitted * (1 - fitted)
        gradient_s, gradient_i = residuals @ standardized, residuals.sum(axis=1)
        ss, si, ii = curvature @ standardized**2 + RIDGE, curvature @ standardized, curvature.sum(axis=1) + RIDGE
        determinant = ss * ii - si**2
        steps = np.stack([ii * gradient_s - si * gradient_i, ss * gradient_i - si * gradient_s]) / determinant
        steps /= np.maximum(1, np.linalg.norm(steps, axis=0) / LONGEST_STEP)
        slopes, intercepts = slopes + steps[0], intercepts + steps[1]
        if np.abs(steps).max() < TOLERANCE:
            break
    return slopes / spread, intercepts - slopes * center / spread


def calibration_of(labels: ArrayLike, scores: ArrayLike) -> PlattScaling | None:
    """Return the curve that calibrates P(sad), or None where there are too few photos for it, or it does not rise.

    It is fitted to the photos as they are: its probabilities hold where as many photos are sad as among these. With 48
    photos it halves the calibration error on average over kinds of networks; with 24 it makes four kinds of ten worse
    (``python -m benchmarks.thresholds``). Isotonic regression is about as good, and better with hundreds of photos, but
    it gives many photos one probability, which changes their order and the AUC.

    Args:
        labels: True labels of the validation photos, shape (n,), happy 0 and sad 1.
        scores: Their P(sad), shape (n,), 0 to 1.

    Raises:
        StatisticsError: A class is missing, or labels and scores do not fit together.
    """
    label_array, score_array = checked_classes(labels, scores)
    if len(label_array) < FEWEST_CALIBRATED:
        return None
    curve = platt_scaling(label_array, score_array)
    return curve if curve.is_rising else None
