"""Activations: every view without photos and runs, its computations, and the user's own networks."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.documents import write_document
from emotion_core.network import HIDDEN_ACTIVATIONS
from emotion_core.settings import Workspace
from emotion_core.teaching.activations.epoch_times import TIMES_FILE
from emotion_core.training.engine import this_machine
from pages.components.activations.convolution import BY_HAND

pytestmark = pytest.mark.slow

Visit = Callable[..., AppTest]
Words = Callable[[AppTest], str]
VIEWS = ("Curves", "Vanishing gradient", "Gradient descent", "Convolution", "Your runs", "Epoch time")


@pytest.fixture
def show(visit: Visit) -> Callable[..., AppTest]:
    """Return what opens the page with one of its views."""

    def shown(view: str, **state: object) -> AppTest:
        at = visit("learn/activations")
        for key, value in {"view": view, **state}.items():
            at.session_state[key] = value
        at.run()
        assert not at.exception
        return at

    return shown


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_works_without_photos_and_runs(show: Callable[..., AppTest], view: str) -> None:
    """In an empty workspace every view has a figure, a control or a link, and no error."""
    at = show(view)
    assert not at.error
    assert at.main.get("plotly_chart") or at.main.get("imgs") or at.slider or at.main.get("page_link")


def test_curves_tell_of_those_that_are_chosen(show: Callable[..., AppTest], words: Words) -> None:
    """Formula, range and flat parts are listed below the curves, followed by common misconceptions."""
    at = show("Curves", learn_curves=["relu6"])
    [facts] = [table.value.map(lambda text: text.replace("\\", "")) for table in at.main.table]
    assert facts.to_dict("records") == [
        {
            "Activation": "relu6",
            "Formula": HIDDEN_ACTIVATIONS["relu6"].formula,
            "Range": "[0, 6]",
            "Flat": "below 0.0 and above 6.0",
            "Largest slope": "1.000",
            "Usual initializer": "he_normal",
            "Source": "Krizhevsky, 2010",
        }
    ]
    assert "ReLU gives 0 or 1" in words(at)
    assert "Pick at least one" in words(show("Curves", learn_curves=[]))


def test_the_vanishing_gradient_meets_the_reference_figures(show: Callable[..., AppTest], words: Words) -> None:
    """Five layers at unit gain leave .0004 with sigmoid, .147 with tanh, .177 with ReLU; with He's rule, 1."""
    text = words(show("Vanishing gradient"))
    for name, by_rule in (("sigmoid", "0.000426"), ("tanh", "0.147"), ("relu", "0.177")):
        line = next(line for line in text.splitlines() if line.startswith(f"- **{name}**"))
        assert f"by the rule {by_rule}" in line
    he = words(show("Vanishing gradient", learn_rule="he", learn_stack=["relu"]))
    assert "after 5 layers; by the rule 1." in he


def test_descent_goes_forward_and_back_and_begins_anew_with_other_settings(show: Callable[..., AppTest]) -> None:
    """Each click takes one step; another momentum starts again at step 0."""
    at = show("Gradient descent")
    at.button(key="learn_forward").click().run()
    at.button(key="learn_forward").click().run()
    at.button(key="learn_back").click().run()
    assert at.slider(key="learn_step").value == 1
    at.slider(key="learn_momentum").set_value(0.5).run()
    assert at.slider(key="learn_step").value == 0
    assert not at.exception


def test_a_diverging_descent_is_reported(show: Callable[..., AppTest], words: Words) -> None:
    """The last step of a diverging descent says what happened and what to do."""
    at = show("Gradient descent")
    at.number_input(key="learn_rate-bowl").set_value(2.5).run()
    last = at.slider(key="learn_step").max
    assert last < 60
    at.slider(key="learn_step").set_value(last).run()
    assert "Use a smaller learning rate" in words(at)


def test_playing_walks_by_itself_to_the_end(show: Callable[..., AppTest]) -> None:
    """Every tick takes a step, and the last step stops the ticks."""
    at = show("Gradient descent")
    last = int(at.slider(key="learn_step").max)
    at.slider(key="learn_step").set_value(last - 1).run()
    at.button(key="learn_play").click().run()
    at.run()
    assert at.slider(key="learn_step").value == last
    assert at.button(key="learn_play").label == "Play"


@pytest.mark.usefixtures("study")
def test_convolution_shows_ones_own_network(show: Callable[..., AppTest], words: Words) -> None:
    """The kernels of a finished run are selected first, filter by filter, and the sum is written out."""
    at = show("Convolution")
    assert at.selectbox(key="learn_source").value.endswith("r001")
    filters = next(slider for slider in at.slider if slider.label == "Filter")
    assert filters.max == 4
    filters.set_value(3).run()
    assert not at.exception
    assert "plus the bias" in words(at)
    at = show("Convolution", learn_place="My photos")
    assert not at.error and "plus the bias" in words(at)


def test_kernels_made_by_hand_need_no_network(show: Callable[..., AppTest], words: Words) -> None:
    """Edge, blur, sharpen and emboss work on a drawn face without a trained network."""
    at = show("Convolution", learn_source="by hand")
    for kernel in ("edges", "blur", "sharpen", "emboss"):
        at.selectbox(key="learn_kernel").set_value(kernel).run()
        assert not at.exception
        assert "plus the bias 0.000" in words(at)


def test_an_upload_that_is_no_photo_is_refused(show: Callable[..., AppTest], words: Words) -> None:
    """A broken file shows an error, and the page stays usable."""
    at = show("Convolution", learn_place="A file")
    assert list(at.file_uploader[0].proto.type) == []  # The content decides, not the name.
    at.file_uploader[0].upload("x.png", b"no picture").run()
    assert not at.exception
    assert at.error


@pytest.mark.usefixtures("study")
def test_ones_own_runs_are_shown_layer_by_layer(show: Callable[..., AppTest], words: Words) -> None:
    """Gradient norm, dead and saturated units are drawn for each run that has recorded them."""
    at = show("Your runs")
    for measure in ("gradient_norm", "dead", "saturated"):
        at.session_state["train_measure"] = measure
        at.run()
        assert not at.exception
        assert at.main.get("vega_lite_chart")


def test_epoch_times_of_another_machine_have_a_warning(
    show: Callable[..., AppTest], workspace: Workspace, words: Words
) -> None:
    """Measured times are drawn; times from another machine have a warning."""
    stored = {"machine": this_machine(), "photos": 96, "image_size": 64, "seconds": {"relu": 0.5, "gelu": 0.75}}
    write_document(workspace.root / TIMES_FILE, stored)
    at = show("Epoch time")
    assert at.main.get("plotly_chart")
    assert "another machine" not in words(at)
    write_document(workspace.root / TIMES_FILE, {**stored, "machine": {"processor": "another"}})
    assert "another machine" in words(show("Epoch time"))


def test_a_view_has_an_address(visit: Visit) -> None:
    """A link opens the page with the view it names."""
    at = visit("learn/activations", view="Gradient descent")
    assert at.main.get("vega_lite_chart")


def test_a_pressed_pixel_is_computed_and_play_moves_on(show: Callable[..., AppTest], words: Words) -> None:
    """The pixel of the map that is pressed is the one below, and each tick of Play moves the kernel along."""
    at = show("Convolution", learn_source=BY_HAND)
    chart = at.main.get("vega_lite_chart")[0]
    row, column = (next(slider for slider in at.slider if slider.label == label) for label in ("Row", "Column"))
    assert (row.value, column.value) != (3, 5)
    before = words(at)
    at.session_state[row.key], at.session_state[column.key] = 3, 5
    at.run()
    assert words(at) != before
    at.button(key="learn_slide").click().run()
    moved = next(slider for slider in at.slider if slider.label == "Column").value
    assert not at.exception
    assert int(str(moved)) > 5
    assert '"select"' in chart.proto.spec
