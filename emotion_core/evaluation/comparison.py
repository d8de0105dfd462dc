"""The runs of one study side by side: the champion chosen on validation photos, the verdict given on test photos.

The champion has the highest validation AUC. The test photos play no part in that choice, which is why the
champion's test AUC and its interval can be taken at face value. Networks are compared pair by pair with DeLong's
test on the same test photos, Holm-adjusted. The test compares trained networks; what holds for an activation takes
several seeds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from emotion_core.errors import StatisticsError
from emotion_core.evaluation._checks import FloatArray, IntArray
from emotion_core.evaluation._text import count_text, p_text, share_text
from emotion_core.evaluation.diagnosis import is_constant
from emotion_core.evaluation.roc import NEUTRAL_THRESHOLD, ConfusionCounts, confusion, youden_threshold
from emotion_core.evaluation.statistics import AucInterval, auc, auc_interval, delong_test, holm_adjust

ALL_PAIRS_UP_TO = 12  # runs; beyond, 66 and more pairs drown every difference in the adjustment
SIGNIFICANCE = 0.05
WEAK_AUC = 0.7  # below, the usual reading of an AUC is "poor"; Hosmer, Lemeshow & Sturdivant 2013, chapter 5


@dataclass(frozen=True, eq=False)
class RunScores:
    """What one run scored: labels shape (n,), happy 0 and sad 1; scores P(sad) shape (n,); a split may be empty.

    The test photos are the same, in the same order, for all runs of a study, but for runs that leak: those were trained
    on photos that they were tested on.
    """

    run_id: str
    activation: str
    depth: int
    seed: int
    validation_labels: IntArray
    validation_scores: FloatArray
    test_labels: IntArray
    test_scores: FloatArray
    name: str = field(default="", kw_only=True)
    leaks: bool = field(default=False, kw_only=True)

    @property
    def title(self) -> str:
        """The run's name, or its settings in words where it has none."""
        return self.name or f"{self.activation}, depth {self.depth}, seed {self.seed}"


@dataclass(frozen=True)
class RunComparison:
    """One run's numbers; an AUC is None where the split cannot answer, and `note` says why.

    `threshold` is chosen on validation photos (.5 where they cannot answer); accuracy and counts are those
    of the test photos at that threshold.
    """

    run_id: str
    name: str
    activation: str
    depth: int
    seed: int
    validation_auc: float | None
    test_auc: float | None
    test_auc_low: float | None
    test_auc_high: float | None
    diagnosis: str
    threshold: float
    test_accuracy: float | None
    confusion: ConfusionCounts | None
    note: str


@dataclass(frozen=True)
class PairComparison:
    """Test AUC of run `a` minus that of run `b`, with its 95 % interval and p-value before and after Holm."""

    a: str
    b: str
    difference: float
    low: float
    high: float
    p_value: float
    p_value_adjusted: float


@dataclass(frozen=True)
class Comparison:
    """The runs in the order given, the pairs tested, and two texts for a person."""

    champion: str | None
    reason: str
    runs: list[RunComparison]
    pairs: list[PairComparison]
    conclusion: str

    def as_json(self) -> dict[str, Any]:
        """Return plain dicts, lists, numbers and strings, ready for `json.dumps`; what is unknown is None."""
        return asdict(self)


def compare(runs: Sequence[RunScores], *, diagnoses: Mapping[str, str]) -> Comparison:
    """Compare the runs of one study.

    All pairs are tested among up to 12 runs; among more, the champion against each other run. A run whose test photos
    cannot give an AUC, or that was trained on test photos, takes part in no pair.

    Args:
        runs: Scores of each run, with distinct run ids, on the same photos.
        diagnoses: Diagnosis of each run by run id, as a code or a sentence; a run without one gets "".

    Returns:
        The champion's run id, or None where no run has a validation AUC, predictions that differ by at least .001 and
        a split that does not leak; the numbers of each run, the pairs, and what may be concluded.

    Raises:
        StatisticsError: A run id occurs twice, or two runs were tested on different photos.
    """
    _check_same_study(runs)
    records = [_run_comparison(run, diagnoses.get(run.run_id, "")) for run in runs]
    eligible = _eligible(runs, records)
    champion = _champion(eligible)
    pairs = _pairs(runs, records, champion)
    return Comparison(
        None if champion is None else champion.run_id,
        _reason(champion, runs, records, eligible),
        records,
        pairs,
        _conclusion(runs, records, pairs, champion),
    )


def _check_same_study(runs: Sequence[RunScores]) -> None:
    ids = [run.run_id for run in runs]
    twice = next((run_id for run_id in ids if ids.count(run_id) > 1), None)
    if twice is not None:
        raise StatisticsError(
            "A run takes part twice. Each run was expected once. "
            f"Received: run_id={twice!r} {ids.count(twice)} times. Leave the repetition out."
        )
    tested = [run for run in runs if len(run.test_labels) and not run.leaks]
    for run in tested[1:]:
        if not np.array_equal(run.test_labels, tested[0].test_labels):
            raise StatisticsError(
                "Two runs were tested on different photos. The same test photos in the same order were expected. "
                f"Received: {tested[0].run_id} and {run.run_id} with different test labels. "
                "Compare runs of one study only."
            )


def _run_comparison(run: RunScores, diagnosis: str) -> RunComparison:
    notes = ["Trained on photos that it was tested on."] if run.leaks else []
    validation_auc, threshold = _validation(run, notes)
    test = _test_interval(run, notes)
    counts = _test_confusion(run, threshold)
    return RunComparison(
        run_id=run.run_id,
        name=run.title,
        activation=run.activation,
        depth=int(run.depth),
        seed=int(run.seed),
        validation_auc=validation_auc,
        test_auc=test.auc if test else None,
        test_auc_low=test.low if test else None,
        test_auc_high=test.high if test else None,
        diagnosis=diagnosis,
        threshold=threshold,
        test_accuracy=counts.accuracy if counts else None,
        confusion=counts,
        note=" ".join(notes),
    )


def _validation(run: RunScores, notes: list[str]) -> tuple[float | None, float]:
    try:
        area = auc(run.validation_labels, run.validation_scores)
        return area, youden_threshold(run.validation_labels, run.validation_scores)
    except StatisticsError as error:
        notes.append(f"No validation AUC: {error}")
        return None, NEUTRAL_THRESHOLD


def _test_interval(run: RunScores, notes: list[str]) -> AucInterval | None:
    try:
        return auc_interval(run.test_labels, run.test_scores)
    except StatisticsError as error:
        notes.append(f"No test AUC: {error}")
        return None


def _test_confusion(run: RunScores, threshold: float) -> ConfusionCounts | None:
    try:
        return confusion(run.test_labels, run.test_scores, threshold)
    except StatisticsError:  # the note on the test AUC says it already
        return None


def _eligible(runs: Sequence[RunScores], records: Sequence[RunComparison]) -> list[RunComparison]:
    return [
        record
        for run, record in zip(runs, records, strict=True)
        if record.validation_auc is not None and not is_constant(run.validation_scores) and not run.leaks
    ]


def _champion(eligible: Sequence[RunComparison]) -> RunComparison | None:
    # `max` keeps the first of equals, which is the run order.
    return max(eligible, key=lambda record: (record.validation_auc, -record.seed), default=None)


def _tested(runs: Sequence[RunScores], records: Sequence[RunComparison]) -> list[RunScores]:
    """Return the runs whose test AUC says something of new photos."""
    pairs = zip(runs, records, strict=True)
    return [run for run, record in pairs if record.test_auc is not None and not run.leaks]


def _pairs(
    runs: Sequence[RunScores], records: Sequence[RunComparison], champion: RunComparison | None
) -> list[PairComparison]:
    tested = _tested(runs, records)
    couples = list(combinations(tested, 2))
    if len(runs) > ALL_PAIRS_UP_TO:
        first = [run for run in tested if champion and run.run_id == champion.run_id]
        couples = [(run, other) for run in first for other in tested if other is not run]
    tests = [delong_test(a.test_labels, a.test_scores, b.test_scores) for a, b in couples]
    adjusted = holm_adjust([test.p_value for test in tests])
    return [
        PairComparison(a.run_id, b.run_id, test.difference, test.low, test.high, test.p_value, p_adjusted)
        for (a, b), test, p_adjusted in zip(couples, tests, adjusted, strict=True)
    ]


def _reason(
    champion: RunComparison | None,
    runs: Sequence[RunScores],
    records: Sequence[RunComparison],
    eligible: Sequence[RunComparison],
) -> str:
    if not records:
        return "There is no run to compare yet."
    fair = [record for run, record in zip(runs, records, strict=True) if not run.leaks]
    leaking = _passed_over([run.title for run in runs if run.leaks], "a split that leaks")
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
    constant = _passed_over(
        [record.name for record in scored if record in fair and record not in eligible],
        "giving practically one answer to every photo",
    )
    return f"{champion.name} is the champion: {merit}. {constant}{leaking}The test set played no part in the choice."


def _passed_over(names: Sequence[str], why: str) -> str:
    return f"Passed over, for {why}: {', '.join(names)}. " if names else ""


def _conclusion(
    runs: Sequence[RunScores],
    records: Sequence[RunComparison],
    pairs: Sequence[PairComparison],
    champion: RunComparison | None,
) -> str:
    tested = _tested(runs, records)
    if not tested and any(run.leaks for run in runs):
        return "Nothing can be concluded: the networks with a test AUC were trained on photos that they were tested on."
    if not tested:
        return "No network has a test AUC, so nothing can be concluded yet."
    n_sad = int(np.sum(tested[0].test_labels))
    photos = f"On {len(tested[0].test_labels) - n_sad} + {n_sad} test photos"
    names = {record.run_id: record.name for record in records}
    return f"{photos} {_pairs_verdict(pairs, names)}. {_champion_verdict(champion)}".strip()


def _pairs_verdict(pairs: Sequence[PairComparison], names: Mapping[str, str]) -> str:
    if not pairs:
        return "no two networks were compared"
    found = sorted((pair for pair in pairs if pair.p_value_adjusted < SIGNIFICANCE), key=lambda pair: pair.p_value)
    if not found:
        smallest = min(pair.p_value_adjusted for pair in pairs)
        return f"no network can be told apart from another (smallest adjusted {p_text(smallest)})"
    best = found[0]
    winner, loser = (best.a, best.b) if best.difference > 0 else (best.b, best.a)
    clearest = (
        f"{names[winner]} does better than {names[loser]} by {share_text(abs(best.difference))} "
        f"(adjusted {p_text(best.p_value_adjusted)})"
    )
    if len(pairs) == 1:
        return clearest
    return f"{len(found)} of {len(pairs)} pairs of networks can be told apart; most clearly {clearest}"


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
