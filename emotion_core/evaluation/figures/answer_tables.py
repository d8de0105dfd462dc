"""Tables of a study's answer, as rows keyed by column title."""

from collections.abc import Hashable
from typing import Any

from emotion_core.evaluation.answer import AnswerContrast, CellAnswer, StudyAnswer, level_title
from emotion_core.evaluation.figures.tables import TableRows
from emotion_core.formatting import interval_text


def contrast_table(answer: StudyAnswer) -> TableRows:
    """Return the contrasts of every question, one row each, as the answer has them."""
    return [
        {
            **_titles(contrast),
            "AUC of A": contrast.mean_a,
            "AUC of B": contrast.mean_b,
            "A − B": contrast.estimate,
            "95 % CI": interval_text(contrast.low, contrast.high),
            "p (Holm)": contrast.p_adjusted,
        }
        for contrast in answer.contrasts
    ]


def contrast_details(answer: StudyAnswer) -> TableRows:
    """Return what else is known of each contrast: networks, raw p-value, and where its uncertainty comes from."""
    return [_detail_row(contrast) for contrast in answer.contrasts]


def _titles(contrast: AnswerContrast) -> dict[str, Any]:
    return {
        "question": contrast.question,
        **dict(zip("AB", _pair(contrast), strict=True)),
    }


def _detail_row(contrast: AnswerContrast) -> dict[str, Any]:
    share, among = contrast.seed_share, contrast.among_learned
    where = contrast.question.partition(" at ")[2]
    return {
        "A − B": " − ".join(filter(None, _pair(contrast))) + (f" at {where}" if where else ""),
        "networks": f"{contrast.seeds_a} / {contrast.seeds_b}",
        "learned": f"{contrast.learned_a} / {contrast.learned_b}",
        "p": contrast.p_value,
        "A won": contrast.wins,
        "variance from training": share,
        "variance from photos": None if share is None else 1 - share,
        "A − B, learned only": among and among.estimate,
    }


def cell_table(answer: StudyAnswer) -> TableRows:
    """Return what each group of seeds reaches, one row each, with the spread over seeds and over photos apart."""
    return [_cell_row(answer, cell) for cell in answer.cells]


def _cell_row(answer: StudyAnswer, cell: CellAnswer) -> dict[str, Any]:
    names = list(answer.factors) or list(cell.levels)
    return {
        **{name: str(cell.levels[name]) for name in names},
        "seeds": cell.seeds,
        "learned": cell.learned,
        "mean AUC": cell.mean_auc,
        "95 % CI": interval_text(cell.low, cell.high),
        "SD over seeds": cell.seed_sd,
        "SE from photos": cell.photo_error,
    }


def _pair(contrast: AnswerContrast) -> tuple[str, str]:
    return _title(contrast, contrast.a), _title(contrast, contrast.b)


def _title(contrast: AnswerContrast, value: Hashable) -> str:
    return level_title(contrast.question.partition(" at ")[0], value) if value != "" else ""
