"""Planning of contrasts: reference numbers, limits, and what the performed test finds in simulation."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import nct, t

from benchmarks.answer_power import Design, found_share
from emotion_core.errors import StatisticsError
from emotion_core.evaluation.answer import (
    ContrastPlan,
    contrast_power,
    difference_for_power,
    photos_for_power,
    seeds_for_power,
)

# One difference of three activations, tested without adjustment, with the spread over seeds pooled over all three.
ALONE = ContrastPlan(48, 48, 5, levels=3, comparisons=1, pooled=True)
SPREADS = (0.01, 0.02, 0.035, 0.05, 0.10)


@pytest.mark.parametrize(
    ("photos", "seeds"),
    [(24, [10, 12, 17, 25, 72]), (48, [6, 8, 13, 21, 68]), (240, [3, 5, 10, 18, 65])],
)
def test_seeds_of_the_reference_table(photos: int, seeds: list[int]) -> None:
    """AUC .90 is told from .85 with 80 % power by these numbers of seeds, for spreads of .01 to .10."""
    plans = [replace(ALONE, n_happy=photos, n_sad=photos, seed_sd=sd) for sd in SPREADS]
    assert [seeds_for_power(plan) for plan in plans] == seeds


def test_power_of_the_reference_sentence() -> None:
    """48 + 48 test photos and 5 seeds find .05 in 39 of 100 studies, 13 seeds in 80."""
    assert contrast_power(ALONE) == pytest.approx(0.387, abs=0.001)
    assert contrast_power(replace(ALONE, seeds=13)) == pytest.approx(0.813, abs=0.001)


def test_luck_in_photos_that_seeds_share_is_not_averaged_out() -> None:
    """Where networks of two activations agree less than seeds of one, 24 + 24 photos never suffice."""
    plans = [replace(ALONE, n_happy=24, n_sad=24, seed_sd=sd, correlation=0.4) for sd in SPREADS]
    assert [seeds_for_power(plan) for plan in plans] == [None] * len(SPREADS)
    assert seeds_for_power(replace(plans[0], n_happy=240, n_sad=240)) == 3


def test_planned_test_is_adjusted_for_all_pairs() -> None:
    """Three activations are three pairs, tested at a third of the level; the adjusted test finds less."""
    adjusted = ContrastPlan(48, 48, 5, levels=3)
    assert adjusted.family == 3
    assert contrast_power(adjusted) == pytest.approx(0.161, abs=0.001)
    assert [seeds_for_power(replace(adjusted, seed_sd=sd)) for sd in SPREADS] == [9, 11, 18, 29, 91]
    assert [replace(adjusted, levels=levels).family for levels in (2, 4, 5)] == [1, 6, 10]


def test_power_is_a_tail_of_the_noncentral_t_distribution() -> None:
    """Variance, freedom and power are those of the formulas, computed here from the start."""
    plan = ContrastPlan(48, 48, 8, levels=3, averaged=2, correlation=0.45)
    spread = 0.035**2 + 0.5 * plan.auc_variance
    seeds, photos = 4 * spread / 4 / 8, 2 * (0.5 - 0.45) * plan.auc_variance / 2
    freedom = (seeds + photos) ** 2 / (4 * (spread / 4 / 8) ** 2 / 7)
    assert (plan.seed_variance, plan.photo_variance) == (pytest.approx(seeds), pytest.approx(photos))
    assert plan.degrees_of_freedom == pytest.approx(freedom)
    # Four cells of seven degrees of freedom each: the mean sum of squared shares of a Dirichlet distribution.
    expected_freedom = (seeds + photos) ** 2 / (seeds**2 * (7 / 2 + 1) / (4 * 7 / 2 + 1) / 7)
    assert plan.expected_degrees_of_freedom == pytest.approx(expected_freedom)
    critical, shift = t.ppf(1 - 0.05 / 3 / 2, expected_freedom), 0.05 / (seeds + photos) ** 0.5
    expected = nct.sf(critical, freedom, shift) + nct.cdf(-critical, freedom, shift)
    assert contrast_power(plan) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("seeds", "freedom"), [(2, 6), (3, 12), (4, 12), (5, 16)])
def test_spread_is_pooled_over_all_cells_below_four_seeds(seeds: int, freedom: float) -> None:
    """With two or three seeds all six cells give freedom, from four on the four cells that are compared."""
    plan = ContrastPlan(48, 48, seeds, levels=3, averaged=2)
    assert plan.degrees_of_freedom == pytest.approx(freedom)


def test_freedom_that_is_estimated_is_the_mean_of_simulated_spreads() -> None:
    """Where cells have a spread of their own, luck makes them differ, and the test has less freedom than they have."""
    plan = ContrastPlan(48, 48, 5, averaged=2)
    spreads = np.random.default_rng(0).chisquare(4, size=(20_000, 4))
    shares = (spreads**2).sum(axis=1) / spreads.sum(axis=1) ** 2
    assert plan.expected_degrees_of_freedom == pytest.approx(4 / shares.mean(), rel=0.01)
    assert plan.expected_degrees_of_freedom < plan.degrees_of_freedom == pytest.approx(16)


def test_folds_are_trainings_of_their_own() -> None:
    """Over five folds a seed's luck averages over five trainings, and all photos are tested on."""
    plain = ContrastPlan(100, 100, 5)
    folds = replace(plain, folds=5)
    assert folds.seed_variance < plain.seed_variance
    assert folds.auc_variance == pytest.approx(plain.auc_variance, rel=0.05)
    assert contrast_power(folds) > contrast_power(plain)


def test_one_seed_finds_nothing_and_no_difference_is_found_at_the_level() -> None:
    """With one seed there is no test; without a difference the power is the rate of false alarms."""
    assert contrast_power(ContrastPlan(48, 48, 1)) == 0
    assert contrast_power(ContrastPlan(48, 48, 3, difference=0.0)) == pytest.approx(0.05)
    assert contrast_power(ContrastPlan(48, 48, 3, levels=3, difference=0.0)) == pytest.approx(0.05 / 3)


def test_needed_numbers_are_just_enough() -> None:
    """With the seeds, photos or difference that are named the power is reached, with one step less it is not."""
    plan = ContrastPlan(48, 60, 10, levels=3)
    seeds, photos, difference = seeds_for_power(plan), photos_for_power(plan), difference_for_power(plan)
    assert seeds is not None
    assert photos is None  # the luck in training alone hides .05 from ten seeds
    plan = replace(plan, seeds=20)
    photos = photos_for_power(plan)
    assert photos is not None
    assert difference is not None
    changes = [
        (replace(plan, seeds=seeds), replace(plan, seeds=seeds - 1)),
        (replace(plan, n_happy=photos, n_sad=photos), replace(plan, n_happy=photos - 1, n_sad=photos - 1)),
        (replace(plan, seeds=10, difference=difference), replace(plan, seeds=10, difference=difference - 0.001)),
    ]
    for enough, too_little in changes:
        assert contrast_power(enough) >= 0.8 > contrast_power(too_little)


def test_two_seeds_suffice_for_a_difference_without_luck() -> None:
    """A large difference on many photos takes the two seeds that a spread takes, never one."""
    assert seeds_for_power(ContrastPlan(500, 500, 1, difference=0.3, seed_sd=0.0)) == 2


def test_few_seeds_tell_not_even_guessing() -> None:
    """Where the largest difference is not found, none is named."""
    assert difference_for_power(ContrastPlan(6, 6, 2, levels=4, seed_sd=0.1)) is None


@pytest.mark.parametrize("seeds", [2, 5, 1000])
@pytest.mark.parametrize("photos", [1, 48, 10**6])
@pytest.mark.parametrize("sd", [0.0, 0.3])
def test_power_is_a_probability_everywhere(seeds: int, photos: int, sd: float) -> None:
    """Scipy's tails are nan for tiny chances; the power never is."""
    for difference in (0.001, 0.05, 0.39):
        for correlation in (0.1, 0.5, 0.9):
            plan = ContrastPlan(photos, photos, seeds, 12, difference=difference, seed_sd=sd, correlation=correlation)
            assert -1e-12 <= contrast_power(plan) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("design", [Design(48, 13, 0.035), Design(48, 3, 0.035, difference=0.1)])
def test_power_is_what_the_answer_finds_in_simulation(design: Design) -> None:
    """Of simulated studies, the share in which the Holm-adjusted answer finds the difference is the planned power."""
    found = found_share(design, 300, np.random.default_rng(1))
    assert contrast_power(design.plan) == pytest.approx(found, abs=0.09)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"area": 1.0}, "area=1.0"),
        ({"difference": 0.9}, "area - difference="),
        ({"seeds": 0}, "seeds=0"),
        ({"levels": 1}, "levels=1"),
        ({"correlation": 1.0}, "correlation=1.0"),
        ({"seed_correlation": -0.1}, "seed_correlation=-0.1"),
        ({"seed_sd": -0.01}, "seed_sd=-0.01"),
        ({"seed_sd": float("nan")}, "seed_sd=nan"),
    ],
)
def test_numbers_out_of_range_are_refused(change: dict[str, float], message: str) -> None:
    """A plan that makes no sense is answered with what was received."""
    with pytest.raises(StatisticsError, match=message):
        ContrastPlan(**{"n_happy": 48, "n_sad": 48, "seeds": 5, **change})


@pytest.mark.parametrize("needed", [seeds_for_power, photos_for_power, difference_for_power])
def test_power_that_is_asked_for_lies_between_0_and_1(needed) -> None:  # type: ignore[no-untyped-def]
    """Certainty cannot be planned."""
    with pytest.raises(StatisticsError, match=r"power=1\.0"):
        needed(ContrastPlan(48, 48, 5), power=1.0)
