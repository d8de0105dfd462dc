"""What a study answers: its cells, the contrasts between them, and the answer in words."""

from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from emotion_core.evaluation.answer.contrast import Contrast
from emotion_core.evaluation.statistics import SIGNIFICANCE


@dataclass(frozen=True)
class CellAnswer:
    """What one cell reaches.

    Attributes:
        title: name of the cell: its values of the factors that vary.
        activation: of its networks, as far as they share one.
        depth: number of their blocks, as far as they share one.
        levels: value of each factor that the study varies.
        seeds: number of networks.
        learned: how many of them learned.
        mean_auc: over its seeds.
        low: lower end of the 95 % interval over seeds and photos; over photos alone with one seed.
        high: upper end of it.
        aucs: of each seed.
        seed_sd: standard deviation of the AUC over seeds; None with one seed.
        photo_error: standard error of the mean AUC from the luck of the photos alone.
    """

    title: str
    activation: str | None
    depth: int | None
    levels: Mapping[str, Hashable]
    seeds: int
    learned: int
    mean_auc: float
    low: float
    high: float
    aucs: tuple[float, ...]
    seed_sd: float | None
    photo_error: float

    @property
    def has_equal_seeds(self) -> bool:
        """Whether networks that learned, and are not all but perfect, have exactly the same AUC."""
        areas = [area for area in self.aucs if area not in (0.0, 0.5, 1.0)]
        return self.learned == self.seeds > 1 and len(areas) > 1 and len(set(areas)) == 1

    @property
    def is_partly_dead(self) -> bool:
        """Whether some of its networks learned and others did not: its interval is then too short."""
        return 0 < self.learned < self.seeds


@dataclass(frozen=True)
class AnswerContrast:
    """The difference a minus b of mean AUCs, as one contrast of a question's family.

    Attributes:
        question: ``activation``, ``depth``, ``interaction``, ``activation at depth 3``, or another factor's name.
        a: value of the factor, or what is compared.
        b: what it is compared with.
        estimate: mean AUC of a minus that of b.
        low: lower end of the 95 % interval of this difference alone; None where a cell has one seed.
        high: upper end of it.
        p_value: of this difference alone; None where a cell has one seed.
        p_adjusted: after Holm over the question's contrasts.
        standard_error: over seeds and photos.
        degrees_of_freedom: of the t distribution.
        seed_variance: share of the squared standard error that is luck in training.
        photo_variance: that is luck in photos.
        seeds_a: networks on the side of a.
        seeds_b: networks on the side of b.
        learned_a: how many of those of a learned.
        learned_b: how many of those of b learned.
        mean_a: mean AUC of a; None where a is no group of cells.
        mean_b: mean AUC of b; None where b is none.
        wins: share of the pairs of a network of a with one of b, equal in all other factors, that a won; ties half.
        averaged: values of the other factors that both sides are averaged over, by factor.
        among_learned: the same contrast among the networks that learned; None where all learned or too few did.
        p_learned: Fisher's exact test that the networks of a and b are equally likely to learn, after Holm; None where
            all did, and where a and b are no groups of networks.
    """

    question: str
    a: Hashable
    b: Hashable
    estimate: float
    low: float | None
    high: float | None
    p_value: float | None
    p_adjusted: float | None
    standard_error: float | None
    degrees_of_freedom: float | None
    seed_variance: float | None
    photo_variance: float
    seeds_a: int
    seeds_b: int
    learned_a: int
    learned_b: int
    mean_a: float | None
    mean_b: float | None
    wins: float | None
    averaged: Mapping[str, tuple[Hashable, ...]]
    among_learned: Contrast | None
    p_learned: float | None

    @property
    def is_significant(self) -> bool:
        """Whether a and b are told apart at the 5 % level, after Holm."""
        return self.p_adjusted is not None and self.p_adjusted < SIGNIFICANCE

    @property
    def seed_share(self) -> float | None:
        """Share of the variance that is luck in training; None where it is unknown or nothing varies."""
        if self.seed_variance is None or not self.seed_variance + self.photo_variance:
            return None
        return self.seed_variance / (self.seed_variance + self.photo_variance)


@dataclass(frozen=True)
class StudyAnswer:
    """What a study says of its question.

    Attributes:
        parts: the answer in words, one text for each factor, and last the luck that the intervals count.
        contrasts: by question, in the order of the factors.
        cells: in the order given.
        factors: the factors that vary, with their values.
        n_happy: happy test photos.
        n_sad: sad test photos.
        folds: number of folds of the cross-validation; 0 for none.
        notes: what limits the answer, in sentences.
    """

    parts: tuple[str, ...]
    contrasts: tuple[AnswerContrast, ...]
    cells: tuple[CellAnswer, ...]
    factors: Mapping[str, tuple[Hashable, ...]]
    n_happy: int
    n_sad: int
    folds: int = 0
    notes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The answer in words, as one text."""
        return " ".join(self.parts)

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions that were asked, in order."""
        return tuple(dict.fromkeys(contrast.question for contrast in self.contrasts))

    def of_question(self, question: str) -> list[AnswerContrast]:
        """Return the contrasts of one question."""
        return [contrast for contrast in self.contrasts if contrast.question == question]

    def with_note(self, note: str) -> "StudyAnswer":
        """Return the answer with one more sentence on what limits it."""
        return replace(self, notes=(*self.notes, note))

    def as_json(self) -> dict[str, Any]:
        """Return plain dicts, lists, numbers and strings, ready for `json.dumps`; what is unknown is None."""
        answer = asdict(replace(self, factors=dict(self.factors), cells=tuple(map(_plain_levels, self.cells))))
        for contrast in answer["contrasts"]:
            for record in filter(None, (contrast, contrast["among_learned"])):
                freedom = record["degrees_of_freedom"]
                record["degrees_of_freedom"] = None if freedom is None or np.isinf(freedom) else freedom
        return {"sentence": self.sentence, **answer}


def _plain_levels(cell: CellAnswer) -> CellAnswer:
    return replace(cell, levels={name: str(value) for name, value in cell.levels.items()})
