"""The server is killed while networks are trained; the training continues."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from emotion_core.training import list_studies, runs_of
from tests.browser.app_server import AppServer
from tests.browser.walker import STUDY_PATIENCE_MS, Walker

pytestmark = pytest.mark.browser

SMALL = {
    "Network": {"Kernel size": "1", "Image size": "16", "Filters per block": "4"},
    "Training": {"Epochs": "200", "Batch size": "4"},
}


def _states(server: AppServer) -> list[str]:
    studies = list_studies(server.workspace)
    return [run.state.name for run in runs_of(server.workspace, studies[0])] if studies else []


def _start_on_configure(walker: Walker) -> None:
    walker.open("configure")
    walker.arrive("Configure")
    walker.press("Remove sigmoid")
    walker.page.get_by_label("Seeds", exact=True).fill("1")
    walker.page.keyboard.press("Enter")
    walker.see("2 runs")
    for tab, fields in SMALL.items():
        walker.page.get_by_role("tab", name=tab).click()
        for title, value in fields.items():
            walker.page.get_by_label(title, exact=True).fill(value)
            walker.page.keyboard.press("Enter")
            walker.settle()
    walker.press("Start the study")
    walker.arrive("Train")


def test_runs_continue_when_the_server_is_killed_and_a_new_one_shows_them(
    fresh_server: AppServer,
    walk: Callable[[AppServer], Walker],
    add_photos: Callable[..., list[str]],
    wait_until: Callable[[Callable[[], Any], str], Any],
) -> None:
    """A study started in the browser survives ``kill -9`` of the server, and the next server shows its end."""
    add_photos(fresh_server.workspace, happy=12, sad=12)
    _start_on_configure(walk(fresh_server))
    wait_until(lambda: _states(fresh_server) == ["running", "queued"], "the first run works")
    (worker,) = fresh_server.working_processes("training.worker")
    fresh_server.kill()
    assert worker.is_running()
    assert _states(fresh_server) == ["running", "queued"]
    walker = walk(fresh_server.start())
    walker.open("train")
    walker.arrive("Train")
    for name in ("relu · depth 1 · seed 0", "tanh · depth 1 · seed 0"):
        walker.see(name)
    badges = walker.page.get_by_test_id("stMain").get_by_text("finished", exact=True)
    expect(badges).to_have_count(2, timeout=STUDY_PATIENCE_MS)
    walker.settle()
    assert _states(fresh_server) == ["finished", "finished"]
