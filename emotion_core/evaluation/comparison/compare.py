"""The runs of one study side by side: the champion chosen on validation photos, the verdict given on test photos.

The champion has the highest validation AUC. Without folds the test photos play no part in that choice, which is why the
champion's test AUC and its interval can be taken at face value; over folds it is `ChosenInFolds` that can. Networks are
compared pair by pair on the same test photos, with DeLong's test and the exchange test, Holm-adjusted. The tests
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
from emotion_core.evaluation.comparison.measures import paired_tests
from emotion_core.evaluation.comparison.run_numbers import called_sad, run_comparison
from emotion_core.evaluation.records import ChampionDifference, Comparison, PairComparison, RunComparison, RunScores
from emotion_core.evaluation.statistics import DelongTest, holm_adjust, mcnemar

ALL_PAIRS_UP_TO = 12  # runs; beyond, 66 and more pairs drown every difference in the adjustment


def compare(runs: Sequence[RunScores], *, diagnoses: Mapping[str, str]) -> Comparison:
    """Compare the runs of one study.

    All pairs are tested among up to 12 runs; among more, the champion against each other run. A run whose test photos
    cannot give an AUC, or that was trained on test photos, takes part in no pair.

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
    tests = _pair_tests(tested, champion, all_pairs=len(runs) <= ALL_PAIRS_UP_TO)
    pairs = _pairs(tests)
    return Comparison(
        None if champion is None else champion.run_id,
        champion_sentence(choice, runs, records),
        records,
        pairs,
        conclusion_sentence(tested, runs, champion, inside),
        _against_champion(tests, champion),
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
    p_exchange: float


def _pair_tests(tested: Sequence[RunScores], champion: RunComparison | None, *, all_pairs: bool) -> list[_PairTest]:
    """Test each pair once, among many runs only those with the champion in them."""
    couples = list(combinations(tested, 2))
    if not all_pairs:
        best = [run for run in tested if champion and run.run_id == champion.run_id]
        couples = [(run, other) for run in best for other in tested if other is not run]
    return [_PairTest(a, b, *paired_tests(a, b)) for a, b in couples]


def _pairs(tests: Sequence[_PairTest]) -> list[PairComparison]:
    delong = holm_adjust([test.delong.p_value for test in tests])
    exchange = holm_adjust([test.p_exchange for test in tests])
    return [
        PairComparison(
            a.run_id, b.run_id, of.difference, of.low, of.high, of.standard_error, of.p_value,
            p_value_adjusted, p_exchange, p_exchange_adjusted,
        )
        for (a, b, of, p_exchange), p_value_adjusted, p_exchange_adjusted in zip(tests, delong, exchange, strict=True)
    ]  # fmt: skip


def _against_champion(tests: Sequence[_PairTest], champion: RunComparison | None) -> tuple[ChampionDifference, ...]:
    if champion is None:
        return ()
    with_champion = [test for test in tests if champion.run_id in (test.a.run_id, test.b.run_id)]
    # A family of its own: each other run against the champion.
    adjusted = holm_adjust([test.p_exchange for test in with_champion])
    return tuple(
        _difference(test, champion.run_id, p_holm) for test, p_holm in zip(with_champion, adjusted, strict=True)
    )


def _difference(test: _PairTest, champion: str, p_holm: float) -> ChampionDifference:
    best, run = (test.a, test.b) if test.a.run_id == champion else (test.b, test.a)
    of = test.delong
    # The pair says a minus b; the difference from the champion is run minus champion.
    difference, low, high = (of.difference, of.low, of.high) if run is test.a else (-of.difference, -of.high, -of.low)
    mcnemar_p = mcnemar(best.test.labels, called_sad(run), called_sad(best)).p_value
    return ChampionDifference(run.run_id, difference, low, high, of.p_value, test.p_exchange, p_holm, mcnemar_p)
