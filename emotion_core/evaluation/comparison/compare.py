"""The runs of one study side by side: the champion chosen on validation photos, the verdict given on test photos.

The champion has the highest validation AUC. The test photos play no part in that choice, which is why the
champion's test AUC and its interval can be taken at face value. Networks are compared pair by pair on the same test
photos, with DeLong's test and the exchange test, Holm-adjusted. The tests compare trained networks; what holds for an
activation takes several seeds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.comparison.conclusion import conclusion, reason
from emotion_core.evaluation.diagnosis.learning_curves import is_constant
from emotion_core.evaluation.statistics.auc import AucInterval, auc, auc_interval, delong_test, holm_adjust
from emotion_core.evaluation.statistics.paired_tests import exchange_test, mcnemar
from emotion_core.evaluation.statistics.roc import NEUTRAL_THRESHOLD, ConfusionCounts, confusion, youden_threshold
from emotion_core.evaluation.statistics.validation import FloatArray, IntArray

ALL_PAIRS_UP_TO = 12  # runs; beyond, 66 and more pairs drown every difference in the adjustment


@dataclass(frozen=True, eq=False)
class RunScores:
    """What one run scored: labels shape (n,), happy 0 and sad 1; scores P(sad) shape (n,); a split may be empty.

    The test photos are the same, in the same order, for all runs of a study, but for runs that leak: those were trained
    on photos that they were tested on.

    `validation_auc` is given where it is not that of the validation scores: over folds it is the mean.
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
    validation_auc: float | None = field(default=None, kw_only=True)

    @property
    def title(self) -> str:
        """The run's name, or its settings in words where it has none."""
        return self.name or f"{self.activation}, depth {self.depth}, seed {self.seed}"


@dataclass(frozen=True)
class RunComparison:
    """One run's numbers; an AUC is None where the split cannot answer, and `note` says why.

    `threshold` is chosen on validation photos (.5 where they cannot answer); accuracy, precision, recall, F1 and counts
    are those of the test photos at that threshold, None where there is nothing to divide by.
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
    precision: float | None
    recall: float | None
    f1: float | None
    confusion: ConfusionCounts | None
    note: str


@dataclass(frozen=True)
class PairComparison:
    """Test AUC of run `a` minus that of run `b`: DeLong's 95 % interval and p-value, before and after Holm.

    `p_exchange` is that of `exchange_test`, before and after Holm: the conclusion is drawn from it.
    """

    a: str
    b: str
    difference: float
    low: float
    high: float
    standard_error: float
    p_value: float
    p_value_adjusted: float
    p_exchange: float
    p_exchange_adjusted: float


@dataclass(frozen=True)
class ChampionDifference:
    """Test AUC of a run minus the champion's, with DeLong's 95 % interval and p-value.

    `p_exchange` is that of `exchange_test`, which keeps its rate of false alarms where DeLong's falls short of it (few
    photos, AUC .9 and more); `p_holm` is it after Holm over all runs compared with the champion. `mcnemar_p`
    compares how many photos the two call rightly, each at its threshold.
    """

    run_id: str
    difference: float
    low: float
    high: float
    p_value: float
    p_exchange: float
    p_holm: float
    mcnemar_p: float


@dataclass(frozen=True)
class Comparison:
    """The runs in the order given, the pairs tested, two texts for a person, and each run against the champion."""

    champion: str | None
    reason: str
    runs: list[RunComparison]
    pairs: list[PairComparison]
    conclusion: str
    against_champion: tuple[ChampionDifference, ...] = ()

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
    tested = _tested(runs, records)
    pairs = _pairs(tested, champion, all_pairs=len(runs) <= ALL_PAIRS_UP_TO)
    return Comparison(
        None if champion is None else champion.run_id,
        reason(champion, runs, records, eligible),
        records,
        pairs,
        conclusion(tested, runs, records, pairs, champion),
        _against_champion(tested, records, champion),
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
        precision=counts.precision if counts else None,
        recall=counts.recall if counts else None,
        f1=counts.f1 if counts else None,
        confusion=counts,
        note=" ".join(notes),
    )


def _validation(run: RunScores, notes: list[str]) -> tuple[float | None, float]:
    try:
        area = auc(run.validation_labels, run.validation_scores)
        known = run.validation_auc
        return (area if known is None else known), youden_threshold(run.validation_labels, run.validation_scores)
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


def _pairs(tested: Sequence[RunScores], champion: RunComparison | None, *, all_pairs: bool) -> list[PairComparison]:
    couples = list(combinations(tested, 2))
    if not all_pairs:
        first = [run for run in tested if champion and run.run_id == champion.run_id]
        couples = [(run, other) for run in first for other in tested if other is not run]
    tests = [delong_test(a.test_labels, a.test_scores, b.test_scores) for a, b in couples]
    exchanged = [exchange_test(a.test_labels, a.test_scores, b.test_scores) for a, b in couples]
    adjusted = zip(holm_adjust([test.p_value for test in tests]), exchanged, holm_adjust(exchanged), strict=True)
    return [
        PairComparison(
            a.run_id, b.run_id, test.difference, test.low, test.high, test.standard_error, test.p_value, *p_values
        )
        for (a, b), test, p_values in zip(couples, tests, adjusted, strict=True)
    ]


def _against_champion(
    tested: Sequence[RunScores], records: Sequence[RunComparison], champion: RunComparison | None
) -> tuple[ChampionDifference, ...]:
    best = next((run for run in tested if champion and run.run_id == champion.run_id), None)
    if best is None:
        return ()
    others = [run for run in tested if run is not best]
    thresholds = {record.run_id: record.threshold for record in records}
    exchanged = [exchange_test(best.test_labels, run.test_scores, best.test_scores) for run in others]
    return tuple(
        _difference(run, best, thresholds, p_exchange, p_holm)
        for run, p_exchange, p_holm in zip(others, exchanged, holm_adjust(exchanged), strict=True)
    )


def _difference(
    run: RunScores, best: RunScores, thresholds: Mapping[str, float], p_exchange: float, p_holm: float
) -> ChampionDifference:
    test = delong_test(best.test_labels, run.test_scores, best.test_scores)
    called = [one.test_scores >= thresholds[one.run_id] for one in (run, best)]
    mcnemar_p = mcnemar(best.test_labels, *called).p_value
    return ChampionDifference(
        run.run_id, test.difference, test.low, test.high, test.p_value, p_exchange, p_holm, mcnemar_p
    )
