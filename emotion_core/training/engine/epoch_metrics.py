"""The results of an epoch: losses and classification metrics on training and validation photos."""

import math
from dataclasses import dataclass, field, fields
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core.dataset import LABELS
from emotion_core.jobs import Record
from emotion_core.training.engine.losses import Probabilities

DECISION_THRESHOLD = 0.5


class Metrics(NamedTuple):
    """How well P(sad) predicts the labels; photos above 0.5 are classified as sad.

    Attributes:
        accuracy: share of photos that are classified correctly.
        precision: share of sad photos among those classified as sad; None if there are none.
        recall: share of the sad photos that are classified as sad; None if there are none.
        auc: probability that a sad photo has a higher P(sad) than a happy one, ties counted half; None if a label is
            missing.
    """

    accuracy: float
    precision: float | None
    recall: float | None
    auc: float | None

    @classmethod
    def of(cls, labels: npt.NDArray[np.int64], p_sad: Probabilities) -> "Metrics":
        """Return the metrics of predictions.

        Args:
            labels: 0 (happy) or 1 (sad), shape ``(n,)``.
            p_sad: P(sad) of the same photos, shape ``(n,)``.

        >>> Metrics.of(np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.6, 0.9], dtype=np.float32))
        Metrics(accuracy=0.75, precision=0.6666666666666666, recall=1.0, auc=0.875)
        """
        predicted, sad = p_sad > DECISION_THRESHOLD, labels == 1
        hits = int((predicted & sad).sum())
        return cls(
            float((predicted == sad).mean()),
            _ratio(hits, predicted.sum()),
            _ratio(hits, sad.sum()),
            _auc(labels, p_sad),
        )


@dataclass(frozen=True)
class EpochNumbers:
    """The numbers that are recorded of one epoch, in this order.

    Attributes:
        epoch: counted from 1.
        loss: weighted mean over the training photos, computed along the way, while the weights change; NaN where it
            was not finite.
        accuracy, precision, recall, auc: of the training photos, computed along the way; see ``Metrics``.
        validation_loss: mean over the validation photos at the epoch's end; NaN where it was not finite.
        validation_accuracy, validation_precision, validation_recall, validation_auc: at the epoch's end.
        learning_rate: of all steps of the epoch.
        seconds: wall time, including validation.
        validation_lowest, validation_highest: the ends of P(sad) over the validation photos.
    """

    epoch: int
    loss: float
    accuracy: float | None
    precision: float | None
    recall: float | None
    auc: float | None
    validation_loss: float
    validation_accuracy: float | None
    validation_precision: float | None
    validation_recall: float | None
    validation_auc: float | None
    learning_rate: float | None
    seconds: float
    validation_lowest: float | None
    validation_highest: float | None

    def record(self) -> Record:
        """Return the numbers as a record of the run."""
        return {"event": "epoch", **{name: getattr(self, name) for name in EPOCH_FIELDS}}

    @classmethod
    def from_record(cls, record: Record) -> "EpochNumbers | None":
        """Return the numbers in a record, or None where it lacks one that every version recorded."""
        if not record.keys() >= REQUIRED_EPOCH_FIELDS:
            return None
        numbers: Record = {name: record.get(name) for name in EPOCH_FIELDS}
        # JSON without NaN has null in its place.
        losses = {name: math.nan if numbers[name] is None else numbers[name] for name in ("loss", "validation_loss")}
        return cls(**{**numbers, **losses})


@dataclass(frozen=True)
class EpochResult(EpochNumbers):
    """The numbers of an epoch with its validation photos' predictions.

    Attributes:
        validation_labels: int64 of shape ``(n,)``.
        validation_p_sad: of the same photos at the epoch's end, float32 of shape ``(n,)``.
    """

    validation_labels: npt.NDArray[np.int64] = field(repr=False, compare=False)
    validation_p_sad: Probabilities = field(repr=False, compare=False)


# The fields of an epoch's record, in this order.
EPOCH_FIELDS = tuple(number.name for number in fields(EpochNumbers))
# Runs of earlier versions recorded only these.
REQUIRED_EPOCH_FIELDS = frozenset({"epoch", "loss", "accuracy", "validation_loss", "validation_accuracy", "seconds"})


def _ratio(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None


def _auc(labels: npt.NDArray[np.int64], p_sad: Probabilities) -> float | None:
    # Rank sum (Mann-Whitney), written out: importing scikit-learn's AUC would delay the first epoch by a second.
    _, inverse, counts = np.unique(p_sad, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # ties share their middle rank
    happy, sad = np.bincount(labels, minlength=len(LABELS)).tolist()
    above = ranks[inverse][labels == 1].sum() - sad * (sad + 1) / 2
    return float(above / (happy * sad)) if happy and sad else None
