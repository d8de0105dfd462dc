"""How a network's P(sad) becomes an answer: threshold, band and calibration, all chosen on its validation photos."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np

from emotion_core.evaluation import PlattScaling, balanced_threshold, calibration_of, threshold_choice
from emotion_core.evaluation.statistics import FloatArray, IntArray
from emotion_core.prediction.uncertainty_band import DEFAULT_ONE_IN, BandChoice, UncertaintyBand, band_choices
from emotion_core.training import Scores


@dataclass(frozen=True)
class Decision:
    """The numbers by which a network answers; card, export, page and command line take them from here.

    Attributes:
        threshold: P(sad) at and above which a photo counts as sad.
        threshold_low: lower end of its 95 % interval; None in exports of earlier versions.
        threshold_high: upper end of it.
        bands: one for each limit of wrong sure answers, the first one the default.
        calibration: from P(sad) to a probability; None where there were too few photos to fit it.
        photos: number of validation photos; None in exports of earlier versions.
    """

    threshold: float
    threshold_low: float | None
    threshold_high: float | None
    bands: tuple[BandChoice, ...]
    calibration: PlattScaling | None = None
    photos: int | None = None

    def band(self, one_in: int | None = None) -> BandChoice:
        """Return the band for a limit of wrong sure answers, or the default where there is none for it."""
        return next((choice for choice in self.bands if choice.one_in == one_in), self.bands[0])

    def calibrated(self, p_sad: float) -> float | None:
        """Return the calibrated probability of a sad photo, 0 to 1, or None without a calibration."""
        return None if self.calibration is None else float(self.calibration.probability(p_sad))

    @property
    def threshold_sentence(self) -> str:
        """Where the threshold lies, with its interval where it is known."""
        if self.threshold_low is None or self.threshold_high is None:
            return f"{self.threshold:.3f}, chosen on validation photos"
        interval = f"95 % interval {self.threshold_low:.3f} to {self.threshold_high:.3f}"
        return f"{self.threshold:.3f} ({interval}), chosen on {self.photos} validation photos"

    def as_json(self) -> dict[str, Any]:
        """Return the keys of ``answers.json``; the first three are those of every version."""
        default = self.bands[0].band
        return {
            "threshold": self.threshold,
            "not_sure_low": default.low,
            "not_sure_high": default.high,
            "threshold_low": self.threshold_low,
            "threshold_high": self.threshold_high,
            "not_sure": [
                {
                    "one_in": choice.one_in,
                    "low": choice.band.low,
                    "high": choice.band.high,
                    "declined": choice.declined,
                    "is_guaranteed": choice.is_guaranteed,
                }
                for choice in self.bands
            ],
            "calibration": self.calibration and self.calibration._asdict(),
            "validation_photos": self.photos,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the decision in ``answers.json``; earlier versions have a threshold and one band.

        Raises:
            KeyError, TypeError, ValueError: a key is missing or wrong.
        """
        own = UncertaintyBand(float(stored["not_sure_low"]), float(stored["not_sure_high"]))
        bands = tuple(_stored_band(entry) for entry in stored.get("not_sure", ())) or (
            BandChoice(own, EARLIER_ONE_IN, None, is_guaranteed=True),
        )
        return cls(
            float(stored["threshold"]),
            _number(stored.get("threshold_low")),
            _number(stored.get("threshold_high")),
            bands,
            stored_calibration(stored.get("calibration")),
            stored.get("validation_photos"),
        )


# Before users could choose, every band kept wrong sure answers to one in ten photos of a label.
EARLIER_ONE_IN = 10


def _stored_band(entry: Mapping[str, Any]) -> BandChoice:
    band = UncertaintyBand(float(entry["low"]), float(entry["high"]))
    return BandChoice(band, int(entry["one_in"]), _number(entry["declined"]), bool(entry["is_guaranteed"]))


def stored_calibration(stored: Mapping[str, Any] | None) -> PlattScaling | None:
    """Return a calibration as ``answers.json`` holds it, or None where it holds none.

    Raises:
        KeyError, TypeError, ValueError: a key is missing or wrong.
    """
    return PlattScaling(float(stored["slope"]), float(stored["intercept"])) if stored else None


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def decision_of(scores: Scores) -> Decision:
    """Return the decision that the validation photos of a network choose.

    Raises:
        StatisticsError: the validation photos lack a class.
    """
    labels, p_sad = scores.of("validation")
    return _decided(labels.tobytes(), p_sad.tobytes())


@lru_cache(maxsize=64)
def _decided(label_bytes: bytes, score_bytes: bytes) -> Decision:
    # The bootstrap takes up to a second, and page, card and export ask for the same run.
    labels: IntArray = np.frombuffer(label_bytes, dtype=np.int64)
    p_sad: FloatArray = np.frombuffer(score_bytes, dtype=np.float64)
    choice = threshold_choice(labels, p_sad)
    return Decision(*choice, band_choices(labels, p_sad, choice.threshold), calibration_of(labels, p_sad), len(labels))


def threshold_of(scores: Scores) -> float:
    """Return the threshold that the validation photos choose, 0 to 1."""
    return balanced_threshold(*scores.of("validation"))


def band_of(scores: Scores, one_in: int = DEFAULT_ONE_IN) -> UncertaintyBand:
    """Return the uncertainty band of a network's validation photos.

    Args:
        scores: of the network.
        one_in: at most one in so many sure answers may be wrong.
    """
    return decision_of(scores).band(one_in).band
