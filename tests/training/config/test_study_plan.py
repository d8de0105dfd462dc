"""A plan is what a person asks for: a page, a file and a command line say the same, and nothing is ignored."""

import shlex
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emotion_core.command_line import parser
from emotion_core.command_line.studies import plan_of
from emotion_core.errors import SettingsError
from emotion_core.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS
from emotion_core.settings import Workspace
from emotion_core.training import PRESETS, StudyPlan
from emotion_core.training.config import FIELDS
from emotion_core.training.config.fields import RUN_FIELDS

FLAG = st.booleans()
SOURCE = st.from_regex(r"[a-z0-9.-]{1,9}", fullmatch=True) | st.just("sample gallery")
SOURCES = st.lists(SOURCE, max_size=3).map(tuple)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "image_size": st.integers(128, 256),
    "starter_blocks": st.just(0),  # others need a certain image size and colours
    "filters": st.lists(st.integers(1, 64), min_size=1, max_size=3).map(tuple),
    "convolutions": st.integers(1, 2),
    "kernel_size": st.integers(1, 5),
    "padding": st.sampled_from(["valid", "same"]),
    "stride": st.just(1),
    "pooling": st.sampled_from(["max", "average", "none"]),
    "head": st.sampled_from(["flatten", "global_average", "global_max"]),
    "batch_normalization": FLAG,
    "dense_units": st.lists(st.integers(1, 64), max_size=2).map(tuple),
    "hidden_activation": st.sampled_from(list(HIDDEN_ACTIVATIONS)),
    "dense_activation": st.sampled_from([None, *HIDDEN_ACTIVATIONS]),
    "dropout": st.floats(0, 0.9),
    "initializer": st.sampled_from(["auto", "he_normal", "glorot_uniform"]),
    "output_activation": st.sampled_from(list(OUTPUT_ACTIVATIONS)),
    "color": st.sampled_from(["rgb", "grey"]),
    "interpolation": st.sampled_from(["nearest", "area"]),
    "face_crop": FLAG,
    "face_margin": st.floats(-0.2, 1),
    "epochs": st.integers(1, 1000),
    "batch_size": st.integers(1, 1024),
    "learning_rate": st.floats(1e-9, 1),
    "optimizer": st.sampled_from(["adam", "momentum"]),
    "weight_decay": st.floats(0, 1),
    "schedule": st.sampled_from(["constant", "cosine"]),
    "loss": st.sampled_from(["binary_crossentropy", "mean_squared_error"]),
    "class_weights": st.sampled_from(["none", "balanced"]),
    "mixed_precision": st.booleans(),
    "early_stopping": st.integers(0, 100),
    "unfreeze_epoch": st.just(0),
    "flip": FLAG,
    "rotation": st.floats(0, 45),
    "brightness": st.floats(0, 0.9),
    "crop": st.floats(0, 0.5),
    "zoom": st.floats(0, 0.5),
    "shift": st.floats(0, 0.5),
    "contrast": st.floats(0, 0.9),
    "blur": st.floats(0, 3),
    "erase": st.floats(0, 0.5),
    "dark": st.floats(0, 0.95),
    "cover": st.floats(0, 0.5),
    "mixup": st.floats(0, 2),
    "label_smoothing": st.floats(0, 0.5),
    "neither": FLAG,
    "split": st.sampled_from(["fixed", "reshuffled"]),
    "seed": st.integers(0, 2**30),
    "depth": st.integers(1, 4),
    "split_source": st.just("random"),
    "validation_fraction": st.floats(0.01, 0.4),
    "test_fraction": st.floats(0.01, 0.4),
    "split_seed": st.integers(0, 2**30),
    "sources": SOURCES,
}


@st.composite
def plans(draw: st.DrawFn) -> StudyPlan:
    """Draw a plan that works: a preset, some settings, up to two of them varied."""
    preset = PRESETS[draw(st.sampled_from(list(PRESETS)))]
    names = [network["name"] for network in preset.networks or ()]
    networks = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    fields = draw(st.lists(st.sampled_from(list(VALUES)), unique=True, max_size=6))
    varied = [field for field in fields if field in RUN_FIELDS][:2]
    plan = StudyPlan(
        preset=preset.name,
        networks=networks,
        seeds=draw(st.integers(1, 3)),
        folds=draw(st.sampled_from([0, 0, 2, 3])),
        vary={field: draw(st.lists(VALUES[field], min_size=1, max_size=3)) for field in varied},
        settings={field: draw(VALUES[field]) for field in fields if field not in varied},
    )
    assume(not plan.errors())
    return plan


def test_every_setting_is_drawn_here() -> None:
    """The properties below hold for every setting there is, the newest included."""
    assert VALUES.keys() == FIELDS.keys()


@settings(deadline=None, max_examples=150)
@given(plans())
def test_a_file_holds_the_whole_plan(plan: StudyPlan) -> None:
    """What was saved is what is loaded, from text as from bytes, and its runs come in the same order."""
    text = plan.to_toml()
    assert StudyPlan.from_toml(text) == StudyPlan.from_toml(text.encode()) == plan
    assert StudyPlan.from_toml(text).study() == plan.study()


@settings(deadline=None, max_examples=150)
@given(plans())
def test_the_command_line_starts_the_same_study(plan: StudyPlan) -> None:
    """The line that the page offers to copy says everything: preset, networks, seeds, settings, varied values."""
    words = shlex.split(plan.command())
    assert words[:4] == ["python", "-m", "emotion_core", "study"]
    assert plan_of(parser().parse_args(words[3:]), Workspace(Path("unused"))).study() == plan.study()


@settings(deadline=None, max_examples=150)
@given(plans(), st.data())
def test_a_finished_runs_settings_open_as_a_plan_of_that_run(plan: StudyPlan, data: st.DataObject) -> None:
    """The plan of a run has the same settings on photos chosen in the same way, and all its folds; no preset's name."""
    study = plan.study()
    run = data.draw(st.sampled_from(study.runs))
    again = StudyPlan.of_run(run, study).study()
    folds = range(1, run.folds + 1) if run.folds else [0]
    assert again.runs == tuple(run.model_copy(update={"name": "", "fold": fold}) for fold in folds)
    assert again.model_dump(exclude={"preset", "runs"}) == study.model_dump(exclude={"preset", "runs"})


@settings(deadline=None, max_examples=300)
@given(
    st.dictionaries(
        st.sampled_from([*FIELDS, "name", "runs", "colour"]),
        st.recursive(
            st.none() | FLAG | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
            max_leaves=4,
        ),
        min_size=1,
        max_size=3,
    ),
    FLAG,
)
def test_nonsense_is_reported_field_by_field(given_settings: dict[str, Any], varied: bool) -> None:
    """Whatever is typed, the plan answers with sentences under the names of the fields, or with a study."""
    values = {field: [value] for field, value in given_settings.items()}
    plan = StudyPlan(vary=values) if varied else StudyPlan(settings=given_settings)
    errors = plan.errors()
    assert all(errors.values())
    if not errors:
        assert plan.study().runs


@pytest.mark.parametrize(
    ("plan", "field", "text"),
    [
        ({"preset": "fair"}, "preset", "expected one of controlled, published"),
        ({"networks": ["Model 1"]}, "networks", "expected some of none, received 'Model 1'"),
        ({"preset": "published", "networks": ["Model 4"]}, "networks", "Model 1, Model 2, Model 3, received 'Model 4'"),
        ({"seeds": 0}, "seeds", "expected 1 to 200 runs, received 3 networks times 0 seeds"),
        ({"seeds": 67}, "seeds", "received 3 networks times 67 seeds"),
        ({"vary": {"epochs": range(1, 101)}}, "seeds", "received 300 networks times 1 seeds"),
        ({"settings": {"colour": 1}}, "colour", "unknown setting, did you mean color?"),
        ({"settings": {"name": "Best"}}, "name", "unknown setting"),
        ({"vary": {"colour": [1]}}, "colour", "unknown setting"),
        ({"vary": {"test_fraction": [0.2, 0.3]}}, "test_fraction", "the same for all runs of a study"),
        ({"vary": {"epochs": []}}, "epochs", "at least one value"),
        ({"vary": {"epochs": [1, 0]}}, "epochs", "received 0"),
        ({"vary": {"epochs": [1, 2]}, "settings": {"epochs": 3}}, "epochs", "received both"),
        ({"vary": {"depth": [2, 7]}}, "depth", "expected 1 to 6 convolution blocks, received 7"),
        ({"settings": {"depth": "deep"}}, "depth", "received 'deep'"),
        ({"settings": {"filters": "16-x"}}, "filters", "received 'x'"),
        ({"settings": {"filters": ()}}, "filters", "at least 1 item"),
        ({"settings": {"filters": "4-4-4-4-4-4-4"}}, "filters", "at most 6 items"),
        ({"settings": {"image_size": 16}}, "image_size", "used up in block 3 of 3"),
        ({"settings": {"learning_rate": "nan"}}, "learning_rate", "finite"),
        ({"settings": {"optimizer": "lion"}}, "optimizer", "received 'lion'"),
        ({"settings": {"flip": "perhaps"}}, "flip", "received 'perhaps'"),
        ({"settings": {"seed": 2**31 - 1}, "seeds": 2}, "seed", "received 2147483648"),
        ({"settings": {"test_fraction": 0.8}}, "test_fraction", "validation and test together below 1"),
        ({"settings": {"hidden_activation": "step"}}, "hidden_activation", "received 'step'"),
    ],
)
def test_what_cannot_work_is_refused_under_its_name(plan: dict[str, Any], field: str, text: str) -> None:
    """The field is named, alone, where errors are shown and where the study is refused."""
    wrong = StudyPlan(**plan)
    assert wrong.errors().keys() == {field}
    assert text in wrong.errors()[field]
    with pytest.raises(SettingsError, match=f"{field}: "):
        wrong.study()


def test_every_wrong_field_is_reported_at_once() -> None:
    """Fields of the study, of its runs, and unknown ones are reported together."""
    wrong = {"epochs": 0, "learning_rate": 2, "test_fraction": 1.5, "colour": "red"}
    assert StudyPlan(settings=wrong).errors().keys() == wrong.keys()
    assert StudyPlan().errors() == {}


def test_a_grid_is_every_combination_once_activations_fastest_seeds_slowest() -> None:
    """Values that are given twice count once, and seeds count from the one that is set."""
    vary = {"hidden_activation": ["relu", "tanh", "relu"], "depth": [1, 4]}
    plan = StudyPlan(vary=vary, seeds=2, settings={"seed": 7, "image_size": 96})
    assert plan.vary["hidden_activation"] == ("relu", "tanh")
    runs = plan.study().runs
    keys = [(run.seed, run.depth, run.hidden_activation) for run in runs]
    assert keys == [(s, d, a) for s in (7, 8) for d in (1, 4) for a in ("relu", "tanh")]
    assert {run.filters for run in runs} == {(16,), (16, 32, 16, 16)}


def test_varied_fields_cross_with_a_presets_networks() -> None:
    """Each of the notebook's networks is trained with each value, and its name says with which."""
    runs = StudyPlan(preset="published", vary={"learning_rate": [0.1, 0.01]}).study().runs
    assert [(run.name, run.learning_rate) for run in runs] == [
        (f"Model {number}, learning rate {rate}", rate) for rate in (0.1, 0.01) for number in (1, 2, 3)
    ]
    assert len({run.label for run in runs}) == 6


def test_a_value_that_is_set_takes_the_place_of_what_the_preset_varies() -> None:
    """Naming one activation makes a study of that activation, and naming several replaces the preset's."""
    assert [run.hidden_activation for run in StudyPlan(settings={"hidden_activation": "gelu"}).study().runs] == ["gelu"]
    several = StudyPlan(vary={"hidden_activation": ["mish", "elu"]}).study()
    assert [run.hidden_activation for run in several.runs] == ["mish", "elu"]


def test_settings_reach_every_run_and_the_study() -> None:
    """Overrides win over any preset's own values, and fields of the study reach the study."""
    given_settings = {"image_size": 96, "epochs": 3, "split_seed": 4, "test_fraction": 0.3, "sources": ("files",)}
    study = StudyPlan(preset="published", settings=given_settings).study()
    assert {(run.image_size, run.epochs) for run in study.runs} == {(96, 3)}
    assert (study.preset, study.split_seed, study.test_fraction, study.sources) == ("published", 4, 0.3, ("files",))


def test_values_are_what_the_plan_uses() -> None:
    """A form shows one value where networks agree and all where they differ or vary."""
    assert StudyPlan(preset="published").values("kernel_size") == [5, 3]
    assert StudyPlan(preset="published").values("depth") == [3, 4]
    assert StudyPlan(preset="published", networks=["Model 3"]).values("optimizer") == ["sgd"]
    assert StudyPlan(preset="lenet5").values("pooling") == ["average"]
    assert StudyPlan().values("hidden_activation") == ["relu", "tanh", "sigmoid"]
    plan = StudyPlan(vary={"depth": [1, 2]}, settings={"epochs": 3, "split_seed": 4})
    assert [plan.values(field) for field in ("depth", "epochs", "split_seed")] == [[1, 2], [3], [4]]


def test_a_changed_plan_keeps_the_rest() -> None:
    """One value is set, several are varied, and what the field was before is gone."""
    plan = StudyPlan(
        preset="published", networks=["Model 1"], seeds=2, vary={"epochs": [1, 2]}, settings={"flip": True}
    )
    changed = plan.changed({"epochs": [5], "flip": ["false", "true"]})
    assert changed.settings == {"epochs": 5}
    assert changed.vary == {"flip": (False, True)}
    assert (changed.preset, changed.networks, changed.seeds) == ("published", ("Model 1",), 2)


def test_labels_tell_runs_apart_whatever_is_varied() -> None:
    """Legends and tables name what differs, also where that is neither activation nor depth, and mark a leak."""
    vary = {
        "hidden_activation": ["relu", "tanh"],
        "batch_normalization": [False, True],
        "split": ["fixed", "reshuffled"],
    }
    labels = [run.label for run in StudyPlan(vary=vary, seeds=2).study().runs]
    assert len(set(labels)) == 16
    assert labels[0] == "batch normalization false · relu · depth 3 · seed 0"
    assert labels[-1] == "batch normalization true · tanh · depth 3 · seed 1 · leaking split"


def test_names_of_many_varied_fields_still_fit() -> None:
    """A name that would be too long is cut, not refused."""
    fields = ("padding", "interpolation", "optimizer", "schedule", "loss", "class_weights", "initializer")
    vary = {field: get_args(FIELDS[field].annotation)[:2] for field in fields}
    names = [run.name for run in StudyPlan(vary=vary, settings={"hidden_activation": "relu"}).study().runs]
    assert len(names) == 128
    assert all(name.endswith(" …") for name in names)


def test_the_command_names_the_workspace_it_is_given(tmp_path: Path) -> None:
    """A folder with a space in its name is one word of the shell."""
    folder = tmp_path / "my photos"
    assert shlex.split(StudyPlan().command(folder))[-2:] == ["--workspace", str(folder)]
