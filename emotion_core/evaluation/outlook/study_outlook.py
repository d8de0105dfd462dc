"""What a study will be able to find, as it is set up: power, and the seeds and photos that it takes, in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from emotion_core.evaluation.answer import (
    DEFAULT_DIFFERENCE,
    INTERACTION,
    NETWORKS,
    TREND,
    WANTED_POWER,
    ContrastPlan,
    PlannedContrast,
    contrast_power,
    difference_for_power,
    main_questions,
    photos_for_power,
    seeds_for_power,
)
from emotion_core.evaluation.comparison import levels_of
from emotion_core.evaluation.outlook.seed_spread import SeedSpread
from emotion_core.formatting import count_text, share_text
from emotion_core.training import StudyConfig
from emotion_core.training.config import USUAL_SEEDS

LESS_ALIKE = 0.4  # correlation over photos of networks of two activations, where they are less alike than seeds of one
WANTED_STUDIES = round(100 * WANTED_POWER)
_PLURALS = {"activation": "activations", "depth": "depths", NETWORKS: "networks"}


@dataclass(frozen=True)
class QuestionOutlook:
    """What a study will be able to find for one question.

    Attributes:
        question: ``activation``, ``depth``, another setting's title, or ``networks``.
        plan: the difference to find, and what the study has for it; with one seed, what the usual five would do.
        seeds: of each network, as the study is set up.
        power: chance of finding the difference with the plan.
        seeds_needed: that find it in 80 of 100 studies, or None where no number does.
        photos_needed: test photos of each label that find it in 80 of 100 with the plan's seeds, or None.
        photos_in_all: photos of each label that give so many test photos, or None, also in a predefined split.
        smallest: difference that the plan finds in 80 of 100 studies, or None.
    """

    question: str
    plan: ContrastPlan
    seeds: int
    power: float
    seeds_needed: int | None
    photos_needed: int | None
    photos_in_all: int | None
    smallest: float | None

    @property
    def subject(self) -> str:
        """What is compared, in the plural."""
        return _PLURALS.get(self.question, f"values of {self.question}")

    @property
    def single_seed_warning(self) -> str:
        """What a study with one seed compares; empty with more."""
        if self.seeds > 1:
            return ""
        return (
            f"With one seed the study compares trained networks, not {self._plainly()}: another seed may turn their "
            "order."
        )

    @property
    def sentence(self) -> str:
        """What the study finds, and what it would take."""
        plan, studies = self.plan, _studies_text(self.power)
        difference = f"a difference of {share_text(plan.difference)} AUC between two {self.subject} in {studies}"
        if plan.folds:
            first = (
                f"{plan.folds} folds of {plan.n_happy:,} + {plan.n_sad:,} photos and {count_text(plan.seeds, 'seed')} "
                f"find {difference}"
            )
        else:
            photos = f"{plan.n_happy:,} + {plan.n_sad:,} test photos"
            first = f"{photos} and {count_text(plan.seeds, 'seed')} find {difference}"
        if self.power >= WANTED_POWER:
            return f"{first}."
        return f"{first}; {self._needed()}"

    @property
    def smallest_sentence(self) -> str:
        """The smallest difference that is found reliably."""
        plan = self.plan
        seeds = count_text(plan.seeds, "seed")
        if self.smallest is None:
            best = share_text(plan.area)
            return f"With {seeds} not even a network that guesses is reliably told from one of AUC {best}."
        return (
            f"The smallest difference that {seeds} find in {WANTED_STUDIES} of 100 studies is about "
            f"{share_text(self.smallest)}."
        )

    def _plainly(self) -> str:
        return "settings" if self.question == NETWORKS else self.subject

    def _needed(self) -> str:
        seeds, photos = self.seeds_needed, self.photos_needed
        if seeds is None:
            text = f"no number of seeds would find it in {WANTED_STUDIES}."
        else:
            text = f"{seeds} seeds would find it in {WANTED_STUDIES}."
        with_seeds = f"With {count_text(self.plan.seeds, 'seed')}"
        if photos is None:
            return f"{text} {with_seeds}, no number of photos would."
        if self.plan.folds:
            return f"{text} {with_seeds}, {photos:,} + {photos:,} photos would."
        in_all = "" if self.photos_in_all is None else f" ({self.photos_in_all:,} photos of each label in all)"
        return f"{text} {with_seeds}, {photos:,} + {photos:,} test photos would{in_all}."


def study_outlook(
    study: StudyConfig,
    happy: int,
    sad: int,
    spread: SeedSpread,
    *,
    difference: float = DEFAULT_DIFFERENCE,
    tested: Mapping[str, int] | None = None,
) -> tuple[QuestionOutlook, ...]:
    """Return what a study will be able to find, for each question that its networks can answer.

    Args:
        study: as set up; networks with a leaking split are left out, since their scores are of photos they know.
        happy: happy photos of the study, at least 1.
        sad: sad photos of the study, at least 1.
        spread: of the AUC over seeds.
        difference: in AUC that is to be found, above 0 and below .4.
        tested: test photos by label of a predefined split; None where the study's fractions decide.

    Returns:
        One outlook per setting that varies, activation first; none where there is nothing to compare.
    """
    runs = [run for run in study.runs if not run.leaks]
    if not runs:
        return ()
    cells = [dict(cell) for cell in dict.fromkeys(tuple(levels.items()) for levels in levels_of(runs))]
    planned = main_questions(cells, [str(number) for number in range(len(cells))])
    names = dict.fromkeys(contrast.question for contrast in planned if contrast.question != INTERACTION)
    questions = sorted(names, key=lambda name: name != "activation")
    seeds = len({run.seed for run in runs})
    # Over folds every photo is a test photo once.
    share = 1.0 if study.folds else study.test_fraction
    base = ContrastPlan(
        n_happy=max(1, tested["happy"] if tested else round(happy * share)),
        n_sad=max(1, tested["sad"] if tested else round(sad * share)),
        seeds=seeds if seeds > 1 else USUAL_SEEDS,
        folds=study.folds,
        difference=difference,
        seed_sd=spread.sd,
    )
    families = {name: [contrast for contrast in planned if contrast.question == name] for name in questions}
    return tuple(_outlook(name, family, base, seeds, study) for name, family in families.items())


def assumptions(outlooks: Sequence[QuestionOutlook], spread: SeedSpread) -> str:
    """Return what the outlooks of a study rest on.

    Args:
        outlooks: at least one.
        spread: of the AUC over seeds that they were made with.
    """
    plan = outlooks[0].plan
    tests = [
        f"{count_text(outlook.plan.family, 'comparison')} of {outlook.subject}"
        for outlook in outlooks
        if outlook.plan.family > 1
    ]
    adjusted = f", Holm-adjusted for {' and '.join(tests)}" if tests else ""
    correlation = share_text(plan.correlation, digits=1)
    return (
        f"The test is the one that Compare makes: a t-test over seeds and photos at the 5 % level{adjusted}. Assumed: "
        f"the better network reaches AUC {share_text(plan.area)}; another seed moves the AUC by a standard deviation "
        f"of {spread.text}; the AUCs of two networks correlate by {correlation} over photos (Hanley & McNeil 1983), "
        f"two seeds of one activation no more than two activations. {_less_alike_text(plan)}"
    )


def _less_alike_text(plan: ContrastPlan) -> str:
    """Return what changes if seeds of one activation agree more than networks of two."""
    seeds = seeds_for_power(replace(plan, correlation=LESS_ALIKE))
    needed = "no number of seeds would do" if seeds is None else f"it would take {seeds} seeds"
    return f"If two activations correlate by {share_text(LESS_ALIKE, digits=1)} only, {needed}."


def _outlook(
    question: str, family: Sequence[PlannedContrast], base: ContrastPlan, seeds: int, study: StudyConfig
) -> QuestionOutlook:
    pairs = [contrast for contrast in family if contrast.a != TREND]
    # The pair that averages over the fewest cells, where a grid is incomplete.
    averaged = min(len(pair.cells_of_a) for pair in pairs)
    levels = len({level for pair in pairs for level in (pair.a, pair.b)})
    plan = replace(base, levels=levels, averaged=averaged, comparisons=len(family))
    photos = photos_for_power(plan)
    in_all = None if photos is None or study.is_predefined else _photos_in_all(photos, study)
    return QuestionOutlook(
        question,
        plan,
        seeds,
        contrast_power(plan),
        seeds_for_power(plan),
        photos,
        in_all,
        difference_for_power(plan),
    )


def _photos_in_all(photos: int, study: StudyConfig) -> int:
    return photos if study.folds else math.ceil(photos / study.test_share)


def _studies_text(power: float) -> str:
    if power < 0.01:
        return "less than 1 of 100 studies"
    return "more than 99 of 100 studies" if power > 0.99 else f"about {100 * power:.0f} of 100 studies"
