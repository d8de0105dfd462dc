"""The answer of a study: does the activation matter, does depth, and how sure can one be?

Networks that differ in their seed alone form a cell. The questions and the rule for the spread over seeds are fixed
before the scores are looked at: a cell with four seeds or more has its own spread, one with two or three takes the
spread pooled over all cells, and with one seed nothing is said of activations. Each question is one Holm family.
Networks that did not learn stay in every average, since leaving them out after looking would be choosing; what holds
among those that learned is computed beside it.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.answer.answer_records import StudyAnswer
from emotion_core.evaluation.answer.auc_moments import checked_scores
from emotion_core.evaluation.answer.cell_contrasts import answer_contrasts, contrasts_among_learned
from emotion_core.evaluation.answer.cells import Cell, cell_answer, cell_titles, moments_of
from emotion_core.evaluation.answer.questions import (
    INTERACTION,
    PlannedContrast,
    factors_of,
    main_questions,
    simple_questions,
)
from emotion_core.evaluation.answer.sentence import answer_notes, answer_parts
from emotion_core.evaluation.statistics import FloatArray, is_constant


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
    moments = moments_of(labels, cells)
    levels = [cell.levels for cell in cells]
    titles = cell_titles(cells)
    among_learned = contrasts_among_learned(labels, cells)
    contrasts = answer_contrasts(cells, moments, _planned(levels, titles, moments.seeds > 1), among_learned)
    if any(contrast.question == INTERACTION and contrast.is_significant for contrast in contrasts):
        contrasts += answer_contrasts(cells, moments, simple_questions(levels), among_learned)
    n_sad = int(np.sum(np.asarray(labels)))
    answer = StudyAnswer(
        (),
        tuple(contrasts),
        tuple(cell_answer(labels, cells, moments, k, titles[k]) for k in range(len(cells))),
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


def _not_constant(scores: FloatArray) -> NDArray[np.bool_]:
    return np.array([not is_constant(row) for row in scores])
