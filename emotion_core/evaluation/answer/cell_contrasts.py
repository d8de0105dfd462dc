"""The planned contrasts of a study's cells: estimates, p-values after Holm, and what holds among those that learned."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from emotion_core.evaluation.answer.answer_records import AnswerContrast
from emotion_core.evaluation.answer.cells import Cell, moments_of, shares_spread
from emotion_core.evaluation.answer.contrast import CellMoments, Contrast, contrast_of
from emotion_core.evaluation.answer.questions import INTERACTION, TREND, PlannedContrast, factors_of
from emotion_core.evaluation.statistics import holm_adjust


def answer_contrasts(
    cells: Sequence[Cell],
    moments: CellMoments,
    planned: Sequence[PlannedContrast],
    among_learned: Callable[[PlannedContrast], Contrast | None],
) -> list[AnswerContrast]:
    """Return the contrasts, with the p-values of each question adjusted for their number.

    Args:
        cells: of the study.
        moments: of the AUCs of all cells.
        planned: what is contrasted.
        among_learned: returns the same contrast of the networks that learned, as ``contrasts_among_learned`` makes it.
    """
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
    difference = contrast_of(moments, plan.weights, pooled=shares_spread(moments))
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


def contrasts_among_learned(labels: ArrayLike, cells: Sequence[Cell]) -> Callable[[PlannedContrast], Contrast | None]:
    """Return a function that makes contrasts of the networks that learned, None where a cell in it has none.

    Args:
        labels: true labels of the test photos, shape ``(n,)``.
        cells: of the study.
    """
    present = [k for k, cell in enumerate(cells) if cell.learned.any()]
    if not present or all(cell.learned.all() for cell in cells):
        return lambda _: None
    moments = moments_of(labels, [cells[k].among_learned() for k in present])

    def among_learned(plan: PlannedContrast) -> Contrast | None:
        if not set(np.flatnonzero(plan.weights)) <= set(present):
            return None
        return contrast_of(moments, plan.weights[present], pooled=shares_spread(moments))

    return among_learned


def _fisher(learned_a: int, seeds_a: int, learned_b: int, seeds_b: int) -> float:
    # Imported here: SciPy's statistics take half a second, and few studies have networks that did not learn.
    from scipy.stats import fisher_exact

    table = [[learned_a, seeds_a - learned_a], [learned_b, seeds_b - learned_b]]
    return float(fisher_exact(table).pvalue)
