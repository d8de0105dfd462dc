"""The answer of a study in words. Every statement names its difference, its interval and the luck that it counts."""

from collections.abc import Hashable, Sequence

from emotion_core.evaluation.answer.answer_records import AnswerContrast, CellAnswer, StudyAnswer
from emotion_core.evaluation.answer.questions import INTERACTION, NETWORKS, TREND
from emotion_core.formatting import count_text, list_text, p_text, share_text

MOST_CLAUSES = 3  # differences named in one sentence; the table has the others
USUAL_SEEDS = 5
_PLURALS = {"activation": "activations", "depth": "depths", NETWORKS: "networks"}


def answer_sentence(answer: StudyAnswer) -> str:
    """Return what the study says about each of its factors, and which luck its intervals count."""
    if not answer.factors:
        return _single_cell(answer.cells[0])
    if all(contrast.p_value is None for contrast in answer.contrasts):
        return _single_seeds(answer)
    questions = [question for question in answer.questions if " at " not in question and question != INTERACTION]
    parts = [_question_text(answer, question) for question in questions]
    parts += [_interaction_text(answer)] if INTERACTION in answer.questions else []
    return " ".join([*filter(None, parts), _luck_text(answer)])


def answer_notes(answer: StudyAnswer) -> tuple[str, ...]:
    """Return what limits the answer: networks that did not learn, cells of one seed, overlapping training sets."""
    dead = [cell for cell in answer.cells if cell.learned < cell.seeds]
    notes = [_learned_text(answer, cell) for cell in dead] if len(answer.factors) != 1 else []
    notes += _shares_text(answer)
    if any(cell.is_partly_dead for cell in answer.cells):
        notes.append(
            "Where some seeds learned and others did not, the interval of the mean is too short: in simulations it "
            "holds the true value in 85 to 93 of 100 studies."
        )
    single = [cell_title(answer, cell) for cell in answer.cells if cell.seeds == 1]
    if single and len(single) < len(answer.cells):
        notes.append(f"Nothing is said of {list_text(single)}: with one seed the luck in training is unknown.")
    if answer.folds:
        notes.append(
            "The training sets of the folds overlap, which no interval here accounts for (Bengio & Grandvalet 2004)."
        )
    return tuple(notes)


def cell_title(answer: StudyAnswer, cell: CellAnswer) -> str:
    """Return the name of a cell: its value of each factor that varies.

    Args:
        answer: of the study.
        cell: one of its cells.
    """
    names = list(answer.factors) or list(cell.levels)
    return ", ".join(level_title(name, cell.levels[name]) for name in names)


def level_title(factor: str, value: Hashable) -> str:
    """Return a factor's value as a reader calls it.

    Args:
        factor: name of the factor.
        value: one of its values.

    >>> level_title("activation", "relu"), level_title("depth", 3), level_title("optimizer", "adam")
    ('relu', 'depth 3', 'optimizer adam')
    """
    return str(value) if factor in ("activation", NETWORKS, INTERACTION) else f"{factor} {value}"


def signed_text(value: float) -> str:
    """Return a difference of AUCs with its sign.

    >>> signed_text(0.06), signed_text(-0.2), signed_text(0.001)
    ('+.06', '−.20', '.00')
    """
    text = share_text(value)
    return text if text.startswith("−") or float(text) == 0 else f"+{text}"


def _single_cell(cell: CellAnswer) -> str:
    reach = f"{share_text(cell.mean_auc)} ({share_text(cell.low)} to {share_text(cell.high)})"
    if cell.seeds == 1:
        return f"There is one trained network, so there is nothing to compare. Its test AUC is {reach}, luck in photos."
    return (
        f"All {cell.seeds} networks have the same settings, so there is nothing to compare but their seeds. Their mean "
        f"test AUC is {reach}; the 95 % interval counts luck in training and in photos."
    )


def _single_seeds(answer: StudyAnswer) -> str:
    subject = "activations" if "activation" in answer.factors else _plural(next(iter(answer.factors)))
    number = len(answer.cells)
    if all(cell.seeds == 1 for cell in answer.cells):
        what = f"These are {number} trained networks, each from a single seed"
    else:
        what = f"Of these {number} settings no two have several seeds"
    return (
        f"{what}. Another seed may turn their order: train {USUAL_SEEDS} seeds or more of each to speak of {subject}."
    )


def _question_text(answer: StudyAnswer, question: str) -> str:
    contrasts = [contrast for contrast in answer.of_question(question) if contrast.p_value is not None]
    pairs = [contrast for contrast in contrasts if contrast.a != TREND]
    if not pairs:
        return ""
    apart = sorted((contrast for contrast in pairs if contrast.is_significant), key=lambda pair: pair.p_value or 0.0)
    trend = [_trend_text(question, contrast) for contrast in contrasts if contrast.a == TREND]
    if not apart:
        return " ".join([_not_apart_text(answer, question, pairs), *filter(None, trend)])
    scope = _scope_text(answer, question)
    text = f"{scope}{'; '.join(_difference_text(question, pair) for pair in apart[:MOST_CLAUSES])}."
    if len(apart) > MOST_CLAUSES:
        text += f" {count_text(len(apart) - MOST_CLAUSES, 'more pair')} can be told apart (see the table)."
    others = [pair for pair in pairs if not pair.is_significant]
    if others:
        text += f" {_others_text(others)}"
    return " ".join([text, *filter(None, trend)])


def _difference_text(question: str, pair: AnswerContrast) -> str:
    a, b = (level_title(question.partition(" at ")[0], value) for value in (pair.a, pair.b))
    low, high = sorted((abs(pair.low or 0.0), abs(pair.high or 0.0)))
    better, worse = (a, b) if pair.estimate > 0 else (b, a)
    reach = (
        f"{share_text(low)} to {share_text(high)}" if (pair.low or 0) * (pair.high or 0) > 0 else _interval(pair, "to")
    )
    return f"{better} reaches {share_text(abs(pair.estimate))} more AUC than {worse} ({reach}, {_adjusted(pair)})"


def _not_apart_text(answer: StudyAnswer, question: str, pairs: Sequence[AnswerContrast]) -> str:
    scope = _scope_text(answer, question)
    if len(pairs) == 1:
        a, b = (level_title(question, value) for value in (pairs[0].a, pairs[0].b))
        text = f"{scope}{a} and {b} are not told apart: {a} − {b} lies between {_interval(pairs[0])}"
    else:
        low, high = min(pair.low or 0.0 for pair in pairs), max(pair.high or 0.0 for pair in pairs)
        text = (
            f"{scope}no two {_plural(question)} are told apart: their differences lie between {signed_text(low)} and "
            f"{signed_text(high)} AUC"
        )
    smallest = min(pairs, key=lambda pair: pair.p_adjusted if pair.p_adjusted is not None else 1.0)
    return f"{text} ({_adjusted(smallest)}). That does not show that they are equal: {_bound_text(pairs)}."


def _bound_text(pairs: Sequence[AnswerContrast]) -> str:
    return f"they may be up to {share_text(bound_of(pairs))} apart"


def _others_text(others: Sequence[AnswerContrast]) -> str:
    number = "The other pair is" if len(others) == 1 else f"The other {len(others)} pairs are"
    return f"{number} not told apart, and at most {share_text(bound_of(others))} apart with 95 % confidence."


def bound_of(pairs: Sequence[AnswerContrast]) -> float:
    """Return the largest difference in AUC that the 95 % intervals of all pairs leave possible.

    That all pairs are within it is an intersection of hypotheses that are each tested at 2.5 %, so it needs no
    adjustment for their number (Berger 1982, Technometrics 24:295-300).
    """
    return max(max(abs(pair.low or 0.0), abs(pair.high or 0.0)) for pair in pairs)


def _trend_text(question: str, trend: AnswerContrast) -> str:
    if not trend.is_significant:
        return ""
    step = "block" if question == "depth" else f"step of {question}"
    change = f"{signed_text(trend.estimate)} ({_interval(trend, 'to')}, {_adjusted(trend)})"
    return f"Each further {step} changes the AUC by {change}."


def _interaction_text(answer: StudyAnswer) -> str:
    contrasts = [contrast for contrast in answer.of_question(INTERACTION) if contrast.p_adjusted is not None]
    if not contrasts:
        return ""
    first, second = answer.factors
    smallest = min(contrasts, key=lambda contrast: contrast.p_adjusted or 0.0)
    if not smallest.is_significant:
        return (
            f"No sign that the difference between {_plural(first)} changes with {second} "
            f"(smallest {_adjusted(smallest)}), which does not show that it does not."
        )
    simple = [contrast for contrast in answer.contrasts if contrast.question.startswith(f"{first} at ")]
    by_context = []
    for question in dict.fromkeys(contrast.question for contrast in simple):
        apart = [contrast for contrast in answer.of_question(question) if contrast.is_significant]
        clauses = " and ".join(_difference_text(first, pair) for pair in apart[:MOST_CLAUSES])
        by_context.append(f"{question.partition(' ')[2]}, {clauses or f'no two {_plural(first)} are told apart'}")
    return (
        f"The difference between {_plural(first)} changes with {second} ({_adjusted(smallest)}), so the averages hide "
        f"part of the answer: {'; '.join(by_context)}."
    )


def _scope_text(answer: StudyAnswer, question: str) -> str:
    """Return what the means are averaged over, as the beginning of a sentence."""
    over = [_seeds_text(answer)]
    if question != NETWORKS:
        over += [
            f"{_plural(name)} {list_text([str(value) for value in values])}"
            for name, values in answer.factors.items()
            if name != question
        ]
    return f"Averaged over {list_text(over)}, "


def _seeds_text(answer: StudyAnswer) -> str:
    seeds = sorted({cell.seeds for cell in answer.cells if cell.seeds > 1})
    return count_text(seeds[0], "seed") if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]} seeds"


def _luck_text(answer: StudyAnswer) -> str:
    tests = max(sum(pair.p_value is not None for pair in answer.of_question(name)) for name in answer.questions)
    adjusted = "; p-values are Holm-adjusted within each question" if tests > 1 else ""
    return f"Each 95 % interval is for its difference alone and counts luck in training and in photos{adjusted}."


def _learned_text(answer: StudyAnswer, cell: CellAnswer) -> str:
    return f"{cell_title(answer, cell)} learned in {cell.learned} of {count_text(cell.seeds, 'seed')}."


def _shares_text(answer: StudyAnswer) -> list[str]:
    """Return the comparisons of how many networks learned, of the first factor, and what holds among those."""
    texts = []
    for pair in answer.of_question(answer.questions[0]) if answer.questions else []:
        if pair.p_learned is None or pair.a == TREND:
            continue
        a, b = (level_title(pair.question, value) for value in (pair.a, pair.b))
        text = (
            f"{a} learned in {pair.learned_a} of {pair.seeds_a} networks, {b} in {pair.learned_b} of {pair.seeds_b} "
            f"(Fisher's exact test, adjusted {p_text(pair.p_learned)})."
        )
        among = pair.among_learned
        if among is not None:
            reach = "" if among.low is None else f" ({signed_text(among.low)} to {signed_text(among.high or 0.0)})"
            text += (
                f" Among those that learned, {a} − {b} is {signed_text(among.estimate)}{reach}; they were chosen after "
                "looking, so the answer rests on all networks."
            )
        texts.append(text)
    return texts


def _interval(contrast: AnswerContrast, joint: str = "and") -> str:
    return f"{signed_text(contrast.low or 0.0)} {joint} {signed_text(contrast.high or 0.0)}"


def _adjusted(contrast: AnswerContrast) -> str:
    return f"adjusted {p_text(contrast.p_adjusted if contrast.p_adjusted is not None else 1.0)}"


def _plural(name: str) -> str:
    return _PLURALS.get(name, f"values of {name}")
