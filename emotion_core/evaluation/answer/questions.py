"""The questions that the cells of a study can answer, each as weights of its cells.

In a grid every factor has a main effect, averaged over the others, and two factors an interaction. Where a value of a
factor never meets the same values of the others, its effect cannot be told from theirs: cells are then compared as they
are, and named by all that they differ in.
"""

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from numbers import Integral
from typing import NamedTuple

import numpy as np

from emotion_core.evaluation.statistics import FloatArray

Levels = Mapping[str, Hashable]
NETWORKS = "networks"
INTERACTION = "interaction"
TREND = "linear trend, per step"


class PlannedContrast(NamedTuple):
    """A contrast that was fixed before the scores were looked at.

    Attributes:
        question: a factor's name, ``interaction``, ``activation at depth 3``, or ``networks``; one Holm family each.
        a: value of the factor, or a text that says what is compared.
        b: what it is compared with.
        weights: of the cells, shape ``(K,)``: mean of a minus mean of b.
    """

    question: str
    a: Hashable
    b: Hashable
    weights: FloatArray

    @property
    def factor(self) -> str:
        """Name of the factor whose values are compared, as far as the question is one of a factor."""
        return self.question.partition(" at ")[0]

    @property
    def cells_of_a(self) -> list[int]:
        """Positions of the cells that count for a."""
        return np.flatnonzero(self.weights > 0).tolist()

    @property
    def cells_of_b(self) -> list[int]:
        """Positions of the cells that count for b."""
        return np.flatnonzero(self.weights < 0).tolist()


def factors_of(cells: Sequence[Levels]) -> dict[str, tuple[Hashable, ...]]:
    """Return the factors in which cells differ, with their values in the order of the cells."""
    names = cells[0].keys() if cells else ()
    values = {name: tuple(dict.fromkeys(cell[name] for cell in cells)) for name in names}
    return {name: levels for name, levels in values.items() if len(levels) > 1}


def main_questions(cells: Sequence[Levels], titles: Sequence[str]) -> list[PlannedContrast]:
    """Return the contrasts of every factor, and the interaction of the first two, averaged over the others.

    Args:
        cells: the factor values of each cell; no two are equal.
        titles: name of each cell, where they can only be compared as they are.
    """
    factors = factors_of(cells)
    effects = {name: _pairs(cells, name, values) for name, values in factors.items()}
    if any(planned is None for planned in effects.values()):
        return [
            PlannedContrast(NETWORKS, titles[i], titles[j], _weights(cells, [(i, j)]))
            for i, j in combinations(range(len(cells)), 2)
        ]
    planned = [contrast for pairs in effects.values() for contrast in pairs or ()]
    return planned + (_interaction(cells, factors) if len(factors) > 1 else [])


def simple_questions(cells: Sequence[Levels]) -> list[PlannedContrast]:
    """Return the contrasts of the first factor at each value of the second, to follow up their interaction.

    Args:
        cells: the factor values of each cell.
    """
    (first, values), (second, contexts), *_ = factors_of(cells).items()
    planned = []
    for context in contexts:
        for a, b in combinations(values, 2):
            matched = [pair for pair in _matched(cells, first, a, b) if cells[pair[0]][second] == context]
            if matched:
                planned.append(PlannedContrast(f"{first} at {second} {context}", a, b, _weights(cells, matched)))
    return planned


def _pairs(cells: Sequence[Levels], name: str, values: Sequence[Hashable]) -> list[PlannedContrast] | None:
    """Return the contrasts of all pairs of a factor's values, or None where one cannot be told from other factors."""
    planned = []
    for a, b in combinations(values, 2):
        matched = _matched(cells, name, a, b)
        if not matched:
            return None
        planned.append(PlannedContrast(name, a, b, _weights(cells, matched)))
    # Steps of other numbers, such as learning rates, have no natural size.
    if name == "depth" and len(values) > 2 and all(isinstance(value, Integral) for value in values):
        planned += _trend(cells, name, values)
    return planned


def _matched(cells: Sequence[Levels], name: str, a: Hashable, b: Hashable) -> list[tuple[int, int]]:
    """Return the positions of the cells with values a and b that are equal in all other factors."""
    rest = [tuple((key, value) for key, value in cell.items() if key != name) for cell in cells]
    of_b = {rest[k]: k for k, cell in enumerate(cells) if cell[name] == b}
    return [(k, of_b[rest[k]]) for k, cell in enumerate(cells) if cell[name] == a and rest[k] in of_b]


def _weights(cells: Sequence[Levels], matched: Sequence[tuple[int, int]]) -> FloatArray:
    weights = np.zeros(len(cells))
    for i, j in matched:
        weights[i] += 1 / len(matched)
        weights[j] -= 1 / len(matched)
    return weights


def _trend(cells: Sequence[Levels], name: str, values: Sequence[Hashable]) -> list[PlannedContrast]:
    """Return the slope over a factor of numbers, averaged over the contexts that have all of its values."""
    contexts: dict[Hashable, dict[Hashable, int]] = {}
    for k, cell in enumerate(cells):
        rest = tuple((key, value) for key, value in cell.items() if key != name)
        contexts.setdefault(rest, {})[cell[name]] = k
    full = [at for at in contexts.values() if len(at) == len(values)]
    steps = np.array([float(str(value)) for value in values])
    slope = (steps - steps.mean()) / float(((steps - steps.mean()) ** 2).sum())
    weights = np.zeros(len(cells))
    for at in full:
        for value, share in zip(values, slope, strict=True):
            weights[at[value]] += share / len(full)
    return [PlannedContrast(name, TREND, "", weights)] if full else []


def _interaction(cells: Sequence[Levels], factors: Mapping[str, Sequence[Hashable]]) -> list[PlannedContrast]:
    """Return how the difference of each pair of the first factor's values changes between those of the second."""
    (first, values), (second, contexts), *_ = factors.items()
    planned = []
    for a, b in combinations(values, 2):
        matched = _matched(cells, first, a, b)
        for context, other in combinations(contexts, 2):
            sides = _same_rest(cells, matched, second, (context, other))
            if sides:
                weights = _weights(cells, [pair for pair, _ in sides]) - _weights(cells, [pair for _, pair in sides])
                pair = f"{a} − {b}"
                planned.append(
                    PlannedContrast(INTERACTION, f"{pair}, {second} {context}", f"{pair}, {second} {other}", weights)
                )
    return planned


def _same_rest(
    cells: Sequence[Levels], matched: Sequence[tuple[int, int]], name: str, values: tuple[Hashable, Hashable]
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the pairs of cells at the one and at the other value of a factor that are equal in all others."""
    rests = [{key: value for key, value in cells[pair[0]].items() if key != name} for pair in matched]
    at = {value: [k for k, pair in enumerate(matched) if cells[pair[0]][name] == value] for value in values}
    first, second = (at[value] for value in values)
    # The first factor's value is that of a in every pair, so that the rest alone decides.
    return [(matched[i], matched[j]) for i in first for j in second if rests[i] == rests[j]]


def level_title(factor: str, value: Hashable) -> str:
    """Return a factor's value as a reader calls it.

    Args:
        factor: name of the factor.
        value: one of its values.

    >>> level_title("activation", "relu"), level_title("depth", 3), level_title("optimizer", "adam")
    ('relu', 'depth 3', 'optimizer adam')
    """
    return str(value) if factor in ("activation", NETWORKS, INTERACTION) else f"{factor} {value}"
