"""What an epoch came to: loss, and how well P(sad) tells the labels, in training and in validation."""

from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core.dataset import LABELS
from emotion_core.training.engine.losses import Probabilities

DECISION_THRESHOLD = 0.5


class Rates(NamedTuple):
    """How well P(sad) tells the labels, with photos above 0.5 called sad.

    Attributes:
        accuracy: share of photos that are called rightly.
        precision: share of sad photos among those called sad; None where none was.
        recall: share of the sad photos that are called sad; None where there are none.
        auc: chance that a sad photo has a higher P(sad) than a happy one, ties half; None where a label is missing.
    """

    accuracy: float
    precision: float | None
    recall: float | None
    auc: float | None

    @classmethod
    def of(cls, labels: npt.NDArray[np.int64], p_sad: Probabilities) -> "Rates":
        """Compare P(sad) with the labels, both of shape ``(n,)``.

        >>> Rates.of(np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.6, 0.9], dtype=np.float32))
        Rates(accuracy=0.75, precision=0.6666666666666666, recall=1.0, auc=0.875)
        """
        called, sad = p_sad > DECISION_THRESHOLD, labels == 1
        found = int((called & sad).sum())
        return cls(
            float((called == sad).mean()), _ratio(found, called.sum()), _ratio(found, sad.sum()), _auc(labels, p_sad)
        )


@dataclass(frozen=True)
class EpochResult:
    """What one epoch came to.

    Attributes:
        epoch: counted from 1.
        loss: mean over the training photos, as they were met during the epoch, with their weights.
        accuracy, precision, recall, auc: of the training photos, as they were met; see ``Rates``.
        validation_loss: mean over the validation photos at the epoch's end.
        validation_accuracy, validation_precision, validation_recall, validation_auc: at the epoch's end.
        learning_rate: of all its steps.
        seconds: wall time, validation included.
        validation_labels: of the epoch's validation photos, int64 of shape ``(n,)``.
        validation_p_sad: of the same photos at the epoch's end, float32 of shape ``(n,)``.
    """

    epoch: int
    loss: float
    accuracy: float
    precision: float | None
    recall: float | None
    auc: float | None
    validation_loss: float
    validation_accuracy: float
    validation_precision: float | None
    validation_recall: float | None
    validation_auc: float | None
    learning_rate: float
    seconds: float
    validation_labels: npt.NDArray[np.int64] = field(repr=False, compare=False)
    validation_p_sad: Probabilities = field(repr=False, compare=False)

    def record(self) -> dict[str, Any]:
        """Return the numbers of the epoch without the photos', for a record or a table."""
        return {name: getattr(self, name) for name in EPOCH_FIELDS}


# What is recorded of an epoch, in this order.
EPOCH_FIELDS = tuple(one.name for one in fields(EpochResult) if one.repr)
# What every epoch has that was ever recorded; the other fields came later.
FIRST_FIELDS = frozenset({"epoch", "loss", "accuracy", "validation_loss", "validation_accuracy", "seconds"})


def _ratio(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None


def _auc(labels: npt.NDArray[np.int64], p_sad: Probabilities) -> float | None:
    # scikit-learn's takes a second to import, which the first epoch would wait for.
    _, place, counts = np.unique(p_sad, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # equal ones share the middle of their ranks
    happy, sad = np.bincount(labels, minlength=len(LABELS)).tolist()
    above = ranks[place][labels == 1].sum() - sad * (sad + 1) / 2
    return float(above / (happy * sad)) if happy and sad else None
