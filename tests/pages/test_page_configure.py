"""Configure: wrong settings are refused beside their field, and what a study differs in is said before it starts."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.collect.samples.gallery import photo_bytes
from emotion_core.dataset import Catalog, Origin, freeze
from emotion_core.settings import Workspace
from emotion_core.training import list_studies
from pages.shared.texts import plain

Visit = Callable[..., AppTest]


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
    """Return what stands beneath the field of that title, within its column."""
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
    """A number out of range is answered beneath its own field and nowhere else, and the study cannot be started."""
    at = _run(_set(visit("study/configure"), field, value))
    assert _is_refused(at)
    assert plain(message) in _beneath(at, title)
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
    """A list of numbers that is none, or holds an impossible one, is answered beneath its field."""
    at = visit("study/configure")
    at.multiselect(key="depths").set_value([2])
    at = _run(_set(at, field, text, "text_input"))
    assert _is_refused(at)
    assert plain(message) in _beneath(at, title)


def test_a_depth_that_uses_the_picture_up_is_refused_beside_the_image_size(visit: Visit) -> None:
    """More blocks than the image has pixels for are refused with the block in which they are used up."""
    at = visit("study/configure")
    at.multiselect(key="depths").set_value([3, 6])
    at = _run(at)
    assert _is_refused(at)
    assert "64 pixels are used up in block 4 of 6" in _beneath(at, "Image size")


def test_without_a_chosen_depth_every_filter_makes_a_block(visit: Visit) -> None:
    """A fourth filter is a fourth block unless the person chose depths, and chosen depths are taken at their word."""
    at = _set(visit("study/configure"), "image_size", 128)
    assert at.multiselect(key="depths").value == []
    at = _run(_set(at, "filters", "16-32-64-64", "text_input"))
    assert _blocks(at) == 4
    at.multiselect(key="depths").set_value([2])
    assert _blocks(_run(at)) == 2


def test_more_filters_than_blocks_are_possible_is_refused_beside_the_filters(visit: Visit) -> None:
    """A seventh filter is answered beneath its field, with how many blocks there may be."""
    at = _run(_set(visit("study/configure"), "filters", "4-4-4-4-4-4-4", "text_input"))
    assert _is_refused(at)
    assert "1 to 6 convolution blocks" in _beneath(at, "Filters per block")


def _blocks(at: AppTest) -> int:
    return sum("conv" in name.lower() for name in at.dataframe[1].value["layer"])


def test_a_study_of_nothing_is_refused(visit: Visit) -> None:
    """Without any activation the page says what to choose, and the study cannot be started."""
    at = visit("study/configure")
    at.multiselect(key="activations").set_value([])
    at = _run(at)
    assert "Choose at least one" in at.error[0].value
    assert not _start_buttons(at)


def test_too_many_runs_are_refused_in_words(visit: Visit) -> None:
    """A grid beyond the limit is refused with its size, and the study cannot be started."""
    at = visit("study/configure")
    at.multiselect(key="activations").set_value(["relu", "tanh", "sigmoid", "elu", "selu", "gelu"])
    at.multiselect(key="depths").set_value([1, 2])
    at.number_input(key="seeds").set_value(20)
    at = _run(at)
    assert "12 networks times 20 seeds" in at.error[0].value
    assert not _start_buttons(at)


def test_a_wrong_value_that_is_put_right_can_be_started_again(visit: Visit) -> None:
    """Once the refused value is a good one, its message goes and Start comes back."""
    at = _run(_set(visit("study/configure"), "image_size", 3))
    assert _is_refused(at)
    at = _run(_set(at, "image_size", 64))
    assert not _refusals(at)
    assert _start_buttons(at)


def test_the_controlled_study_differs_in_one_setting_only(visit: Visit) -> None:
    """The page's first proposal is three networks that differ in their hidden activation alone, and says so."""
    at = visit("study/configure")
    assert at.success[0].value == "The networks differ in one setting only: hidden activation."
    assert not at.warning
    assert [heading.value for heading in at.subheader] == ["3 runs"]
    assert list(at.dataframe[0].value["Hidden activation"]) == ["relu", "tanh", "sigmoid"]


def test_the_published_study_is_warned_about(visit: Visit) -> None:
    """The published networks differ in several settings at once, and the page names each of them."""
    at = visit("study/configure")
    at.segmented_control(key="preset").set_value("published")
    at = _run(at)
    assert not at.success
    assert "settings at once" in at.warning[0].value
    for setting in ("filters", "kernel", "hidden activation", "dense activation", "output activation", "optimizer"):
        assert setting in at.warning[0].value


@pytest.mark.parametrize("preset", ["controlled", "published", "described"])
def test_every_preset_can_be_started_as_it_is(preset: str, visit: Visit) -> None:
    """Each preset's own values are accepted, and Start is offered."""
    at = visit("study/configure")
    at.segmented_control(key="preset").set_value(preset)
    at = _run(at)
    assert not _refusals(at)
    assert _start_buttons(at)


def test_settings_outlive_a_visit_to_another_page(visit: Visit) -> None:
    """What was typed is still there after looking at another page."""
    at = _run(_set(visit("study/configure"), "epochs", 7))
    at.switch_page("pages/data/review.py").run()
    at = _run(at.switch_page("pages/study/configure.py"))
    assert at.number_input(key="setting-controlled-epochs").value == 7


def test_photos_of_several_sources_can_be_chosen_from(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """Where photos come from several places, the page offers each of them."""
    add_photos(workspace, happy=1)
    origin = Origin("sad.jpg", source_url="https://photos.example/sad.jpg")
    Catalog(workspace).add(photo_bytes("sad", 7), label="sad", origin=origin)
    assert _sources(visit("study/configure")).value == ["files", "photos.example"]


def test_a_study_of_photos_from_nowhere_is_refused(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """With every source of photos taken away, the study cannot be started on all photos behind the person's back."""
    add_photos(workspace, happy=8, sad=8)
    at = visit("study/configure")
    _sources(at).set_value([])
    at = _run(at)
    assert at.error
    assert not _start_buttons(at)


def _sources(at: AppTest) -> Any:
    return next(choice for choice in at.multiselect if choice.label == "Photos from")


def test_what_the_test_set_can_show_is_said_before_the_start(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """Ten test photos cannot tell good networks apart, and the page says so for the fraction that is typed."""
    add_photos(workspace, happy=25, sad=25)
    at = visit("study/configure")
    assert at.info[0].value.startswith("5 + 5 test photos cannot tell AUC .90 from .85: power ")
    at = _run(_set(at, "test_fraction", 0.4))
    assert at.info[0].value.startswith("10 + 10 test photos cannot tell")


def test_snapshots_are_listed_with_what_they_hold(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """What was frozen is listed by fingerprint with its photos in each part and the seed that split them."""
    add_photos(workspace, happy=10, sad=10)
    snapshot = freeze(Catalog(workspace), seed=4)
    row = visit("study/configure").dataframe[0].value.iloc[0]
    assert (row["snapshot"], row["photos"], row["split seed"]) == (snapshot.fingerprint, 20, 4)
    assert [row[split] for split in ("train", "validation", "test")] == ["6 + 6", "2 + 2", "2 + 2"]


def test_start_writes_what_was_typed_and_opens_train(
    end_processes: None, workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """Start freezes the photos, queues runs with exactly the settings on the page, and shows them on Train."""
    add_photos(workspace, happy=8, sad=8)
    at = visit("study/configure")
    for field, value in {"image_size": 16, "kernel_size": 3, "epochs": 3, "learning_rate": 0.02}.items():
        _set(at, field, value)
    for field, text in {"filters": "4 6", "dense_units": ""}.items():
        _set(at, field, text, "text_input")
    at.multiselect(key="activations").set_value(["gelu"])
    at.multiselect(key="depths").set_value([2])
    at = _run(at)
    at.button(key="start_study").click()
    at = _run(at)
    (study,) = list_studies(workspace)
    (run,) = study.config.runs
    assert (run.image_size, run.kernel_size, run.epochs, run.learning_rate) == (16, 3, 3, 0.02)
    assert (run.filters, run.dense_units, run.hidden_activation) == ((4, 6), (), "gelu")
    assert [title.value for title in at.title] == ["Train"]
    assert at.query_params["study"] == study.study_id
