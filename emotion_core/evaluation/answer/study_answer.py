"""The answer of a study: does the activation matter, does depth, and how sure can one be?

Networks that differ in their seed alone form a cell. The questions and the rule for the spread over seeds are fixed
before the scores are looked at: a cell with four seeds or more has its own spread, one with two or three takes the
spread pooled over all cells, and with one seed nothing is said of activations. Each question is one Holm family.
Networks that did not learn stay in every average, since leaving them out after looking would be choosing; what holds
among those that learned is computed beside it.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.answer.answer_records import AnswerContrast, CellAnswer, StudyAnswer
from emotion_core.evaluation.answer.auc_moments import checked_scores
from emotion_core.evaluation.answer.contrast import CellMoments, Contrast, cell_moments, contrast_of
from emotion_core.evaluation.answer.questions import (
    INTERACTION,
    TREND,
    PlannedContrast,
    factors_of,
    level_title,
    main_questions,
    simple_questions,
)
from emotion_core.evaluation.answer.sentence import answer_notes, answer_parts
from emotion_core.evaluation.statistics import (
    FloatArray,
    IntArray,
    auc_interval,
    fold_auc_interval,
    holm_adjust,
    is_constant,
)

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


def answer_study(labels: ArrayLike, cells: Mapping[tuple[str, int], ArrayLike]) -> StudyAnswer:
    """Answer whether activation and depth matter, from the scores of networks trained with several seeds.

    Args:
        labels: true labels of the test photos, shape ``(n,)``, happy 0 and sad 1.
        cells: P(sad) of the networks of each activation and depth, of shape ``(seeds, n)``; seeds may differ in number.

    Returns:
        The answer. A network counts as one that learned if its scores differ by .001 or more.

    Raises:
        StatisticsError: cells are not keyed by pairs, there is none, shapes do not fit together, or a class has fewer
            than two photos.

    >>> rng = np.random.default_rng(0)
    >>> labels = np.repeat([0, 1], 40)
    >>> scores = {(name, 2): labels * shift + rng.normal(size=(5, 80)) for name, shift in (("relu", 2), ("tanh", 1))}
    >>> answer = answer_study(labels, scores)
    >>> [(c.question, c.a, c.b, c.is_significant) for c in answer.contrasts]
    [('activation', 'relu', 'tanh', True)]
    """
    if not isinstance(cells, Mapping) or any(not isinstance(key, tuple) or len(key) != 2 for key in cells):
        raise StatisticsError(
            "The cells are not keyed by activation and depth. A mapping from (activation, depth) to scores was "
            f'expected. Received: {type(cells).__name__}. Pass for example {{("relu", 3): scores}}.'
        )
    arrays = {key: checked_scores(scores) for key, scores in cells.items()}
    return answer_cells(
        labels,
        [
            Cell({"activation": activation, "depth": _plain(depth)}, scores, _not_constant(scores))
            for (activation, depth), scores in arrays.items()
        ],
    )


def answer_cells(labels: ArrayLike, cells: Sequence[Cell]) -> StudyAnswer:
    """Answer the questions that cells of any factors can answer.

    Args:
        labels: true labels of the test photos, shape ``(n,)``, happy 0 and sad 1.
        cells: with distinct values of the same factors; those that do not vary are named, and not compared.

    Raises:
        StatisticsError: as ``answer_study``.
    """
    if not cells:
        raise StatisticsError("There is no cell. At least one was expected. Received: cells={}. Pass scores.")
    moments = _moments(labels, cells)
    levels = [cell.levels for cell in cells]
    titles = _titles(cells)
    among_learned = _learned_contrasts(labels, cells)
    contrasts = _answer(cells, moments, _planned(levels, titles, moments.seeds > 1), among_learned)
    if any(contrast.question == INTERACTION and contrast.is_significant for contrast in contrasts):
        contrasts += _answer(cells, moments, simple_questions(levels), among_learned)
    n_sad = int(np.sum(np.asarray(labels)))
    answer = StudyAnswer(
        (),
        tuple(contrasts),
        tuple(_cell_answer(labels, cells, moments, k, titles[k]) for k in range(len(cells))),
        factors_of(levels),
        len(np.asarray(labels)) - n_sad,
        n_sad,
        max((len(np.unique(cell.folds)) for cell in cells if cell.folds is not None), default=0),
    )
    return replace(answer, parts=answer_parts(answer), notes=answer_notes(answer))


def _planned(
    levels: Sequence[Mapping[str, Hashable]], titles: Sequence[str], several: NDArray[np.bool_]
) -> list[PlannedContrast]:
    """Return the contrasts of the cells with several seeds, then those that only single seeds could answer.

    A single seed cannot be tested, and must not take the tests of the other cells away.
    """
    everything = main_questions(levels, titles)
    kept = np.flatnonzero(several).tolist()
    if len(kept) == len(levels) or not len(kept):
        return everything
    tested = []
    for plan in main_questions([levels[k] for k in kept], [titles[k] for k in kept]):
        weights = np.zeros(len(levels))
        weights[kept] = plan.weights
        tested.append(plan._replace(weights=weights))
    asked = {plan[:3] for plan in tested}
    return tested + [plan for plan in everything if plan[:3] not in asked]


def _plain(depth: Hashable) -> Hashable:
    """Return a depth that JSON can hold: NumPy's whole numbers become Python's."""
    return int(depth) if isinstance(depth, Integral) else depth


def _titles(cells: Sequence[Cell]) -> list[str]:
    names = list(factors_of([cell.levels for cell in cells])) or list(cells[0].levels)
    return [cell.title or " · ".join(level_title(name, cell.levels[name]) for name in names) for cell in cells]


def _not_constant(scores: FloatArray) -> NDArray[np.bool_]:
    return np.array([not is_constant(row) for row in scores])


def _moments(labels: ArrayLike, cells: Sequence[Cell]) -> CellMoments:
    folds = [cell.folds for cell in cells if cell.folds is not None]
    return cell_moments(labels, [cell.scores for cell in cells], folds or None)


def _pooled(moments: CellMoments) -> NDArray[np.bool_]:
    return moments.seeds < OWN_SPREAD_SEEDS


def _answer(
    cells: Sequence[Cell],
    moments: CellMoments,
    planned: Sequence[PlannedContrast],
    among_learned: Callable[[PlannedContrast], Contrast | None],
) -> list[AnswerContrast]:
    """Return the contrasts, with the p-values of each question adjusted for their number."""
    rows = [_contrast(cells, moments, plan, among_learned) for plan in planned]
    questions = [plan.question for plan in planned]
    adjusted = _adjust_within(questions, [row.p_value for row in rows])
    learned = _adjust_within(questions, [row.p_learned for row in rows])
    return [replace(row, p_adjusted=p, p_learned=q) for row, p, q in zip(rows, adjusted, learned, strict=True)]


def _adjust_within(questions: Sequence[str], p_values: Sequence[float | None]) -> list[float | None]:
    """Return the p-values after Holm within each question, None where there is none."""
    adjusted: list[float | None] = [None] * len(p_values)
    for question in dict.fromkeys(questions):
        tests = {k: p for k, p in enumerate(p_values) if questions[k] == question and p is not None}
        for k, p in zip(tests, holm_adjust(list(tests.values())), strict=True):
            adjusted[k] = p
    return adjusted


def _contrast(
    cells: Sequence[Cell],
    moments: CellMoments,
    plan: PlannedContrast,
    among_learned: Callable[[PlannedContrast], Contrast | None],
) -> AnswerContrast:
    difference = contrast_of(moments, plan.weights, pooled=_pooled(moments))
    sides = [plan.cells_of_a, plan.cells_of_b]
    seeds_a, seeds_b = (sum(len(cells[k].scores) for k in side) for side in sides)
    learned_a, learned_b = (sum(int(cells[k].learned.sum()) for k in side) for side in sides)
    mean_a, mean_b = _side_means(moments, plan)
    all_learned = learned_a + learned_b == seeds_a + seeds_b
    are_groups = plan.question != INTERACTION and plan.a != TREND
    return AnswerContrast(
        plan.question,
        plan.a,
        plan.b,
        difference.estimate,
        difference.low,
        difference.high,
        difference.p_value,
        None,
        difference.standard_error,
        difference.degrees_of_freedom,
        difference.seed_variance,
        difference.photo_variance,
        seeds_a,
        seeds_b,
        learned_a,
        learned_b,
        mean_a,
        mean_b,
        _wins(cells, moments, plan),
        _averaged(cells, plan),
        None if all_learned else among_learned(plan),
        _fisher(learned_a, seeds_a, learned_b, seeds_b) if are_groups and not all_learned else None,
    )


def _averaged(cells: Sequence[Cell], plan: PlannedContrast) -> dict[str, tuple[Hashable, ...]]:
    """Return the values of the other factors that a contrast rests on."""
    used = [cells[k].levels for k in np.flatnonzero(plan.weights).tolist()]
    factors = factors_of([cell.levels for cell in cells])
    return {name: tuple(dict.fromkeys(cell[name] for cell in used)) for name in factors if name != plan.factor}


def _side_means(moments: CellMoments, plan: PlannedContrast) -> tuple[float | None, float | None]:
    """Return the mean AUCs of both sides, None where the sides are no groups of cells, as in a slope."""
    above = plan.weights.clip(min=0)
    if plan.question == INTERACTION or plan.a == TREND or abs(above.sum() - 1) > 1e-9:
        return None, None
    return float(above @ moments.means), float((above - plan.weights) @ moments.means)


def _wins(cells: Sequence[Cell], moments: CellMoments, plan: PlannedContrast) -> float | None:
    """Return the share of pairs of networks, equal in all factors but the question's, in which a has the higher AUC."""
    if plan.question == INTERACTION or plan.a == TREND or len(plan.cells_of_a) != len(plan.cells_of_b):
        return None
    shares = []
    for i in plan.cells_of_a:
        rest = {name: value for name, value in cells[i].levels.items() if name != plan.factor}
        partners = [k for k in plan.cells_of_b if rest.items() <= cells[k].levels.items()] or plan.cells_of_b
        gaps = moments.aucs[i][:, None] - moments.aucs[partners[0]][None, :]
        shares.append(float(np.mean((gaps > 0) + 0.5 * (gaps == 0))))
    return float(np.mean(shares))


def _learned_contrasts(labels: ArrayLike, cells: Sequence[Cell]) -> Callable[[PlannedContrast], Contrast | None]:
    """Return a function that makes contrasts of the networks that learned, None where a cell in it has none."""
    present = [k for k, cell in enumerate(cells) if cell.learned.any()]
    if not present or all(cell.learned.all() for cell in cells):
        return lambda _: None
    moments = _moments(labels, [cells[k].among_learned() for k in present])

    def among_learned(plan: PlannedContrast) -> Contrast | None:
        if not set(np.flatnonzero(plan.weights)) <= set(present):
            return None
        return contrast_of(moments, plan.weights[present], pooled=_pooled(moments))

    return among_learned


def _fisher(learned_a: int, seeds_a: int, learned_b: int, seeds_b: int) -> float:
    # Imported here: SciPy's statistics take half a second, and few studies have networks that did not learn.
    from scipy.stats import fisher_exact

    table = [[learned_a, seeds_a - learned_a], [learned_b, seeds_b - learned_b]]
    return float(fisher_exact(table).pvalue)


def _cell_answer(labels: ArrayLike, cells: Sequence[Cell], moments: CellMoments, k: int, title: str) -> CellAnswer:
    cell, areas = cells[k], moments.aucs[k]
    weights = np.eye(len(moments.aucs))[k]
    if len(areas) > 1:
        interval = contrast_of(moments, weights, pooled=_pooled(moments))
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
