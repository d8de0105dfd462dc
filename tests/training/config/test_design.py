"""What differs decides what can be concluded: one thing, every combination of several, or several at once."""

from typing import Any

import pytest

from emotion_core.network import parameter_count
from emotion_core.training import Design, RunConfig, StudyConfig, StudyPlan
from emotion_core.training.config.design import differing_fields


def design(**plan: Any) -> Design:
    """Return the design of the study of a plan."""
    return StudyPlan(**plan).study().design


def fields(study_design: Design) -> list[str]:
    """Return the names of the factors."""
    return [factor.field for factor in study_design.factors]


@pytest.mark.parametrize("preset", ["controlled", "lenet5", "modern"])
def test_the_fair_presets_differ_in_one_setting(preset: str) -> None:
    """Seeds are no factor: with any number of them the comparison is of activations."""
    study_design = design(preset=preset, seeds=3)
    assert fields(study_design) == ["hidden_activation"]
    assert not study_design.crossed
    assert not study_design.confounded
    assert study_design.sentence == "The networks differ in only one setting: hidden activation."


def test_folds_are_no_factor() -> None:
    """However often a network is trained on other folds, the comparison is of activations."""
    study_design = design(folds=4, seeds=2)
    assert study_design.sentence == "The networks differ in only one setting: hidden activation."
    assert [label for label, _ in study_design.networks] == ["relu · depth 3", "tanh · depth 3", "sigmoid · depth 3"]
    alone = {"settings": {"hidden_activation": "relu"}, "folds": 4}
    assert design(**alone).sentence == "There is only one network, so there is nothing to compare."
    assert design(**alone, seeds=2).sentence == "The runs differ only in their folds and seeds."


def test_the_published_networks_are_confounded_and_their_differences_listed() -> None:
    """All that the notebook changed at once is there: seven settings and the activation, network by network."""
    study_design = design(preset="published")
    assert fields(study_design) == [
        *("filters", "kernel_size", "hidden_activation", "dense_activation", "output_activation"),
        *("learning_rate", "optimizer", "loss"),
    ]
    assert study_design.confounded
    assert all(factor.tied for factor in study_design.factors)
    assert study_design.sentence.startswith(
        "The networks differ in 8 settings at once: filters per block, kernel size, "
    )
    assert study_design.sentence.endswith("No difference between them can be attributed to a single setting.")
    second, third = study_design.differences()
    assert second == (
        "Model 2 · sigmoid · depth 3: kernel size 3 instead of 5, hidden activation sigmoid instead of relu, "
        "output activation relu instead of sigmoid, loss mean_squared_error instead of binary_crossentropy"
    )
    assert "dense activation relu instead of hidden" in third
    assert "filters per block 8-16-32-8 instead of 16-32-16" in third


def test_two_of_the_described_networks_are_a_fair_pair() -> None:
    """Where some differ in several settings, the two that differ in one are named."""
    study_design = design(preset="described")
    assert study_design.confounded
    assert study_design.fair_pairs() == [("Model 1 · relu · depth 3", "Model 3 · tanh · depth 3", "Hidden activation")]
    assert "Model 1 · relu · depth 3 and Model 3 · tanh · depth 3 (hidden activation)." in study_design.sentence


def test_a_full_grid_is_crossed() -> None:
    """Depth counts as one factor, not as filters, and is compared within equal activations."""
    study_design = design(
        vary={"hidden_activation": ["relu", "tanh"], "depth": [3, 1, 4]}, settings={"image_size": 128}
    )
    assert [(factor.field, factor.title, factor.values) for factor in study_design.factors] == [
        ("depth", "Depth", (3, 1, 4)),
        ("hidden_activation", "Hidden activation", ("relu", "tanh")),
    ]
    assert study_design.crossed
    assert not study_design.confounded
    assert study_design.sentence.startswith("Full grid: depth (3) × hidden activation (2).")


def test_a_difference_in_size_that_comes_with_depth_is_named() -> None:
    """Each block halves the map that is flattened, so the shallow network has many times the weights."""
    study = StudyPlan(vary={"hidden_activation": ["relu", "tanh"], "depth": [3, 2]}).study()
    deep, shallow = (parameter_count(run) for run in (study.runs[0], study.runs[-1]))
    assert (study.runs[0].depth, study.runs[-1].depth) == (3, 2)
    note = f"at depth 2 the networks have {shallow / deep:.1f} times as many weights as at depth 3"
    assert shallow > 2 * deep
    assert note in study.design.sentence
    assert "weights" not in StudyPlan(vary={"hidden_activation": ["relu", "tanh"]}).study().design.sentence


def test_a_grid_with_a_hole_is_not_crossed() -> None:
    """One combination less, and a difference in means may be due to either."""
    full = StudyPlan(vary={"hidden_activation": ["relu", "tanh"], "depth": [1, 2]}).study()
    assert full.design.crossed
    holed = StudyConfig(runs=full.runs[:3]).design
    assert holed.confounded
    assert len(holed.fair_pairs()) == 2


def test_a_varied_setting_is_separate_from_a_presets_networks() -> None:
    """What is crossed with confounded networks is not tied itself."""
    study_design = design(preset="published", vary={"epochs": [1, 2]})
    assert [factor.field for factor in study_design.factors if not factor.tied] == ["epochs"]
    assert {title for _, _, title in study_design.fair_pairs()} == {"Epochs"}


def test_automatic_initializers_are_counted_where_they_differ() -> None:
    """With auto, ReLU and tanh differ in two things, ReLU and GELU in one, and the sentence says why."""
    auto = {"initializer": "auto"}
    study_design = design(vary={"hidden_activation": ["relu", "tanh"]}, settings=auto)
    assert fields(study_design) == ["hidden_activation", "initializer"]
    assert study_design.confounded
    assert "choose one initializer" in study_design.sentence
    equal = design(vary={"hidden_activation": ["relu", "gelu"]}, settings=auto)
    assert fields(equal) == ["hidden_activation"]
    assert "initializer" not in equal.sentence
    chosen = design(vary={"initializer": ["auto", "he_normal"], "hidden_activation": ["relu"]})
    assert fields(chosen) == ["initializer"]
    assert "choose one initializer" not in chosen.sentence


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("relu", None), ("tanh", None)], ["hidden_activation"]),
        ([("relu", "elu"), ("tanh", "elu")], ["hidden_activation"]),
        ([("relu", None), ("tanh", "relu")], ["hidden_activation"]),
        ([("relu", None), ("tanh", "tanh")], ["hidden_activation"]),
        ([("relu", None), ("relu", "relu")], []),
        ([("relu", None), ("relu", "tanh")], ["dense_activation"]),
        ([("relu", None), ("tanh", "elu")], ["hidden_activation", "dense_activation"]),
    ],
)
def test_dense_activations_count_as_what_they_resolve_to(
    pairs: list[tuple[str, str | None]], expected: list[str]
) -> None:
    """Dense layers that follow the hidden activation are no second difference; those that really differ are."""
    study = StudyConfig(runs=tuple(RunConfig(hidden_activation=a, dense_activation=b) for a, b in pairs))
    assert differing_fields(study.runs) == expected


def test_dense_activations_that_follow_can_be_crossed_with_fixed_ones() -> None:
    """Following the hidden activation is a value of its own where it is varied against a fixed one."""
    study_design = design(vary={"hidden_activation": ["relu", "tanh"], "dense_activation": ["hidden", "tanh"]})
    assert study_design.crossed


def test_leaking_runs_are_named() -> None:
    """The sentence says how many runs leak, and the record which."""
    both = design(vary={"hidden_activation": ["relu"], "split": ["fixed", "reshuffled"]})
    assert both.leaking == ("relu · depth 3 · seed 0 · leaking split",)
    assert "Leaking split in 1 of the 2 runs" in both.sentence
    assert "Leaking split in every run" in design(settings={"split": "reshuffled"}).sentence
    assert not design().leaking


def test_a_study_with_nothing_to_compare_says_so() -> None:
    """One run, and one network with several seeds, compare no networks."""
    activation = {"hidden_activation": "relu"}
    assert design(settings=activation).sentence == "There is only one run, so there is nothing to compare."
    assert design(settings=activation, seeds=2).sentence == "The runs differ only in their seeds."
