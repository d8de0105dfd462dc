"""The studies one begins from: the fair one differs in one thing, the published one in all that the notebook does."""

import pytest

from emotion_core.network import layers_of, parameter_count
from emotion_core.training import PRESETS, RunConfig, StudyPlan
from emotion_core.training.config.design import differing_fields


def test_controlled_runs_differ_in_the_hidden_activation_only() -> None:
    """Whatever differs in the result comes from the activation function."""
    plan = StudyPlan(preset="controlled").study()
    assert differing_fields(plan.runs) == ["hidden_activation"]
    assert [run.hidden_activation for run in plan.runs] == ["relu", "tanh", "sigmoid"]
    expected = {"filters": (16, 32, 16), "kernel_size": 5, "dense_units": (256, 128), "output_activation": "sigmoid"}
    expected |= {"optimizer": "adam", "learning_rate": 0.001, "epochs": 45, "batch_size": 32, "image_size": 64}
    for run in plan.runs:
        assert {field: getattr(run, field) for field in expected} == expected


def test_published_is_the_table_of_the_source_studys_notebook() -> None:
    """The three networks are those of the notebook, to the last setting."""
    columns = ("filters", "kernel_size", "hidden_activation", "dense_units", "dense_activation", "output_activation")
    columns += ("optimizer", "learning_rate", "loss")
    table = [
        ((16, 32, 16), 5, "relu", (256, 128), "relu", "sigmoid", "adam", 0.001, "binary_crossentropy"),
        ((16, 32, 16), 3, "sigmoid", (256, 128), "sigmoid", "relu", "adam", 0.001, "mean_squared_error"),
        ((8, 16, 32, 8), 3, "tanh", (256, 128), "relu", "sigmoid", "sgd", 0.01, "mean_squared_error"),
    ]
    plan = StudyPlan(preset="published").study()
    planned = [
        run.model_copy(update={"dense_activation": run.dense_activation or run.hidden_activation}) for run in plan.runs
    ]
    assert [tuple(getattr(run, column) for column in columns) for run in planned] == table
    for number, run in enumerate(plan.runs, 1):
        assert (run.name, run.image_size, run.batch_size, run.epochs) == (f"Model {number}", 256, 32, 45)
        assert run.padding == "valid"
    assert (plan.validation_fraction, plan.test_fraction) == (0.2, 0.2)


def test_described_follows_the_source_studys_text() -> None:
    """Learning rate 0.01 and one 5 x 5 kernel for all; the second network ends in ReLU."""
    plan = StudyPlan(preset="described").study()
    assert {(run.learning_rate, run.kernel_size, run.filters, run.image_size) for run in plan.runs} == {
        (0.01, 5, (16, 32, 16), 256)
    }
    outputs = [(run.hidden_activation, run.output_activation) for run in plan.runs]
    assert outputs == [("relu", "sigmoid"), ("sigmoid", "relu"), ("tanh", "sigmoid")]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_planned_and_read_back(preset: str) -> None:
    """A preset's runs survive the way through a run folder's settings."""
    for run in StudyPlan(preset=preset, seeds=2).study().runs:
        assert RunConfig(**run.model_dump(mode="json")) == run


def test_lenet5_has_the_layers_of_1998() -> None:
    """On a grey picture of 32 pixels its layers are those of the paper, up to the output's one unit."""
    runs = StudyPlan(preset="lenet5").study().runs
    assert [run.hidden_activation for run in runs] == ["tanh", "relu", "sigmoid"]
    weights = [layer.parameters for layer in layers_of(runs[0]) if layer.parameters]
    assert weights == [156, 2416, 48120, 10164, 85]


def test_modern_pools_globally_and_is_small() -> None:
    """Its parameters do not depend on the photos' size, and are a fraction of the controlled network's."""
    modern, large = (StudyPlan(preset="modern", settings={"image_size": size}).study().runs[0] for size in (64, 128))
    assert parameter_count(modern) == parameter_count(large) < parameter_count(RunConfig()) / 4
