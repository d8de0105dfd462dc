"""Train: the charts of runs while they train, and the actions on them."""

import json
import os
from collections.abc import Callable

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.jobs import PAUSE, STOP, STOP_LATER
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import Run, Study, find_run, list_studies, load_study, record_look, runs_of
from pages.components.train.run_actions import DELETE, INSIDE, LATER, NEW_SEED, RESTART

Visit = Callable[..., AppTest]
Words = Callable[[AppTest], str]
LAYER = {"name": "conv_1", "gradient_norm": 0.5, "dead": 0.25, "histogram": [1, 3], "edges": [-1.0, 0.0, 1.0]}

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("end_processes")]


@pytest.fixture
def finished(workspace: Workspace, study: Study) -> Run:
    """Return the study's finished run."""
    return find_run(workspace, study.run_ids[0])


@pytest.fixture
def under_way(finished: Run) -> Run:
    """Return the same run, recorded as trained by this process, which ignores requests."""
    (finished.path / "status.json").unlink()
    finished.folder.record_process(os.getpid())
    return finished


def _view(at: AppTest, name: str) -> AppTest:
    return at.segmented_control(key="train_view").set_value(name).run()


def _break_down(run: Run) -> None:
    last = run.folder.records("epoch")[-1]
    run.folder.append({**last, "epoch": last["epoch"] + 1, "loss": float("nan")})


def _charts(at: AppTest) -> int:
    return len(at.main.get("vega_lite_chart"))


def _choose(at: AppTest, run: Run, action: str) -> AppTest:
    menu = next(menu for menu in at.get("menu_button") if menu.key == f"more-{run.run_id}")
    at = menu.click(action).run()
    assert not at.exception
    return at


def test_only_the_view_that_is_open_is_drawn(finished: Run, visit: Visit) -> None:
    """Curves are drawn by default; another view replaces them."""
    at = visit("study/train")
    assert _charts(at) >= 2
    assert _charts(_view(at, "Log")) == 0
    assert finished.run_id in " ".join(text.value for text in at.markdown)


def test_the_inside_shows_layers_and_how_their_values_are_spread(finished: Run, visit: Visit, words: Words) -> None:
    """The chosen measure of the probe records is drawn for each layer."""
    finished.folder.append({"event": "probe", "epoch": 1, "layers": [LAYER]})
    finished.folder.append({"event": "probe", "epoch": 2, "layers": [LAYER]})
    at = _view(visit("study/train"), "Inside")
    assert not at.exception
    assert _charts(at) == 1
    at = at.segmented_control(key="train_measure").set_value("activations").run()
    assert not at.exception
    assert _charts(at) == 1
    assert "Distribution" in words(at)


def test_a_warning_is_shown_in_words_beside_the_button_that_stops(under_way: Run, visit: Visit) -> None:
    """A warning is shown on the run's card with its advice; markup in it is escaped."""
    warning = {"code": "nan", "epoch": 2, "sentence": "It is :red[dead].", "evidence": "", "advice": "Lower it."}
    _break_down(under_way)
    under_way.folder.append({"event": "warning", **warning})
    at = visit("study/train")
    assert any("Epoch 2" in box.value and r"\:red\[dead" in box.value for box in at.warning)
    assert any("Lower it" in text.value for text in at.caption)
    assert at.button(key=f"main-{under_way.run_id}").label == "Stop"
    assert not at.button(key=f"main-{under_way.run_id}").disabled
    at = at.button(key=f"later-{under_way.run_id}").click().run()
    assert under_way.folder.requested(STOP_LATER)
    assert at.button(key=f"main-{under_way.run_id}").label == "Stopping after this epoch"


def test_a_run_that_was_warned_of_and_has_ended_is_not_offered_to_be_stopped(finished: Run, visit: Visit) -> None:
    """Its warning is still shown, without a button that stops it."""
    _break_down(finished)
    finished.folder.append({"event": "warning", "code": "nan", "epoch": 2, "sentence": "Broken.", "advice": "Wait."})
    at = visit("study/train")
    assert any("Broken" in warning.value for warning in at.warning)
    assert not any("Stop" in button.label for button in at.button)


def test_a_warning_that_is_no_longer_true_is_history(under_way: Run, visit: Visit) -> None:
    """It is told when it was, and is no warning any more."""
    said = {"code": "vanishing_gradient", "epoch": 1, "sentence": "It vanishes.", "evidence": "", "advice": "Wait."}
    under_way.folder.append({"event": "warning", **said})
    at = visit("study/train")
    assert not any("It vanishes" in warning.value for warning in at.warning)
    assert any("Epoch 1, no longer true: It vanishes" in text.value for text in at.caption)


def test_a_study_is_deleted_after_a_question(
    workspace: Workspace, study: Study, under_way: Run, visit: Visit, words: Words
) -> None:
    """Cancel leaves everything as it is; once confirmed, its runs are gone and the page says that there is no study."""
    at = visit("study/train").button(key="delete_study").click().run()
    at = at.button(key=f"no-{study.study_id}").click().run()
    assert [listed.study_id for listed in list_studies(workspace)] == [study.study_id]
    worker = psutil.Popen(["sleep", "60"])
    under_way.folder.record_process(worker.pid)
    at = at.button(key="delete_study").click().run()
    at = at.button(key=f"yes-{study.study_id}").click().run()
    assert not at.exception
    assert worker.wait() != 0
    assert list_studies(workspace) == []
    assert list(workspace.runs.iterdir()) == []
    assert "no study yet" in words(at)


def test_a_run_of_an_earlier_version_shows_its_epochs(finished: Run, visit: Visit) -> None:
    """Records without the newer fields are counted, and their metrics are drawn."""
    path = finished.path / "records.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    kept = ("event", "epoch", "loss", "accuracy", "validation_loss", "validation_accuracy", "seconds")
    path.write_text(
        "".join(json.dumps({key: record[key] for key in kept if key in record}) + "\n" for record in records)
    )
    at = visit("study/train")
    assert _charts(at) == 2
    assert [len(run.epochs) for run in runs_of(open_workspace(), list_studies(open_workspace())[0])] == [2, 0]


def test_a_run_under_way_is_asked_from_the_menu(under_way: Run, visit: Visit) -> None:
    """The menu sends a request to the run's process, and the button shows it until the process has acted on it."""
    at = _choose(visit("study/train"), under_way, LATER)
    assert under_way.folder.requested(STOP_LATER)
    assert at.button(key=f"main-{under_way.run_id}").label == "Stopping after this epoch"
    assert not at.button(key=f"main-{under_way.run_id}").disabled


def test_stop_asks_the_process_to_stop(under_way: Run, visit: Visit) -> None:
    """The button in view stops the run, and cannot be pressed twice."""
    at = visit("study/train").button(key=f"main-{under_way.run_id}").click().run()
    assert under_way.folder.requested(STOP)
    assert at.button(key=f"main-{under_way.run_id}").disabled


def test_what_cannot_be_undone_is_asked_about(workspace: Workspace, finished: Run, visit: Visit) -> None:
    """Delete removes the run only after a second press; Cancel leaves it."""
    at = _choose(visit("study/train"), finished, DELETE)
    assert finished.path.is_dir()
    at = at.button(key=f"no-{finished.run_id}").click().run()
    at = _choose(at, finished, DELETE)
    at = at.button(key=f"yes-{finished.run_id}").click().run()
    assert not at.exception
    assert not finished.path.exists()
    assert finished.run_id not in list_studies(workspace)[0].run_ids


def test_a_finished_run_is_restarted_or_repeated_with_a_new_seed(
    workspace: Workspace, finished: Run, visit: Visit
) -> None:
    """A new seed adds a run to the study; a restart deletes the run's results, after a confirmation."""
    at = _choose(visit("study/train"), finished, NEW_SEED)
    runs = runs_of(workspace, list_studies(workspace)[0])
    assert [run.config.seed for run in runs] == [0, 0, 1]
    at = _choose(at, finished, RESTART)
    assert finished.folder.state().name == "finished"
    at.button(key=f"yes-{finished.run_id}").click().run()
    assert finished.folder.state().name != "finished"


def _add_seeds(at: AppTest) -> AppTest:
    at.session_state["add_seeds"] = True
    return at.run()


def test_seeds_are_added_to_all_networks_of_the_study(workspace: Workspace, study: Study, visit: Visit) -> None:
    """The number begins with what is missing to five; a press queues a run per network and seed."""
    at = _add_seeds(visit("study/train"))
    field = at.number_input(key=f"more_seeds-{study.study_id}-2")
    assert field.value == 4
    field.set_value(2)
    at = at.run()
    button = next(button for button in at.button if button.key == "add")
    assert button.label == "Train 4 runs"
    assert not [warning for warning in at.warning if "have been seen" in warning.value]
    button.click().run()
    grown = list_studies(workspace)[0]
    assert [run.seed for run in grown.config.runs] == [0, 0, 1, 1, 2, 2]
    assert grown.seeds_added_after_look == 0


def test_seeds_that_are_added_after_a_look_are_warned_about(workspace: Workspace, study: Study, visit: Visit) -> None:
    """A study that was compared says what adding seeds does to its p-values, where it had any."""
    record_look(workspace, study, study.config.runs)
    at = _add_seeds(visit("study/train"))
    assert any("compared with single seeds, without p-values" in caption.value for caption in at.caption)
    next(button for button in at.button if button.key == "add").click().run()
    grown = list_studies(workspace)[0]
    assert (grown.seeds_added_after_look, grown.seeds_added_after_test) == (4, 0)
    record_look(workspace, grown, grown.config.runs)
    at = _add_seeds(visit("study/train"))
    assert any("The p-values of this study have been seen" in warning.value for warning in at.warning)
    next(button for button in at.button if button.key == "add").click().run()
    assert list_studies(workspace)[0].seeds_added_after_test == 2


def test_an_address_with_a_run_shows_its_study_and_its_inside(study: Study, finished: Run, visit: Visit) -> None:
    """``?run=`` alone finds the study and shows that run's layers."""
    at = visit("study/train", run=finished.run_id)
    assert at.query_params["study"] == study.study_id
    assert at.segmented_control(key="train_view").value == "Inside"
    assert at.multiselect[0].value == [finished.run_id]


def test_look_inside_leads_to_an_address_that_can_be_copied(finished: Run, visit: Visit) -> None:
    """The menu shows the layers of one run and puts the run into the address."""
    at = _choose(visit("study/train"), finished, INSIDE)
    assert at.query_params["run"] == finished.run_id
    assert at.multiselect[0].value == [finished.run_id]


def test_pause_is_in_sight(under_way: Run, visit: Visit) -> None:
    """A run under way is paused with a button of its own, not in a menu."""
    at = visit("study/train").button(key=f"pause-{under_way.run_id}").click().run()
    assert not at.exception
    assert under_way.folder.requested(PAUSE)
    assert at.button(key=f"main-{under_way.run_id}").label == "Pausing"
    assert at.button(key=f"main-{under_way.run_id}").disabled


def test_a_study_is_named_on_its_page(workspace: Workspace, study: Study, visit: Visit, words: Words) -> None:
    """Name and note are saved from Train, and stand in the choice of studies, below it, and in TensorBoard's folder."""
    at = visit("study/train")
    at.session_state["rename"] = True
    at.run()
    next(field for field in at.text_input if field.label == "Name").set_value("smiles at *dusk*")
    at.text_area[0].set_value("With ![x](http://192.168.1.1/) new photos.")
    next(button for button in at.button if button.label == "Save").click().run()
    assert not at.exception
    assert at.selectbox[0].options[0].startswith("smiles at *dusk* · ")
    assert r"\!\[x\]" in words(at)
    assert load_study(workspace, study.study_id).note == "With ![x](http://192.168.1.1/) new photos."
    (folder,) = (workspace.root / "tensorboard").iterdir()
    assert folder.name.endswith(" smiles at _dusk_")
