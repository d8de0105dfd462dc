"""Contrasts of activations and depths over seeds and photos: the answer to a study's question."""

from emotion_core.evaluation.answer.answer_records import AnswerContrast, CellAnswer, StudyAnswer
from emotion_core.evaluation.answer.contrast import Contrast, contrast
from emotion_core.evaluation.answer.questions import INTERACTION, NETWORKS, TREND, level_title
from emotion_core.evaluation.answer.sentence import bound_of, signed_text
from emotion_core.evaluation.answer.study_answer import Cell, answer_cells, answer_study

__all__ = [
    "INTERACTION",
    "NETWORKS",
    "TREND",
    "AnswerContrast",
    "Cell",
    "CellAnswer",
    "Contrast",
    "StudyAnswer",
    "answer_cells",
    "answer_study",
    "bound_of",
    "contrast",
    "level_title",
    "signed_text",
]
