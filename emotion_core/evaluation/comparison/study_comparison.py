"""A study's runs, read from disk and compared."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from emotion_core.evaluation.comparison.baseline import baseline_comparison
from emotion_core.evaluation.comparison.compare import compare
from emotion_core.evaluation.comparison.out_of_fold import (
    OutOfFold,
    is_cross_validated,
    out_of_fold,
    run_scores_record,
    with_folds,
)
from emotion_core.evaluation.diagnosis import Baseline, diagnoses
from emotion_core.evaluation.records import Comparison, RunComparison, RunScores
from emotion_core.settings import Workspace
from emotion_core.training import Run, Study, list_studies, runs_of
from emotion_core.training.checks import Finding


@dataclass(frozen=True)
class StudyComparison:
    """What a study came to.

    Attributes:
        study: the study.
        runs: its runs that are still on disk, in its order.
        finished: those of them that have scores.
        comparison: champion, statistics of each run, paired tests, conclusion.
        scores: of the finished runs, by run id, each read once; over folds, of the networks by the run that predicts.
        diagnoses: of the runs that have ended, by run id, the most serious first.
        out_of_fold: of a cross-validated study, its networks by the id of the run that predicts; else empty.
    """

    study: Study
    runs: list[Run]
    finished: list[Run]
    comparison: Comparison
    scores: dict[str, RunScores]
    diagnoses: dict[str, tuple[Finding, ...]]
    out_of_fold: dict[str, OutOfFold] = field(default_factory=dict)

    def rows(self) -> list[tuple[Run, RunComparison]]:
        """Return the finished runs with their statistics, in the order of the study.

        Over folds, the run that predicts stands for its network.
        """
        statistics = {row.run_id: row for row in self.comparison.runs}
        return [(run, statistics[run.run_id]) for run in self.finished if run.run_id in statistics]

    @property
    def champion(self) -> Run | None:
        """The run with the highest validation AUC, where one qualifies."""
        return next((run for run in self.runs if run.run_id == self.comparison.champion), None)


def compare_study(workspace: Workspace, study: Study, *, baseline: Baseline | None = None) -> StudyComparison:
    """Read a study's runs and compare those that have finished; the others are listed without figures.

    Args:
        workspace: where its runs are.
        study: finished or under way.
        baseline: its ``study_baseline``, by which networks are suspected of a shortcut and with which the champion is
            compared; without it neither is done.
    """
    runs = runs_of(workspace, study)
    # The one place that reads the scores; everything behind it is handed these records.
    stored = {run.run_id: scores for run in runs if (scores := run.scores()) is not None}
    by_run = {run.run_id: run_scores_record(run, stored.get(run.run_id)) for run in runs}
    findings = {
        run.run_id: diagnoses(run, by_run[run.run_id] if run.run_id in stored else None, baseline=baseline)
        for run in runs
        if run.run_id in stored or (run.epochs and not run.state.active)
    }
    networks = out_of_fold(runs, stored) if is_cross_validated(study) else {}
    compared = {run_id: network.scores for run_id, network in networks.items()} or by_run
    texts = {run.run_id: _diagnosis_text(run, findings.get(run.run_id), run.run_id in stored) for run in runs}
    comparison = with_folds(compare(list(compared.values()), diagnoses=texts), networks)
    if baseline is not None:
        champion = compared.get(comparison.champion) if comparison.champion else None
        comparison = replace(comparison, baseline=baseline_comparison(champion, baseline))
    if any(run.state.active for run in runs):
        comparison = replace(comparison, reason=f"So far, with runs still under way: {comparison.reason}")
    finished = [run for run in runs if run.run_id in stored]
    by_finished = {run_id: record for run_id, record in compared.items() if run_id in stored}
    return StudyComparison(study, runs, finished, comparison, by_finished, findings, networks)


def run_scores(run: Run) -> RunScores | None:
    """Return a finished run's predictions, or None where it has not finished."""
    scores = run.scores()
    return None if scores is None else run_scores_record(run, scores)


def champion_study(workspace: Workspace) -> StudyComparison | None:
    """Return the newest study that has ended and has a champion, or None."""
    for study in list_studies(workspace):
        compared = compare_study(workspace, study)
        # While runs are under way the best so far may be overtaken, and answers would change from minute to minute.
        if compared.champion is not None and not any(run.state.active for run in compared.runs):
            return compared
    return None


def workspace_champion(workspace: Workspace) -> Run | None:
    """Return the champion of the newest study that has ended and has one, or None."""
    compared = champion_study(workspace)
    return compared.champion if compared is not None else None


def _diagnosis_text(run: Run, findings: Sequence[Finding] | None, has_scores: bool) -> str:
    if findings and has_scores:
        return findings[0].sentence
    return f"Not compared, the run is {run.state.name}. {run.state.message}".strip()
