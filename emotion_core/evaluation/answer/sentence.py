"""The answer of a study in words. Every statement names its difference, its interval and the luck that it counts."""

import math
from collections.abc import Sequence

from emotion_core.evaluation.answer.answer_records import AnswerContrast, CellAnswer, StudyAnswer
from emotion_core.evaluation.answer.questions import INTERACTION, NETWORKS, TREND, level_title
from emotion_core.evaluation.statistics import SIGNIFICANCE
from emotion_core.formatting import count_text, list_text, p_text, share_text

MOST_CLAUSES = 3  # differences named in one sentence; the table has the others
NOTHING_LEARNED = "No network learned, so nothing can be said of how they compare once they do."
MOST_CELLS = 6  # cells listed in one sentence; of more, only those with networks that did not learn
USUAL_SEEDS = 5
NEAR_PERFECT = 0.98  # mean AUC; on 48 + 48 photos fewer than 47 of the 2,304 pairs are then ordered wrongly
_PLURALS = {"activation": "activations", "depth": "depths", NETWORKS: "networks"}


def answer_parts(answer: StudyAnswer) -> tuple[str, ...]:
    """Return what the study says about each of its factors, one text each, and last which luck its intervals count."""
    if not answer.factors:
        return (_single_cell(answer.cells[0]),)
    dead = () if any(cell.learned for cell in answer.cells) else (NOTHING_LEARNED,)
    if all(contrast.p_value is None for contrast in answer.contrasts):
        return (*dead, _single_seeds(answer))
    questions = [question for question in answer.questions if " at " not in question and question != INTERACTION]
    parts = [_question_text(answer, question) for question in questions]
    parts += [_interaction_text(answer)] if INTERACTION in answer.questions else []
    return (*dead, *filter(None, parts), _luck_text(answer))


def answer_notes(answer: StudyAnswer) -> tuple[str, ...]:
    """Return what limits the answer: networks that did not learn, cells of one seed, overlapping training sets."""
    notes = _learned_notes(answer)
    if any(cell.is_partly_dead for cell in answer.cells):
        notes.append(
            "Where some seeds learned and others did not, the interval of the mean is too short: in simulations it "
            "holds the true value in 85 to 93 of 100 studies."
        )
    if any(cell.mean_auc > NEAR_PERFECT for cell in answer.cells):
        notes.append(
            "Near an AUC of 1 nearly all pairs of photos are ordered rightly, so an interval rests on few of them and "
            "may be too short. More photos, or harder ones, would tell more."
        )
    single = [cell.title for cell in answer.cells if cell.seeds == 1]
    if single and len(single) < len(answer.cells):
        verb = "has one seed and takes" if len(single) == 1 else "have one seed each and take"
        notes.append(f"{list_text(single)} {verb} no part in any test: with one seed the luck in training is unknown.")
    twice = [cell.title for cell in answer.cells if cell.has_equal_seeds]
    if twice:
        notes.append(
            f"All networks of {list_text(twice)} have exactly the same AUC. If one training was counted several times, "
            "the luck in training is underestimated."
        )
    if answer.folds:
        notes.append(
            "The training sets of the folds overlap, which no interval here accounts for (Bengio & Grandvalet 2004)."
        )
    return tuple(notes)


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
        return (
            f"There is one trained network, so there is nothing to compare. Its test AUC is {reach}; the 95 % interval "
            "counts luck in photos alone."
        )
    return (
        f"All {cell.seeds} networks have the same settings, so there is nothing to compare but their seeds. Their mean "
        f"test AUC is {reach}; the 95 % interval counts luck in training and in photos."
    )


def _single_seeds(answer: StudyAnswer) -> str:
    subject = "activations" if "activation" in answer.factors else _plural(next(iter(answer.factors)))
    number = len(answer.cells)
    several = [cell.title for cell in answer.cells if cell.seeds > 1]
    if several:
        verb = "has" if len(several) == 1 else "have"
        what = f"Of these {number} settings only {list_text(several)} {verb} several seeds, too few to compare"
    else:
        what = f"These are {number} trained networks, each from a single seed"
    return (
        f"{what}. Another seed may turn their order: train {USUAL_SEEDS} seeds or more of each to speak of {subject}."
    )


def _question_text(answer: StudyAnswer, question: str) -> str:
    contrasts = [contrast for contrast in answer.of_question(question) if contrast.p_value is not None]
    pairs = [contrast for contrast in contrasts if contrast.a != TREND]
    if not pairs:
        return ""
    apart = sorted((contrast for contrast in pairs if contrast.is_significant), key=lambda pair: pair.p_value or 0.0)
    trend = [_trend_text(contrast) for contrast in contrasts if contrast.a == TREND]
    if not apart:
        return " ".join([_not_apart_text(answer, question, pairs), *filter(None, trend)])
    scope, differs = _scope_text(answer, pairs), _scopes_differ(pairs)
    clauses = [f"{_difference_text(pair)}{_where_text(pair) if differs else ''}" for pair in apart[:MOST_CLAUSES]]
    text = f"{scope}{'; '.join(clauses)}."
    if len(apart) > MOST_CLAUSES:
        text += f" {count_text(len(apart) - MOST_CLAUSES, 'more pair')} can be told apart (see the table)."
    others = [pair for pair in pairs if not pair.is_significant]
    if others:
        text += f" {_others_text(others)}"
    return " ".join([text, *filter(None, trend)])


def _difference_text(pair: AnswerContrast) -> str:
    a, b = _titles(pair)
    low, high = sorted((abs(pair.low or 0.0), abs(pair.high or 0.0)))
    better, worse = (a, b) if pair.estimate > 0 else (b, a)
    # An end that would be rounded to .00 gets a third digit, so that no significant interval seems to reach 0.
    digits = 2 if low >= 0.005 else 3
    reach = f"{share_text(low, digits=digits)} to {share_text(high, digits=digits)}"
    if (pair.low or 0) * (pair.high or 0) <= 0:
        reach = _interval(pair, "to")
    return f"{better} reaches {share_text(abs(pair.estimate))} more AUC than {worse} ({reach}, {_adjusted(pair)})"


def _not_apart_text(answer: StudyAnswer, question: str, pairs: Sequence[AnswerContrast]) -> str:
    scope = _scope_text(answer, pairs)
    if len(pairs) == 1:
        a, b = _titles(pairs[0])
        text = f"{scope}{a} and {b} are not told apart: {a} − {b} lies between {_interval(pairs[0])}"
    else:
        text = f"{scope}no two {_plural(question)} are told apart"
    smallest = min(pairs, key=lambda pair: pair.p_adjusted if pair.p_adjusted is not None else 1.0)
    which = "smallest " if len(pairs) > 1 else ""
    return f"{text} ({which}{_adjusted(smallest)}). That does not show that they are equal: {_bound_text(pairs)}."


def _bound_text(pairs: Sequence[AnswerContrast]) -> str:
    return f"with 95 % confidence they are at most {_ceiling_text(bound_of(pairs))} apart"


def _ceiling_text(bound: float) -> str:
    """Return a bound with two digits, rounded up so that it stays one."""
    return share_text(math.ceil(round(100 * bound, 6)) / 100)


def _others_text(others: Sequence[AnswerContrast]) -> str:
    number = "The other pair is" if len(others) == 1 else f"The other {len(others)} pairs are"
    return f"{number} not told apart, and at most {_ceiling_text(bound_of(others))} apart with 95 % confidence."


def bound_of(pairs: Sequence[AnswerContrast]) -> float:
    """Return the largest difference in AUC that the 95 % intervals of all pairs leave possible.

    That all pairs are within it is an intersection of hypotheses that are each tested at 2.5 %, so it needs no
    adjustment for their number (Berger 1982, Technometrics 24:295-300).
    """
    return max(max(abs(pair.low or 0.0), abs(pair.high or 0.0)) for pair in pairs)


def _trend_text(trend: AnswerContrast) -> str:
    if not trend.is_significant:
        return ""
    change = f"{signed_text(trend.estimate)} ({_interval(trend, 'to')}, {_adjusted(trend)})"
    return f"Each further block changes the AUC by {change}."


def _interaction_text(answer: StudyAnswer) -> str:
    contrasts = [contrast for contrast in answer.of_question(INTERACTION) if contrast.p_adjusted is not None]
    if not contrasts:
        return ""
    first, second, *_ = answer.factors
    smallest = min(contrasts, key=lambda contrast: contrast.p_adjusted or 0.0)
    if not smallest.is_significant:
        return (
            f"The tests find no change of the difference between {_plural(first)} with {second} "
            f"(smallest {_adjusted(smallest)}); a change may still be there."
        )
    simple = [contrast for contrast in answer.contrasts if contrast.question.startswith(f"{first} at ")]
    by_context = []
    for question in dict.fromkeys(contrast.question for contrast in simple):
        apart = [contrast for contrast in answer.of_question(question) if contrast.is_significant]
        clauses = " and ".join(_difference_text(pair) for pair in apart[:MOST_CLAUSES])
        by_context.append(f"at {question.partition(' at ')[2]}, {clauses or f'no two {_plural(first)} are told apart'}")
    return (
        f"The difference between {_plural(first)} changes with {second} ({_adjusted(smallest)}), so the averages hide "
        f"part of the answer: {'; '.join(by_context)}."
    )


def _scope_text(answer: StudyAnswer, pairs: Sequence[AnswerContrast]) -> str:
    """Return what the means are averaged over, as the beginning of a sentence."""
    over = [_seeds_text(answer)]
    if pairs[0].question != NETWORKS and not _scopes_differ(pairs):
        over += [
            f"{_plural(name)} {list_text([str(value) for value in values])}"
            for name, values in pairs[0].averaged.items()
            if len(values) > 1
        ]
    return f"Averaged over {list_text(over)}, "


def _scopes_differ(pairs: Sequence[AnswerContrast]) -> bool:
    """Whether the pairs of an incomplete grid rest on different values of the other factors."""
    return any(pair.averaged != pairs[0].averaged for pair in pairs) and pairs[0].question != NETWORKS


def _where_text(pair: AnswerContrast) -> str:
    levels = [f"{name} {list_text([str(value) for value in values])}" for name, values in pair.averaged.items()]
    return f" at {list_text(levels)}"


def _seeds_text(answer: StudyAnswer) -> str:
    seeds = sorted({cell.seeds for cell in answer.cells if cell.seeds > 1})
    return count_text(seeds[0], "seed") if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]} seeds"


def _luck_text(answer: StudyAnswer) -> str:
    tests = max(sum(pair.p_value is not None for pair in answer.of_question(name)) for name in answer.questions)
    adjusted = "; p-values are Holm-adjusted within each question" if tests > 1 else ""
    return f"Each 95 % interval is for its difference alone and counts luck in training and in photos{adjusted}."


def _learned_notes(answer: StudyAnswer) -> list[str]:
    """Return how many networks learned, whether that differs, and what holds among those that did."""
    cells = [cell for cell in answer.cells if cell.learned < cell.seeds or len(answer.cells) <= MOST_CELLS]
    if all(cell.learned == cell.seeds for cell in cells):
        return []
    counts = ", ".join(f"{cell.title} in {cell.learned} of {count_text(cell.seeds, 'seed')}" for cell in cells)
    notes = [f"Learned: {counts}. Networks that did not learn count in every mean with the AUC that they reach."]
    for question in answer.questions:
        pairs = [pair for pair in answer.of_question(question) if pair.p_learned is not None]
        if " at " not in question and pairs:
            notes += _learned_share_notes(pairs) + _among_learned_notes(pairs)
    return notes


def _learned_share_notes(pairs: Sequence[AnswerContrast]) -> list[str]:
    tested = [pair for pair in pairs if min(pair.seeds_a, pair.seeds_b) > 1]
    apart = [pair for pair in tested if (pair.p_learned or 0) < SIGNIFICANCE]
    if not apart:
        if not tested:
            return []
        smallest = p_text(min(pair.p_learned or 0.0 for pair in tested))
        what = _plural(pairs[0].question)
        return [f"Whether {what} differ in how often they learn is open (smallest adjusted {smallest}, Fisher's test)."]
    clauses = []
    for pair in apart[:MOST_CLAUSES]:
        a, b = _titles(pair)
        more, less = (a, b) if pair.learned_a / pair.seeds_a > pair.learned_b / pair.seeds_b else (b, a)
        clauses.append(f"{more} learns more often than {less} (adjusted {p_text(pair.p_learned or 0)})")
    return [f"{'; '.join(clauses)}: Fisher's exact test."]


def _among_learned_notes(pairs: Sequence[AnswerContrast]) -> list[str]:
    texts = []
    for pair in pairs:
        among = pair.among_learned
        if among is not None and among.low is not None:
            reach = f"{signed_text(among.low)} to {signed_text(among.high or 0.0)}"
            texts.append(f"{' − '.join(_titles(pair))} {signed_text(among.estimate)} ({reach})")
    if not texts:
        return []
    return [
        f"Among the networks that learned: {', '.join(texts[:MOST_CELLS])}. These networks were chosen after looking, "
        "so the answer rests on all."
    ]


def _titles(pair: AnswerContrast) -> tuple[str, str]:
    factor = pair.question.partition(" at ")[0]
    return level_title(factor, pair.a), level_title(factor, pair.b)


def _interval(contrast: AnswerContrast, joint: str = "and") -> str:
    return f"{signed_text(contrast.low or 0.0)} {joint} {signed_text(contrast.high or 0.0)}"


def _adjusted(contrast: AnswerContrast) -> str:
    return f"adjusted {p_text(contrast.p_adjusted if contrast.p_adjusted is not None else 1.0)}"


def _plural(name: str) -> str:
    return _PLURALS.get(name, f"values of {name}")
