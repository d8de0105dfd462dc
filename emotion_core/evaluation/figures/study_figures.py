"""A study's figures and tables, from its finished runs."""

from collections.abc import Callable, Sequence
from itertools import groupby
from statistics import mean
from typing import Any

import plotly.graph_objects as go

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.comparison.compared_runs import ComparedRun, Together
from emotion_core.evaluation.diagnosis.shortcuts import Baseline
from emotion_core.evaluation.figures.grid_figures import GridCell, grid_figure, small_multiples_figure
from emotion_core.evaluation.figures.roc_figure import LEAKING, NamedCurve, NamedHistory, roc_figure
from emotion_core.evaluation.figures.score_figures import NamedScores
from emotion_core.evaluation.statistics.calibration import reliability
from emotion_core.evaluation.statistics.roc import cost_threshold, roc_points
from emotion_core.network import parameter_count

Rows = list[dict[str, Any]]
P_VALUES = ("p (DeLong)", "p (exchange test)", "p (McNemar)", "Holm-adjusted")


def study_roc_figure(runs: Sequence[ComparedRun], *, baseline: Baseline | None = None) -> go.Figure:
    """Draw the ROC curves of the runs that have a test AUC, on all test photos, overlaid; seeds with their mean.

    Args:
        runs: finished.
        baseline: one number that needs no network, drawn last, grey and dashed.
    """
    curves = [_curve(run) for run in sorted(tested(runs), key=_first_of_its_network(runs))]
    if baseline is not None:
        shortcut = baseline.shortcut
        points = roc_points(baseline.labels, baseline.scores)
        curves.append(NamedCurve(f"{shortcut.name} alone", "", points, shortcut.low, shortcut.high))
    return roc_figure(curves)


def tested(runs: Sequence[ComparedRun]) -> list[ComparedRun]:
    """Return the runs whose test photos give an AUC: both labels are among them."""
    return [run for run in runs if run.numbers.test_auc is not None]


def _first_of_its_network(runs: Sequence[ComparedRun]) -> Callable[[ComparedRun], int]:
    networks = [run.network for run in runs]
    return lambda run: networks.index(run.network)


def _curve(run: ComparedRun) -> NamedCurve:
    labels, p_sad = run.test
    sad, numbers = int(labels.sum()), run.numbers
    return NamedCurve(
        run.name,
        _drawn_as(run),
        roc_points(labels, p_sad),
        numbers.test_auc_low,
        numbers.test_auc_high,
        run.network,
        (len(labels) - sad, sad),
    )


def _drawn_as(run: ComparedRun) -> str:
    return LEAKING if run.config.leaks else run.config.hidden_activation


def threshold_of(run: ComparedRun, cost_ratio: float | None = None) -> float:
    """Return the threshold that the run's validation photos choose.

    Args:
        run: whose.
        cost_ratio: how many times as bad it is to call a sad photo happy as the reverse; None for Youden's index.
    """
    if cost_ratio is None:
        return run.numbers.threshold
    try:
        return cost_threshold(*run.validation, cost_ratio)
    except StatisticsError:  # as for Youden's: the note on the validation AUC says why
        return run.numbers.threshold


def photos_called(run: ComparedRun, threshold: float, label: str, called: str) -> list[tuple[str, float]]:
    """Return the test photos of one cell of the confusion matrix with their P(sad), the most wrongly scored first.

    Args:
        run: whose scores.
        threshold: a photo is called sad at or above it.
        label: ``happy`` or ``sad``, what they are.
        called: ``happy`` or ``sad``, what they were called.
    """
    rows = zip(run.photo_ids, *run.test, strict=True)
    found = [
        (photo_id, float(p_sad))
        for photo_id, sad, p_sad in rows
        if (sad == 1) == (label == "sad") and (p_sad >= threshold) == (called == "sad")
    ]
    return sorted(found, key=lambda photo: photo[1], reverse=label == "happy")


def study_grid_figure(runs: Sequence[ComparedRun]) -> go.Figure:
    """Draw the test AUC of each activation and depth: mean and range over the runs, leaking ones left out."""
    cells: dict[tuple[str, int], list[float]] = {}
    for run in tested(runs):
        if not run.config.leaks:
            cells.setdefault((run.config.hidden_activation, run.config.depth), []).append(run.numbers.test_auc or 0.0)
    return grid_figure([GridCell(*pair, aucs) for pair, aucs in cells.items()])


def study_curves_figure(runs: Sequence[ComparedRun]) -> go.Figure:
    """Draw accuracy and loss over the epochs, training and validation, a column for each activation.

    Args:
        runs: one or more.
    """
    return small_multiples_figure({metric: [_history(run, metric) for run in runs] for metric in ("accuracy", "loss")})


def _history(run: ComparedRun, metric: str) -> NamedHistory:
    columns = ([epoch[key] for epoch in run.epochs] for key in ("epoch", metric, f"validation_{metric}"))
    return NamedHistory(run.name, _drawn_as(run), *columns)


def named_scores(runs: Sequence[ComparedRun]) -> list[NamedScores]:
    """Return the test scores of the runs that have a test AUC, for figures."""
    return [NamedScores(run.name, _drawn_as(run), *run.test, run.numbers.threshold) for run in tested(runs)]


def study_table(together: Together) -> Rows:
    """Return the rows of the comparison table, one for each finished run, keyed by column title."""
    rows = [_row(run, run.run_id == together.comparison.champion) for run in together.runs]
    noted = any(run.numbers.note for run in together.runs)
    notes = [{"note": run.numbers.note} if noted else {} for run in together.runs]
    return [row | note for row, note in zip(rows, notes, strict=True)]


def _row(run: ComparedRun, is_champion: bool) -> dict[str, Any]:
    numbers, best = run.numbers, run.best_epoch
    return {
        "network": run.name,
        "champion": is_champion,
        "validation AUC": numbers.validation_auc,
        "test AUC": numbers.test_auc,
        "from": numbers.test_auc_low,
        "to": numbers.test_auc_high,
        "accuracy": numbers.test_accuracy,
        "precision": numbers.precision,
        "recall": numbers.recall,
        "F1": numbers.f1,
        "threshold": numbers.threshold,
        "parameters": parameter_count(run.config),
        "seconds": sum(epoch["seconds"] for epoch in run.epochs),
        "best epoch": best and best["epoch"],
        "seconds to it": run.seconds_to_best,
        "diagnosis": numbers.diagnosis,
    }


def network_table(runs: Sequence[ComparedRun]) -> Rows:
    """Return the rows of the table of networks, each the mean over its seeds, keyed by column title."""
    ordered = sorted(runs, key=_first_of_its_network(runs))
    return [_network_row(name, list(seeds)) for name, seeds in groupby(ordered, key=lambda run: run.network)]


def _network_row(name: str, runs: Sequence[ComparedRun]) -> dict[str, Any]:
    aucs = [run.numbers.test_auc for run in runs if run.numbers.test_auc is not None]
    return {
        "network": name,
        "seeds": len(runs),
        "validation AUC": _mean(run.numbers.validation_auc for run in runs),
        "test AUC": _mean(aucs),
        "lowest": min(aucs, default=None),
        "highest": max(aucs, default=None),
        "best epoch": _mean(run.best_epoch and run.best_epoch["epoch"] for run in runs),
        "seconds to it": _mean(run.seconds_to_best for run in runs),
        "parameters": parameter_count(runs[0].config),
    }


def _mean(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if known else None


def champion_table(together: Together) -> Rows:
    """Return the rows of the table of differences from the champion, keyed by column title."""
    name = {run.run_id: run.name for run in together.runs}
    return [
        {
            "network": name[one.run_id],
            "AUC, less the champion's": one.difference,
            "from": one.low,
            "to": one.high,
            "p (DeLong)": one.p_value,
            "p (exchange test)": one.p_exchange,
            "Holm-adjusted": one.p_holm,
            "p (McNemar)": one.mcnemar_p,
        }
        for one in together.comparison.against_champion
    ]


def pair_table(together: Together) -> Rows:
    """Return the rows of the table of paired tests, keyed by column title."""
    name = {run.run_id: run.name for run in together.runs}
    return [
        {
            "network": name[pair.a],
            "against": name[pair.b],
            "difference in AUC": pair.difference,
            "from": pair.low,
            "to": pair.high,
            "p (DeLong)": pair.p_value,
            "p (exchange test)": pair.p_exchange,
            "Holm-adjusted": pair.p_exchange_adjusted,
        }
        for pair in together.comparison.pairs
    ]


def diagnosis_table(runs: Sequence[ComparedRun]) -> Rows:
    """Return the rows of the table of all findings, those of a run from the most serious on, keyed by column title."""
    return [
        {"network": run.name, "finding": one.sentence, "evidence": one.evidence, "what to try": one.advice}
        for run in runs
        for one in run.diagnoses
    ]


def calibration_table(runs: Sequence[ComparedRun]) -> Rows:
    """Return the rows of the table of Brier scores and calibration errors on the test photos, keyed by column title."""
    found = [(run, reliability(*run.test)) for run in tested(runs)]
    return [
        {
            "network": run.name,
            "Brier score": figures.brier,
            "expected calibration error": figures.expected_calibration_error,
        }
        for run, figures in found
    ]
