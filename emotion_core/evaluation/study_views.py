"""A study's figures and tables, from its finished runs."""

from typing import Any

import plotly.graph_objects as go

from emotion_core.evaluation.figures import NamedCurve, NamedHistory, learning_curves_figure, roc_figure
from emotion_core.evaluation.roc import roc_points
from emotion_core.evaluation.study import StudyComparison
from emotion_core.network import parameter_count


def study_roc_figure(compared: StudyComparison) -> go.Figure:
    """Draw the ROC curves of the runs that have a test AUC, on all test photos, overlaid."""
    curves = []
    for run, row in compared.rows():
        scores = run.scores()
        if row.test_auc is not None and scores is not None:
            points = roc_points(*scores.of("test"))
            name, activation = run.config.label, run.config.hidden_activation
            curves.append(NamedCurve(name, activation, points, row.test_auc_low, row.test_auc_high))
    return roc_figure(curves)


def study_curves_figure(compared: StudyComparison, metric: str) -> go.Figure:
    """Draw ``accuracy`` or ``loss`` of the finished runs over the epochs, training and validation."""
    return learning_curves_figure(
        [
            NamedHistory(
                run.config.label,
                run.config.hidden_activation,
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
