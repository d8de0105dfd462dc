"""The first request to a fresh server is for another page than Home."""

import shutil
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from emotion_core.settings import Workspace
from emotion_core.training import list_studies
from tests.browser.app_server import AppServer
from tests.browser.walker import PAGE_NAMES, Walker

pytestmark = pytest.mark.browser

Walk = Callable[[AppServer], Walker]


def test_a_fresh_server_asked_for_train_first_shows_train(fresh_server: AppServer, walk: Walk) -> None:
    """A bookmark opened right after a restart shows its page, with title and sidebar, without "Page not found"."""
    walker = walk(fresh_server)
    walker.open("train")
    walker.arrive("Train")
    walker.see("There is no study yet.")
    links = walker.page.get_by_test_id("stSidebarNavLink")
    assert [text.split("\n")[-1] for text in links.all_inner_texts()] == list(PAGE_NAMES)
    expect(walker.page).to_have_title("Train · Emotion Classifier")
    assert walker.page.get_by_role("dialog").count() == 0


def test_a_fresh_server_asked_for_a_study_first_compares_it(
    fresh_server: AppServer, studied: Workspace, walk: Walk
) -> None:
    """A link to a study's comparison works as the first request, and keeps the study in the address."""
    shutil.copytree(studied.root, fresh_server.workspace.root, dirs_exist_ok=True)
    study = list_studies(studied)[0]
    walker = walk(fresh_server)
    walker.open(f"compare?study={study.study_id}")
    walker.arrive("Compare")
    expect(walker.page.locator(".js-plotly-plot").first).to_be_visible()
    assert walker.page.url.endswith(f"?study={study.study_id}")
    assert walker.page.get_by_role("dialog").count() == 0
    walker.check()


@pytest.mark.parametrize("path", ["shared", "session", "train.py"])
def test_a_file_that_is_no_page_is_not_served_as_one(path: str, fresh_server: AppServer, walk: Walk) -> None:
    """An address without a registered page, requested first, shows Home with "Page not found"."""
    walker = walk(fresh_server)
    walker.open(path)
    expect(walker.page.get_by_role("dialog")).to_contain_text("Page not found")
    walker.arrive("Home")
