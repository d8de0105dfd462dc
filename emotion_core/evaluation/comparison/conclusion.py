"""Sentences on a comparison: why this run is the champion, and what the test photos show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emotion_core.evaluation.records import RunComparison, RunScores
from emotion_core.formatting import count_text, share_text

GUESSING = 0.5
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


def conclusion_sentence(tested: Sequence[RunScores], runs: Sequence[RunScores], champion: RunComparison | None) -> str:
    """Return what the test photos show about the champion.

    What they show about activations is the study's answer, which needs several seeds.

    Args:
        tested: runs whose test AUC is an estimate for new photos: leaking ones are left out.
        runs: all runs of the comparison.
        champion: numbers of the chosen run; None without a champion.
    """
    if not tested and any(run.leaks for run in runs):
        return "Nothing can be concluded: the networks with a test AUC were trained on their own test photos."
    if not tested:
        return "No network has a test AUC, so nothing can be concluded yet."
    n_sad = int(np.sum(tested[0].test.labels))
    return f"On {len(tested[0].test.labels) - n_sad:,} + {n_sad:,} test photos {_champion_verdict(champion)}."


def _champion_verdict(champion: RunComparison | None) -> str:
    if champion is None:
        return "no network is the champion"
    low, high = champion.test_auc_low, champion.test_auc_high
    if champion.test_auc is None or low is None or high is None:
        return "the champion has no AUC"
    reach = f"95 % CI of its test AUC {share_text(low)}–{share_text(high)}, luck in photos"
    if low <= GUESSING <= high:
        return f"the champion cannot be told from guessing ({reach})"
    if high < GUESSING:
        return f"the champion does worse than guessing ({reach})"
    little = "only a little " if champion.test_auc < WEAK_AUC else ""
    return f"the champion does {little}better than guessing ({reach})"
