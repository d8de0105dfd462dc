"""A study's figures and tables, from its finished runs."""

from typing import Any

import plotly.graph_objects as go

from emotion_core.evaluation.figures import LEAKING, NamedCurve, NamedHistory, learning_curves_figure, roc_figure
from emotion_core.evaluation.roc import roc_points
from emotion_core.evaluation.shortcuts import Baseline
from emotion_core.evaluation.statistics import auc_interval
from emotion_core.evaluation.study import StudyComparison
from emotion_core.network import parameter_count
from emotion_core.training import Run


def study_roc_figure(
    compared: StudyComparison, *, other: Run | None = None, baseline: Baseline | None = None
) -> go.Figure:
    """Draw the ROC curves of the runs that have a test AUC, on all test photos, overlaid.

    Args:
        compared: the study.
        other: a run of another study on the same photos, drawn after them.
        baseline: one number that needs no network, drawn last, grey and dashed.
    """
    curves = [_curve(run, run.config.label) for run, row in compared.rows() if row.test_auc is not None]
    if other is not None:
        curves.append(_curve(other, f"other study: {other.config.label}"))
    if baseline is not None:
        shortcut = baseline.shortcut
        points = roc_points(baseline.labels, baseline.scores)
        curves.append(NamedCurve(f"{shortcut.name} alone", "", points, shortcut.low, shortcut.high))
    return roc_figure([curve for curve in curves if curve is not None])


def _curve(run: Run, name: str) -> NamedCurve | None:
    scores = run.scores()
    if scores is None:
        return None
    labels, p_sad = scores.of("test")
    found = auc_interval(labels, p_sad)
    return NamedCurve(name, _drawn_as(run), roc_points(labels, p_sad), found.low, found.high)


def _drawn_as(run: Run) -> str:
    return LEAKING if run.config.leaks else run.config.hidden_activation


def study_curves_figure(compared: StudyComparison, metric: str) -> go.Figure:
    """Draw ``accuracy`` or ``loss`` of the finished runs over the epochs, training and validation."""
    return learning_curves_figure(
        [
            NamedHistory(
                run.config.label,
                _drawn_as(run),
                [epoch["epoch"] for epoch in run.epochs],
                [epoch[metric] for epoch in run.epochs],
                [epoch[f"validation_{metric}"] for epoch in run.epochs],
            )
            for run in compared.finished
        ],
        metric,
    )


def study_table(compared: StudyComparison) -> list[dict[str, Any]]:
    """Return the rows of the comparison table, one for each finished run, keyed by column title."""
    return [
        {
            "network": run.config.label,
            "champion": run.run_id == compared.comparison.champion,
            "validation AUC": row.validation_auc,
            "test AUC": row.test_auc,
            "from": row.test_auc_low,
            "to": row.test_auc_high,
            "accuracy": row.test_accuracy,
            "threshold": row.threshold,
            "parameters": parameter_count(run.config),
            "seconds": sum(epoch["seconds"] for epoch in run.epochs),
            "diagnosis": row.diagnosis,
        }
        for run, row in compared.rows()
    ]


def pair_table(compared: StudyComparison) -> list[dict[str, Any]]:
    """Return the rows of the table of paired tests, keyed by column title."""
    label = {run.run_id: run.config.label for run in compared.runs}
    return [
        {
            "network": label[pair.a],
            "against": label[pair.b],
            "difference in AUC": pair.difference,
            "from": pair.low,
            "to": pair.high,
            "p": pair.p_value,
            "p, Holm-adjusted": pair.p_value_adjusted,
        }
        for pair in compared.comparison.pairs
    ]
