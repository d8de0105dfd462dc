"""How many seeds a machine trains in an hour: the number that a study begins with."""

from collections.abc import Callable
from typing import NamedTuple

from emotion_core.training.config import USUAL_SEEDS, StudyConfig, StudyPlan
from emotion_core.training.cost.estimate_records import LONG_SECONDS


class SeededPlan(NamedTuple):
    """A plan with its number of seeds, and what it comes to.

    Attributes:
        plan: with that number.
        study: its runs and how their photos are split; None where something is wrong.
        errors: one sentence for each field that is wrong, by field name.
    """

    plan: StudyPlan
    study: StudyConfig | None
    errors: dict[str, str]

    @classmethod
    def of(cls, plan: StudyPlan) -> "SeededPlan":
        """Return a plan with its expansion, which builds and validates every run."""
        return cls(plan, *plan.expand())


def affordable_seeds(plan: StudyPlan, seconds: Callable[[StudyConfig], float]) -> SeededPlan:
    """Return the plan with five seeds, or with the largest number that trains within the hour, at least one.

    Args:
        plan: whose own number of seeds does not count.
        seconds: returns the estimated time of a study.
    """
    seeds = USUAL_SEEDS
    while True:
        seeded = SeededPlan.of(plan.model_copy(update={"seeds": seeds}))
        if seeds == 1 or (seeded.study is None and "seeds" not in seeded.errors):
            return seeded
        if seeded.study is not None:
            needed = seconds(seeded.study)
            if needed <= LONG_SECONDS:
                return seeded
            # The time grows with the number of seeds nearly in proportion; the next turn of the loop checks it.
            seeds = max(1, min(seeds - 1, int(seeds * LONG_SECONDS / needed)))
        else:
            seeds -= 1
