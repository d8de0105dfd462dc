"""Power: what the paired test finds on simulated photos, and sample sizes that keep what they promise."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from emotion_core.errors import StatisticsError
from emotion_core.evaluation import (
    delong_test,
    detectable_difference,
    paired_auc_power,
    photos_needed,
)
from emotion_core.evaluation.statistics.power import WANTED_POWER

SAMPLES = 400


def simulated(per_class: int, aucs: tuple[float, float], score_correlation: float) -> tuple[float, float]:
    """Return how often the paired test finds the difference of two binormal networks, and their AUCs' correlation."""
    random = np.random.default_rng(per_class)
    labels = np.repeat([0, 1], per_class)
    distances = [math.sqrt(2) * NormalDist().inv_cdf(area) for area in aucs]
    tests = []
    for _ in range(SAMPLES):
        shared, *own = random.normal(size=(3, len(labels)))
        scores = [
            math.sqrt(score_correlation) * shared + math.sqrt(1 - score_correlation) * noise + distance * labels
            for noise, distance in zip(own, distances, strict=True)
        ]
        tests.append(delong_test(labels, *scores))
    areas = np.array([(test.auc_a, test.auc_b) for test in tests])
    return float(np.mean([test.p_value < 0.05 for test in tests])), float(np.corrcoef(areas.T)[0, 1])


@pytest.mark.parametrize(("per_class", "aucs"), [(24, (0.90, 0.85)), (48, (0.85, 0.70)), (100, (0.80, 0.70))])
def test_power_is_what_the_paired_test_reaches_in_simulation(per_class: int, aucs: tuple[float, float]) -> None:
    """Of simulated test sets, the share in which DeLong's test finds the difference is the computed power."""
    found, correlation = simulated(per_class, aucs, 0.55)
    assert paired_auc_power(per_class, per_class, *aucs, correlation=correlation) == pytest.approx(found, abs=0.07)


def test_scores_that_correlate_by_55_hundredths_give_the_assumed_correlation_of_aucs() -> None:
    """The correlation assumed between two AUCs is the one that the table of Hanley and McNeil promises."""
    assert simulated(100, (0.90, 0.85), 0.55)[1] == pytest.approx(0.5, abs=0.1)


def test_equal_networks_are_told_apart_as_often_as_false_alarms_occur() -> None:
    """Without a difference the power is the level of the test, and no number of photos raises it."""
    assert paired_auc_power(48, 48, 0.8, 0.8) == pytest.approx(0.05)
    assert photos_needed(0.8, 0.8) is None


@pytest.mark.parametrize("aucs", [(0.90, 0.85), (0.85, 0.90), (0.6, 0.5), (0.99, 0.5)])
def test_photos_needed_are_just_enough(aucs: tuple[float, float]) -> None:
    """With that many photos of each class the power is reached, with one fewer it is not."""
    needed = photos_needed(*aucs)
    assert needed is not None
    assert paired_auc_power(needed, needed, *aucs) >= WANTED_POWER
    assert needed == 1 or paired_auc_power(needed - 1, needed - 1, *aucs) < WANTED_POWER


def test_detectable_difference_is_just_found() -> None:
    """The difference is found with the power asked for, and one smaller by a step is not."""
    difference = detectable_difference(0.9, 48, 60)
    assert difference is not None
    assert paired_auc_power(48, 60, 0.9, 0.9 - difference) >= WANTED_POWER
    assert paired_auc_power(48, 60, 0.9, 0.9 - difference + 0.001) < WANTED_POWER


def test_few_photos_find_no_difference_at_all() -> None:
    """On three photos of each class even guessing is not told from a good network."""
    assert detectable_difference(0.9, 3, 3) is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: paired_auc_power(0, 5, 0.9, 0.8), "Received: n_happy=0, n_sad=5"),
        (lambda: paired_auc_power(5, 5, 1.0, 0.8), "Received: area=1.0"),
        (lambda: paired_auc_power(5, 5, 0.9, 0.8, correlation=1.0), "Received: correlation=1.0"),
        (lambda: photos_needed(0.9, 0.8, power=1.0), "Received: power=1.0"),
    ],
)
def test_numbers_out_of_range_are_refused(call, message) -> None:  # type: ignore[no-untyped-def]
    """A plan that makes no sense is answered with what was received."""
    with pytest.raises(StatisticsError, match=message):
        call()
