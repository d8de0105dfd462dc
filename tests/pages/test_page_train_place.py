"""Train with many runs, with runs that were interrupted, and with a cluster."""

import time
from collections.abc import Callable

import pytest
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from emotion_core.files import write_json
from emotion_core.jobs import NODE_LOST, RESTARTED
from emotion_core.settings import CLUSTER_VARIABLE, Workspace
from emotion_core.training import Run, RunConfig, Study, StudyConfig, runs_of, start_study
from emotion_core.training.queue import QUEUE_LOCK_FILE, cluster_settings, save_cluster_status, set_cluster
from emotion_core.training.store import SENDING_FILE
from pages.components.train.run_cards import MAX_CARDS

pytestmark = pytest.mark.slow

Visit = Callable[..., AppTest]
Words = Callable[[AppTest], str]
UNUSED_ADDRESS = "127.0.0.1:9"


def _open_place(visit: Visit) -> AppTest:
    at = visit("study/train")
    at.session_state["place"] = True
    at.run()
    assert not at.exception
    return at


def test_of_many_runs_one_group_and_one_page_are_drawn(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit, words: Words
) -> None:
    """Every run is counted, and only one page of the chosen group is drawn."""
    add_photos(workspace, happy=10, sad=10)
    configs = tuple(RunConfig(seed=seed) for seed in range(MAX_CARDS + 3))
    with FileLock(workspace.root / QUEUE_LOCK_FILE):  # keeps the dispatcher from training them
        runs = runs_of(workspace, start_study(workspace, StudyConfig(runs=configs)))
        runs[0].folder.finish("finished")
        runs[1].folder.finish("failed", "It broke.")
        at = visit("study/train")
        assert "badge" not in words(at)
        overview = at.main.get("progress")[0].proto.text
        assert overview == "1 finished · 1 failed · 13 queued"
        at = at.segmented_control(key="run_group-True").set_value("Waiting").run()
        assert words(at).count("badge[queued]") == MAX_CARDS
        at.session_state["run_page-2"] = 2
        assert words(at.run()).count("badge[queued]") == 1
        at = at.segmented_control(key="run_group-True").set_value("Not finished").run()
        assert not at.exception
        assert words(at).count("badge[") == 1
        assert "It broke" in at.error[0].value


def test_a_card_says_what_interrupted_its_run(workspace: Workspace, study: Study, visit: Visit, words: Words) -> None:
    """A lost node is named on the card of the run that was restarted."""
    finished: Run = runs_of(workspace, study)[0]
    begun = {"cause": NODE_LOST, "before": {"node": "10.0.0.7"}, "place": {"node": "10.0.0.8"}, "try": 2}
    finished.folder.append({"event": RESTARTED, **begun})
    assert "node 10.0.0.7 was lost" in words(visit("study/train")).replace("\\", "")


def test_a_queued_run_says_how_many_of_its_photos_were_sent(
    workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """The progress shows the photos sent so far; a run whose sending process was killed is shown as waiting."""
    add_photos(workspace, happy=10, sad=10)
    with FileLock(workspace.root / QUEUE_LOCK_FILE):  # keeps the dispatcher from training them
        runs = runs_of(workspace, start_study(workspace, StudyConfig(runs=(RunConfig(), RunConfig(seed=1)))))
        write_json(runs[0].path / SENDING_FILE, {"done": 1500, "count": 20000, "time": time.time()})
        write_json(runs[1].path / SENDING_FILE, {"done": 1500, "count": 20000, "time": time.time() - 3600})
        at = visit("study/train")
        texts = [bar.proto.text for bar in at.main.get("progress")]
    assert texts == ["sending photos to the cluster: 1,500 of 20,000", "waiting for its turn"]


def test_the_cluster_is_set_on_the_page_and_what_was_seen_of_it_is_said(
    workspace: Workspace, study: Study, visit: Visit, words: Words, end_processes: None
) -> None:
    """An invalid address is refused with a message; the cluster's last status is shown."""
    at = _open_place(visit)
    assert "this machine" in words(at)
    at.text_input[0].set_value("nowhere")
    at.button(key="FormSubmitter:cluster-Apply").click().run()
    assert "Expected auto" in at.toast[0].value
    assert cluster_settings(workspace).address is None
    at = _open_place(visit)
    at.text_input[0].set_value(UNUSED_ADDRESS)
    at.number_input[1].set_value(1)
    at.button(key="FormSubmitter:cluster-Apply").click().run()
    assert not at.exception
    assert cluster_settings(workspace) == (UNUSED_ADDRESS, None, 1)
    save_cluster_status(workspace, UNUSED_ADDRESS, [{"CPU": 8.0, "GPU": 1.0}], 1)
    assert "1 node with 8 processors and 1 GPU, room for 1 run at once" in words(_open_place(visit))


def test_the_environment_wins_over_the_page_and_it_says_so(
    workspace: Workspace, study: Study, visit: Visit, words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value from the environment is shown and cannot be edited; an invalid one is reported."""
    set_cluster(workspace, "other:6379")
    monkeypatch.setenv(CLUSTER_VARIABLE, UNUSED_ADDRESS)
    at = _open_place(visit)
    assert at.text_input[0].value == UNUSED_ADDRESS
    assert at.text_input[0].disabled
    assert CLUSTER_VARIABLE.replace("_", "") in words(at).replace("\\", "").replace("_", "")
    monkeypatch.setenv(CLUSTER_VARIABLE, "nowhere")
    at = _open_place(visit)
    assert any("Expected auto" in error.value for error in at.error)
