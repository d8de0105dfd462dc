"""The reject option: a band of P(sad), set on the validation photos, in which a network reports no label as sure.

References:
    Chow (1970), IEEE Transactions on Information Theory 16:41-46: decline where an error is more likely than its cost.
    Vovk, Gammerman & Shafer (2005), Algorithmic Learning in a Random World, section 4.5: label-conditional conformal
        prediction.
    Angelopoulos & Bates (2023), Foundations and Trends in Machine Learning 16:494-591, section 4.2.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from emotion_core.evaluation import platt_scaling
from emotion_core.evaluation.statistics import class_weights

# How often a sure answer may be wrong: the choices, and the one that is taken where the user makes none. With 48
# validation photos even a network of AUC .98 declines a quarter of the photos at 1 in 20 (benchmarks/thresholds.py).
WRONG_ONE_IN = (10, 20, 50)
DEFAULT_ONE_IN = 10
# A single answer that is wrong more often than this is never sure, however good the network is on the whole.
MOST_DOUBTFUL = 0.4


@dataclass(frozen=True)
class UncertaintyBand:
    """Interval of P(sad) in which a network is not sure.

    Attributes:
        low: its lower end, 0 to 1.
        high: its upper end, 0 to 1; below ``low`` where the band is empty.
    """

    low: float
    high: float

    def contains(self, p_sad: float) -> bool:
        """Return whether P(sad) lies in the band, its ends included."""
        return self.low <= p_sad <= self.high

    @property
    def empty(self) -> bool:
        """Whether the band contains no P(sad) at all."""
        return self.low > self.high

    def joined(self, other: "UncertaintyBand") -> "UncertaintyBand":
        """Return the smallest band that covers this one and another."""
        if self.empty or other.empty:
            return other if self.empty else self
        return UncertaintyBand(min(self.low, other.low), max(self.high, other.high))


EMPTY_BAND = UncertaintyBand(1.0, 0.0)
WHOLE_BAND = UncertaintyBand(0.0, 1.0)


@dataclass(frozen=True)
class BandChoice:
    """A band with what it costs and what it promises.

    Attributes:
        band: where the network is not sure.
        one_in: at most one in so many sure answers may be wrong.
        declined: share of the validation photos in the band, 0 to 1; None where it is not known, as for exports of
            earlier versions.
        is_guaranteed: whether there were enough validation photos of each label for the conformal guarantee.
    """

    band: UncertaintyBand
    one_in: int
    declined: float | None
    is_guaranteed: bool

    def doubt(self, p_sad: float) -> str:
        """Return why the network is not sure of a photo whose P(sad) lies in the band."""
        if self.is_whole:
            return f"Not sure, as of any photo: no P(sad) keeps wrong sure answers to 1 in {self.one_in}."
        return (
            f"Not sure: P(sad) {p_sad:.3f} lies between {self.band.low:.3f} and {self.band.high:.3f}. The limit is 1 "
            f"wrong in {self.one_in} sure answers."
        )

    @property
    def is_whole(self) -> bool:
        """Whether the network is never sure."""
        return self.band.low <= 0 and self.band.high >= 1

    @property
    def sentence(self) -> str:
        """What the band promises, and the share of photos that it declines."""
        if self.is_whole:
            return f"Never sure: no P(sad) keeps wrong sure answers to 1 in {self.one_in}."
        parts = []
        if self.declined is not None:
            parts += [
                f"at most about 1 in {self.one_in} sure answers is wrong",
                f"{100 * self.declined:.0f} % declined",
            ]
        if self.is_guaranteed:
            parts.append(f"of each label at most 1 in {self.one_in} gets the other for sure (conformal prediction)")
        else:
            parts.append(f"an estimate, as a guarantee takes {self.one_in - 1} validation photos of each label")
        return f"For photos like the validation photos: {'; '.join(parts)}."


def uncertainty_band(
    labels: ArrayLike, p_sad: ArrayLike, threshold: float, *, one_in: int = DEFAULT_ONE_IN
) -> UncertaintyBand:
    """Return the band in which an answer would be wrong too often.

    It covers three bands. In the first, an answer is hardly better than tossing a coin: wrong in two of five cases
    (Chow's rule), so that a network that errs at all is not sure of everything. Outside the second, at most one in
    ``one_in`` sure answers of each kind is expected to be wrong. Both follow from a logistic curve for which both
    labels weigh the same. The third is that of ``conformal_band``, whose guarantee the others cannot break, since a
    wider band gives fewer sure answers.

    Args:
        labels: of the validation photos, 0 (happy) or 1 (sad), shape ``(n,)``.
        p_sad: of the same photos, shape ``(n,)``, 0 to 1.
        threshold: P(sad) at and above which a photo counts as sad.
        one_in: at most one in so many sure answers may be wrong, at least 3.

    >>> uncertainty_band([0] * 3 + [1] * 3, [0.2, 0.3, 0.6, 0.4, 0.7, 0.8], 0.5)
    UncertaintyBand(low=0.0, high=1.0)
    """
    label_array, scores = np.asarray(labels), np.asarray(p_sad, dtype=np.float64)
    band = _curve_band(label_array, scores, threshold, one_in)
    return band.joined(conformal_band(label_array, scores, threshold, one_in=one_in))


def band_choice(labels: ArrayLike, p_sad: ArrayLike, threshold: float, *, one_in: int = DEFAULT_ONE_IN) -> BandChoice:
    """Return ``uncertainty_band`` with the share of the validation photos in it, and whether its guarantee holds.

    Args:
        labels: of the validation photos, 0 (happy) or 1 (sad), shape ``(n,)``.
        p_sad: of the same photos, shape ``(n,)``, 0 to 1.
        threshold: P(sad) at and above which a photo counts as sad.
        one_in: at most one in so many sure answers may be wrong, at least 3.
    """
    label_array, scores = np.asarray(labels), np.asarray(p_sad, dtype=np.float64)
    band = uncertainty_band(label_array, scores, threshold, one_in=one_in)
    declined = float(np.mean((scores >= band.low) & (scores <= band.high))) if len(scores) else None
    return BandChoice(band, one_in, declined, _is_enough(label_array, one_in))


def band_choices(labels: ArrayLike, p_sad: ArrayLike, threshold: float) -> tuple[BandChoice, ...]:
    """Return ``band_choice`` for each limit of wrong sure answers, the default one first.

    Args:
        labels: of the validation photos, 0 (happy) or 1 (sad), shape ``(n,)``.
        p_sad: of the same photos, shape ``(n,)``, 0 to 1.
        threshold: P(sad) at and above which a photo counts as sad.
    """
    limits = (DEFAULT_ONE_IN, *(one_in for one_in in WRONG_ONE_IN if one_in != DEFAULT_ONE_IN))
    return tuple(band_choice(labels, p_sad, threshold, one_in=one_in) for one_in in limits)


def _curve_band(labels: np.ndarray, scores: np.ndarray, threshold: float, one_in: int) -> UncertaintyBand:
    """Return where a logistic curve expects too many errors; everything, where the photos say nothing of a label."""
    if not 0 < np.count_nonzero(labels == 1) < len(labels):
        return WHOLE_BAND
    curve = platt_scaling(labels, scores, weights=class_weights(labels))
    if not curve.is_rising:
        return WHOLE_BAND
    order = np.argsort(scores, kind="stable")
    ordered, weights = scores[order], class_weights(labels)[order]
    p_wrong = curve.probability(ordered)
    low = _first_unsure(ordered, p_wrong, weights, one_in)
    high = _first_unsure(ordered[::-1], 1 - p_wrong[::-1], weights[::-1], one_in)
    coin = curve.p_sad_at(MOST_DOUBTFUL), curve.p_sad_at(1 - MOST_DOUBTFUL)
    return UncertaintyBand(
        min(0.0 if low is None else low, coin[0], threshold), max(1.0 if high is None else high, coin[1], threshold)
    )


def _first_unsure(scores: np.ndarray, p_wrong: np.ndarray, weights: np.ndarray, one_in: int) -> float | None:
    """Return the score of the first photo with which too many errors are expected among those up to it.

    Args:
        scores: from the surest photo on, shape ``(n,)``.
        p_wrong: chance that a sure answer for each is wrong, rising, shape ``(n,)``.
        weights: of the photos, shape ``(n,)``.
        one_in: at most one in so many sure answers may be wrong.

    Returns:
        The score, or None where it is the very first one: then no answer is sure on this side.
    """
    expected = np.cumsum(p_wrong * weights) / np.cumsum(weights)
    sure = int(np.count_nonzero(expected <= 1 / one_in))
    return None if sure == 0 else float(scores[min(sure, len(scores) - 1)])


def conformal_band(labels: ArrayLike, p_sad: ArrayLike, threshold: float, *, one_in: int) -> UncertaintyBand:
    """Return the band outside of which at most one in ``one_in`` photos of a label gets the other label.

    That holds on average over photos from the same source as the validation photos. *Happy* is plausible while P(sad)
    is at most the k-th smallest of the n happy validation photos, with k = ceil((1 - 1 / one_in) (n + 1)), and *sad*
    likewise from above. A P(sad) is in the band where the label on its side of the threshold is not the only plausible
    one. A label with fewer than ``one_in`` - 1 photos sets no limit, and has no guarantee.

    Args:
        labels: of the validation photos, 0 (happy) or 1 (sad), shape ``(n,)``.
        p_sad: of the same photos, shape ``(n,)``, 0 to 1.
        threshold: P(sad) at and above which a photo counts as sad.
        one_in: at least 3.

    >>> conformal_band([0] * 9 + [1] * 9, [*np.arange(9) / 16, *np.arange(4, 13) / 16], 0.375, one_in=10)
    UncertaintyBand(low=0.25, high=0.5)
    """
    labels, scores = np.asarray(labels), np.asarray(p_sad, dtype=np.float64)
    highest_happy = _plausible_up_to(scores[labels == 0], one_in)
    lowest_sad = 1 - _plausible_up_to(1 - scores[labels == 1], one_in)
    # Between the threshold and the band, the threshold would give a label that is not plausible.
    low = lowest_sad if lowest_sad < threshold else threshold
    high = highest_happy if highest_happy >= threshold else math.nextafter(threshold, 0)
    return UncertaintyBand(low, high) if low <= high else EMPTY_BAND


def _rank(count: int, one_in: int) -> int:
    # Rounded first: .9 (n + 1) may come out just above a whole number in floating point, and k one too high.
    return math.ceil(round((count + 1) * (1 - 1 / one_in), 9))


def _is_enough(labels: np.ndarray, one_in: int) -> bool:
    counts = [int(np.count_nonzero(labels == label)) for label in (0, 1)]
    return all(_rank(count, one_in) <= count for count in counts)


def _plausible_up_to(values: np.ndarray, one_in: int) -> float:
    """Return the k-th smallest value, or minus infinity where there are fewer than k."""
    rank = _rank(len(values), one_in)
    return float(np.sort(values)[rank - 1]) if rank <= len(values) else -math.inf
