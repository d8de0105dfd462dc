"""What a study will be able to find: the power of its contrasts before a network is trained, and what it takes.

The test that is planned is the one that is made (``contrast``): the t test of the difference of two levels of a
setting, such as two activations, over seeds and photos, Holm-adjusted for all contrasts of that setting. There are r
seeds in each of the m cells that a level is averaged over, and a spread s of the true AUC over seeds. The AUC of one
network has the standard error e or f over samples of photos, by its level (Hanley and McNeil), and the AUCs of two
networks correlate over photos, by w for two seeds of one cell and by b for networks of two cells. The difference has

    variance from seeds     S = (2 s^2 + (1 - w) (e^2 + f^2)) / (m r)
    variance from photos    P = (w (e^2 + f^2) - 2 b e f) / m
    freedom                 (S + P)^2 / (S^2 / (2 m (r - 1)))

S is what the AUCs of seeds vary by on one set of photos: their true spread, and the luck in photos that they do not
share, which averages out over seeds as well. With less than four seeds the spread is pooled over all cells of the
study, whose number takes the place of 2 m. From four on each cell has its own, and the test estimates its freedom from
them: where they differ by luck it is smaller. The critical value is therefore planned with

    freedom of the test     (S + P)^2 / (S^2 (n + 2) / (n (2 m n + 2))),  n = r - 1

since the shares of 2 m equal variances in their sum have a Dirichlet distribution with n / 2 for each. Over K folds
each fold is a training of its own, and s^2 becomes s^2 / K.

Power is a tail of the noncentral t distribution at the level of Holm's first step, .05 over the number of contrasts. It
is a lower bound: Holm's test finds more where another pair differs so clearly that it is found first.

References:
    Hanley & McNeil (1982), Radiology 143:29-36: the standard error of an AUC before there are scores.
    Obuchowski & Rockette (1995), Communications in Statistics 24:285-308: the model.
    Hillis (2007), Statistics in Medicine 26:596-619: the degrees of freedom.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass, replace

import numpy as np

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.answer.cells import OWN_SPREAD_SEEDS
from emotion_core.evaluation.statistics import SIGNIFICANCE, check_share, expected_standard_error

WANTED_POWER = 0.8
DEFAULT_SEED_SD = 0.035
DEFAULT_DIFFERENCE = 0.05
TYPICAL_AUC = 0.90
# Networks that learned from the same photos agree on many, the hard ones above all: Hanley and McNeil's table (1983)
# gives about .5 where their scores correlate by .55.
CORRELATION = 0.5
MOST_SEEDS = 1_000
MOST_PHOTOS = 1_000_000  # of each class; more than this is no advice
STEP = 0.001


@dataclass(frozen=True)
class ContrastPlan:
    """A difference between two levels of a setting that a study is to find, and what is assumed of its networks.

    Attributes:
        n_happy: happy test photos, over folds all of them.
        n_sad: sad test photos.
        seeds: of each network.
        levels: how many levels of the setting are compared pair by pair, such as three activations.
        averaged: cells that each level is averaged over, such as two depths.
        folds: of a cross-validation, each a training of its own; 0 for none.
        difference: between the true AUCs of the two levels.
        area: true AUC of the better one, in (0, 1).
        seed_sd: standard deviation of the true AUC over seeds.
        correlation: over samples of photos, of the AUCs of two networks of different cells, in [0, 1).
        seed_correlation: the same of two seeds of one cell, in [0, 1).
        comparisons: contrasts that Holm adjusts for; None for all pairs of levels.
        pooled: whether the spread over seeds is pooled over the cells; None for the rule, with less than four seeds.
        equal_errors: whether both levels are taken to have the same standard error over photos, the root mean square.
    """

    n_happy: int
    n_sad: int
    seeds: int
    levels: int = 2
    averaged: int = 1
    folds: int = 0
    difference: float = DEFAULT_DIFFERENCE
    area: float = TYPICAL_AUC
    seed_sd: float = DEFAULT_SEED_SD
    correlation: float = CORRELATION
    seed_correlation: float = CORRELATION
    comparisons: int | None = None
    pooled: bool | None = None
    equal_errors: bool = False

    def __post_init__(self) -> None:
        check_share(self.area, "area", "0.9")
        check_share(self.area - abs(self.difference), "area - difference", "0.9 - 0.05")
        for name in ("correlation", "seed_correlation"):
            if not 0 <= getattr(self, name) < 1:
                raise _out_of_range(name, getattr(self, name), "A number from 0 to below 1")
        for name, least in (("seeds", 1), ("levels", 2), ("averaged", 1), ("folds", 0)):
            if getattr(self, name) < least:
                raise _out_of_range(name, getattr(self, name), f"At least {least}")
        if not self.seed_sd >= 0:
            raise _out_of_range("seed_sd", self.seed_sd, "At least 0")

    @property
    def family(self) -> int:
        """Number of contrasts that Holm adjusts for."""
        return self.levels * (self.levels - 1) // 2 if self.comparisons is None else self.comparisons

    @property
    def photo_errors(self) -> tuple[float, float]:
        """Standard errors over samples of photos of the AUC of one network of each level."""
        folds = max(self.folds, 1)
        photos = [max(1, round(number / folds)) for number in (self.n_happy, self.n_sad)]
        better, worse = (
            expected_standard_error(area, *photos) / math.sqrt(folds)
            for area in (self.area, self.area - abs(self.difference))
        )
        mean = math.hypot(better, worse) / math.sqrt(2)
        return (mean, mean) if self.equal_errors else (better, worse)

    @property
    def seed_variance(self) -> float:
        """Variance of the estimated difference from luck in training."""
        spread = 2 * self.seed_sd**2 / max(self.folds, 1)
        unshared = (1 - self.seed_correlation) * math.hypot(*self.photo_errors) ** 2
        return (spread + unshared) / (self.averaged * self.seeds)

    @property
    def photo_variance(self) -> float:
        """Variance of the estimated difference from luck in photos that more seeds do not average out."""
        better, worse = self.photo_errors
        shared = self.seed_correlation * (better**2 + worse**2) - 2 * self.correlation * better * worse
        return max(0.0, shared / self.averaged)

    @property
    def degrees_of_freedom(self) -> float:
        """Of the variance of the estimated difference; with one seed there are none."""
        cells = (self.levels if self._is_pooled else 2) * self.averaged
        return self._variance_ratio**2 * cells * (self.seeds - 1)

    @property
    def expected_degrees_of_freedom(self) -> float:
        """What the test is expected to take for its degrees of freedom."""
        if self._is_pooled:
            return self.degrees_of_freedom
        cells, of_cell = 2 * self.averaged, self.seeds - 1
        return self._variance_ratio**2 * of_cell * (cells * of_cell + 2) / (of_cell + 2)

    @property
    def _is_pooled(self) -> bool:
        return self.seeds < OWN_SPREAD_SEEDS if self.pooled is None else self.pooled

    @property
    def _variance_ratio(self) -> float:
        return (self.seed_variance + self.photo_variance) / self.seed_variance


def contrast_power(plan: ContrastPlan) -> float:
    """Return the chance that the study finds the difference, in [0, 1]; 0 with one seed, which allows no test.

    >>> three = ContrastPlan(48, 48, seeds=5, levels=3)
    >>> f"{contrast_power(three):.2f} {contrast_power(replace(three, levels=2)):.2f}"
    '0.16 0.33'
    """
    if plan.seeds < 2:
        return 0.0
    # Imported here: the web process starts without SciPy.
    from scipy.special import nctdtr, stdtrit

    critical = float(stdtrit(plan.expected_degrees_of_freedom, 1 - SIGNIFICANCE / plan.family / 2))
    shift = abs(plan.difference) / math.sqrt(plan.seed_variance + plan.photo_variance)
    # Found, or seen with the wrong sign. For chances below about 1e-9 scipy returns nan.
    missed, reversed_sign = np.nan_to_num(nctdtr(plan.degrees_of_freedom, shift, [critical, -critical]))
    return float(1 - missed + reversed_sign)


def seeds_for_power(plan: ContrastPlan, *, power: float = WANTED_POWER) -> int | None:
    """Return how many seeds of each network find the difference with that power.

    Args:
        plan: whose own number of seeds does not count.
        power: chance of finding the difference, in (0, 1).

    Returns:
        At least 2, or None where a thousand would not do: the luck in photos alone hides the difference.

    Raises:
        StatisticsError: the power is not in (0, 1).

    >>> seeds_for_power(ContrastPlan(48, 48, seeds=1, levels=3)), seeds_for_power(ContrastPlan(48, 48, seeds=1))
    (20, 14)
    """
    check_share(power, "power", "0.8")

    def power_with(seeds: int) -> float:
        return contrast_power(replace(plan, seeds=seeds))

    # A pooled spread has more freedom, so that three seeds may find more than four: these are tried one by one.
    few = next((seeds for seeds in range(2, OWN_SPREAD_SEEDS) if power_with(seeds) >= power), None)
    if few is not None:
        return few
    seeds = range(OWN_SPREAD_SEEDS, MOST_SEEDS + 1)
    index = bisect_left(seeds, power, key=power_with)
    return seeds[index] if index < len(seeds) else None


def photos_for_power(plan: ContrastPlan, *, power: float = WANTED_POWER) -> int | None:
    """Return how many happy, and as many sad, test photos find the difference with that power and the plan's seeds.

    Args:
        plan: whose own numbers of photos do not count.
        power: chance of finding the difference, in (0, 1).

    Returns:
        Photos of each class, or None where a million of each would not do: the luck in training alone hides it.

    Raises:
        StatisticsError: the power is not in (0, 1).

    >>> photos_for_power(ContrastPlan(48, 48, seeds=20, levels=3)), photos_for_power(ContrastPlan(48, 48, seeds=5))
    (44, None)
    """
    check_share(power, "power", "0.8")
    photos = 1 + bisect_left(
        range(1, MOST_PHOTOS + 1), power, key=lambda n: contrast_power(replace(plan, n_happy=n, n_sad=n))
    )
    return photos if photos <= MOST_PHOTOS else None


def difference_for_power(plan: ContrastPlan, *, power: float = WANTED_POWER) -> float | None:
    """Return the smallest difference that the study finds with that power.

    Args:
        plan: whose own difference does not count.
        power: chance of finding the difference, in (0, 1).

    Returns:
        The difference in AUC, in steps of .001, or None where not even a network that guesses is told from the better
        one.

    Raises:
        StatisticsError: the power is not in (0, 1).

    >>> difference_for_power(ContrastPlan(48, 48, 5, levels=3)), difference_for_power(ContrastPlan(48, 48, 1))
    (0.119, None)
    """
    check_share(power, "power", "0.8")
    steps = range(1, math.floor((plan.area - 0.5) / STEP) + 1)
    index = bisect_left(steps, power, key=lambda step: contrast_power(replace(plan, difference=step * STEP)))
    return round(steps[index] * STEP, 3) if index < len(steps) else None


def _out_of_range(name: str, value: float, expected: str) -> StatisticsError:
    return StatisticsError(
        f"{name} is out of range. {expected} was expected. Received: {name}={value!r}. Change it and plan again."
    )
