"""What axe finds on the pages: ``python -m benchmarks.accessibility [--workspace FOLDER] [--axe FILE] [--width 1024]``.

Starts the real app on a copy of a workspace, by default an empty one, opens its nine pages in Chromium in the light and
the dark theme, and lets axe-core look at each (WCAG 2.2 A and AA). Without ``--axe``, axe-core is fetched with ``npm
pack``; it is no part of the repository. Prints one line per page and theme, then the elements of each violation, and
counts errors on the console. Promised: no violation in what the app draws itself. Violations inside of widgets that
Streamlit draws are listed apart.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from emotion_core.settings import WORKSPACE_VARIABLE

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("", "collect", "review", "configure", "train", "compare", "predict", "activations", "source_study")
PATIENCE_MS = 180_000
SETTLE_MS = 3000  # charts are mounted after the script has ended
READY = "[data-testid=stApp][data-test-script-state=notRunning]"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Rules on the frame of the page and on widgets, whose elements Streamlit makes.
OF_STREAMLIT = (
    "aria-",
    "region",
    "landmark-",
    "scrollable-region-focusable",
    "nested-interactive",
    "list",
    "label",
    "presentation-role-conflict",
)
# Streamlit looks for its own services below the address of a page, and for fonts where there is no network.
EXPECTED_ERRORS = ("404 (Not Found)", "ERR_NAME_NOT_RESOLVED")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--axe", type=Path)
    parser.add_argument("--width", type=int, default=1024)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        place = Path(folder)
        axe = (asked.axe or _fetch_axe(place)).read_text()
        copy = place / "workspace"
        if asked.workspace is not None:
            shutil.copytree(asked.workspace, copy)
        executable = shutil.which("chromium") or playwright.chromium.executable_path
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        with _server(copy) as address:
            own = sum(_look(browser, address, axe, asked.width, theme) for theme in ("light", "dark"))
        browser.close()
    print(f"{own} violations in what the app draws itself")


def _fetch_axe(folder: Path) -> Path:
    subprocess.run(["npm", "pack", "--silent", "axe-core"], cwd=folder, check=True, capture_output=True)
    (archive,) = folder.glob("axe-core-*.tgz")
    with tarfile.open(archive) as packed:
        packed.extract("package/axe.min.js", folder, filter="data")
    return folder / "package" / "axe.min.js"


def _look(browser: Browser, address: str, axe: str, width: int, theme: Any) -> int:
    """Print what axe finds on each page in a theme, and return how many violations are the app's own."""
    own = 0
    for name in PAGES:
        # A page of the app's policy runs no script from elsewhere.
        context = browser.new_context(viewport={"width": width, "height": 1200}, color_scheme=theme, bypass_csp=True)
        page = context.new_page()
        errors = _console_errors(page)
        page.goto(f"{address}/{name}", timeout=PATIENCE_MS)
        page.wait_for_selector(READY, timeout=PATIENCE_MS)
        page.wait_for_timeout(SETTLE_MS)
        violations = _violations(page, axe)
        unexpected = [error for error in errors if not any(known in error for known in EXPECTED_ERRORS)]
        theirs = [violation for violation in violations if violation["id"].startswith(OF_STREAMLIT)]
        mine = [violation for violation in violations if violation not in theirs]
        own += len(mine) + len(unexpected)
        print(f"{name or 'home'} {theme}: {len(mine)} own, {len(theirs)} of Streamlit, {len(unexpected)} errors")
        for violation in [*mine, *theirs]:
            _print_violation(violation, "own" if violation in mine else "streamlit")
        print("".join(f"    console: {error[:200]}\n" for error in unexpected), end="")
        context.close()
    return own


def _console_errors(page: Page) -> list[str]:
    """Return a list to which errors on the console and uncaught exceptions are added as they come."""
    errors: list[str] = []

    def on_message(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    page.on("console", on_message)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


def _violations(page: Page, axe: str) -> list[dict[str, Any]]:
    page.evaluate(axe)
    found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
    violations: list[dict[str, Any]] = found["violations"]
    return violations


def _print_violation(violation: dict[str, Any], whose: str) -> None:
    nodes = violation["nodes"]
    print(f"    {whose} {violation['id']} ({len(nodes)}): {violation['help']}")
    for node in nodes[:4]:
        summary = node["any"][0]["message"] if node["any"] else ""
        print(f"        {node['html'][:140]!r} {summary[:160]}")


@contextmanager
def _server(workspace: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    environment = {**os.environ, WORKSPACE_VARIABLE: str(workspace)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with suppress(OSError):
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=5)
                break
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    main()
