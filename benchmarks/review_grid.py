"""Speed of the Review page: ``python -m benchmarks.review_grid [--photos 10000] [--keys 500]``.

Starts the real app on a workspace of synthetic photos and drives Chromium. Measures the time to the first paint, of a
filter, and of a page of 150 loaded thumbnails; how many labels typed without a pause reach the catalog; and the memory
of the web process. Promised: 3 s, 1 s, 2 s, none lost, 500 MB.
"""

import argparse
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from emotion_core.dataset import Catalog, Origin
from emotion_core.settings import WORKSPACE_VARIABLE, Workspace, open_workspace

ROOT = Path(__file__).resolve().parents[1]
SIDE_PX = 96
PATIENCE_MS = 120_000
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# The cells live in a shadow root.
_CELLS = """const roots = [...document.querySelectorAll('*')].map(element => element.shadowRoot).filter(Boolean);
const cells = roots.flatMap(root => [...root.querySelectorAll('.cell')]);"""
LOADED = f"""() => {{ {_CELLS}
  const images = cells.map(cell => cell.querySelector('img'));
  return images.length === 150 && images.every(image => image.complete && image.naturalWidth);
}}"""
CHANGED = f"""(first) => {{ {_CELLS}
  return cells.length && cells[0].getAttribute('aria-label') !== first;
}}"""


def main() -> None:
    """Fill a workspace, measure the page and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--photos", type=int, default=10_000)
    options.add_argument("--keys", type=int, default=500)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder) / "workspace")
        _fill(workspace, asked.photos)
        with served(workspace, Path(folder)) as (url, server), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
            _drive(browser.new_page(viewport={"width": 1280, "height": 900}), url, workspace, asked.keys, server)
            browser.close()


def _fill(workspace: Workspace, photos: int) -> None:
    """Add different pictures, with made-up faces in place of a detection."""
    catalog, random = Catalog(workspace), np.random.default_rng(0)
    started = time.perf_counter()
    with catalog.kept_open():
        for number in range(photos):
            coarse = Image.fromarray(random.integers(0, 256, (8, 8, 3), dtype=np.uint8))
            out = io.BytesIO()
            coarse.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC).save(out, "JPEG")
            catalog.add(out.getvalue(), label=("happy", "sad")[number % 2], origin=Origin(f"{number}.jpg"))
    rows = [
        (photo_id, json.dumps([[0.3, 0.3, 0.4, 0.4, 0.9]] * (n % 3))) for n, photo_id in enumerate(catalog.photo_ids())
    ]
    with catalog.connection() as connection:
        connection.executemany("INSERT INTO faces (photo_id, boxes, found_at, detector) VALUES (?, ?, 0, '')", rows)
    print(f"{photos} photos added in {time.perf_counter() - started:.0f} s")


@contextmanager
def served(workspace: Workspace, folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Serve the app, and yield its address and process.

    Args:
        workspace: workspace of the app.
        folder: gets the server's log.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    environment = {**os.environ, WORKSPACE_VARIABLE: str(workspace.root)}
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        while True:
            with suppress(OSError), urllib.request.urlopen(f"{url}/_stcore/health"):
                break
            time.sleep(0.1)
        yield url, psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait(30)


def _drive(page: Page, url: str, workspace: Workspace, keys: int, server: psutil.Process) -> None:
    """Use the page as a user does, and print the times."""
    page.set_default_timeout(PATIENCE_MS)
    cells = page.locator(".cell")
    for name in ("first paint, fresh server and browser", "first paint", "first paint"):
        started = time.perf_counter()
        page.goto(f"{url}/review")
        cells.first.wait_for()
        print(f"{name}: {time.perf_counter() - started:.2f} s")
        page.wait_for_function(LOADED)
        print(f"  all 150 pictures: {time.perf_counter() - started:.2f} s")
    _measure_filters(page, "while near copies are looked for")
    started = time.perf_counter()
    page.get_by_text("Looking for near copies").wait_for(state="detached")
    print(f"near copies found {time.perf_counter() - started:.0f} s later")
    _measure_filters(page, "then")
    _type_labels(page, workspace, keys)
    print(f"memory of the web process: {server.memory_info().rss / 1e6:.0f} MB")


def _measure_filters(page: Page, when: str) -> None:
    """Filter by each label, and print how long the grid takes to show it."""
    for name in ("sad", "happy"):
        first = page.locator(".cell").first.get_attribute("aria-label")
        started = time.perf_counter()
        page.get_by_role("radio", name=name, exact=True).click()
        page.wait_for_function(CHANGED, arg=first)
        changed = time.perf_counter() - started
        page.wait_for_function(LOADED)
        print(f"filter {name}, {when}: {changed:.2f} s, with 150 pictures {time.perf_counter() - started:.2f} s")


def _type_labels(page: Page, workspace: Workspace, keys: int) -> None:
    """Type one letter per photo, page by page, and count the marks that reach the catalog."""
    catalog = Catalog(workspace)
    typed, started = 0, time.perf_counter()
    while typed < keys:
        page.locator(".cell").first.click()
        text = "".join(np.random.default_rng(typed).choice(list("hkr"), min(150, keys - typed)))
        page.keyboard.type(text)
        typed += len(text)
        if typed < keys:
            first = page.locator(".cell").first.get_attribute("aria-label")
            page.get_by_role("button", name="Go to next page").or_(page.get_by_label("Next page")).first.click()
            page.wait_for_function(CHANGED, arg=first)
    last_key = time.perf_counter()
    while (reviewed := sum(row["kept"] + row["rejected"] for row in catalog.counts().values())) < keys:
        if time.perf_counter() - last_key > 30:
            break
        time.sleep(0.02)
    on_disk = time.perf_counter() - last_key
    print(f"{keys} keys in {last_key - started:.1f} s: {reviewed} marks kept, the last {on_disk:.2f} s after its key")


if __name__ == "__main__":
    main()
