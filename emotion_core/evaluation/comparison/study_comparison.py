"""A study's runs, read from disk and compared."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from emotion_core.dataset import load_snapshot
from emotion_core.documents import Unreadable
from emotion_core.errors import DataError
from emotion_core.evaluation.comparison.baseline import baseline_comparison
from emotion_core.evaluation.comparison.compare import compare
from emotion_core.evaluation.comparison.out_of_fold import (
    OutOfFold,
    is_cross_validated,
    network_key,
    out_of_fold,
    run_scores_record,
    with_folds,
)
from emotion_core.evaluation.comparison.study_cells import NetworkScores, answer_networks
from emotion_core.evaluation.diagnosis import Baseline, diagnoses
from emotion_core.evaluation.records import Comparison, RunComparison, RunScores
from emotion_core.formatting import count_text, list_text
from emotion_core.settings import Workspace
from emotion_core.training import Run, Scores, Study
from emotion_core.training.checks import Finding, has_learned
from emotion_core.training.store import read_runs


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
        problems: runs and the snapshot of the study that cannot be read, or not completely.
    """

    study: Study
    runs: list[Run]
    finished: list[Run]
    comparison: Comparison
    scores: dict[str, RunScores]
    diagnoses: dict[str, tuple[Finding, ...]]
    out_of_fold: dict[str, OutOfFold] = field(default_factory=dict)
    problems: tuple[Unreadable, ...] = ()

    def rows(self) -> list[tuple[Run, RunComparison]]:
        """Return the finished runs with their statistics, in the order of the study.

        Over folds, the run that predicts stands for its network.
        """
        finished = {run.run_id: run for run in self.finished}
        return [(finished[row.run_id], row) for row in self.comparison.runs if row.run_id in finished]

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
    runs, unreadable = read_runs(workspace, study.run_ids)
    # The one place that reads the scores; everything behind it is handed these records.
    stored = {run.run_id: scores for run in runs if (scores := run.scores()) is not None}
    problems = _problems(workspace, study, runs, unreadable)
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
    learned = {
        run.run_id
        for run in runs
        if run.run_id in stored and _has_learned(run, by_run[run.run_id], findings[run.run_id])
    }
    comparison = _with_answer(comparison, runs, compared, learned)
    if comparison.answer is not None and (note := _added_text(study)):
        comparison = replace(comparison, answer=comparison.answer.with_note(note))
    if baseline is not None:
        champion = compared.get(comparison.champion) if comparison.champion else None
        comparison = replace(comparison, baseline=baseline_comparison(champion, baseline))
    if left_out := _left_out_text(runs, stored, unreadable):
        comparison = replace(comparison, reason=f"{comparison.reason} {left_out}")
    if any(run.state.active for run in runs):
        comparison = replace(comparison, reason=f"So far, with runs still under way: {comparison.reason}")
    finished = [run for run in runs if run.run_id in stored]
    by_finished = {run_id: record for run_id, record in compared.items() if run_id in stored}
    return StudyComparison(study, runs, finished, comparison, by_finished, findings, networks, problems)


def _problems(
    workspace: Workspace, study: Study, runs: Sequence[Run], unreadable: Sequence[Unreadable]
) -> tuple[Unreadable, ...]:
    problems = [*unreadable, *(problem for run in runs if (problem := run.unreadable()) is not None)]
    try:
        load_snapshot(workspace, study.snapshot)
    except DataError as error:
        problems.append(Unreadable.of(study.snapshot, workspace.snapshots / study.snapshot, error))
    return tuple(problems)


def _left_out_text(runs: Sequence[Run], stored: Mapping[str, Scores], unreadable: Sequence[Unreadable]) -> str:
    """Return which runs are left out because they cannot be read, as a sentence; empty without any."""
    without_scores = [run.run_id for run in runs if run.run_id not in stored and run.problem]
    left_out = [*(problem.entry_id for problem in unreadable), *without_scores]
    if not left_out:
        return ""
    return (
        f"Left out, because damaged, missing or of a newer version: {list_text(left_out)}. "
        "With them, the champion may be another one."
    )


def _added_text(study: Study) -> str:
    """Return what seeds that were added after a look mean for the answer, or nothing without such seeds."""
    if study.seeds_added_after_test:
        return (
            f"Added after a first look at the p-values: {count_text(study.seeds_added_after_test, 'seed')}. So the "
            "p-values no longer hold as written: adding seeds until a difference is significant finds one sooner or "
            "later."
        )
    if study.seeds_added_after_look:
        return (
            f"Added after a first look at single networks: {count_text(study.seeds_added_after_look, 'seed')}. No "
            "p-value of activations had been seen by then."
        )
    return ""


def _has_learned(run: Run, scores: RunScores, known: Sequence[Finding]) -> bool:
    return has_learned(run.history_with(scores.train, scores.validation), known)


def _with_answer(
    comparison: Comparison, runs: Sequence[Run], scores: Mapping[str, RunScores], learned: Collection[str]
) -> Comparison:
    """Return the comparison with what its networks say of the settings in which they differ.

    Args:
        comparison: of the networks.
        runs: of the study; over folds, all of them.
        scores: of each network, by the id of the run that stands for it.
        learned: ids of the runs that learned; a network over folds learned where it did in every fold.
    """
    failed = {network_key(run) for run in runs if run.run_id not in learned}
    networks = [
        NetworkScores(run.config, scores[run.run_id], network_key(run) not in failed)
        for run in runs
        if run.run_id in scores and len(scores[run.run_id].test.labels)
    ]
    answer, problem = answer_networks(networks)
    return replace(comparison, answer=answer, no_answer=problem)


def run_scores(run: Run) -> RunScores | None:
    """Return a finished run's predictions, or None where it has not finished."""
    scores = run.scores()
    return None if scores is None else run_scores_record(run, scores)


def _diagnosis_text(run: Run, findings: Sequence[Finding] | None, has_scores: bool) -> str:
    if findings and has_scores:
        return findings[0].sentence
    return f"Not compared, the run is {run.state.name}. {run.state.message}".strip()
