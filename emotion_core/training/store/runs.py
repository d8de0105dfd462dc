"""A run is a job folder with a network in it: its settings, epochs, scores and files."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from emotion_core.dataset import SPLITS
from emotion_core.errors import JobUnusable, SettingsError
from emotion_core.files import read_json
from emotion_core.jobs import CachedJobFolder, JobFolder, JobState, Record
from emotion_core.network import checked
from emotion_core.network.export import LITERT_FILE
from emotion_core.settings import Workspace
from emotion_core.training.checks import Finding, LayerSnapshot, RunHistory, SplitPredictions, findings
from emotion_core.training.config import RunConfig
from emotion_core.training.engine import EpochNumbers
from emotion_core.training.store.scores import Scores, read_scores

T = TypeVar("T")
PRIORITY_FILE = "priority.json"

SENDING_FILE, SENDING_SECONDS = "sending.json", 60
# How a run's record calls the statistics that its batch normalization predicts with.
RENEWED = "renewed"
# The event of going on from a checkpoint; its epoch is the last one that counts.
RESUMED = "resumed"
# Key of that record where nothing was left to train, because the results were there already.
COMPLETE = "complete"


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
        """The state of the run when it was first read."""
        return self.folder.state()

    @cached_property
    def epochs(self) -> list[EpochNumbers]:
        """The epochs so far; a number is None where it was not recorded."""
        epochs = self._parsed("epoch", EpochNumbers.from_record)
        return [epoch for epoch in epochs if epoch is not None]

    @cached_property
    def layer_snapshots(self) -> list[LayerSnapshot]:
        """The layer snapshots so far, oldest first, the last one of each epoch."""
        snapshots = self._parsed("probe", LayerSnapshot.from_record)
        return list({snapshot.epoch: snapshot for snapshot in snapshots if snapshot is not None}.values())

    @cached_property
    def warnings(self) -> list[Finding]:
        """The warnings given while the run trained, oldest first, the last one of each code."""
        warnings = self._parsed("warning", Finding.from_record)
        return list({warning.code: warning for warning in warnings}.values())

    @cached_property
    def history(self) -> RunHistory:
        """Everything that the checks rest on, with the network's predictions once the run has finished."""
        scores = self.scores()
        return self.history_with(*map(scores.of, SPLITS)) if scores else self.history_with()

    def history_with(
        self,
        train: SplitPredictions | None = None,
        validation: SplitPredictions | None = None,
        test: SplitPredictions | None = None,
    ) -> RunHistory:
        """Return everything that the checks rest on.

        Args:
            train: the finished network's predictions for the photos that its scores call training photos.
            validation: its predictions for the validation photos.
            test: its predictions for the test photos.
        """
        # A leaking run was trained on other photos than those that its scores call training photos.
        known_train = train if train is not None and len(train.labels) and not self.config.leaks else None
        return RunHistory(
            self.config,
            self.epochs,
            self.layer_snapshots,
            ended=self.state.ended,
            kept_epoch=self.kept_epoch,
            train=known_train,
            validation=validation if validation is not None and len(validation.labels) else None,
            test=test if test is not None and len(test.labels) else None,
            has_renewed_statistics=self.has_renewed_statistics,
        )

    @property
    def has_renewed_statistics(self) -> bool:
        """Whether batch normalization predicts with renewed statistics, not with an earlier version's averages."""
        begun = self.records("begin")
        return bool(begun) and begun[-1].get("batch_norm_statistics") == RENEWED

    @property
    def kept_epoch(self) -> int | None:
        """The epoch whose weights early stopping restored; None where the last one's were kept."""
        return next((record["epoch"] for record in self._records if record.get("event") == "kept"), None)

    @cached_property
    def _records(self) -> list[Record]:
        return unbroken(self.folder.records())

    def records(self, event: str) -> list[Record]:
        """Return its records of one event, oldest first, as if it had never been interrupted."""
        return [record for record in self._records if record.get("event") == event]

    def _parsed(self, event: str, parse: Callable[[Record], T]) -> list[T]:
        return [self.folder.parsed(record, parse) for record in self.records(event)]

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that is true of the run now, the most serious first."""
        return findings(self.history)

    @property
    def photos_prepared(self) -> tuple[int, int] | None:
        """How many photos are decoded, and of how many; None while no decoding is in progress."""
        last: Record = next(reversed(self.records("photos")), {})
        under_way = "done" in last and last["done"] < last["count"]
        return (last["done"], last["count"]) if under_way else None

    @property
    def photos_sent(self) -> tuple[int, int] | None:
        """How many photos have been sent to a cluster, and of how many; None while none are being sent."""
        progress = read_json(self.path / SENDING_FILE)
        # An old file was left behind by a process that was killed.
        is_fresh = isinstance(progress, dict) and abs(time.time() - progress["time"]) < SENDING_SECONDS
        return (progress["done"], progress["count"]) if is_fresh else None

    @property
    def progress(self) -> float:
        """Share of the training that is done, 0 to 1, including steps of the current epoch."""
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
        paces = [epoch.seconds for epoch in self.epochs[-5:]]
        return float(np.median(paces)) * (self.config.epochs - len(self.epochs))

    @property
    def model_path(self) -> Path:
        """The LiteRT file, there once the run has finished."""
        return self.path / LITERT_FILE

    def scores(self) -> Scores | None:
        """Return the scores, or None where the run has not finished."""
        return read_scores(self.path)

    def summary(self) -> dict[str, Any]:
        """Return the row that ``runs --json`` prints."""
        # The epoch whose weights the network has.
        kept = self.kept_epoch
        last = next((epoch for epoch in reversed(self.epochs) if kept in (None, epoch.epoch)), None)
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
            **{key: getattr(last, key, None) for key in ("loss", "accuracy", "validation_loss", "validation_accuracy")},
        }


def unbroken(records: Iterable[Record]) -> list[Record]:
    """Return the records of a run as if it had never been interrupted.

    A run that resumes after epoch k trains the later epochs again: their earlier records do not count.
    """
    kept: list[Record] = []
    for record in records:
        if record.get("event") == RESUMED:
            kept = [earlier for earlier in kept if earlier.get("epoch", 0) <= record["epoch"]]
        kept.append(record)
    return kept


def find_run(workspace: Workspace, run_id: str) -> Run:
    """Return the run of that id.

    Args:
        workspace: that holds the run.
        run_id: as listed.

    Raises:
        JobNotFound: no such run.
        JobUnusable: its folder is damaged.
    """
    return Run(JobFolder.find(workspace.runs, run_id, what="run"))


def list_runs(workspace: Workspace) -> list[Run]:
    """Return every readable run of the workspace, oldest first; a damaged folder is left out."""
    runs = []
    for folder in JobFolder.all_in(workspace.runs):
        try:
            runs.append(Run(folder))
        except (JobUnusable, OSError):
            continue
    return runs


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
    """Return a run's priority in the queue, 0 unless it was set."""
    if isinstance(folder, CachedJobFolder):
        return folder.cached("priority", lambda: _stored_priority(folder))
    return _stored_priority(folder)


def _stored_priority(folder: JobFolder) -> int:
    stored = read_json(folder.path / PRIORITY_FILE)
    return stored if isinstance(stored, int) else 0
