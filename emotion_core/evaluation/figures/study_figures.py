"""Figures of a study, from its finished runs."""

from collections.abc import Sequence
from typing import Literal

import plotly.graph_objects as go

from emotion_core.evaluation.comparison import ComparedRun, calibrated_test, run_roc_curve
from emotion_core.evaluation.diagnosis import Baseline
from emotion_core.evaluation.figures.grid_figure import GridCell, grid_figure
from emotion_core.evaluation.figures.learning_curves import NamedHistory, learning_curves_figure
from emotion_core.evaluation.figures.roc_figure import NamedCurve, roc_figure
from emotion_core.evaluation.figures.score_figures import NamedScores
from emotion_core.evaluation.figures.tables import tested
from emotion_core.evaluation.figures.theme import LEAKING
from emotion_core.evaluation.statistics import roc_points
from emotion_core.training.checks import SplitPredictions

Grouping = Literal["activation", "network", "seed"]


def study_roc_figure(
    runs: Sequence[ComparedRun], *, baseline: Baseline | None = None, by: Grouping = "activation"
) -> go.Figure:
    """Draw the test ROC curves of the runs that have a test AUC.

    Args:
        runs: finished runs.
        baseline: curve of a simple number without a network, drawn last, gray and dashed; None for none.
        by: ``activation`` draws the mean curve of each activation with a band, ``network`` that of the seeds of each
            network, ``seed`` a thin line for each seed too.
    """
    groups = {run.run_id: _group(run, by) for run in runs}
    order = list(dict.fromkeys(groups.values()))
    curves = [
        _curve(run, groups[run.run_id]) for run in sorted(tested(runs), key=lambda run: order.index(groups[run.run_id]))
    ]
    if baseline is not None:
        shortcut = baseline.shortcut
        points = roc_points(baseline.labels, baseline.scores)
        curves.append(NamedCurve(f"{shortcut.name} alone", "", points, shortcut.low, shortcut.high))
    return roc_figure(curves, draw_single=by == "seed")


def _group(run: ComparedRun, by: Grouping) -> str:
    if by != "activation":
        return run.network
    leak = " · leaking split" if run.config.leaks else ""
    return f"{run.config.hidden_activation}{leak}"


def _curve(run: ComparedRun, group: str) -> NamedCurve:
    labels = run.test.labels
    sad, numbers = int(labels.sum()), run.numbers
    return NamedCurve(
        run.name,
        _style_name(run),
        run_roc_curve(run.scores),
        numbers.test_auc_low,
        numbers.test_auc_high,
        group,
        # A point of an averaged curve is no number of photos.
        None if run.scores.folds is not None else (len(labels) - sad, sad),
    )


def _style_name(run: ComparedRun) -> str:
    """Return the name that ``style_of`` maps to the run's color and dash."""
    return LEAKING if run.config.leaks else run.config.hidden_activation


def study_grid_figure(runs: Sequence[ComparedRun]) -> go.Figure:
    """Draw the test AUC by activation and depth: mean and range over the runs, without leaking runs."""
    cells: dict[tuple[str, int], list[float]] = {}
    for run in tested(runs):
        if not run.config.leaks:
            cells.setdefault((run.config.hidden_activation, run.config.depth), []).append(run.numbers.test_auc or 0.0)
    return grid_figure([GridCell(*pair, aucs) for pair, aucs in cells.items()])


def has_grid(runs: Sequence[ComparedRun]) -> bool:
    """Return whether the runs of ``study_grid_figure`` vary in activation and in depth."""
    configs = [run.config for run in tested(runs) if not run.config.leaks]
    return min(len({config.hidden_activation for config in configs}), len({config.depth for config in configs})) > 1


def study_curves_figure(runs: Sequence[ComparedRun], *, draw_single: bool = False) -> go.Figure:
    """Draw training and validation accuracy and loss over the epochs, one column per activation.

    Args:
        runs: finished runs, at least one.
        draw_single: whether every run has lines of its own, instead of a mean and a band for each activation.
    """
    histories = {metric: [_history(run, metric) for run in runs] for metric in ("accuracy", "loss")}
    return learning_curves_figure(histories, draw_single=draw_single)


def _history(run: ComparedRun, metric: str) -> NamedHistory:
    epochs, training, validation = (
        [getattr(epoch, key) for epoch in run.epochs] for key in ("epoch", metric, f"validation_{metric}")
    )
    return NamedHistory(run.name, _style_name(run), epochs, training, validation, run.network)


def named_scores(
    runs: Sequence[ComparedRun], *, calibrated: bool = False, by: Grouping | None = None
) -> list[NamedScores]:
    """Return the test scores of the runs that have a test AUC, for the score figures.

    Args:
        runs: finished runs.
        calibrated: whether P(sad) is calibrated, for runs that have a calibration; their threshold stays as it is.
        by: which runs are averaged, as for ``study_roc_figure``; None for none.
    """
    groups = {run.run_id: _group(run, by) if by else "" for run in runs}
    order = list(dict.fromkeys(groups.values()))
    return [
        NamedScores(
            run.name, _style_name(run), *_shown(run, calibrated), run.numbers.threshold, run.scores.folds,
            groups[run.run_id],
        )
        for run in sorted(tested(runs), key=lambda run: order.index(groups[run.run_id]))
    ]  # fmt: skip


def best_networks(runs: Sequence[ComparedRun], champion: str | None, count: int) -> list[ComparedRun]:
    """Return runs to look at closely: the champion, then the best run on validation photos of each other network.

    Args:
        runs: finished runs.
        champion: its run id; None for none.
        count: how many, at most.
    """
    ranked = sorted(tested(runs), key=lambda run: (run.run_id != champion, -(run.numbers.validation_auc or 0.0)))
    first_of = {run.network: run for run in reversed(ranked)}
    return [run for run in ranked if first_of[run.network] is run][:count]


def _shown(run: ComparedRun, calibrated: bool) -> SplitPredictions:
    return (calibrated_test(run) if calibrated else None) or run.test
