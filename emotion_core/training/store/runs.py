"""A run is a job folder with a network in it: its settings, epochs, scores and files."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core.errors import JobUnusable, SettingsError
from emotion_core.files import read_json
from emotion_core.jobs import CachedJobFolder, JobFolder, JobState, Record
from emotion_core.network import checked
from emotion_core.network.export import LITERT_FILE
from emotion_core.settings import Workspace
from emotion_core.training.config import RunConfig
from emotion_core.training.engine import EPOCH_FIELDS, REQUIRED_EPOCH_FIELDS

PRIORITY_FILE = "priority.json"

SCORES_FILE = "scores.json"
SENDING_FILE, SENDING_SECONDS = "sending.json", 60
# The event of going on from a checkpoint; its epoch is the last one that counts.
RESUMED = "resumed"
_UNKNOWN: Record = dict.fromkeys(EPOCH_FIELDS)


class LabeledScores(NamedTuple):
    """Labels and predictions of some photos, in one order.

    Attributes:
        labels: 0 (happy) or 1 (sad), int64 of shape ``(n,)``.
        p_sad: float64 of shape ``(n,)``, 0 to 1.
    """

    labels: npt.NDArray[np.int64]
    p_sad: npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scores:
    """What a finished run says of every photo of its snapshot.

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

    def of(self, split: str) -> LabeledScores:
        """Return labels and P(sad) of one split, in the order of the snapshot."""
        rows = np.array([name == split for name in self.splits], dtype=bool)
        return LabeledScores(self.labels[rows], self.p_sad[rows])

    def ids_of(self, split: str) -> tuple[str, ...]:
        """Return the photo ids of one split, in the order of the snapshot."""
        return tuple(photo_id for photo_id, name in zip(self.photo_ids, self.splits, strict=True) if name == split)


class Run:
    """One training run, read from its folder.

    Args:
        folder: the run's job folder.

    Raises:
        JobUnusable: the folder's settings are missing or damaged.
    """

    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        settings = folder.settings()
        try:
            self.study_id = str(settings["study"])
            self.snapshot = str(settings["snapshot"])
            self.config = checked(RunConfig, settings["config"])
        except (KeyError, TypeError, SettingsError) as error:
            raise JobUnusable(
                f"The settings of this run are missing or damaged. Received: run={folder.id!r}. "
                "Delete it and start it again."
            ) from error

    @property
    def run_id(self) -> str:
        """Opaque id, the folder's name."""
        return self.folder.id

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self.folder.path

    @cached_property
    def state(self) -> JobState:
        """What the run was doing when it was first asked."""
        return self.folder.state()

    @cached_property
    def epochs(self) -> list[Record]:
        """Records of the epochs so far; keys are the fields of ``EpochResult``, None where one was not recorded."""
        whole = [record for record in self.records("epoch") if record.keys() >= REQUIRED_EPOCH_FIELDS]
        return [record if record.keys() >= _UNKNOWN.keys() else {**_UNKNOWN, **record} for record in whole]

    @property
    def kept_epoch(self) -> int | None:
        """The epoch whose weights the network has where early stopping went back to them; else it is the last one."""
        return next((record["epoch"] for record in self._records if record.get("event") == "kept"), None)

    @cached_property
    def _records(self) -> list[Record]:
        return unbroken(self.folder.records())

    def records(self, event: str) -> list[Record]:
        """Return its records of one event, oldest first, as if it had never been interrupted."""
        return [record for record in self._records if record.get("event") == event]

    @property
    def photos_prepared(self) -> tuple[int, int] | None:
        """How many photos are decoded, and of how many; None where that is not under way, or not for long yet."""
        last: Record = next(reversed(self.records("photos")), {})
        under_way = "done" in last and last["done"] < last["count"]
        return (last["done"], last["count"]) if under_way else None

    @property
    def photos_sent(self) -> tuple[int, int] | None:
        """How many photos are on their way to a cluster, and of how many; None where that is not under way."""
        told = read_json(self.path / SENDING_FILE)
        # One that is old was left by a process that was killed.
        fresh = isinstance(told, dict) and time.time() - told["time"] < SENDING_SECONDS
        return (told["done"], told["count"]) if fresh else None

    @property
    def progress(self) -> float:
        """Share of the training that is done, 0 to 1, steps within the epoch included."""
        if self.state.name == "finished":
            return 1.0
        done = float(len(self.epochs))
        steps = [record for record in self._records if record.get("event") == "step"]
        if steps and steps[-1]["epoch"] == done + 1:
            done += steps[-1]["step"] / steps[-1]["steps"]
        return min(done / self.config.epochs, 1.0)

    def seconds_left(self) -> float | None:
        """Return the time the remaining epochs will take at the pace so far, or None before the first epoch."""
        if not self.epochs:
            return None
        # The first epoch compiles the step, so it says little about the others.
        paces = [epoch["seconds"] for epoch in self.epochs[-5:]]
        return float(np.median(paces)) * (self.config.epochs - len(self.epochs))

    @property
    def model_path(self) -> Path:
        """The LiteRT file, there once the run has finished."""
        return self.path / LITERT_FILE

    def scores(self) -> Scores | None:
        """Return the scores, or None where the run has not finished."""
        stored = read_json(self.path / SCORES_FILE)
        try:
            scores = Scores(
                tuple(stored["photo_ids"]),
                np.array(stored["labels"], dtype=np.int64),
                tuple(stored["splits"]),
                np.array(stored["p_sad"], dtype=np.float64),
            )
        except (TypeError, KeyError, ValueError):
            return None
        # A damaged file counts as none: scores of other photos would be worse than no scores.
        shapes = {(len(scores.photo_ids),), (len(scores.splits),), scores.labels.shape, scores.p_sad.shape}
        return scores if len(shapes) == 1 else None

    def summary(self) -> dict[str, Any]:
        """Return the row that ``runs --json`` prints."""
        last = self.epochs[-1] if self.epochs else {}
        return {
            "run_id": self.run_id,
            "study": self.study_id,
            "name": self.config.label,
            "state": self.state.name,
            "priority": priority_of(self.folder),
            "message": self.state.message,
            "epoch": len(self.epochs),
            "epochs": self.config.epochs,
            "kept_epoch": self.kept_epoch,
            "activation": self.config.hidden_activation,
            "depth": self.config.depth,
            "seed": self.config.seed,
            **{key: last.get(key) for key in ("loss", "accuracy", "validation_loss", "validation_accuracy")},
        }


def unbroken(records: Iterable[Record]) -> list[Record]:
    """Return the records of a run as if it had never been interrupted.

    A run that goes on after epoch k trains anew what came after: the earlier records of those epochs do not count.
    """
    found: list[Record] = []
    for record in records:
        if record.get("event") == RESUMED:
            found = [earlier for earlier in found if earlier.get("epoch", 0) <= record["epoch"]]
        found.append(record)
    return found


def find_run(workspace: Workspace, run_id: str) -> Run:
    """Return the run of that id.

    Raises:
        JobNotFound: no such run.
        JobUnusable: its folder is damaged.
    """
    return Run(JobFolder.find(workspace.runs, run_id, what="run"))


def list_runs(workspace: Workspace) -> list[Run]:
    """Return every readable run of the workspace, oldest first; a damaged folder is left out."""
    found = []
    for folder in JobFolder.all_in(workspace.runs):
        try:
            found.append(Run(folder))
        except (JobUnusable, OSError):
            continue
    return found


def short_labels(runs: Sequence[Run]) -> dict[str, str]:
    """Return a name for each run id that no other run in the sequence has."""
    counts = Counter(run.config.label for run in runs)
    met: Counter[str] = Counter()
    names = {}
    for run in runs:
        label = run.config.label
        met[label] += 1
        names[run.run_id] = label if counts[label] == 1 else f"{label} ({met[label]})"
    return names


def priority_of(folder: JobFolder) -> int:
    """Return a run's priority, 0 where nobody set it."""
    if isinstance(folder, CachedJobFolder):
        return folder.cached("priority", lambda: _stored_priority(folder))
    return _stored_priority(folder)


def _stored_priority(folder: JobFolder) -> int:
    stored = read_json(folder.path / PRIORITY_FILE)
    return stored if isinstance(stored, int) else 0
