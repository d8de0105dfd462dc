"""Compared networks as CSV: the points of their ROC curves, their scores photo by photo, their epochs."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from emotion_core.evaluation.comparison import EPOCH_NUMBERS, ComparedRun
from emotion_core.evaluation.statistics import roc_points

SPREADSHEET_WORDS = ("=", "+", "-", "@", "\t", "\r")


def curves_csv(runs: Sequence[ComparedRun]) -> str:
    """Return the points of the test ROC curves, one a row, from (0, 0) to (1, 1) for each run that has one.

    Args:
        runs: finished.
    """
    curves = ((run, roc_points(*run.test)) for run in runs if run.numbers.test_auc is not None)
    return _csv(
        ("run_id", "network", "threshold", "false_positive_rate", "true_positive_rate"),
        (
            (run.run_id, run.name, *point)
            for run, curve in curves
            for point in zip(
                curve.thresholds.tolist(),
                curve.false_positive_rate.tolist(),
                curve.true_positive_rate.tolist(),
                strict=True,
            )
        ),
    )


def scores_csv(runs: Sequence[ComparedRun]) -> str:
    """Return P(sad) of every test photo, one row for each run and photo; label 0 is happy, 1 sad."""
    return _csv(
        ("run_id", "network", "photo_id", "label", "p_sad", "threshold"),
        (
            (run.run_id, run.name, photo_id, label, p_sad, run.numbers.threshold)
            for run in runs
            for photo_id, label, p_sad in zip(run.photo_ids, *(column.tolist() for column in run.test), strict=True)
        ),
    )


def epochs_csv(runs: Sequence[ComparedRun]) -> str:
    """Return loss and accuracy of every epoch, one row for each run and epoch."""
    return _csv(
        ("run_id", "network", *EPOCH_NUMBERS),
        ((run.run_id, run.name, *(epoch[name] for name in EPOCH_NUMBERS)) for run in runs for epoch in run.epochs),
    )


def _csv(titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return text.getvalue()


def _harmless(value: Any) -> Any:
    """Return a text so that no spreadsheet takes it for a formula: a network's name is whatever a file said."""
    return f"'{value}" if isinstance(value, str) and value.startswith(SPREADSHEET_WORDS) else value
