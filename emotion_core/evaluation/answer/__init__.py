"""Contrasts of activations and depths over seeds and photos: the answer to a study's question, and its planning."""

from emotion_core.evaluation.answer.answer_records import AnswerContrast, CellAnswer, StudyAnswer
from emotion_core.evaluation.answer.auc_moments import AucMoments, auc_moments
from emotion_core.evaluation.answer.cells import Cell
from emotion_core.evaluation.answer.contrast import Contrast, contrast
from emotion_core.evaluation.answer.planning import (
    DEFAULT_DIFFERENCE,
    DEFAULT_SEED_SD,
    WANTED_POWER,
    ContrastPlan,
    contrast_power,
    difference_for_power,
    photos_for_power,
    seeds_for_power,
)
from emotion_core.evaluation.answer.questions import (
    INTERACTION,
    NETWORKS,
    TREND,
    PlannedContrast,
    level_title,
    main_questions,
)
from emotion_core.evaluation.answer.sentence import bound_of, signed_text
from emotion_core.evaluation.answer.study_answer import answer_cells, answer_study

__all__ = [
    "DEFAULT_DIFFERENCE",
    "DEFAULT_SEED_SD",
    "INTERACTION",
    "NETWORKS",
    "TREND",
    "WANTED_POWER",
    "AnswerContrast",
    "AucMoments",
    "Cell",
    "CellAnswer",
    "Contrast",
    "ContrastPlan",
    "PlannedContrast",
    "StudyAnswer",
    "answer_cells",
    "answer_study",
    "auc_moments",
    "bound_of",
    "contrast",
    "contrast_power",
    "difference_for_power",
    "level_title",
    "main_questions",
    "photos_for_power",
    "seeds_for_power",
    "signed_text",
]
