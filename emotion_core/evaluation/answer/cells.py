"""Cells of a study: networks that differ in their seed alone, and what is known of each cell by itself."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emotion_core.evaluation.answer.answer_records import CellAnswer
from emotion_core.evaluation.answer.contrast import CellMoments, cell_moments, contrast_of
from emotion_core.evaluation.answer.questions import factors_of, level_title
from emotion_core.evaluation.statistics import FloatArray, IntArray, auc_interval, fold_auc_interval

OWN_SPREAD_SEEDS = 4  # with fewer, a cell's own variance is too uncertain to stand alone


@dataclass(frozen=True, eq=False)
class Cell:
    """Networks that differ in their seed alone, on the same test photos.

    Attributes:
        levels: value of each factor, for instance ``{"activation": "relu", "depth": 3}``.
        scores: P(sad), shape ``(seeds, n)``.
        learned: which of them learned, shape ``(seeds,)``.
        folds: number of the fold that tested each photo, shape ``(seeds, n)``; None without cross-validation.
        title: name of the cell; its values of the factors that vary where it is empty.
        depth: number of blocks of its networks, where that is no factor.
    """

    levels: Mapping[str, Hashable]
    scores: FloatArray
    learned: NDArray[np.bool_]
    folds: IntArray | None = None
    title: str = ""
    depth: int | None = None

    def among_learned(self) -> "Cell":
        """Return the cell with the networks that learned alone."""
        folds = None if self.folds is None else self.folds[self.learned]
        return Cell(self.levels, self.scores[self.learned], self.learned[self.learned], folds, self.title, self.depth)


def cell_titles(cells: Sequence[Cell]) -> list[str]:
    """Return the name of each cell: its own, or its values of the factors that vary."""
    names = list(factors_of([cell.levels for cell in cells])) or list(cells[0].levels)
    return [cell.title or " · ".join(level_title(name, cell.levels[name]) for name in names) for cell in cells]


def moments_of(labels: ArrayLike, cells: Sequence[Cell]) -> CellMoments:
    """Return the moments of the AUCs of all cells.

    Args:
        labels: true labels of the test photos, shape ``(n,)``.
        cells: on these photos.
    """
    folds = [cell.folds for cell in cells if cell.folds is not None]
    return cell_moments(labels, [cell.scores for cell in cells], folds or None)


def shares_spread(moments: CellMoments) -> NDArray[np.bool_]:
    """Return which cells take the spread pooled over all cells, shape ``(cells,)``."""
    return moments.seeds < OWN_SPREAD_SEEDS


def cell_answer(labels: ArrayLike, cells: Sequence[Cell], moments: CellMoments, k: int, title: str) -> CellAnswer:
    """Return what is known of one cell by itself.

    Args:
        labels: true labels of the test photos, shape ``(n,)``.
        cells: all cells of the study.
        moments: of the AUCs of all cells.
        k: position of the cell.
        title: name of the cell.
    """
    cell, areas = cells[k], moments.aucs[k]
    weights = np.eye(len(moments.aucs))[k]
    if len(areas) > 1:
        interval = contrast_of(moments, weights, pooled=shares_spread(moments))
        low, high = interval.low or 0.0, interval.high or 0.0
    else:
        scores = cell.scores[0]
        single = (
            auc_interval(labels, scores) if cell.folds is None else fold_auc_interval(labels, scores, cell.folds[0])
        )
        low, high = single.low, single.high
    activation, depth = cell.levels.get("activation"), cell.levels.get("depth", cell.depth)
    return CellAnswer(
        title,
        None if activation is None else str(activation),
        int(depth) if isinstance(depth, Integral) else None,
        dict(cell.levels),
        len(areas),
        int(cell.learned.sum()),
        float(areas.mean()),
        low,
        high,
        tuple(map(float, areas)),
        float(areas.std(ddof=1)) if len(areas) > 1 else None,
        sqrt(max(float(moments.photo_covariance[k, k]), 0.0)),
    )
