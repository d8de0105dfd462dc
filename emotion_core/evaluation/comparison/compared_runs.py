"""Studies side by side, reduced to what figures and tables need.

A `Run` keeps all its records in memory once they have been read. The records here do not, so a page may cache them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from emotion_core.dataset import load_snapshot, why_not_comparable
from emotion_core.documents import Unreadable
from emotion_core.errors import DataError, StatisticsError
from emotion_core.evaluation.comparison.measures import photo_thresholds
from emotion_core.evaluation.comparison.out_of_fold import is_cross_validated
from emotion_core.evaluation.comparison.study_comparison import StudyComparison, compare_study
from emotion_core.evaluation.diagnosis import Baseline
from emotion_core.evaluation.records import NO_PHOTOS, Comparison, RunComparison, RunScores
from emotion_core.evaluation.statistics import FloatArray, cost_threshold
from emotion_core.settings import Workspace
from emotion_core.training import Run, RunConfig, Study
from emotion_core.training.checks import Finding, SplitPredictions
from emotion_core.training.engine import EpochNumbers
from emotion_core.training.store import merged_study, short_labels


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """A finished run, with its numbers and without its records.

    Attributes:
        scores: P(sad) of its validation and test photos.
        name: that no other run beside it has.
        network: name that it shares with the runs that differ from it in the seed only.
        config: its settings.
        numbers: AUC, threshold and the like.
        diagnoses: what its training shows, most serious first.
        epochs: the numbers of each epoch.
        environment: versions and machine, as recorded when it began; empty where it was not.
    """

    scores: RunScores
    name: str
    network: str
    config: RunConfig
    numbers: RunComparison
    diagnoses: tuple[Finding, ...]
    epochs: tuple[EpochNumbers, ...]
    environment: Mapping[str, Any]

    @property
    def run_id(self) -> str:
        """Opaque id."""
        return self.scores.run_id

    @property
    def photo_ids(self) -> tuple[str, ...]:
        """Ids of its test photos, in the order of ``test``."""
        return self.scores.photo_ids

    @property
    def test(self) -> SplitPredictions:
        """Labels and P(sad) of its test photos."""
        return self.scores.test

    @property
    def validation(self) -> SplitPredictions:
        """Labels and P(sad) of its validation photos."""
        return self.scores.validation

    @property
    def best_epoch(self) -> EpochNumbers | None:
        """The epoch with the lowest validation loss, or None where none has one."""
        known = (epoch for epoch in self.epochs if not math.isnan(epoch.validation_loss))
        return min(known, key=lambda epoch: epoch.validation_loss, default=None)

    @property
    def seconds_to_best(self) -> float | None:
        """Time from the first epoch's start to the end of the best one."""
        best = self.best_epoch
        if best is None:
            return None
        return sum(epoch.seconds for epoch in self.epochs if epoch.epoch <= best.epoch)


@dataclass(frozen=True, eq=False)
class ComparedStudies:
    """Studies on the same photos, compared as one.

    Attributes:
        study: the first of them, with the runs of all.
        comparison: champion, numbers of each run, tests, conclusion.
        runs: the finished ones, in the order of the studies.
        unfinished: name and state of each run that has not finished.
        under_way: whether one of them may still finish.
        problems: runs and snapshots of the studies that cannot be read, or not completely.
    """

    study: Study
    comparison: Comparison
    runs: tuple[ComparedRun, ...]
    unfinished: tuple[tuple[str, str], ...]
    under_way: bool
    problems: tuple[Unreadable, ...]

    @property
    def champion(self) -> ComparedRun | None:
        """The run with the highest validation AUC, where one qualifies."""
        return next((run for run in self.runs if run.run_id == self.comparison.champion), None)


def why_not_comparable_studies(workspace: Workspace, first: Study, second: Study) -> str | None:
    """Return why the ROC curves of two studies must not be overlaid, or None where they may.

    Args:
        workspace: that holds both.
        first: a study.
        second: another one.
    """
    if is_cross_validated(first) != is_cross_validated(second):
        return (
            "The two studies cannot be compared: one of them is cross-validated, so it was tested on all photos. "
            "Choose two studies that were tested on the same photos."
        )
    if first.snapshot == second.snapshot:
        return None
    try:
        return why_not_comparable(*(load_snapshot(workspace, study.snapshot) for study in (first, second)))
    except DataError as error:
        return f"The two studies cannot be compared: they name different snapshots, and one is lost. {error}"


def compare_studies(
    workspace: Workspace, studies: Sequence[Study], baseline: Baseline | None = None
) -> ComparedStudies:
    """Read the runs of studies on the same photos, and compare those that have finished as if they were one study.

    Args:
        workspace: where they are.
        studies: one or more.
        baseline: the ``study_baseline`` of the first, by which networks are suspected of a shortcut.
    """
    return slim_comparison(compare_study(workspace, merged_study(studies), baseline=baseline))


def slim_comparison(compared: StudyComparison) -> ComparedStudies:
    """Return what figures and tables need of a comparison."""
    names = _names(compared.runs)
    finished = {run.run_id for run in compared.finished}
    waiting = [run for run in compared.runs if run.run_id not in finished]
    return ComparedStudies(
        compared.study,
        compared.comparison,
        tuple(_reduced(compared, run, numbers, names[run.run_id]) for run, numbers in compared.rows()),
        tuple((names[run.run_id], run.state.name) for run in waiting),
        any(run.state.active for run in compared.runs),
        compared.problems,
    )


def _names(runs: Sequence[Run]) -> dict[str, str]:
    """Return a name for each run id that no other run has; those of another study say which one."""
    studies: dict[str, list[Run]] = {}
    for run in runs:
        studies.setdefault(run.study_id, []).append(run)
    return {
        run_id: f"study {number}: {label}" if number > 1 else label
        for number, of_study in enumerate(studies.values(), start=1)
        for run_id, label in short_labels(of_study).items()
    }


def _reduced(compared: StudyComparison, run: Run, numbers: RunComparison, name: str) -> ComparedRun:
    # Over folds the run stands for its network, which was tested on all photos.
    name = name.replace(run.config.label, numbers.name) if run.run_id in compared.out_of_fold else name
    return ComparedRun(
        # The training photos are most of a snapshot, and nothing draws them.
        replace(compared.scores[run.run_id], train=NO_PHOTOS),
        name,
        name.replace(f" · seed {run.config.seed}", "", 1),
        run.config,
        numbers,
        compared.diagnoses[run.run_id],
        tuple(run.epochs),
        next((record.get("environment", {}) for record in run.records("begin")), {}),
    )


def best_thresholds(run: ComparedRun, cost_ratio: float | None = None) -> FloatArray:
    """Return the threshold of each test photo, shape ``(n,)``: one for all, or that of the fold that tests it.

    Args:
        run: whose validation photos choose it.
        cost_ratio: how many times as bad it is to call a sad photo happy as the reverse; None for both labels alike.
    """
    try:
        if cost_ratio is None:
            return photo_thresholds(run.scores)
        return photo_thresholds(run.scores, lambda labels, p_sad: cost_threshold(labels, p_sad, cost_ratio))
    except StatisticsError:  # the note on the validation AUC says why
        return np.full(len(run.photo_ids), run.numbers.threshold)


def photos_classified_as(run: ComparedRun, thresholds: FloatArray, label: str, called: str) -> list[tuple[str, float]]:
    """Return the test photos of one cell of the confusion matrix with their P(sad), the most wrongly scored first.

    Args:
        run: whose scores.
        thresholds: of each test photo, shape ``(n,)``; it is called sad at or above its own.
        label: ``happy`` or ``sad``, what they are.
        called: ``happy`` or ``sad``, what they were called.
    """
    rows = zip(run.photo_ids, *run.test, thresholds, strict=True)
    photos = [
        (photo_id, float(p_sad))
        for photo_id, sad, p_sad, threshold in rows
        if (sad == 1) == (label == "sad") and (p_sad >= threshold) == (called == "sad")
    ]
    return sorted(photos, key=lambda photo: photo[1], reverse=label == "happy")
