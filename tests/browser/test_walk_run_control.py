"""Runs controlled from Train in the browser, with real runs: what is pressed is what their folders say afterwards."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from emotion_core.training import Run, Study, find_run, list_studies, load_study
from tests.browser.app_server import AppServer
from tests.browser.walker import Walker

pytestmark = pytest.mark.browser

Walk = Callable[[AppServer], Walker]
Wait = Callable[[Callable[[], Any], str], Any]


@pytest.fixture
def study(
    fresh_server: AppServer, add_photos: Callable[..., list[str]], start_tiny_study: Callable[..., Study]
) -> Study:
    """Return a study of three runs that would train for minutes, just started."""
    add_photos(fresh_server.workspace, happy=16, sad=16)
    return start_tiny_study(fresh_server.workspace, ("relu", "tanh", "sigmoid"), epochs=1000, batch_size=1)


@pytest.fixture
def look(fresh_server: AppServer) -> Callable[[str], Run]:
    """Return what reads a run's folder."""
    return lambda run_id: find_run(fresh_server.workspace, run_id)


def _card(walker: Walker, activation: str) -> Locator:
    return walker.page.get_by_test_id("stColumn").filter(has_text=f"{activation} · depth 1 · seed 0").first


def _choose(walker: Walker, activation: str, action: str) -> None:
    _card(walker, activation).get_by_role("button", name="More").click()
    walker.page.get_by_text(action, exact=True).last.click()


def test_runs_change_places_and_one_ends_with_its_epoch(
    fresh_server: AppServer, study: Study, walk: Walk, wait_until: Wait, look: Callable[[str], Run]
) -> None:
    """The last is put first and takes the place of one that pauses, which goes on; one stops at its epoch's end."""
    relu, tanh, sigmoid = study.run_ids
    walker = walk(fresh_server)
    walker.open("train")
    walker.arrive("Train")
    wait_until(lambda: look(relu).epochs, "the first run has trained for an epoch")
    _choose(walker, "sigmoid", "Move to front of queue")
    wait_until(lambda: look(sigmoid).summary()["priority"] == 1, "the last run is first")
    _card(walker, "relu").get_by_role("button", name="Pause").click()
    expect(_card(walker, "relu").get_by_text("paused", exact=True)).to_be_visible()
    wait_until(lambda: look(sigmoid).epochs, "the run that was put first trains")
    assert [look(run_id).state.name for run_id in (relu, tanh)] == ["paused", "queued"]
    _card(walker, "relu").get_by_role("button", name="Resume").click()
    wait_until(lambda: look(relu).state.name == "queued", "the paused run waits for its turn")
    _choose(walker, "sigmoid", "Stop after this epoch")
    wait_until(lambda: look(sigmoid).state.name == "stopped", "the run has stopped")
    assert look(sigmoid).state.message.endswith(f"at the end of epoch {len(look(sigmoid).epochs)}.")
    wait_until(lambda: look(relu).state.name in ("starting", "running"), "the run that had paused goes on")
    assert look(relu).epochs
    assert look(tanh).state.name == "queued"
    walker.check()


def test_a_study_grows_waits_and_goes(
    fresh_server: AppServer, study: Study, walk: Walk, wait_until: Wait, look: Callable[[str], Run]
) -> None:
    """Another seed is one more run; in Queue all wait, go on, change places; the study is deleted and nothing runs."""
    workspace = fresh_server.workspace
    relu, tanh, sigmoid = study.run_ids
    walker = walk(fresh_server)
    walker.open("train")
    walker.arrive("Train")
    wait_until(lambda: look(relu).state.name == "running", "the first run trains")
    _choose(walker, "relu", "Repeat with a new seed")
    added = wait_until(lambda: load_study(workspace, study.study_id).run_ids[3:], "the study has a fourth run")[0]
    # The study names its new run just before the run's folder appears.
    wait_until((workspace.runs / added).exists, "the fourth run has its folder")
    assert look(added).config == look(relu).config.model_copy(update={"seed": 1})
    walker.see("relu · depth 1 · seed 1")
    walker.press("Queue")
    walker.press("Pause all waiting runs")
    waiting = (tanh, sigmoid, added)
    wait_until(lambda: {look(run_id).state.name for run_id in waiting} == {"paused"}, "all others are paused")
    assert look(relu).state.name == "running"
    walker.press("Resume all paused runs")
    wait_until(lambda: {look(run_id).state.name for run_id in waiting} == {"queued"}, "all others wait again")
    field = walker.page.get_by_role("spinbutton", name="Priority")
    field.fill("7")
    field.press("Enter")
    wait_until(lambda: look(tanh).summary()["priority"] == 7, "the first that waits has that priority")
    expect(walker.page.get_by_text("(priority 7)")).to_be_visible()
    walker.page.keyboard.press("Escape")
    walker.press("Delete this study")
    walker.see("Photos are kept")
    walker.press("Delete this study")
    walker.see("There is no study yet")
    assert list_studies(workspace) == []
    assert list(workspace.runs.iterdir()) == []
    wait_until(lambda: not fresh_server.working_processes("emotion_core.training"), "worker and queue have ended")
