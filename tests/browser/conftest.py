"""A real Chromium before a real server."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.app_server import AppServer
from tests.browser.recording_proxy import recording_proxy
from tests.browser.walker import PATIENCE_MS, WINDOW, Walker

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    # A camera that shows a moving picture, and leave to use it.
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
)
# Fonts, icons, telemetry and scripts that parts of Streamlit and Plotly can ask for. Chromium itself asks for others.
FOREIGN = re.compile(r"fonts?\.|gstatic|streamlit|fivetran|segment|plot\.?ly|unpkg|jsdelivr|mapbox|carto|amazonaws")


def _browser_path() -> str:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        message = f"No Chromium or Chrome is installed (looked for {', '.join(NAMES)}), so the app is not driven."
        # On the machine that judges every change, a browser that is missing must not pass for tests that passed.
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser; one for each module, because Playwright keeps an event loop while it is open.

    Whatever the tests do in it, no page may ask for anything from another host, its icon included.
    """
    path = _browser_path()
    with recording_proxy() as proxy, sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        arguments = [*ARGUMENTS, f"--proxy-server={proxy.address}"]
        opened = playwright.chromium.launch(executable_path=path, args=arguments)
        yield opened
        opened.close()
        assert [host for host in proxy.hosts if FOREIGN.search(host)] == []


@pytest.fixture
def walk(browser: Browser) -> Iterator[Callable[[AppServer], Walker]]:
    """Return what opens a fresh tab, of a person who was never there before, on a server."""
    contexts = []

    def walker(server: AppServer) -> Walker:
        context = browser.new_context(viewport=WINDOW)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return Walker(context.new_page(), server.url)

    yield walker
    for context in contexts:
        context.close()


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[AppServer]:
    """Return a server that has had no request yet, with an empty workspace."""
    with AppServer(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """Return a server that the tests of one module share."""
    with AppServer(tmp_path_factory.mktemp("app")) as server:
        yield server
