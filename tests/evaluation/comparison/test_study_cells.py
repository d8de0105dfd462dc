"""Runs become cells: networks that differ in their seed alone, and the factors in which the others differ."""

from typing import Any

import numpy as np

from emotion_core.evaluation.answer import NETWORKS
from emotion_core.evaluation.comparison.study_cells import NetworkScores, answer_networks
from emotion_core.evaluation.records import NO_PHOTOS, RunScores
from emotion_core.training import RunConfig, StudyPlan
from emotion_core.training.checks import SplitPredictions

LABELS = np.repeat([0, 1], 40)


def trained(config: RunConfig, number: int, *, shift: float = 1.0, has_learned: bool = True) -> NetworkScores:
    """Return a network with drawn scores."""
    p_sad = LABELS * shift + np.random.default_rng(number).normal(size=80)
    test = SplitPredictions(LABELS, p_sad)
    scores = RunScores(f"r{number}", config.hidden_activation, config.depth, config.seed, NO_PHOTOS, test)
    return NetworkScores(config, scores, has_learned)


def networks(*settings: dict[str, Any], seeds: int = 3) -> list[NetworkScores]:
    """Return networks of these settings, each with several seeds."""
    configs = [RunConfig(**fields, seed=seed) for fields in settings for seed in range(seeds)]
    return [trained(config, number) for number, config in enumerate(configs)]


def test_activations_with_their_own_initializers_are_one_factor() -> None:
    """An automatic initializer changes with the activation and is no factor beside it."""
    answer, problem = answer_networks(networks({"hidden_activation": "relu"}, {"hidden_activation": "tanh"}))
    assert answer is not None
    assert problem == ""
    assert [(pair.question, pair.a, pair.b) for pair in answer.contrasts] == [("activation", "relu", "tanh")]
    assert [cell.seeds for cell in answer.cells] == [3, 3]


def test_depth_counts_blocks_of_the_same_kind() -> None:
    """Filters that are the beginning of longer ones are a depth; other filters are a setting of their own."""
    answer, _ = answer_networks(networks({"filters": (16, 32)}, {"filters": (16, 32, 16)}))
    assert answer is not None
    assert [(pair.question, pair.a, pair.b) for pair in answer.contrasts] == [("depth", 2, 3)]
    answer, _ = answer_networks(networks({"filters": (16, 32)}, {"filters": (8, 8)}))
    assert answer is not None
    assert [(pair.a, pair.b) for pair in answer.contrasts] == [("16-32", "8-8")]
    assert [cell.depth for cell in answer.cells] == [2, 2]


def test_any_setting_that_varies_alone_is_a_question() -> None:
    """The optimizer is a factor like any other, averaged over the activations."""
    settings = [{"hidden_activation": a, "optimizer": o} for a in ("relu", "tanh") for o in ("adam", "sgd")]
    answer, _ = answer_networks(networks(*settings))
    assert answer is not None
    assert answer.questions == ("activation", "optimizer", "interaction")


def test_networks_that_differ_in_everything_are_named_as_they_are() -> None:
    """The models of the published study are compared under their names, not under their activations."""
    published = StudyPlan(preset="published").study().runs
    configs = [run.model_copy(update={"seed": seed}) for run in published for seed in range(2)]
    fair = [config.model_copy(update={"split": "fixed"}) for config in configs]
    answer, _ = answer_networks([trained(config, number) for number, config in enumerate(fair)])
    assert answer is not None
    assert answer.questions == (NETWORKS,)
    assert {pair.a for pair in answer.contrasts} == {"Model 1", "Model 2"}


def test_a_network_that_occurs_twice_counts_once() -> None:
    """Equal settings and seed in two studies are one network, however often they are compared."""
    found = networks({"hidden_activation": "relu"}, {"hidden_activation": "tanh"})
    answer, _ = answer_networks([*found, *found])
    assert answer is not None
    assert [cell.seeds for cell in answer.cells] == [3, 3]


def test_a_leaking_network_takes_no_part() -> None:
    """Networks that were trained on their test photos say nothing, and alone they give the reason."""
    leaking = networks({"split": "reshuffled"})
    answer, problem = answer_networks(leaking)
    assert answer is None
    assert "had not been trained on" in problem
    answer, _ = answer_networks([*networks({"hidden_activation": "relu"}), *leaking])
    assert answer is not None
    assert len(answer.cells) == 1


def test_a_test_set_without_one_class_is_explained() -> None:
    """Without sad test photos there is no AUC, and the sentence says what is missing."""
    network = networks({}, seeds=1)[0]
    happy = network.scores.test.labels * 0
    scores = RunScores("r", "relu", 3, 0, NO_PHOTOS, SplitPredictions(happy, network.scores.test.p_sad))
    answer, problem = answer_networks([network._replace(scores=scores)])
    assert answer is None
    assert "One class is missing" in problem


def test_learning_is_counted_by_cell() -> None:
    """How many networks learned comes from the judgement of each run."""
    found = networks({"hidden_activation": "relu"}, {"hidden_activation": "sigmoid"})
    found[-1] = found[-1]._replace(has_learned=False)
    answer, _ = answer_networks(found)
    assert answer is not None
    assert [cell.learned for cell in answer.cells] == [3, 2]
