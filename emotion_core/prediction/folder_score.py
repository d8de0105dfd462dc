"""How predictions for the photos of a zip agree with the names of its folders, happy and sad."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from emotion_core.dataset import LABELS
from emotion_core.evaluation import AucInterval, auc_interval
from emotion_core.formatting import count_text, share_text


@dataclass(frozen=True)
class FolderScore:
    """Predictions against the names of folders.

    Attributes:
        counts: number of photos by folder and prediction, each ``happy`` or ``sad``; the prediction is None where
            there is none.
        interval: AUC with its interval; None with photos of one folder only.
    """

    counts: dict[tuple[str, str | None], int]
    interval: AucInterval | None

    @property
    def right(self) -> int:
        """Number of photos whose prediction is the name of their folder."""
        return sum(self.counts.get((label, label), 0) for label in LABELS)

    @property
    def predicted(self) -> int:
        """Number of photos with a prediction."""
        return sum(count for (_, prediction), count in self.counts.items() if prediction is not None)

    @property
    def sentence(self) -> str:
        """Accuracy and AUC in words."""
        missing = sum(self.counts.values()) - self.predicted
        left_out = f" {count_text(missing, 'photo')} without a prediction left out." if missing else ""
        if not self.predicted:
            return f"No photo in a folder called happy or sad has a prediction.{left_out}"
        share = share_text(self.right / self.predicted)
        text = f"{self.right} of {count_text(self.predicted, 'photo')} as their folder says: accuracy {share}"
        if self.interval is None:
            return f"{text}. For an AUC, photos of both folders are needed.{left_out}"
        area, low, high = (share_text(value) for value in (self.interval.auc, self.interval.low, self.interval.high))
        return f"{text}; AUC {area} (95 % interval {low} to {high}).{left_out}"

    def rows(self) -> list[dict[str, str | int]]:
        """Return the confusion matrix, one row per folder."""
        columns = {"predicted happy": "happy", "predicted sad": "sad", "no prediction": None}
        return [
            {"folder": label, **{title: self.counts.get((label, name), 0) for title, name in columns.items()}}
            for label in LABELS
        ]


def folder_label(path: str) -> str | None:
    """Return the label that the innermost folder called happy or sad gives a file, or None.

    Args:
        path: of the file below the root of its archive.

    >>> folder_label("test/Sad/1.jpg"), folder_label("1.jpg")
    ('sad', None)
    """
    folders = [part.lower() for part in PurePosixPath(path).parts[:-1]]
    return next((folder for folder in reversed(folders) if folder in LABELS), None)


def folder_score(photos: Iterable[tuple[str, str | None, float | None]]) -> FolderScore | None:
    """Return how predictions agree with folders, or None without photos in such folders.

    Args:
        photos: of each photo in a folder called happy or sad the folder, the predicted label at the threshold, and
            P(sad), 0 to 1; both None where there is no prediction.
    """
    rows = list(photos)
    if not rows:
        return None
    counts = Counter((folder, prediction) for folder, prediction, _ in rows)
    scored = [(LABELS.index(folder), p_sad) for folder, prediction, p_sad in rows if prediction and p_sad is not None]
    labels, scores = [label for label, _ in scored], [p_sad for _, p_sad in scored]
    return FolderScore(dict(counts), auc_interval(labels, scores) if len(set(labels)) == len(LABELS) else None)
