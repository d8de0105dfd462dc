"""The studies one begins from: the fair one differs in one thing, the published one in all that the notebook does."""

import math

import pytest

from emotion_core.errors import SettingsError
from emotion_core.training import PRESETS, RunConfig, plan_errors, plan_study, preset_values


def test_controlled_runs_differ_in_the_hidden_activation_only() -> None:
    """Whatever differs in the result comes from the activation function."""
    plan = plan_study("controlled")
    assert plan.differing_fields() == ["hidden_activation"]
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
    plan = plan_study("published")
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
    plan = plan_study("described")
    assert {(run.learning_rate, run.kernel_size, run.filters, run.image_size) for run in plan.runs} == {
        (0.01, 5, (16, 32, 16), 256)
    }
    outputs = [(run.hidden_activation, run.output_activation) for run in plan.runs]
    assert outputs == [("relu", "sigmoid"), ("sigmoid", "relu"), ("tanh", "sigmoid")]


def test_grid_is_activations_times_depths_times_seeds_without_repetition() -> None:
    """Every combination is there once, the seeds outermost."""
    plan = plan_study(
        activations=["relu", "tanh", "relu"], depths=[1, 4], seeds=2, settings={"seed": 7, "image_size": 96}
    )
    found = [(run.seed, run.depth, run.hidden_activation) for run in plan.runs]
    assert found == [(s, d, a) for s in (7, 8) for d in (1, 4) for a in ("relu", "tanh")]
    assert {run.filters for run in plan.runs} == {(16,), (16, 32, 16, 16)}


def test_settings_apply_to_every_run_and_to_the_study() -> None:
    """Overrides reach the runs of any preset; fields of the study reach the study."""
    settings = {"image_size": 96, "epochs": 3, "split_seed": 4, "test_fraction": 0.3, "sources": ("files",)}
    plan = plan_study("published", settings=settings)
    assert {(run.image_size, run.epochs) for run in plan.runs} == {(96, 3)}
    assert (plan.split_seed, plan.test_fraction, plan.sources) == (4, 0.3, ("files",))


def test_presets_networks_can_be_chosen_by_activation() -> None:
    """One of the notebook's networks can be trained by itself."""
    assert [run.name for run in plan_study("published", activations=["tanh"]).runs] == ["Model 3"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"preset": "fair"}, "preset='fair'"),
        ({"seeds": 0}, "seeds"),
        ({"seeds": -1}, "seeds"),
        ({"seeds": 67}, "Expected 1 to 200"),
        ({"activations": ["step"]}, "hidden_activation"),
        ({"preset": "published", "activations": ["gelu"]}, "None of the networks"),
        ({"depths": [0]}, "depth=0"),
        ({"depths": [7]}, "depth=7"),
        ({"preset": "published", "depths": [2]}, "fixes the depth"),
        ({"settings": {"epochs": -1}}, "epochs"),
        ({"settings": {"batch_size": 0}}, "batch_size"),
        ({"settings": {"learning_rate": 0}}, "learning_rate"),
        ({"settings": {"learning_rate": math.nan}}, "learning_rate"),
        ({"settings": {"learning_rate": math.inf}}, "learning_rate"),
        ({"settings": {"optimizer": "lion"}}, "optimizer"),
        ({"settings": {"loss": "hinge"}}, "loss"),
        ({"settings": {"colour": 1}}, "colour"),
        ({"settings": {"image_size": 16}}, "image_size"),
        ({"settings": {"validation_fraction": 0.5, "test_fraction": 0.5}}, "test_fraction"),
        ({"settings": {"seed": -1}}, "seed"),
        ({"preset": "published", "settings": {"filters": ()}}, "filters"),
    ],
)
def test_plan_that_cannot_work_is_refused_by_name(arguments: dict[str, object], named: str) -> None:
    """Each impossible plan raises our own error and names what is wrong."""
    with pytest.raises(SettingsError, match=named):
        plan_study(**{"preset": "controlled", **arguments})


def test_form_learns_which_fields_are_wrong() -> None:
    """The same checks answer field by field, for the study and for its runs."""
    settings = {"epochs": 0, "learning_rate": 2, "test_fraction": 1.5}
    assert plan_errors("controlled", settings=settings).keys() == settings.keys()
    assert plan_errors("published", settings={"image_size": 16}).keys() == {"image_size"}
    assert plan_errors("controlled") == {}


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_planned_and_read_back(preset: str) -> None:
    """A preset's runs survive the way through a run folder's settings."""
    for run in plan_study(preset, seeds=2).runs:
        assert RunConfig(**run.model_dump(mode="json")) == run


def test_preset_values_list_what_its_networks_use() -> None:
    """The form shows one value where the networks agree and all of them where they differ."""
    assert preset_values("published", "kernel_size") == [5, 3]
    assert preset_values("published", "epochs") == [45]
    assert preset_values("controlled", "optimizer") == ["adam"]
