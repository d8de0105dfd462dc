"""Train in the browser: what a refresh and a second tab show, and what Stop does."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from emotion_core.training import Study, find_run
from tests.browser.app_server import AppServer
from tests.browser.walker import Walker

pytestmark = pytest.mark.browser

NAMES = ("relu · depth 1 · seed 0", "tanh · depth 1 · seed 0")

Walk = Callable[[AppServer], Walker]


def _badges(walker: Walker, state: str) -> Locator:
    return walker.page.get_by_test_id("stMain").get_by_text(state, exact=True)


def _see_both_runs(walker: Walker) -> None:
    walker.arrive("Train")
    for name in NAMES:
        walker.see(name)


@pytest.fixture
def study(
    fresh_server: AppServer, add_photos: Callable[..., list[str]], start_tiny_study: Callable[..., Study]
) -> Study:
    """Return a study of two runs that would train for minutes, just started."""
    add_photos(fresh_server.workspace, happy=16, sad=16)
    return start_tiny_study(fresh_server.workspace, ("relu", "tanh"), epochs=1000, batch_size=1)


def test_a_refresh_and_a_second_tab_show_the_same_runs(fresh_server: AppServer, study: Study, walk: Walk) -> None:
    """Runs under way are there again after a reload, and in another browser that comes with a bare address."""
    first, second = walk(fresh_server), walk(fresh_server)
    first.open(f"train?study={study.study_id}")
    _see_both_runs(first)
    expect(_badges(first, "running")).to_have_count(1)
    first.page.reload()
    _see_both_runs(first)
    second.open("train")
    _see_both_runs(second)
    for walker in (first, second):
        expect(_badges(walker, "running")).to_have_count(1)
        expect(_badges(walker, "queued")).to_have_count(1)
        assert study.study_id in walker.page.url
        walker.check()


def test_stop_ends_the_process_and_lets_the_next_run_begin(
    fresh_server: AppServer, study: Study, walk: Walk, wait_until: Callable[[Callable[[], Any], str], Any]
) -> None:
    """Stop on a run in training ends its process and says stopped in every tab; then the queued one starts."""
    first, second = study.run_ids
    walker, onlooker = walk(fresh_server), walk(fresh_server)
    for visitor in (walker, onlooker):
        visitor.open("train")
        _see_both_runs(visitor)
    wait_until(lambda: find_run(fresh_server.workspace, first).epochs, "the first run has trained for an epoch")
    (worker,) = fresh_server.working_processes("training.worker", first)
    walker.page.get_by_role("button", name="Stop", exact=True).first.click()
    for visitor in (walker, onlooker):
        expect(_badges(visitor, "stopped")).to_have_count(1)
        visitor.check()
    wait_until(lambda: not worker.is_running(), "the first run's process is gone")
    assert find_run(fresh_server.workspace, first).state.name == "stopped"
    wait_until(lambda: find_run(fresh_server.workspace, second).state.name == "running", "the second run works")


def test_stop_all_ends_a_study_and_the_page_comes_to_rest(
    fresh_server: AppServer, study: Study, walk: Walk, wait_until: Callable[[Callable[[], Any], str], Any]
) -> None:
    """Stop all ends the run in training and the queued one before it began, and no process is left."""
    walker = walk(fresh_server)
    walker.open("train")
    _see_both_runs(walker)
    expect(_badges(walker, "running")).to_have_count(1)
    walker.press("Stop all")
    expect(_badges(walker, "stopped")).to_have_count(2)
    expect(walker.page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    walker.settle()
    wait_until(lambda: not fresh_server.working_processes("emotion_core.training"), "worker and queue have ended")
    assert [find_run(fresh_server.workspace, run_id).state.name for run_id in study.run_ids] == ["stopped"] * 2
    assert not (find_run(fresh_server.workspace, study.run_ids[1]).path / "process.json").exists()
