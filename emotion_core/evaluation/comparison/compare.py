"""The runs of one study side by side: the champion chosen on validation photos, the verdict given on test photos.

The champion has the highest validation AUC. Without folds the test photos play no part in that choice, which is why the
champion's test AUC and its interval can be taken at face value; over folds it is `ChosenInFolds` that can. Networks are
compared pair by pair on the same test photos with DeLong's test. All pairs are one family: p-values and intervals are
adjusted together by Holm's method, and the difference of a run from the champion is that of their pair. The tests
compare trained networks; what holds for an activation takes several seeds.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.comparison.champion import champion_sentence, choose_champion
from emotion_core.evaluation.comparison.chosen_in_folds import chosen_in_folds
from emotion_core.evaluation.comparison.conclusion import conclusion_sentence
from emotion_core.evaluation.comparison.measures import paired_test
from emotion_core.evaluation.comparison.run_numbers import called_sad, run_comparison
from emotion_core.evaluation.records import ChampionDifference, Comparison, PairComparison, RunComparison, RunScores
from emotion_core.evaluation.statistics import (
    SIGNIFICANCE,
    DelongTest,
    holm_adjust,
    holm_confidences,
    is_constant,
    mcnemar,
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
        The champion's run id, or None where no run has a validation AUC above .5, predictions that differ by at least
        .001 and a split that does not leak; the numbers of each run, the pairs, and what may be concluded.

    Raises:
        StatisticsError: A run id occurs twice, or two runs were tested on different photos.
    """
    _check_same_study(runs)
    records = [run_comparison(run, diagnoses.get(run.run_id, "")) for run in runs]
    choice, inside = choose_champion(runs, records), chosen_in_folds(runs)
    champion = choice.champion
    tested = _tested(runs, records)
    pairs = _pairs(_pair_tests(tested, champion, all_pairs=len(runs) <= ALL_PAIRS_UP_TO))
    return Comparison(
        None if champion is None else champion.run_id,
        champion_sentence(choice, runs, records),
        records,
        pairs,
        conclusion_sentence(tested, runs, champion, inside),
        _against_champion(runs, pairs, champion),
        runner_up=None if choice.runner_up is None else choice.runner_up.run_id,
        lead_p=choice.lead_p,
        chosen_in_folds=None if champion is None else inside,
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
    return [_PairTest(a, b, paired_test(a, b)) for a, b in couples]


def _pairs(tests: Sequence[_PairTest]) -> list[PairComparison]:
    """Adjust all tests as one family, their p-values and their intervals alike."""
    p_values = [test.delong.p_value for test in tests]
    adjusted, confidences = holm_adjust(p_values), holm_confidences(p_values, confidence=1 - SIGNIFICANCE)
    return [
        _pair(test, p_holm, confidence) for test, p_holm, confidence in zip(tests, adjusted, confidences, strict=True)
    ]


def _pair(test: _PairTest, p_holm: float, confidence: float) -> PairComparison:
    a, b, of = test
    wide = paired_test(a, b, confidence=confidence)
    return PairComparison(
        a.run_id, b.run_id, of.difference, wide.low, wide.high, confidence, of.standard_error, of.p_value, p_holm
    )


def _against_champion(
    runs: Sequence[RunScores],
    pairs: Sequence[PairComparison],
    champion: RunComparison | None,
) -> tuple[ChampionDifference, ...]:
    if champion is None:
        return ()
    by_id = {run.run_id: run for run in runs}
    return tuple(
        _difference(pair, by_id[champion.run_id], by_id) for pair in pairs if champion.run_id in (pair.a, pair.b)
    )


def _difference(pair: PairComparison, champion: RunScores, runs: Mapping[str, RunScores]) -> ChampionDifference:
    run_id = pair.a if pair.b == champion.run_id else pair.b
    # The pair says a minus b; the difference from the champion is run minus champion.
    numbers = (pair.difference, pair.low, pair.high)
    difference, low, high = numbers if run_id == pair.a else (-pair.difference, -pair.high, -pair.low)
    mcnemar_p = mcnemar(champion.test.labels, called_sad(runs[run_id]), called_sad(champion)).p_value
    return ChampionDifference(run_id, difference, low, high, pair.confidence, pair.p_value, pair.p_holm, mcnemar_p)
