"""What a comparison comes to, in sentences for a person: why this champion, and what may be concluded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from emotion_core.evaluation.records import PairComparison, RunComparison, RunScores
from emotion_core.evaluation.statistics import SIGNIFICANCE, is_constant, photos_to_decide
from emotion_core.formatting import count_text, p_text, share_text

WEAK_AUC = 0.7  # below, the usual reading of an AUC is "poor"; Hosmer, Lemeshow & Sturdivant 2013, chapter 5


def champion_sentence(
    champion: RunComparison | None,
    runs: Sequence[RunScores],
    records: Sequence[RunComparison],
    eligible: Sequence[RunComparison],
) -> str:
    """Return why the champion is the champion, or why there is none.

    Args:
        champion: the run chosen.
        runs: all runs of the comparison.
        records: their numbers, in the same order.
        eligible: those among which the champion was chosen.
    """
    if not records:
        return "There is no run to compare yet."
    fair = [record for run, record in zip(runs, records, strict=True) if not run.leaks]
    leaking = _not_eligible([run.title for run in runs if run.leaks], "a split that leaks")
    if champion is None or champion.validation_auc is None:
        answers = "tells validation photos apart with predictions that differ from photo to photo"
        why = f": none of {count_text(len(fair), 'run')} {answers}" if fair else ""
        return f"There is no champion{why}. {leaking}".strip()
    scored = [record for record in records if record.validation_auc is not None]
    area = share_text(champion.validation_auc)
    ties = [record for record in eligible if record.validation_auc == champion.validation_auc]
    if len(scored) == 1:
        merit = f"its validation AUC is {area}, and there is no other run"
    elif len(ties) > 1:
        merit = f"its validation AUC {area} is the highest of {len(eligible)} runs, shared by {len(ties)} of them"
    else:
        merit = f"its validation AUC {area} is the highest of {count_text(len(eligible), 'run')}"
    constant = _not_eligible(
        [record.name for record in scored if record in fair and record not in eligible],
        "giving practically one answer to every photo",
    )
    return f"{champion.name} is the champion: {merit}. {constant}{leaking}The test set played no part in the choice."


def _not_eligible(names: Sequence[str], why: str) -> str:
    return f"Passed over, for {why}: {', '.join(names)}. " if names else ""


def conclusion_sentence(
    tested: Sequence[RunScores],
    runs: Sequence[RunScores],
    records: Sequence[RunComparison],
    pairs: Sequence[PairComparison],
    champion: RunComparison | None,
) -> str:
    """Return what the test photos show: of the networks among each other, and of the champion against guessing.

    Args:
        tested: the runs whose test AUC says something of new photos.
        runs: all runs of the comparison.
        records: their numbers, in the same order.
        pairs: the pairs of ``tested`` that were compared.
        champion: the run chosen.
    """
    if not tested and any(run.leaks for run in runs):
        return "Nothing can be concluded: the networks with a test AUC were trained on photos that they were tested on."
    if not tested:
        return "No network has a test AUC, so nothing can be concluded yet."
    n_sad = int(np.sum(tested[0].test.labels))
    photos = f"On {len(tested[0].test.labels) - n_sad:,} + {n_sad:,} test photos"
    names = {record.run_id: record.name for record in records}
    to_decide = _to_decide(pairs, names, tested)
    return f"{photos} {_pairs_verdict(pairs, names)}. {to_decide}{_champion_verdict(champion)}".strip()


def _pairs_verdict(pairs: Sequence[PairComparison], names: Mapping[str, str]) -> str:
    if not pairs:
        return "no two networks were compared"
    found = sorted(
        (pair for pair in pairs if pair.p_exchange_adjusted < SIGNIFICANCE), key=lambda pair: pair.p_exchange
    )
    if not found:
        smallest = min(pair.p_exchange_adjusted for pair in pairs)
        return f"no network can be told apart from another (smallest adjusted {p_text(smallest)})"
    best = min(found, key=lambda pair: pair.p_exchange)
    winner, loser = (best.a, best.b) if best.difference > 0 else (best.b, best.a)
    clearest = (
        f"{names[winner]} does better than {names[loser]} by {share_text(abs(best.difference))} "
        f"(adjusted {p_text(best.p_exchange_adjusted)})"
    )
    if len(pairs) == 1:
        return clearest
    return f"{len(found)} of {len(pairs)} pairs of networks can be told apart; most clearly {clearest}"


def _to_decide(pairs: Sequence[PairComparison], names: Mapping[str, str], tested: Sequence[RunScores]) -> str:
    """Say how many photos would decide the largest difference that was seen, where nothing was told apart."""
    # What order there is in the crumbs of a constant answer says nothing.
    constant = {run.run_id for run in tested if is_constant(run.test.p_sad)}
    real = [pair for pair in pairs if not constant & {pair.a, pair.b}]
    if not real or min(pair.p_exchange_adjusted for pair in pairs) < SIGNIFICANCE:
        return ""
    pair = max(real, key=lambda pair: abs(pair.difference))
    labels = tested[0].test.labels
    needed = photos_to_decide(pair.difference, pair.standard_error, int(np.sum(1 - labels)), int(np.sum(labels)))
    if needed is None:
        return ""
    largest = f", the largest of {len(real)} differences and likely smaller in truth" if len(real) > 1 else ""
    return (
        f"If {names[pair.a]} and {names[pair.b]} really differ by the {share_text(abs(pair.difference))} seen here"
        f"{largest}, it takes about {needed:,} + {needed:,} test photos to show it in four of five attempts. "
    )


def _champion_verdict(champion: RunComparison | None) -> str:
    if champion is None:
        return ""
    if champion.test_auc_low is None or champion.test_auc_high is None:
        return "The champion has no test AUC."
    if champion.test_auc_low <= 0.5 <= champion.test_auc_high:
        return f"The champion cannot be told from guessing on this test set ({_between(champion)})."
    if champion.test_auc_high < 0.5:
        return f"The champion does worse than guessing on this test set ({_between(champion)})."
    if champion.test_auc is not None and champion.test_auc < WEAK_AUC:
        return f"The champion does a little better than guessing, no more ({_between(champion)})."
    return f"The champion does better than guessing ({_between(champion)})."


def _between(champion: RunComparison) -> str:
    low, high = champion.test_auc_low, champion.test_auc_high
    return f"test AUC between {share_text(low or 0.0)} and {share_text(high or 0.0)}"
