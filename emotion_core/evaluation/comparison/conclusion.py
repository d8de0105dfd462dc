"""What the test photos show, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emotion_core.evaluation.comparison.champion import GUESSING_AUC, WEAK_AUC
from emotion_core.evaluation.records import ChosenInFolds, RunComparison, RunScores
from emotion_core.formatting import share_text


def conclusion_sentence(
    tested: Sequence[RunScores],
    runs: Sequence[RunScores],
    champion: RunComparison | None,
    inside: ChosenInFolds | None = None,
) -> str:
    """Return what the test photos show about the champion.

    What they show about activations is the study's answer, which needs several seeds.

    Args:
        tested: runs whose test AUC is an estimate for new photos: leaking ones are left out.
        runs: all runs of the comparison.
        champion: numbers of the chosen run; None without a champion.
        inside: what it reaches chosen inside each fold, where that is known: its own test AUC is then too high.
    """
    if not tested and any(run.leaks for run in runs):
        return "Nothing can be concluded: the networks with a test AUC were trained on their own test photos."
    if not tested:
        return "No network has a test AUC, so nothing can be concluded yet."
    n_sad = int(np.sum(tested[0].test.labels))
    return f"On {len(tested[0].test.labels) - n_sad:,} + {n_sad:,} test photos {_champion_verdict(champion, inside)}."


def _champion_verdict(champion: RunComparison | None, inside: ChosenInFolds | None) -> str:
    if champion is None:
        return "no network is the champion"
    area, low, high, luck = champion.test_auc, champion.test_auc_low, champion.test_auc_high, "luck in photos"
    if inside is not None:
        area, low, high, luck = inside.auc, inside.low, inside.high, f"chosen inside each fold, {inside.luck}"
    if area is None or low is None or high is None:
        return "the champion has no AUC"
    reach = f"95 % CI of its test AUC {share_text(low)}–{share_text(high)}, {luck}"
    if low <= GUESSING_AUC <= high:
        return f"the champion cannot be told from guessing ({reach})"
    if high < GUESSING_AUC:
        return f"the champion does worse than guessing ({reach})"
    little = "only a little " if area < WEAK_AUC else ""
    return f"the champion does {little}better than guessing ({reach})"
