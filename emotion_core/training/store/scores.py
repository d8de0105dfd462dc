"""The scores of a finished run: what its network predicts for every photo of its snapshot."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emotion_core.dataset import SPLITS
from emotion_core.documents import not_a_record, read_document
from emotion_core.training.checks import SplitPredictions

SCORES_FILE = "scores.json"
# The key of the results beside the scores: the SHA-256 of each by its name.
FILES = "files"


@dataclass(frozen=True, eq=False)
class Scores:
    """What a finished run predicts for every photo of its snapshot.

    Attributes:
        photo_ids: length n.
        labels: 0 (happy) or 1 (sad), int64 of shape ``(n,)``.
        splits: ``train``, ``validation`` or ``test``, length n.
        p_sad: float64 of shape ``(n,)``, 0 to 1.
    """

    photo_ids: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    splits: tuple[str, ...]
    p_sad: npt.NDArray[np.float64]

    def of(self, split: str) -> SplitPredictions:
        """Return labels and P(sad) of one split, in the order of the snapshot."""
        rows = np.array([name == split for name in self.splits], dtype=bool)
        return SplitPredictions(self.labels[rows], self.p_sad[rows])

    def ids_of(self, split: str) -> tuple[str, ...]:
        """Return the photo ids of one split, in the order of the snapshot."""
        return tuple(photo_id for photo_id, name in zip(self.photo_ids, self.splits, strict=True) if name == split)


def read_scores(folder: Path) -> Scores | None:
    """Return the scores in a run's folder, or None where there are none.

    Raises:
        DocumentDamaged: the file is damaged.
        OtherVersion: a newer version of this program wrote it.
    """
    try:
        stored = read_document(folder / SCORES_FILE)
    except FileNotFoundError:
        return None
    try:
        scores = Scores(
            tuple(stored["photo_ids"]),
            np.array(stored["labels"], dtype=np.int64),
            tuple(stored["splits"]),
            np.array(stored["p_sad"], dtype=np.float64),
        )
        _check(scores)
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise not_a_record(SCORES_FILE, error) from error
    return scores


def _check(scores: Scores) -> None:
    shapes = {(len(scores.photo_ids),), (len(scores.splits),), scores.labels.shape, scores.p_sad.shape}
    if len(shapes) > 1:
        raise ValueError("lists of different lengths")
    if not all(isinstance(photo_id, str) for photo_id in scores.photo_ids) or not set(scores.splits) <= set(SPLITS):
        raise ValueError("unknown splits, or ids that are no texts")
    if not np.isin(scores.labels, (0, 1)).all() or not ((scores.p_sad >= 0) & (scores.p_sad <= 1)).all():
        raise ValueError("labels other than 0 and 1, or P(sad) outside 0 to 1")
