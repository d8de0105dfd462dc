"""The runs of one study side by side: the champion chosen on validation photos, the verdict given on test photos.

The champion has the highest validation AUC. The test photos play no part in that choice, which is why the
champion's test AUC and its interval can be taken at face value. Networks are compared pair by pair on the same test
photos with DeLong's test. All pairs are one family: p-values and intervals are adjusted together by Holm's method, and
the difference of a run from the champion is that of their pair. The tests compare trained networks; what holds for an
activation takes several seeds.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.comparison.conclusion import champion_sentence, conclusion_sentence
from emotion_core.evaluation.records import ChampionDifference, Comparison, PairComparison, RunComparison, RunScores
from emotion_core.evaluation.statistics import (
    NEUTRAL_THRESHOLD,
    SIGNIFICANCE,
    AucInterval,
    ConfusionCounts,
    DelongTest,
    IntArray,
    auc,
    auc_interval,
    confusion,
    delong_test,
    holm_adjust,
    holm_confidences,
    is_constant,
    mcnemar,
    youden_threshold,
)

ALL_PAIRS_UP_TO = 12  # runs; beyond, 66 and more pairs drown every difference in the adjustment


def compare(runs: Sequence[RunScores], *, diagnoses: Mapping[str, str]) -> Comparison:
    """Compare the runs of one study.

    All pairs are tested among up to 12 runs; among more, the champion against each other run. A run whose test photos
    cannot give an AUC, that was trained on test photos, or that predicts practically the same for all of them, takes
    part in no pair.

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
    pairs = _pairs(_pair_tests(tested, champion, all_pairs=len(runs) <= ALL_PAIRS_UP_TO))
    return Comparison(
        None if champion is None else champion.run_id,
        champion_sentence(champion, runs, records, eligible),
        records,
        pairs,
        conclusion_sentence(tested, runs, records, pairs, champion),
        _against_champion(runs, records, pairs, champion),
    )


def _check_same_study(runs: Sequence[RunScores]) -> None:
    ids = [run.run_id for run in runs]
    twice = next((run_id for run_id in ids if ids.count(run_id) > 1), None)
    if twice is not None:
        raise StatisticsError(
            "A run takes part twice. Each run was expected once. "
            f"Received: run_id={twice!r} {ids.count(twice)} times. Leave the repetition out."
        )
    tested = [run for run in runs if len(run.test.labels) and not run.leaks]
    for run in tested[1:]:
        if not np.array_equal(run.test.labels, tested[0].test.labels):
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
        area = auc(*run.validation)
        known = run.validation_auc
        return (area if known is None else known), youden_threshold(*run.validation)
    except StatisticsError as error:
        notes.append(f"No validation AUC: {error}")
        return None, NEUTRAL_THRESHOLD


def _test_interval(run: RunScores, notes: list[str]) -> AucInterval | None:
    if is_constant(run.test.p_sad):
        notes.append("Practically the same prediction for every test photo: in no paired test.")
    try:
        return auc_interval(*run.test)
    except StatisticsError as error:
        notes.append(f"No test AUC: {error}")
        return None


def _test_confusion(run: RunScores, threshold: float) -> ConfusionCounts | None:
    try:
        return confusion(*run.test, threshold)
    except StatisticsError:  # the note on the test AUC says it already
        return None


def _eligible(runs: Sequence[RunScores], records: Sequence[RunComparison]) -> list[RunComparison]:
    return [
        record
        for run, record in zip(runs, records, strict=True)
        if record.validation_auc is not None and not is_constant(run.validation.p_sad) and not run.leaks
    ]


def _champion(eligible: Sequence[RunComparison]) -> RunComparison | None:
    # `max` keeps the first of equals, which is the run order.
    return max(eligible, key=lambda record: (record.validation_auc, -record.seed), default=None)


def _tested(runs: Sequence[RunScores], records: Sequence[RunComparison]) -> list[RunScores]:
    """Return the runs whose test AUC says something of new photos."""
    pairs = zip(runs, records, strict=True)
    return [run for run, record in pairs if record.test_auc is not None and not run.leaks]


class _PairTest(NamedTuple):
    """Two runs on the same test photos: a minus b."""

    a: RunScores
    b: RunScores
    delong: DelongTest


def _pair_tests(tested: Sequence[RunScores], champion: RunComparison | None, *, all_pairs: bool) -> list[_PairTest]:
    """Test each pair once, among many runs only those with the champion in them."""
    # A constant network was not beaten: it has nothing that could be compared.
    varied = [run for run in tested if not is_constant(run.test.p_sad)]
    couples = list(combinations(varied, 2))
    if not all_pairs:
        best = [run for run in varied if champion and run.run_id == champion.run_id]
        couples = [(run, other) for run in best for other in varied if other is not run]
    return [_PairTest(a, b, delong_test(a.test.labels, a.test.p_sad, b.test.p_sad)) for a, b in couples]


def _pairs(tests: Sequence[_PairTest]) -> list[PairComparison]:
    """Adjust all tests as one family, their p-values and their intervals alike."""
    p_values = [test.delong.p_value for test in tests]
    adjusted, confidences = holm_adjust(p_values), holm_confidences(p_values, confidence=1 - SIGNIFICANCE)
    return [
        _pair(test, p_holm, confidence) for test, p_holm, confidence in zip(tests, adjusted, confidences, strict=True)
    ]


def _pair(test: _PairTest, p_holm: float, confidence: float) -> PairComparison:
    a, b, of = test
    wide = delong_test(a.test.labels, a.test.p_sad, b.test.p_sad, confidence=confidence)
    return PairComparison(
        a.run_id, b.run_id, of.difference, wide.low, wide.high, confidence, of.standard_error, of.p_value, p_holm
    )


def _against_champion(
    runs: Sequence[RunScores],
    records: Sequence[RunComparison],
    pairs: Sequence[PairComparison],
    champion: RunComparison | None,
) -> tuple[ChampionDifference, ...]:
    if champion is None:
        return ()
    called_sad = {run.run_id: (run.test.p_sad >= record.threshold) for run, record in zip(runs, records, strict=True)}
    labels = {run.run_id: run.test.labels for run in runs}[champion.run_id]
    return tuple(
        _difference(pair, champion.run_id, labels, called_sad) for pair in pairs if champion.run_id in (pair.a, pair.b)
    )


def _difference(
    pair: PairComparison, champion: str, labels: IntArray, called_sad: Mapping[str, NDArray[np.bool_]]
) -> ChampionDifference:
    run_id = pair.a if pair.b == champion else pair.b
    # The pair says a minus b; the difference from the champion is run minus champion.
    numbers = (pair.difference, pair.low, pair.high)
    difference, low, high = numbers if run_id == pair.a else (-pair.difference, -pair.high, -pair.low)
    mcnemar_p = mcnemar(labels, called_sad[run_id], called_sad[champion]).p_value
    return ChampionDifference(run_id, difference, low, high, pair.confidence, pair.p_value, pair.p_holm, mcnemar_p)
