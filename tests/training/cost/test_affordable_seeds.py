"""The default number of seeds: five, or what an hour allows."""

import pytest

from emotion_core.training import StudyPlan
from emotion_core.training.cost import affordable_seeds


@pytest.mark.parametrize(
    ("seconds_per_run", "seeds"), [(1, 5), (240, 5), (241, 4), (400, 3), (600, 2), (601, 1), (5000, 1)]
)
def test_default_is_five_seeds_or_the_most_within_the_hour(seconds_per_run: float, seeds: int) -> None:
    """Three networks of so many seconds each; a study of one seed is planned however long it takes."""
    planned = affordable_seeds(StudyPlan(seeds=7), lambda study: seconds_per_run * len(study.runs))
    assert planned.plan.seeds == seeds
    assert planned.study == planned.plan.study()


def test_time_that_does_not_grow_in_proportion_is_checked_again() -> None:
    """Where fewer seeds save less than their share, the number is lowered until the study fits."""
    planned = affordable_seeds(StudyPlan(), lambda study: 3000 + 100 * len(study.runs))
    assert planned.plan.seeds == 2


def test_large_grids_get_as_many_seeds_as_a_study_may_have_runs() -> None:
    """90 networks have two seeds in 200 runs; 300 networks are refused with one seed, as the user would be told."""
    many = affordable_seeds(StudyPlan(vary={"epochs": tuple(range(1, 31))}), lambda _: 0.0)
    assert (many.plan.seeds, many.errors) == (2, {})
    too_many = affordable_seeds(StudyPlan(vary={"epochs": tuple(range(1, 101))}), lambda _: 0.0)
    assert "300 networks times 1 seeds" in too_many.errors["seeds"]


def test_wrong_settings_are_reported_without_an_estimate() -> None:
    """A plan that is wrong elsewhere has no runs whose time could be estimated."""
    planned = affordable_seeds(StudyPlan(settings={"epochs": 0}), lambda _: pytest.fail("estimated"))
    assert planned.study is None
    assert set(planned.errors) == {"epochs"}
