"""Figures of a study, from its finished runs."""

from collections.abc import Sequence

import plotly.graph_objects as go

from emotion_core.evaluation.comparison import ComparedRun, run_roc_curve
from emotion_core.evaluation.diagnosis import Baseline
from emotion_core.evaluation.figures.grid_figures import GridCell, grid_figure, small_multiples_figure
from emotion_core.evaluation.figures.roc_figure import NamedCurve, NamedHistory, roc_figure
from emotion_core.evaluation.figures.score_figures import NamedScores
from emotion_core.evaluation.figures.tables import first_of_its_network, tested
from emotion_core.evaluation.figures.theme import LEAKING
from emotion_core.evaluation.statistics import roc_points


def study_roc_figure(runs: Sequence[ComparedRun], *, baseline: Baseline | None = None) -> go.Figure:
    """Overlay the test ROC curves of the runs that have a test AUC, seeds with their mean.

    Args:
        runs: finished runs.
        baseline: curve of a simple number without a network, drawn last, gray and dashed; None for none.
    """
    curves = [_curve(run) for run in sorted(tested(runs), key=first_of_its_network(runs))]
    if baseline is not None:
        shortcut = baseline.shortcut
        points = roc_points(baseline.labels, baseline.scores)
        curves.append(NamedCurve(f"{shortcut.name} alone", "", points, shortcut.low, shortcut.high))
    return roc_figure(curves)


def _curve(run: ComparedRun) -> NamedCurve:
    labels = run.test.labels
    sad, numbers = int(labels.sum()), run.numbers
    return NamedCurve(
        run.name,
        _style_name(run),
        run_roc_curve(run.scores),
        numbers.test_auc_low,
        numbers.test_auc_high,
        run.network,
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


def study_curves_figure(runs: Sequence[ComparedRun]) -> go.Figure:
    """Draw training and validation accuracy and loss over the epochs, one column per activation.

    Args:
        runs: finished runs, at least one.
    """
    return small_multiples_figure({metric: [_history(run, metric) for run in runs] for metric in ("accuracy", "loss")})


def _history(run: ComparedRun, metric: str) -> NamedHistory:
    columns = ([getattr(epoch, key) for epoch in run.epochs] for key in ("epoch", metric, f"validation_{metric}"))
    return NamedHistory(run.name, _style_name(run), *columns)


def named_scores(runs: Sequence[ComparedRun]) -> list[NamedScores]:
    """Return the test scores of the runs that have a test AUC, for the score figures."""
    return [
        NamedScores(run.name, _style_name(run), *run.test, run.numbers.threshold, run.scores.folds)
        for run in tested(runs)
    ]
