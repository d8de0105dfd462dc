"""The reject option: a band of P(sad), set on the validation photos, in which a network reports no label as sure."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

# At most this share of the photos of a label, in expectation, gets the other label outside the band.
ERROR_RATE = 0.1


@dataclass(frozen=True)
class UncertaintyBand:
    """Interval of P(sad) in which either label is plausible.

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


EMPTY_BAND = UncertaintyBand(1.0, 0.0)


def uncertainty_band(labels: ArrayLike, p_sad: ArrayLike, threshold: float) -> UncertaintyBand:
    """Return the band in which a photo could have either label, by split conformal prediction for each label.

    Outside the band, at most one in ten photos of a label, drawn from the same source as the validation photos, gets
    the other label: *happy* is plausible while P(sad) is at most the k-th smallest of the n happy validation photos,
    with k = ceil(.9 (n + 1)), and *sad* likewise from above (label-conditional conformal prediction: Vovk, Gammerman
    and Shafer 2005, section 4.5; Angelopoulos and Bates 2023, section 4.2). With fewer than nine photos a label is
    always plausible. A P(sad) is in the band where the label on its side of the threshold is not the only plausible
    one.

    Args:
        labels: of the validation photos, 0 (happy) or 1 (sad), shape ``(n,)``.
        p_sad: of the same photos, shape ``(n,)``, 0 to 1.
        threshold: P(sad) at and above which a photo counts as sad.

    >>> uncertainty_band([0] * 9 + [1] * 9, [*np.arange(9) / 16, *np.arange(4, 13) / 16], 0.375)
    UncertaintyBand(low=0.25, high=0.5)
    """
    labels, p_sad = np.asarray(labels), np.asarray(p_sad, dtype=np.float64)
    highest_happy = _plausible_up_to(p_sad[labels == 0])
    lowest_sad = 1 - _plausible_up_to(1 - p_sad[labels == 1])
    # Between the threshold and the band, the threshold would give a label that is not plausible.
    low = lowest_sad if lowest_sad < threshold else threshold
    high = highest_happy if highest_happy >= threshold else math.nextafter(threshold, 0)
    return UncertaintyBand(low, high) if low <= high else EMPTY_BAND


def _plausible_up_to(values: np.ndarray) -> float:
    """Return the k-th smallest value, or 1 where there are fewer than k."""
    # Rounded first: .9 (n + 1) may come out just above a whole number in floating point, and k one too high.
    rank = math.ceil(round((len(values) + 1) * (1 - ERROR_RATE), 9))
    return float(np.sort(values)[rank - 1]) if rank <= len(values) else 1.0
