"""CSV files of compared networks: answer, points of ROC curves, scores of each test photo, metrics of each epoch."""

from collections.abc import Sequence

import numpy as np

from emotion_core.evaluation.answer import StudyAnswer
from emotion_core.evaluation.comparison import ComparedRun, best_thresholds, run_roc_curve
from emotion_core.evaluation.statistics import IntArray
from emotion_core.formatting import csv_text

EPOCH_COLUMNS = ("epoch", "seconds", "loss", "accuracy", "validation_loss", "validation_accuracy")


def answer_csv(answer: StudyAnswer) -> str:
    """Return the contrasts of an answer, one per row; what is unknown is empty."""
    columns = (
        "question", "a", "b", "estimate", "low", "high", "p_value", "p_adjusted", "standard_error",
        "degrees_of_freedom", "seed_variance", "photo_variance", "seeds_a", "seeds_b", "learned_a", "learned_b",
        "mean_a", "mean_b", "wins",
    )  # fmt: skip
    contrasts = ([getattr(contrast, name) for name in columns] for contrast in answer.contrasts)
    return csv_text(columns, (["" if value is None else value for value in row] for row in contrasts))


def cells_csv(answer: StudyAnswer) -> str:
    """Return what each cell of an answer reaches, one row each, with the AUC of each seed."""
    return csv_text(
        ("cell", "seeds", "learned", "mean_auc", "low", "high", "seed_sd", "photo_error", "aucs"),
        (
            (
                cell.title, cell.seeds, cell.learned, cell.mean_auc, cell.low, cell.high,
                "" if cell.seed_sd is None else cell.seed_sd, cell.photo_error, " ".join(map(str, cell.aucs)),
            )
            for cell in answer.cells
        ),
    )  # fmt: skip


def curves_csv(runs: Sequence[ComparedRun]) -> str:
    """Return the points of the test ROC curves, one per row, from (0, 0) to (1, 1) for each run with a test AUC.

    Args:
        runs: finished runs.
    """
    curves = ((run, run_roc_curve(run.scores)) for run in runs if run.numbers.test_auc is not None)
    return csv_text(
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
    """Return P(sad) of every test photo, one row for each run and photo; label 0 is happy, 1 is sad.

    The fold is the one whose run scored the photo; 0 without cross-validation. Scores of different folds are not on one
    scale.
    """
    return csv_text(
        ("run_id", "network", "photo_id", "label", "p_sad", "threshold", "fold"),
        (
            (run.run_id, run.name, *row)
            for run in runs
            for row in zip(
                run.photo_ids,
                *(column.tolist() for column in (*run.test, best_thresholds(run), _folds(run))),
                strict=True,
            )
        ),
    )


def _folds(run: ComparedRun) -> IntArray:
    return np.zeros(len(run.photo_ids), dtype=np.int64) if run.scores.folds is None else run.scores.folds


def epochs_csv(runs: Sequence[ComparedRun]) -> str:
    """Return loss and accuracy of every epoch, one row for each run and epoch."""
    return csv_text(
        ("run_id", "network", *EPOCH_COLUMNS),
        (
            (run.run_id, run.name, *(getattr(epoch, name) for name in EPOCH_COLUMNS))
            for run in runs
            for epoch in run.epochs
        ),
    )
