"""The outlook of a study, in words that follow its set-up."""

import re

import pytest

from emotion_core.evaluation.answer import contrast_power, seeds_for_power
from emotion_core.evaluation.outlook import SeedSpread, assumptions, study_outlook
from emotion_core.training import StudyPlan

SPREAD = SeedSpread(0.035)


def outlook(happy: int = 240, sad: int = 240, difference: float = 0.05, **plan: object):  # type: ignore[no-untyped-def]
    """Return the outlook of a plan."""
    return study_outlook(StudyPlan(**plan).study(), happy, sad, SPREAD, difference=difference)


def test_sentence_says_what_the_study_finds_and_what_it_would_take() -> None:
    """Photos, seeds, difference, power of the adjusted test, and the seeds that are missing are named."""
    [activation] = outlook(seeds=5)
    assert activation.sentence == (
        "48 + 48 test photos and 5 seeds find a difference of .05 AUC between two activations in about 16 of 100 "
        "studies; 18 seeds would find it in 80. With 5 seeds, no number of photos would."
    )
    assert (activation.plan.family, activation.seeds_needed) == (3, seeds_for_power(activation.plan))
    assert activation.single_seed_warning == ""


def test_two_activations_are_one_comparison() -> None:
    """Without other pairs nothing is adjusted, and fewer seeds do."""
    [activation] = outlook(seeds=5, vary={"hidden_activation": ("relu", "tanh")})
    assert "in about 34 of 100 studies; 13 seeds would find it in 80." in activation.sentence
    assert "Holm" not in assumptions([activation], SPREAD)


def test_one_seed_is_warned_about_and_planned_with_five() -> None:
    """With one seed nothing is found of activations; the sentence says what five would find."""
    [activation] = outlook()
    assert activation.single_seed_warning == (
        "With one seed the study compares trained networks, not activations: another seed may turn their order."
    )
    assert "and 5 seeds find" in activation.sentence
    assert contrast_power(activation.plan) == activation.power


def test_effects_of_a_grid_are_averaged() -> None:
    """Activation and depth have a sentence each, activation first; the trend over depths counts as a comparison."""
    activation, depth = outlook(seeds=5, vary={"depth": (1, 2, 3)})
    assert (activation.question, activation.plan.averaged, activation.plan.family) == ("activation", 3, 3)
    assert (depth.question, depth.plan.averaged, depth.plan.family) == ("depth", 3, 4)
    assert "between two depths" in depth.sentence
    assert "test photos would" in depth.sentence
    text = assumptions((activation, depth), SPREAD)
    assert "Holm-adjusted for 3 comparisons of activations and 4 comparisons of depths" in text


@pytest.mark.parametrize(
    ("plan", "subject"),
    [
        ({"settings": {"hidden_activation": "relu"}, "vary": {"depth": (2, 3)}}, "two depths"),
        ({"settings": {"hidden_activation": "relu"}, "vary": {"dropout": (0.0, 0.5)}}, "two values of dropout"),
        ({"preset": "published"}, "two networks"),
    ],
)
def test_what_varies_is_named(plan: dict[str, object], subject: str) -> None:
    """Depths, values of any setting, and whole networks where they differ in several settings at once."""
    [question] = outlook(seeds=5, **plan)
    assert f"between {subject} in" in question.sentence


def test_photos_in_all_follow_the_test_fraction() -> None:
    """Needed test photos are converted to photos of each label for the study's split."""
    [activation] = outlook(seeds=20, settings={"test_fraction": 0.1})
    assert "24 + 24 test photos and 20 seeds" in activation.sentence
    needed, in_all = re.findall(r"(\d+) \+ \d+ test photos would \((\d+) photos", activation.sentence)[0]
    assert int(in_all) == 10 * int(needed)


def test_cross_validation_tests_on_all_photos() -> None:
    """The sentence names folds and all photos."""
    [activation] = outlook(120, 120, seeds=5, folds=5)
    assert activation.sentence.startswith("5 folds of 120 + 120 photos and 5 seeds find a difference of .05 AUC")
    assert (activation.plan.n_happy, activation.plan.folds) == (120, 5)


def test_enough_seeds_and_photos_are_said_to_be_enough() -> None:
    """Nothing more is asked for; a power near 1 is not rounded up to certainty."""
    [activation] = outlook(2000, 2000, difference=0.2, seeds=20)
    assert activation.sentence.endswith("in more than 99 of 100 studies.")
    assert activation.smallest is not None
    assert activation.smallest < 0.2


def test_hardly_any_chance_is_not_called_none() -> None:
    """A chance below one in a hundred is written so, and what no number reaches is said."""
    [activation] = outlook(
        10, 10, difference=0.01, seeds=2, vary={"hidden_activation": ("relu", "tanh", "elu", "selu", "gelu")}
    )
    assert "in less than 1 of 100 studies; no number of seeds would find it in 80." in activation.sentence
    assert "not even a network that guesses" in activation.smallest_sentence


def test_nothing_to_compare_has_no_outlook() -> None:
    """One network, and networks that know their test photos, are not planned for."""
    assert outlook(seeds=5, settings={"hidden_activation": "relu"}) == ()
    assert outlook(seeds=5, settings={"split": "reshuffled"}) == ()
