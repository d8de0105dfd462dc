"""A run is a job folder with a network in it: its settings, epochs, scores and files."""

import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from emotion_core.dataset import SPLITS
from emotion_core.documents import DAMAGED, Unreadable, check_hash, document_problem, not_a_record, read_document
from emotion_core.errors import DocumentDamaged, DocumentError, JobUnusable, SettingsError
from emotion_core.files import read_json
from emotion_core.formatting import count_text
from emotion_core.jobs import UNREADABLE_STATES, JobFolder, JobState, Record
from emotion_core.network import checked
from emotion_core.network.export import LITERT_FILE
from emotion_core.training.checks import Finding, LayerSnapshot, RunHistory, SplitPredictions, findings
from emotion_core.training.config import RunConfig
from emotion_core.training.engine import EpochNumbers
from emotion_core.training.store.priority import PRIORITY_FILE, priority_of
from emotion_core.training.store.run_records import RENEWED, is_run_record, unbroken
from emotion_core.training.store.scores import FILES, SCORES_FILE, Scores, read_scores

T = TypeVar("T")

SENDING_FILE, SENDING_SECONDS = "sending.json", 60


class Run:
    """One training run, read from its folder.

    Args:
        folder: the run's job folder.

    Raises:
        JobUnusable: the folder's settings are missing or damaged, or a newer version of this program wrote them.
    """

    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        # Of the last reading of the scores, which takes a while; None before the first.
        self._scores_problem: str | None = None
        settings = folder.settings()
        try:
            self.study_id = str(settings["study"])
            self.snapshot = str(settings["snapshot"])
            self.config = checked(RunConfig, settings["config"])
        except (KeyError, TypeError, SettingsError) as error:
            raise JobUnusable(
                f"The settings of this run are damaged. {not_a_record('settings.json', error)} Received: "
                f"run={folder.id!r}."
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
        return unbroken(record for record in self.folder.records() if self.folder.parsed(record, is_run_record))

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
        try:
            # An old file was left behind by a process that was killed.
            is_fresh = abs(time.time() - progress["time"]) < SENDING_SECONDS
            return (int(progress["done"]), int(progress["count"])) if is_fresh else None
        except (KeyError, TypeError, ValueError, OverflowError):
            return None

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
        """Return the scores, or None where there are none or they cannot be read."""
        try:
            return self.checked_scores()
        except DocumentError:
            return None

    def checked_scores(self) -> Scores | None:
        """Return the scores, or None where the run has not finished.

        Raises:
            DocumentDamaged: they are damaged, or the run has finished and they are missing.
            OtherVersion: a newer version of this program wrote them.
        """
        self._scores_problem = ""
        try:
            scores = read_scores(self.path)
            if scores is None and self.state.name == "finished":
                raise DocumentDamaged(
                    f"The file {SCORES_FILE} of a finished run is missing. Received: run={self.run_id!r}. "
                    "Restore it from a backup, or restart the run to train it again."
                )
        except DocumentError as error:
            self._scores_problem = str(error)
            raise
        return scores

    @cached_property
    def problem(self) -> str:
        """What is damaged in the folder besides the settings, as sentences for the user; empty without a problem."""
        texts = [self.state.message if self.state.name in UNREADABLE_STATES else "", self.folder.records_problem()]
        wrong = sum(not self.folder.parsed(record, is_run_record) for record in self.folder.records())
        if wrong:
            texts.append(f"{count_text(wrong, 'record')} of the file records.jsonl cannot be read.")
        if self._scores_problem is None:
            self.scores()
        texts.append(self._scores_problem or "")
        priority = self.path / PRIORITY_FILE
        if priority.exists() and (damaged := document_problem(priority)) is not None:
            texts.append(damaged.what)
        return " ".join(filter(None, texts))

    def unreadable(self) -> Unreadable | None:
        """Return the record of what is damaged in the folder besides the settings, or None."""
        return Unreadable(self.run_id, self.path, DAMAGED, self.problem) if self.problem else None

    def file_hash(self, name: str) -> str | None:
        """Return the SHA-256 of one of the run's results as it was written; None where that was not recorded.

        Args:
            name: of the file, such as ``model.tflite``.

        Raises:
            DocumentDamaged: the record itself is damaged.
        """
        try:
            files = read_document(self.path / SCORES_FILE).get(FILES)
        except FileNotFoundError:
            return None
        return files.get(name) if isinstance(files, dict) else None

    def check_file(self, name: str) -> None:
        """Check that one of the run's results has the bytes that were written.

        Args:
            name: of the file, such as ``model.tflite``.

        Raises:
            DocumentDamaged: it has not.
            OSError: the file cannot be read.
        """
        check_hash(name, (self.path / name).read_bytes(), self.file_hash(name))

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
            "problem": self.problem,
            "epoch": len(self.epochs),
            "epochs": self.config.epochs,
            "kept_epoch": self.kept_epoch,
            "activation": self.config.hidden_activation,
            "depth": self.config.depth,
            "seed": self.config.seed,
            **{key: getattr(last, key, None) for key in ("loss", "accuracy", "validation_loss", "validation_accuracy")},
        }
