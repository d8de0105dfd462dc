"""Where a network had better not choose: P(sad) that both labels have among the validation photos."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

MISSED_SHARE = 0.1


@dataclass(frozen=True)
class UncertaintyBand:
    """From where to where P(sad) says neither label.

    Attributes:
        low: the lowest P(sad) of it.
        high: the highest; below ``low`` where the band is empty.
    """

    low: float
    high: float

    def contains(self, p_sad: float) -> bool:
        """Whether P(sad) lies in the band, its ends included."""
        return self.low <= p_sad <= self.high

    @property
    def empty(self) -> bool:
        """Whether no P(sad) lies in it."""
        return self.low > self.high


EMPTY_BAND = UncertaintyBand(1.0, 0.0)


def uncertainty_band(labels: ArrayLike, p_sad: ArrayLike, threshold: float) -> UncertaintyBand:
    """Return the band in which a photo could be either, by split conformal prediction for each label.

    Of the photos of one label that come from where the validation photos came from, at most one in ten is said to be of
    the other: *happy* is plausible while P(sad) is at most the k-th smallest of the n happy validation photos, with
    k = ceil(.9 (n + 1)), *sad* likewise from above (label-conditional conformal prediction: Vovk, Gammerman and Shafer
    2005, section 4.5; Angelopoulos and Bates 2023, section 4.2). With fewer than nine photos, a label is always
    plausible. Where the label that the threshold gives is not the only plausible one, the answer is not sure.

    Args:
        labels: of the validation photos, 0 (happy) or 1 (sad), shape ``(n,)``.
        p_sad: of the same photos, shape ``(n,)``, 0 to 1.
        threshold: from which P(sad) a photo counts as sad.

    >>> not_sure_band([0] * 9 + [1] * 9, [*np.arange(9) / 10, *np.arange(2, 11) / 10], 0.5)
    NotSureBand(low=0.2, high=0.8)
    """
    labels, p_sad = np.asarray(labels), np.asarray(p_sad, dtype=np.float64)
    highest_happy = _plausible_up_to(p_sad[labels == 0])
    lowest_sad = 1 - _plausible_up_to(1 - p_sad[labels == 1])
    # Between the threshold and the band, the label would be one that is not plausible.
    low = lowest_sad if lowest_sad < threshold else threshold
    high = highest_happy if highest_happy >= threshold else math.nextafter(threshold, 0)
    return UncertaintyBand(low, high) if low <= high else EMPTY_BAND


def _plausible_up_to(values: np.ndarray) -> float:
    """Return the k-th smallest, or 1 where there are too few."""
    rank = math.ceil(round((len(values) + 1) * (1 - MISSED_SHARE), 9))
    return float(np.sort(values)[rank - 1]) if rank <= len(values) else 1.0
