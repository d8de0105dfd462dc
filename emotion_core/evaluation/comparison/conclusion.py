"""Sentences on a comparison: why this run is the champion, and what the test photos show."""

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
    """Return why the champion was chosen, or why there is none.

    Args:
        champion: numbers of the chosen run; None without a champion.
        runs: all runs of the comparison.
        records: numbers of all runs, in the same order.
        eligible: numbers of the runs that the champion was chosen from.
    """
    if not records:
        return "There is no run to compare yet."
    fair = [record for run, record in zip(runs, records, strict=True) if not run.leaks]
    leaking = _not_eligible([run.title for run in runs if run.leaks], "leaking split")
    if champion is None or champion.validation_auc is None:
        runs_text = "the run has no" if len(fair) == 1 else f"none of {len(fair)} runs has a"
        reason = f": {runs_text} validation AUC with predictions that differ between photos" if fair else ""
        return f"There is no champion{reason}. {leaking}".strip()
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
        "practically the same answer for every photo",
    )
    return f"{champion.name} is the champion: {merit}. {constant}{leaking}The test set played no part in the choice."


def _not_eligible(names: Sequence[str], reason: str) -> str:
    return f"Not eligible ({reason}): {', '.join(names)}. " if names else ""


def conclusion_sentence(
    tested: Sequence[RunScores],
    runs: Sequence[RunScores],
    records: Sequence[RunComparison],
    pairs: Sequence[PairComparison],
    champion: RunComparison | None,
) -> str:
    """Return what the test photos show about the networks compared with each other, and the champion with guessing.

    Args:
        tested: runs whose test AUC is an estimate for new photos: leaking ones are left out.
        runs: all runs of the comparison.
        records: numbers of all runs, in the same order.
        pairs: paired tests of the runs in ``tested``.
        champion: numbers of the chosen run; None without a champion.
    """
    if not tested and any(run.leaks for run in runs):
        return "Nothing can be concluded: the networks with a test AUC were trained on their own test photos."
    if not tested:
        return "No network has a test AUC, so nothing can be concluded yet."
    n_sad = int(np.sum(tested[0].test.labels))
    photos = f"On {len(tested[0].test.labels) - n_sad:,} + {n_sad:,} test photos"
    names = {record.run_id: record.name for record in records}
    needed = _needed_photos_text(pairs, names, tested)
    return f"{photos} {_pairs_verdict(pairs, names)}. {needed}{_champion_verdict(champion)}".strip()


def _pairs_verdict(pairs: Sequence[PairComparison], names: Mapping[str, str]) -> str:
    if not pairs:
        return "no two networks were compared"
    significant = [pair for pair in pairs if pair.p_holm < SIGNIFICANCE]
    if not significant:
        smallest = min(pair.p_holm for pair in pairs)
        return f"no two networks can be told apart (smallest adjusted {p_text(smallest)})"
    clearest = min(significant, key=lambda pair: pair.p_value)
    better, worse = (clearest.a, clearest.b) if clearest.difference > 0 else (clearest.b, clearest.a)
    text = (
        f"{names[better]} does better than {names[worse]} by {share_text(abs(clearest.difference))} AUC "
        f"(adjusted {p_text(clearest.p_holm)})"
    )
    if len(pairs) == 1:
        return text
    return f"{len(significant)} of {len(pairs)} pairs of networks can be told apart. The clearest difference: {text}"


def _needed_photos_text(pairs: Sequence[PairComparison], names: Mapping[str, str], tested: Sequence[RunScores]) -> str:
    """Return how many photos it takes to detect the largest measured difference; empty if any pair is significant."""
    # The AUC of a practically constant predictor rests on score differences below .001: more photos would not help.
    constant = {run.run_id for run in tested if is_constant(run.test.p_sad)}
    real = [pair for pair in pairs if not constant & {pair.a, pair.b}]
    if not real or min(pair.p_holm for pair in pairs) < SIGNIFICANCE:
        return ""
    pair = max(real, key=lambda pair: abs(pair.difference))
    labels = tested[0].test.labels
    needed = photos_to_decide(pair.difference, pair.standard_error, int(np.sum(1 - labels)), int(np.sum(labels)))
    if needed is None:
        return ""
    largest = f" (the largest of {len(real)} differences, so likely an overestimate)" if len(real) > 1 else ""
    return (
        f"If {names[pair.a]} and {names[pair.b]} really differ by the {share_text(abs(pair.difference))} seen here"
        f"{largest}, it takes about {needed:,} + {needed:,} test photos to detect it with a power of 80 %. "
    )


def _champion_verdict(champion: RunComparison | None) -> str:
    if champion is None:
        return ""
    if champion.test_auc_low is None or champion.test_auc_high is None:
        return "The champion has no test AUC."
    if champion.test_auc_low <= 0.5 <= champion.test_auc_high:
        return f"The champion cannot be distinguished from guessing on this test set ({_interval_text(champion)})."
    if champion.test_auc_high < 0.5:
        return f"The champion does worse than guessing on this test set ({_interval_text(champion)})."
    if champion.test_auc is not None and champion.test_auc < WEAK_AUC:
        return f"The champion does only a little better than guessing ({_interval_text(champion)})."
    return f"The champion does better than guessing ({_interval_text(champion)})."


def _interval_text(champion: RunComparison) -> str:
    low, high = champion.test_auc_low, champion.test_auc_high
    return f"95 % CI of the test AUC {share_text(low or 0.0)}–{share_text(high or 0.0)}"
