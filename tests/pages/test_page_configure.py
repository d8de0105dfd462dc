"""Configure: wrong settings are refused below their field, and the page says how the networks differ."""

import io
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from emotion_core.collect.samples import photo_bytes
from emotion_core.command_line import parser
from emotion_core.dataset import Catalog, Origin, freeze, uncompared
from emotion_core.dataset.inspection.inspection_job import KIND
from emotion_core.jobs import JobFolder
from emotion_core.settings import Workspace
from emotion_core.training import PRESETS, Study, StudyPlan, list_studies
from emotion_core.training.cost.calibration import REFERENCE, save_calibration
from emotion_core.training.engine import this_machine
from pages.components.common.markdown import escape_markdown

pytestmark = pytest.mark.slow

Visit = Callable[..., AppTest]
Words = Callable[[AppTest], str]


def _set(at: AppTest, field: str, value: Any, kind: str = "number_input") -> AppTest:
    getattr(at, kind)(key=f"setting-controlled-{field}").set_value(value)
    return at


def _run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    return at


def _refusals(at: AppTest) -> list[str]:
    return [caption.value for caption in at.caption if caption.value.startswith(":red[")]


def _beneath(at: AppTest, title: str) -> str:
    """Return the captions in the column of the field with that title."""
    columns = [column for column in at.main.get("column") if any(w.label == title for w in _inputs(column))]
    return "\n".join(caption.value for column in columns for caption in column.caption)


def _inputs(column: Any) -> list[Any]:
    return [*column.number_input, *column.text_input, *column.selectbox]


def _is_refused(at: AppTest) -> bool:
    return "Some settings cannot be used" in at.error[0].value and not _start_buttons(at)


def _start_buttons(at: AppTest) -> list[Any]:
    return [button for button in at.button if button.key == "start_study"]


@pytest.mark.parametrize(
    ("field", "title", "value", "message"),
    [
        ("image_size", "Image size", 3, "should be greater than or equal to 16, received 3"),
        ("image_size", "Image size", 4096, "should be less than or equal to 256, received 4096"),
        ("kernel_size", "Kernel size", 0, "should be greater than or equal to 1, received 0"),
        ("learning_rate", "Learning rate", 0.0, "should be greater than 0, received 0.0"),
        ("epochs", "Epochs", 0, "should be greater than or equal to 1, received 0"),
        ("batch_size", "Batch size", -1, "should be greater than or equal to 1, received -1"),
        ("test_fraction", "Test fraction", 0.8, "validation and test together below 1"),
        ("validation_fraction", "Validation fraction", 0.0, "should be greater than 0, received 0.0"),
    ],
)
def test_a_number_that_cannot_work_is_refused_beside_its_field(
    field: str, title: str, value: float, message: str, visit: Visit
) -> None:
    """A number out of range is refused below its own field and nowhere else, and the study cannot be started."""
    at = _run(_set(visit("study/configure"), field, value))
    assert _is_refused(at)
    assert escape_markdown(message) in _beneath(at, title)
    assert len(_refusals(at)) == 1


@pytest.mark.parametrize(
    ("field", "title", "text", "message"),
    [
        ("filters", "Filters per block", "a-b", "expected whole numbers such as 16-32-16, received 'a-b'"),
        ("filters", "Filters per block", "", "received"),
        ("filters", "Filters per block", "0-16", "should be greater than or equal to 1, received 0"),
        ("filters", "Filters per block", "![x](http://a.b/) :red[x]", "received '![x](http://a.b/) :red[x]'"),
        ("filters", "Filters per block", "16-9999", "should be less than or equal to 512, received 9999"),
        ("dense_units", "Dense units", "256;128", "expected whole numbers such as"),
        ("dense_units", "Dense units", "1-2-3-4-5", "at most 4 items"),
    ],
)
def test_a_list_that_cannot_work_is_refused_beside_its_field(
    field: str, title: str, text: str, message: str, visit: Visit
) -> None:
    """A list that cannot be parsed or holds an impossible number is refused below its field."""
    at = visit("study/configure")
    at.multiselect(key="depths-controlled").set_value([2])
    at = _run(_set(at, field, text, "text_input"))
    assert _is_refused(at)
    assert escape_markdown(message) in _beneath(at, title)


def test_a_depth_that_uses_the_picture_up_is_refused_beside_the_image_size(visit: Visit) -> None:
    """More blocks than the image has pixels for are refused, naming the block that uses up the pixels."""
    at = visit("study/configure")
    at.multiselect(key="depths-controlled").set_value([3, 6])
    at = _run(at)
    assert _is_refused(at)
    assert "64 pixels are used up in block 4 of 6" in _beneath(at, "Image size")


def test_without_a_chosen_depth_every_filter_makes_a_block(visit: Visit) -> None:
    """A fourth filter makes a fourth block, unless the user chooses depths; then those are used."""
    at = _set(visit("study/configure"), "image_size", 128)
    assert at.multiselect(key="depths-controlled").value == []
    at = _run(_set(at, "filters", "16-32-64-64", "text_input"))
    assert _blocks(at) == 4
    at.multiselect(key="depths-controlled").set_value([2])
    assert _blocks(_run(at)) == 2


def test_more_filters_than_blocks_are_possible_is_refused_beside_the_filters(visit: Visit) -> None:
    """A seventh filter is refused below its field, with the largest number allowed."""
    at = _run(_set(visit("study/configure"), "filters", "4-4-4-4-4-4-4", "text_input"))
    assert _is_refused(at)
    assert "at most 6 items" in _beneath(at, "Filters per block")


def _blocks(at: AppTest) -> int:
    return sum("conv" in name.lower() for name in at.dataframe[1].value["Layer"])


def test_a_study_of_nothing_is_refused(visit: Visit) -> None:
    """Without any activation the page says what to choose, and the study cannot be started."""
    at = visit("study/configure")
    at.multiselect(key="activations-controlled").set_value([])
    at = _run(at)
    assert "Hidden activation" in at.error[0].value
    assert "expected at least one value" in at.error[0].value
    assert not _start_buttons(at)


def test_too_many_runs_are_refused_in_words(visit: Visit) -> None:
    """A grid beyond the limit is refused with its size, and the study cannot be started."""
    at = visit("study/configure")
    at.multiselect(key="activations-controlled").set_value(["relu", "tanh", "sigmoid", "elu", "selu", "gelu"])
    at.multiselect(key="depths-controlled").set_value([1, 2])
    at.number_input(key="seeds-controlled").set_value(20)
    at = _run(at)
    assert "12 networks times 20 seeds" in at.error[0].value
    assert not _start_buttons(at)


def test_a_wrong_value_that_is_put_right_can_be_started_again(visit: Visit) -> None:
    """Once the refused value is corrected, its message disappears and Start is offered again."""
    at = _run(_set(visit("study/configure"), "image_size", 3))
    assert _is_refused(at)
    at = _run(_set(at, "image_size", 64))
    assert not _refusals(at)
    assert _start_buttons(at)


def test_the_plan_is_expanded_once_per_rerun(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors, runs, cost and design all come from one expansion, which builds and validates every run."""
    at = visit("study/configure")
    expand, expanded_plans = StudyPlan.expand, []

    def counted_expand(plan: StudyPlan) -> Any:
        expanded_plans.append(plan)
        return expand(plan)

    monkeypatch.setattr(StudyPlan, "expand", counted_expand)
    at.number_input(key="seeds-controlled").set_value(2)
    at = _run(at)
    assert _size(at) == "6 runs"
    assert [plan.seeds for plan in expanded_plans] == [2]


def test_the_controlled_study_differs_in_one_setting_only(visit: Visit) -> None:
    """The default study has three networks that differ only in their hidden activation, and the page says so."""
    at = visit("study/configure")
    assert at.success[0].value == escape_markdown("The networks differ in only one setting: hidden activation.")
    assert not at.warning
    assert _size(at) == "15 runs"
    assert list(at.dataframe[0].value["Hidden activation"]) == ["relu", "tanh", "sigmoid"] * 5


def test_the_published_study_is_warned_about(visit: Visit) -> None:
    """The published networks differ in several settings at once, and the page names each of them."""
    at = visit("study/configure")
    at.segmented_control(key="preset").set_value("published")
    at = _run(at)
    assert not at.success
    assert "settings at once" in at.warning[0].value
    for setting in ("filters", "kernel", "hidden activation", "dense activation", "output activation", "optimizer"):
        assert setting in at.warning[0].value


def _size(at: AppTest) -> str:
    return str(at.header[0].value)


def test_the_photos_in_use_are_counted(study: Study, visit: Visit, words: Words) -> None:
    """The page says how many of the photos of the workspace the study takes."""
    assert "32 of 32 photos are used" in words(visit("study/configure"))


def _vary(at: AppTest, *fields: str) -> AppTest:
    at.multiselect(key="varied-controlled").set_value(list(fields))
    return _run(at)


def test_any_setting_can_take_several_values(visit: Visit) -> None:
    """Varied settings accept several values in their fields, and every combination becomes a run."""
    at = visit("study/configure")
    at.number_input(key="seeds-controlled").set_value(1)
    at = _vary(at, "learning_rate", "flip", "filters")
    assert _size(at) == "3 runs"
    _set(at, "learning_rate-several", "0.001, 0.01", "text_input")
    _set(at, "filters-several", "16-32-16, 8-16", "text_input")
    _set(at, "flip-several", [False, True], "multiselect")
    at = _run(at)
    assert _size(at) == "24 runs"
    assert "Full grid" in at.success[0].value
    table = at.dataframe[0].value
    assert set(table["Learning rate"]) == {"0.001", "0.01"}
    assert set(table["Filters per block"]) == {"16-32-16", "8-16"}
    assert set(table["Flip"]) == {"off", "on"}


def test_a_wrong_value_among_several_is_refused_beside_the_field(visit: Visit) -> None:
    """One impossible value of a varied setting is named below its field, and the study cannot be started."""
    at = _vary(visit("study/configure"), "learning_rate", "filters")
    _set(at, "learning_rate-several", "0.001, 7", "text_input")
    at = _run(_set(at, "filters-several", "16-32, x", "text_input"))
    assert _is_refused(at)
    assert escape_markdown("received 7") in _beneath(at, "Learning rate")
    assert escape_markdown("received 'x'") in _beneath(at, "Filters per block")


def test_a_pair_that_cannot_work_is_explained_before_it_is_run(visit: Visit) -> None:
    """A ReLU output with cross-entropy can be started, under a warning that says why it will not learn."""
    at = _run(_set(visit("study/configure"), "output_activation", "relu", "selectbox"))
    assert _start_buttons(at)
    assert "cannot learn" in at.warning[0].value


def test_what_is_good_to_know_stands_beneath_its_field(visit: Visit) -> None:
    """Softmax over two units is allowed; a note below the field gives its cost in parameters."""
    at = _run(_set(visit("study/configure"), "output_activation", "softmax", "selectbox"))
    assert "129 more parameters" in _beneath(at, "Output activation")
    assert not at.warning


def test_the_leaking_split_is_marked_in_red(visit: Visit) -> None:
    """A study with the split as published can be started, under a red message that names the leak."""
    at = _run(_set(visit("study/configure"), "split", "reshuffled", "selectbox"))
    assert "Leaking split in every run" in at.error[0].value
    assert _start_buttons(at)


def test_activations_are_drawn_with_range_and_source(visit: Visit, words: Callable[[AppTest], str]) -> None:
    """Each chosen hidden activation has a figure, and so do the output activation and the network."""
    at = visit("study/configure")
    at.multiselect(key="activations-controlled").set_value(["gelu", "selu"])
    at.session_state["curves"] = True
    at = _run(at)
    assert len(at.get("plotly_chart")) == 4
    assert escape_markdown("Hendrycks") in words(at)


def _picture(at: AppTest) -> str:
    (image,) = at.image
    return str(image.value[0])


def test_augmentation_is_shown_on_photos_of_the_catalog(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit, words: Callable[[AppTest], str]
) -> None:
    """Without augmentation the photos are shown as the network sees them; with it, also as in three epochs."""
    add_photos(workspace, happy=8, sad=8)
    at = visit("study/configure")
    assert _picture(at)
    assert "No augmentation is used in training" in words(at)
    at = _run(_set(at, "rotation", 20.0))
    assert "three epochs of training" in words(at)
    before = _picture(at)
    at.button(key="change_again").click()
    assert _picture(_run(at)) != before


def test_what_the_study_takes_is_said_before_the_start(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit, words: Callable[[AppTest], str]
) -> None:
    """Time, memory and disk are shown above Start; Measure is offered only for a machine without a measurement."""
    add_photos(workspace, happy=8, sad=8)
    at = visit("study/configure")
    assert re.search(r"about \d+ s, [\d.]+ [MG]B of memory, \d+ MB of disk", words(at).replace("\\", ""))
    assert at.button(key="measure")
    save_calibration(workspace, replace(REFERENCE, machine=this_machine()))
    at = _run(at)
    assert not [button for button in at.button if button.key == "measure"]
    assert not at.warning


def test_a_study_that_takes_hours_is_warned_about(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """A study that needs a confirmation has a warning with its estimated time."""
    add_photos(workspace, happy=20, sad=20)
    at = _set(visit("study/configure"), "epochs", 1000)
    at.number_input(key="seeds-controlled").set_value(20)
    at = _run(_set(at, "image_size", 256))
    assert re.search(r"60 runs, (one after the other|\d+ at once): about \d+ h", at.warning[0].value.replace("\\", ""))


def test_the_command_line_starts_the_same_study(visit: Visit) -> None:
    """The shell command contains the changed settings, and the command line accepts it."""
    at = _set(_vary(visit("study/configure"), "dropout"), "dropout-several", "0, 0.5", "text_input")
    at = _run(_set(at, "filters", "8-16", "text_input"))
    line = next(code.value for code in at.code if "emotion_core study" in code.value)
    given = parser().parse_args(shlex.split(line)[3:])
    assert given.action
    assert {"dropout=0.0,0.5", "filters=8-16"} <= set(shlex.split(line))


def test_a_finished_run_opens_with_its_settings(study: Study, visit: Visit) -> None:
    """The fields show the settings of the run, and a click goes back to the preset."""
    run_id, config = study.run_ids[0], study.config.runs[0]
    at = visit("study/configure", run=run_id)
    assert escape_markdown(config.label) in at.info[0].value
    assert _size(at) == "1 run"
    assert at.text_input(key="setting-controlled-1-filters").value == "-".join(map(str, config.filters))
    assert at.number_input(key="setting-controlled-1-epochs").value == config.epochs
    at.button(key="forget_opened").click()
    assert _size(_run(at)) == "15 runs"


def _load(at: AppTest, text: str) -> AppTest:
    at.file_uploader(key="plan_file").set_value(("mine.toml", text.encode(), "application/toml"))
    return _run(at)


def test_a_settings_file_fills_the_fields(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """The fields show the file's preset, seeds, settings and varied settings; the next file replaces them."""
    add_photos(workspace, happy=1)
    plan = StudyPlan(
        preset="modern", seeds=2, vary={"hidden_activation": ("relu", "mish"), "flip": (False, True)},
        settings={"epochs": 9, "sources": ("photos.example",)},
    )  # fmt: skip
    at = _load(visit("study/configure"), plan.to_toml())
    assert at.segmented_control(key="preset").value == "modern"
    assert at.number_input(key="setting-modern-1-epochs").value == 9
    assert at.multiselect(key="setting-modern-1-flip-several").value == [False, True]
    assert _size(at) == "8 runs"
    (line,) = [code.value for code in at.code]
    assert set(shlex.split(line)) == set(shlex.split(plan.command(workspace.root)))
    at = _load(at, StudyPlan(preset="modern", settings={"epochs": 11}).to_toml())
    assert at.number_input(key="setting-modern-2-epochs").value == 11
    # The file says one seed, so one it is.
    assert _size(at) == "3 runs"


def test_settings_of_a_file_without_a_field_are_kept(visit: Visit) -> None:
    """A file may select some of a preset's networks and vary settings that have no field for this preset."""
    plan = StudyPlan(preset="published", networks=("Model 3",), vary={"hidden_activation": ("relu", "mish")})
    at = _load(visit("study/configure"), plan.to_toml())
    assert _size(at) == "2 runs"
    assert list(at.dataframe[0].value["Hidden activation"]) == ["relu", "mish"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('preset = "controlled"\n[settings]\nlearning_rat = 0.1\n', "learning_rat"),
        ("[settings]\nepochs = 0\n", "epochs"),
        ("\x00", "TOML"),
    ],
)
def test_a_settings_file_that_is_wrong_is_refused_with_the_field(text: str, message: str, visit: Visit) -> None:
    """An unknown setting or an impossible value in a file is named, and the fields do not change."""
    at = _load(visit("study/configure"), text)
    assert escape_markdown(message) in at.error[0].value
    assert _size(at) == "15 runs"


def test_a_missing_run_is_reported_and_the_preset_shown(visit: Visit) -> None:
    """A link to a run that does not exist shows an error, and the page works as without it."""
    at = visit("study/configure", run="missing-r001")
    assert "missing" in at.error[0].value
    assert _size(at) == "15 runs"


@pytest.mark.parametrize(("page", "button"), [("study/train", "main"), ("study/compare", "change")])
def test_runs_can_be_changed_and_run_again_from_other_pages(page: str, button: str, study: Study, visit: Visit) -> None:
    """Train and Compare open the settings of a finished run with one click."""
    at = visit(page, study=study.study_id)
    if page == "study/compare":
        at.session_state["compare_views"] = "Diagnosis"
        at.run()
    at.button(key=f"{button}-{study.run_ids[0]}").click()
    at = _run(at)
    assert [title.value for title in at.title] == ["Configure"]
    assert escape_markdown(study.config.runs[0].label) in at.info[0].value


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_preset_can_be_started_as_it_is(preset: str, visit: Visit) -> None:
    """Each preset's own values are accepted, and Start is offered."""
    at = visit("study/configure")
    at.segmented_control(key="preset").set_value(preset)
    at = _run(at)
    assert not _refusals(at)
    assert _start_buttons(at)


def test_settings_outlive_a_visit_to_another_page(visit: Visit) -> None:
    """Entered settings are still there after a visit to another page."""
    at = _run(_set(visit("study/configure"), "epochs", 7))
    at.switch_page("pages/data/review.py").run()
    at = _run(at.switch_page("pages/study/configure.py"))
    assert at.number_input(key="setting-controlled-epochs").value == 7


def test_photos_of_several_sources_can_be_chosen_from(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """Every source of photos is offered."""
    add_photos(workspace, happy=1)
    origin = Origin("sad.jpg", source_url="https://photos.example/sad.jpg")
    Catalog(workspace).add(photo_bytes("sad", 7), label="sad", origin=origin)
    assert _sources(visit("study/configure")).value == ["files", "photos.example"]


def test_a_study_of_photos_from_nowhere_is_refused(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """A study without any source cannot be started; it does not silently use all photos."""
    add_photos(workspace, happy=8, sad=8)
    at = visit("study/configure")
    _sources(at).set_value([])
    at = _run(at)
    assert at.error
    assert not _start_buttons(at)


def _sources(at: AppTest) -> Any:
    return next(choice for choice in at.multiselect if choice.label == "Photos from")


def _planner(at: AppTest) -> str:
    return next(info.value for info in at.info if "of 100 studies" in info.value).replace("\\", "")


def test_what_the_study_finds_is_said_before_the_start(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit, words: Callable[[AppTest], str]
) -> None:
    """The sentence follows seeds, test fraction and the difference that matters, and names what is assumed."""
    add_photos(workspace, happy=25, sad=25)
    at = visit("study/configure")
    assert _planner(at).startswith("5 + 5 test photos and 5 seeds find a difference of .05 AUC between two activations")
    assert ".035 (assumed: this workspace has too few networks" in words(at).replace("\\", "")
    assert "Holm-adjusted for 3 comparisons of activations" in words(at).replace("\\", "")
    at.number_input(key="difference").set_value(0.2)
    at.number_input(key="seeds-controlled").set_value(8)
    at = _run(_set(at, "test_fraction", 0.4))
    assert _planner(at).startswith("10 + 10 test photos and 8 seeds find a difference of .20 AUC")


def test_depths_are_planned_too(workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit) -> None:
    """Where depth varies as well there is a sentence for each, and none where nothing is compared."""
    add_photos(workspace, happy=25, sad=25)
    at = visit("study/configure")
    at.multiselect(key="depths-controlled").set_value([1, 2])
    at = _run(at)
    assert "between two activations" in _planner(at)
    assert "between two depths" in _planner(at)
    at.multiselect(key="depths-controlled").set_value([])
    at.multiselect(key="activations-controlled").set_value(["relu"])
    at = _run(at)
    assert not [info for info in at.info if "of 100 studies" in info.value]


def test_one_seed_is_warned_about_and_a_button_sets_five(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """A study of one seed compares trained networks; one press makes it a study of activations."""
    add_photos(workspace, happy=25, sad=25)
    at = visit("study/configure")
    assert not [warning for warning in at.warning if "With one seed" in warning.value]
    at.number_input(key="seeds-controlled").set_value(1)
    at = _run(at)
    assert at.warning[0].value == (
        "With one seed the study compares trained networks, not activations: another seed may turn their order."
    )
    assert "and 5 seeds find" in _planner(at)
    at.button(key="five_seeds").click()
    at = _run(at)
    assert at.number_input(key="seeds-controlled").value == 5
    assert _size(at) == "15 runs"


def test_default_seeds_are_as_many_as_an_hour_allows_until_a_number_is_chosen(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """The number follows the cost of the other settings; a chosen number stays, on other pages too."""
    add_photos(workspace, happy=20, sad=20)
    # On a machine as fast as the reference the default does not depend on the machine of this test.
    save_calibration(workspace, replace(REFERENCE, machine=this_machine()))
    at = visit("study/configure")
    assert at.number_input(key="seeds-controlled").value == 5
    at = _run(_set(_set(at, "epochs", 1000), "image_size", 256))
    assert at.number_input(key="seeds-controlled").value < 5
    assert not [warning for warning in at.warning if re.search(r"about \d+ h", warning.value)]
    at = _run(_set(_set(at, "epochs", 45), "image_size", 64))
    assert at.number_input(key="seeds-controlled").value == 5
    at.number_input(key="seeds-controlled").set_value(3)
    at = _run(_set(at, "epochs", 46))
    assert _size(at) == "9 runs"
    at.switch_page("pages/data/review.py").run()
    at = _run(at.switch_page("pages/study/configure.py"))
    assert at.number_input(key="seeds-controlled").value == 3
    assert _size(at) == "9 runs"


def test_cross_validation_multiplies_the_runs_and_refuses_what_cannot_be(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """The number of runs, the command and the text follow the number of folds; a contradiction is refused."""
    add_photos(workspace, happy=25, sad=25)
    at = visit("study/configure")
    at.selectbox(key="folds-controlled").set_value(5)
    at = _run(at)
    assert at.header[0].value == "75 runs"
    assert "5 folds of 25 + 25 photos and 5 seeds find" in _planner(at)
    assert at.info[0].value.startswith(escape_markdown("Cross-validation: each network is trained 5 times"))
    assert "compared on all 50" in at.info[0].value
    assert any("--folds 5" in code.value for code in at.code)
    at = _run(_set(at, "split", "reshuffled", "selectbox"))
    assert _is_refused(at)
    assert "a reshuffled split has no folds" in _beneath(at, "Split")


def test_snapshots_are_listed_with_what_they_hold(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """Snapshots are listed by fingerprint, with the photos in each part and the split seed."""
    add_photos(workspace, happy=10, sad=10)
    snapshot = freeze(Catalog(workspace), seed=4)
    row = visit("study/configure").dataframe[0].value.iloc[0]
    assert (row["snapshot"], row["photos"], row["split seed"]) == (snapshot.fingerprint, 20, 4)
    assert [row[split] for split in ("train", "validation", "test")] == ["6 + 6", "2 + 2", "2 + 2"]


def test_start_writes_what_was_typed_and_opens_train(
    end_processes: None, workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """Start freezes the photos, queues runs with exactly the settings on the page, and opens Train."""
    add_photos(workspace, happy=8, sad=8)
    at = visit("study/configure")
    for field, value in {"image_size": 16, "kernel_size": 3, "epochs": 3, "learning_rate": 0.02}.items():
        _set(at, field, value)
    for field, text in {"filters": "4 6", "dense_units": ""}.items():
        _set(at, field, text, "text_input")
    at.multiselect(key="activations-controlled").set_value(["gelu"])
    at.multiselect(key="depths-controlled").set_value([2])
    at.number_input(key="seeds-controlled").set_value(1)
    at = _run(at)
    at.button(key="start_study").click()
    at = _run(at)
    (study,) = list_studies(workspace)
    (run,) = study.config.runs
    assert (run.image_size, run.kernel_size, run.epochs, run.learning_rate) == (16, 3, 3, 0.02)
    assert (run.filters, run.dense_units, run.hidden_activation) == ((4, 6), (), "gelu")
    assert study.config.sources == ("files",)
    assert [title.value for title in at.title] == ["Train"]
    assert at.query_params["study"] == study.study_id


def test_start_waits_for_the_near_copies_of_many_photos(
    end_processes: None, workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """With many new photos, a job finds the near copies first; then the study starts."""
    add_photos(workspace, happy=160, sad=160)
    at = visit("study/configure")
    at.number_input(key="seeds-controlled").set_value(1)
    at = _run(at)
    assert len(uncompared(Catalog(workspace))) == 320
    at.button(key="start_study").click()
    # The search has a low priority, so beside other tests it may take minutes.
    at.default_timeout = 300
    at = _run(at)
    assert [title.value for title in at.title] == ["Train"]
    assert len(list_studies(workspace)) == 1
    assert uncompared(Catalog(workspace)) == set()
    assert JobFolder.newest(workspace.jobs, KIND) is not None


def test_photos_that_are_all_near_copies_are_named_before_the_start(workspace: Workspace, visit: Visit) -> None:
    """Once the copies are known, the page says why no study can start; before, the button does."""
    catalog = Catalog(workspace)
    with Image.open(io.BytesIO(photo_bytes("sad", 1))) as photo:
        for quality in range(80, 92):
            copy = io.BytesIO()
            photo.save(copy, "JPEG", quality=quality)
            catalog.add(copy.getvalue(), label="happy" if quality % 2 else "sad", origin=Origin(f"{quality}.jpg"))
    at = visit("study/configure")
    at.button(key="start_study").click()
    at = _run(at)
    assert "All 12 photos are near copies of one another" in at.error[-1].value
    assert not list_studies(workspace)
    at = visit("study/configure")
    assert at.error[0].value.replace("\\", "").startswith("All 12 photos are near copies of one another. Near copies")


def _noise(number: int) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((24, 24), 40 + number).convert("RGB").save(out, "PNG")
    return out.getvalue()


def test_split_that_the_photos_came_with_is_offered_and_used(
    workspace: Workspace, visit: Visit, words: Callable[[AppTest], str]
) -> None:
    """The page counts its parts, one press chooses it, and the plan then says so; a random split stays the default."""
    catalog, parts = Catalog(workspace), [*["train"] * 16, *["validation"] * 4, *["test"] * 6, *[None] * 2]
    for number, part in enumerate(parts):
        origin = Origin(f"{number}.png")
        catalog.add(_noise(number), label="sad" if number % 2 else "happy", origin=origin, split=part)
    at = visit("study/configure")
    assert "came with a split. A study with it has 16 train, 4 validation and 6 test photos" in words(at)
    assert "split_source" not in at.code[0].value
    at.button(key="use_own_split").click()
    at = _run(at)
    assert at.selectbox(key="setting-controlled-split_source").value == "predefined"
    assert "split_source=predefined" in at.code[0].value
    text = words(at).replace("\\", "")
    assert "The split is the data set's own. 2 photos without a split are left out." in text
    assert "3 + 3 test photos" in text
    assert [button for button in at.button if button.key == "use_own_split"] == []
    at.selectbox(key="folds-controlled").set_value(3)
    assert "folds are drawn from all photos, expected random" in _refusals(_run(at))[0]


def test_predefined_split_without_one_is_explained(workspace: Workspace, visit: Visit) -> None:
    """Photos that came without a split offer none; chosen all the same, the page says what is missing."""
    for number in range(12):
        Catalog(workspace).add(_noise(number), label="sad" if number % 2 else "happy", origin=Origin("x.png"))
    at = visit("study/configure")
    assert [button for button in at.button if button.key == "use_own_split"] == []
    at.selectbox(key="setting-controlled-split_source").set_value("predefined")
    at = _run(at)
    assert at.error[0].value.startswith("None of the photos came with a split")
