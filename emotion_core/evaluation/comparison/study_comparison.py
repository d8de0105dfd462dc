"""A study's runs, read from disk and compared."""

from dataclasses import dataclass, field, replace

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
        comparison: champion, statistics of each run, paired tests, conclusion.
        diagnoses: of the finished runs, by run id.
        all_diagnoses: of the runs that have ended, by run id, the most serious first: that in ``diagnoses``.
        out_of_fold: of a cross-validated study, its networks by the id of the run that predicts; else empty.
    """

    study: Study
    runs: list[Run]
    comparison: Comparison
    diagnoses: dict[str, Finding]
    all_diagnoses: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    out_of_fold: dict[str, OutOfFold] = field(default_factory=dict, kw_only=True)

    @property
    def finished(self) -> list[Run]:
        """The runs that have scores."""
        return [run for run in self.runs if run.run_id in self.diagnoses]

    def rows(self) -> list[tuple[Run, RunComparison]]:
        """Return the finished runs with their statistics, in the order of the study.

        Over folds, the run that predicts stands for its network.
        """
        found = {row.run_id: row for row in self.comparison.runs}
        return [(run, found[run.run_id]) for run in self.finished if run.run_id in found]

    def scores_of(self, run: Run) -> RunScores | None:
        """Return the scores that are compared: a run's own, or over folds those of its network; None without any."""
        if self.out_of_fold:
            return self.out_of_fold[run.run_id].scores if run.run_id in self.out_of_fold else None
        return run_scores(run)

    @property
    def champion(self) -> Run | None:
        """The run with the highest validation AUC, where one qualifies."""
        return next((run for run in self.runs if run.run_id == self.comparison.champion), None)


def compare_study(workspace: Workspace, study: Study, *, baseline: Baseline | None = None) -> StudyComparison:
    """Read a study's runs and compare those that have finished; the others are listed without figures.

    Args:
        workspace: where its runs are.
        study: finished or under way.
        baseline: its ``study_baseline``, by which networks are suspected of a shortcut; without it none is.
    """
    runs = runs_of(workspace, study)
    scored = {run.run_id: scores for run in runs if (scores := run_scores(run)) is not None}
    found = {
        run.run_id: diagnoses(run, scored.get(run.run_id), baseline=baseline)
        for run in runs
        if run.run_id in scored or (run.epochs and not run.state.active)
    }
    first = {run_id: found[run_id][0] for run_id in scored}
    words = {run.run_id: _words(run, first.get(run.run_id)) for run in runs}
    networks = out_of_fold(runs) if is_cross_validated(study) else {}
    each_run = [scored.get(run.run_id) or run_scores_record(run) for run in runs]
    records = [one.scores for one in networks.values()] or each_run
    comparison = with_folds(compare(records, diagnoses=words), networks)
    if any(run.state.active for run in runs):
        comparison = replace(comparison, reason=f"So far, with runs still under way: {comparison.reason}")
    return StudyComparison(study, runs, comparison, first, found, out_of_fold=networks)


def run_scores(run: Run) -> RunScores | None:
    """Return a finished run's validation and test scores, or None where it has not finished."""
    scores = run.scores()
    if scores is None:
        return None
    return run_scores_record(run, scores.of("validation"), scores.of("test"))


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


def _words(run: Run, diagnosis: Finding | None) -> str:
    if diagnosis is not None:
        return diagnosis.sentence
    return f"Not compared, the run is {run.state.name}. {run.state.message}".strip()
