"""Configure in a real browser: started at once, kept in a file, asked first where it is long, opened from a run."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from emotion_core.training import StudyPlan, list_studies
from tests.browser.app_server import AppServer
from tests.browser.walker import Walker

pytestmark = pytest.mark.browser


def _fill(walker: Walker, title: str, value: str) -> None:
    walker.page.get_by_label(title, exact=True).fill(value)
    walker.page.keyboard.press("Enter")
    walker.settle()


def _see_value(walker: Walker, title: str, value: str) -> None:
    expect(walker.page.get_by_label(title, exact=True)).to_have_value(value)


def test_settings_go_into_a_file_and_come_back(
    server: AppServer, walk: Callable[[AppServer], Walker], tmp_path: Path
) -> None:
    """What was typed is in the saved file, and loading the file into a fresh page shows it again."""
    walker = walk(server)
    walker.open("configure")
    walker.arrive("Configure")
    _fill(walker, "Filters per block", "8-16")
    walker.press("Save, load")
    with walker.page.expect_download() as saved:
        walker.press("Save as file")
    path = tmp_path / saved.value.suggested_filename
    saved.value.save_as(path)
    assert StudyPlan.from_toml(path.read_bytes()).settings["filters"] == (8, 16)
    walker.open("configure")
    walker.arrive("Configure")
    _see_value(walker, "Filters per block", "16-32-16")
    walker.press("Save, load")
    walker.page.locator("input[type=file]").set_input_files(path)
    walker.see("Settings of the file study.toml")
    walker.settle()
    _see_value(walker, "Filters per block", "8-16")


def test_a_long_study_asks_first(
    fresh_server: AppServer, walk: Callable[[AppServer], Walker], add_photos: Callable[..., list[str]]
) -> None:
    """A study that would take hours says so when Start is pressed; it can be left, or started all the same."""
    add_photos(fresh_server.workspace, happy=12, sad=12)
    walker = walk(fresh_server)
    walker.open("configure")
    walker.arrive("Configure")
    _fill(walker, "Image size", "256")
    _fill(walker, "Seeds", "20")
    walker.page.get_by_role("tab", name="Training").click()
    _fill(walker, "Epochs", "1000")
    walker.see("60 runs")
    dialog = walker.page.get_by_role("dialog")
    walker.press("Start the study")
    expect(dialog).to_contain_text(re.compile(r"60 runs, (one after the other|\d+ at once)"))
    walker.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    walker.settle()
    assert list_studies(fresh_server.workspace) == []
    walker.press("Start the study")
    walker.press("Start anyway")
    walker.arrive("Train")
    assert len(list_studies(fresh_server.workspace)[0].run_ids) == 60
