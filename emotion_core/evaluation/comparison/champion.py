"""Which network is the champion, why, and whether its lead over the next is more than luck.

The champion has the highest validation AUC, above one half: at one half or below a network does no better than
guessing, and none is named. Its lead is tested on the validation photos. Since the champion was selected as the best of
several, that p-value is too small as evidence for it: a large one shows that the lead may be luck, a small one does not
show that it is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from emotion_core.evaluation.comparison.measures import is_constant_run, validation_lead_p
from emotion_core.evaluation.records import RunComparison, RunScores
from emotion_core.evaluation.statistics import SIGNIFICANCE
from emotion_core.formatting import count_text, p_text, share_text

GUESSING_AUC = 0.5
MOST_NAMES = 3  # networks that a sentence lists; of more it gives the number
WEAK_AUC = 0.7  # below, the usual reading of an AUC is "poor"; Hosmer, Lemeshow & Sturdivant 2013, chapter 5


@dataclass(frozen=True)
class ChampionChoice:
    """The champion and what it was chosen from.

    Attributes:
        champion: numbers of the chosen run; None where none is eligible.
        eligible: numbers of the runs that it was chosen from.
        runner_up: numbers of the best of the others; None without one.
        lead_p: p-value of champion and runner-up being equally good on the validation photos; None where unknown.
    """

    champion: RunComparison | None
    eligible: list[RunComparison]
    runner_up: RunComparison | None
    lead_p: float | None


def choose_champion(runs: Sequence[RunScores], records: Sequence[RunComparison]) -> ChampionChoice:
    """Return the choice among the runs.

    Args:
        runs: all runs of the comparison.
        records: their numbers, in the same order.
    """
    pairs = list(zip(runs, records, strict=True))
    eligible = [record for run, record in pairs if _is_eligible(run, record)]
    # Sorting is stable: among equals the lower seed comes first, then the run order.
    ranked = sorted(eligible, key=lambda record: (-(record.validation_auc or 0.0), record.seed))
    champion, runner_up = (*ranked[:2], None, None)[:2]
    if champion is None or runner_up is None:
        return ChampionChoice(champion, eligible, None, None)
    scores = {record.run_id: run for run, record in pairs}
    lead_p = validation_lead_p(scores[champion.run_id], scores[runner_up.run_id])
    return ChampionChoice(champion, eligible, runner_up, lead_p)


def _is_eligible(run: RunScores, record: RunComparison) -> bool:
    return _is_fair(run, record) and not is_constant_run(run) and (record.validation_auc or 0.0) > GUESSING_AUC


def _is_fair(run: RunScores, record: RunComparison) -> bool:
    return record.validation_auc is not None and not run.leaks


def champion_sentence(choice: ChampionChoice, runs: Sequence[RunScores], records: Sequence[RunComparison]) -> str:
    """Return why the champion was chosen, or why there is none.

    Args:
        choice: among the runs.
        runs: all runs of the comparison.
        records: numbers of all runs, in the same order.
    """
    if not records:
        return "There is no run to compare yet."
    if choice.champion is None:
        parts = [_no_champion_text(runs, records), *_excluded_texts(choice, runs, records, leaking_only=True)]
    else:
        parts = [
            f"{choice.champion.name} is the champion: {_merit_text(choice.champion, choice, runs, records)}.",
            *_doubts(choice.champion, choice),
            *_excluded_texts(choice, runs, records),
        ]
        # Over folds a validation photo of one is a test photo of another; a leaking run has learned test photos.
        if not any(run.leaks or run.folds is not None for run in runs):
            parts.append("The test set played no part in the choice.")
    return " ".join(parts)


def _no_champion_text(runs: Sequence[RunScores], records: Sequence[RunComparison]) -> str:
    fair = [(run, record) for run, record in zip(runs, records, strict=True) if not run.leaks]
    if not fair:
        return "There is no champion."
    scored = [record for run, record in fair if _is_fair(run, record) and not is_constant_run(run)]
    if not scored:
        runs_text = "the run has no" if len(fair) == 1 else f"none of {len(fair)} runs has a"
        return f"There is no champion: {runs_text} validation AUC with predictions that differ between photos."
    best = max(scored, key=lambda record: record.validation_auc or 0.0)
    area, guessing = share_text(best.validation_auc or 0.0), share_text(GUESSING_AUC)
    merit = f"the highest validation AUC is {area}, of {best.name}"
    if len(scored) == 1:
        merit = f"the validation AUC of {best.name} is {area}"
    return f"There is no champion: {merit}, and {guessing} or less is no better than guessing."


def _merit_text(
    champion: RunComparison, choice: ChampionChoice, runs: Sequence[RunScores], records: Sequence[RunComparison]
) -> str:
    area = share_text(champion.validation_auc or 0.0)
    if sum(record.validation_auc is not None for record in records) == 1:
        return f"its validation AUC is {area}, and there is no other run"
    what = "network" if any(run.folds is not None for run in runs) else "run"
    ties = sum(record.validation_auc == champion.validation_auc for record in choice.eligible)
    shared = f", shared by {ties} of them" if ties > 1 else ""
    return f"its validation AUC {area} is the highest of {count_text(len(choice.eligible), what)}{shared}"


def _doubts(champion: RunComparison, choice: ChampionChoice) -> list[str]:
    """Return sentences on a weak champion, and on a lead that may be luck."""
    doubts = []
    area, next_best = champion.validation_auc or 0.0, choice.runner_up
    next_area = (next_best and next_best.validation_auc) or 0.0
    if area < WEAK_AUC:
        doubts.append(f"It is a weak champion: an AUC below {share_text(WEAK_AUC)} counts as poor.")
    if next_best is not None and area > next_area and choice.lead_p is not None and choice.lead_p >= SIGNIFICANCE:
        doubts.append(
            f"Its lead over {next_best.name} ({share_text(area)} against {share_text(next_area)}) is within the "
            f"luck of the validation photos ({p_text(choice.lead_p)}), so another set of photos may choose another "
            "network."
        )
    return doubts


def _excluded_texts(
    choice: ChampionChoice,
    runs: Sequence[RunScores],
    records: Sequence[RunComparison],
    *,
    leaking_only: bool = False,
) -> list[str]:
    """Return a sentence for each reason for which runs were passed over."""
    passed = [(run, record) for run, record in zip(runs, records, strict=True) if _is_fair(run, record)]
    passed = [] if leaking_only else [(run, record) for run, record in passed if record not in choice.eligible]
    names = {
        "practically the same answer for every photo": [r.name for run, r in passed if is_constant_run(run)],
        f"validation AUC of {share_text(GUESSING_AUC)} or less": [
            r.name for run, r in passed if not is_constant_run(run)
        ],
        "leaking split": [run.title for run in runs if run.leaks],
    }
    return [f"Not eligible ({reason}): {_names_text(listed)}." for reason, listed in names.items() if listed]


def _names_text(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} networks"
