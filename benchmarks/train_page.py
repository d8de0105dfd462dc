"""Cost of the Train page: ``python -m benchmarks.train_page [--runs 12] [--queued 0] [--seconds 20]``.

Starts the real app on run folders that grow by an epoch per second, opens Train in Chromium, and measures the CPU time
of the web process per tick of the page, and how many charts the browser had to rebuild; then the CPU time with another
page open, and with the tab closed. Promised: 100 ms per tick, no chart rebuilt, nothing without an open Train page;
with ``--runs 2 --queued 198``, 200 ms per tick.
"""

import argparse
import itertools
import math
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from filelock import FileLock
from playwright.sync_api import Page, sync_playwright

from benchmarks.review_grid import ARGUMENTS, served
from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog, Origin
from emotion_core.jobs import JobFolder
from emotion_core.network import HIDDEN_ACTIVATIONS
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import StudyPlan, runs_of, start_study
from emotion_core.training.queue import QUEUE_LOCK_FILE

EPOCHS = 500
LAYERS = ("conv_1", "conv_2", "conv_3", "dense_1", "dense_2", "output")
METRICS = ("loss", "accuracy", "precision", "recall", "auc")
BINS, ROC_POINTS = 32, 50
# Marks the charts on the page; those without the mark later were rebuilt.
MARK = "() => document.querySelectorAll('.marks').forEach(element => { element.dataset.seen = 1 })"
NEW = "() => document.querySelectorAll('.marks:not([data-seen])').length"


def main() -> None:
    """Fill a workspace, watch it and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=12)
    options.add_argument("--queued", type=int, default=0, help="further runs of the study, which wait")
    options.add_argument("--seconds", type=int, default=20)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        workspace = open_workspace(Path(folder) / "workspace")
        with (
            _growing(_study_folders(workspace, asked.runs, asked.queued)),
            FileLock(workspace.root / QUEUE_LOCK_FILE),  # keeps a dispatcher from training the runs
            served(workspace, Path(folder)) as (url, server),
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
            _watch(browser.new_page(viewport={"width": 1280, "height": 900}), url, server, asked.seconds)
            browser.close()
            _report("tab closed", server, asked.seconds)


def _study_folders(workspace: Workspace, runs: int, queued: int) -> list[JobFolder]:
    """Start a study and return the folders of its first runs, with this process recorded as their worker."""
    catalog = Catalog(workspace)
    for label, number in itertools.product(("happy", "sad"), range(10)):
        catalog.add(photo_bytes(label, number), label=label, origin=Origin(f"{label}-{number}.jpg"))
    activations = list(HIDDEN_ACTIVATIONS)[: runs if not queued else None]
    seeds = math.ceil((runs + queued) / len(activations))
    plan = StudyPlan(vary={"hidden_activation": activations}, settings={"epochs": EPOCHS}, seeds=seeds)
    config = plan.study()
    config = config.model_copy(update={"runs": config.runs[: runs + queued]})
    with FileLock(workspace.root / QUEUE_LOCK_FILE):  # keeps a dispatcher from training the runs
        folders = [run.folder for run in runs_of(workspace, start_study(workspace, config))][:runs]
        for folder in folders:
            folder.record_process(os.getpid())
    return folders


@contextmanager
def _growing(folders: list[JobFolder]) -> Iterator[None]:
    """Add 45 epochs to each folder, then one per second."""
    done = threading.Event()
    epochs = itertools.count(1)
    random = np.random.default_rng(0)

    def grow() -> None:
        epoch = next(epochs)
        for folder in folders:
            for record in records(epoch, random):
                folder.append(record)

    def work() -> None:
        while not done.wait(1.0):
            grow()

    for _ in range(45):
        grow()
    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        done.set()
        worker.join()


def records(epoch: int, random: np.random.Generator) -> list[dict[str, object]]:
    """Return the records of one epoch, with random numbers.

    Args:
        epoch: number of the epoch.
        random: source of the numbers.
    """
    numbers = {f"{part}{metric}": float(random.random()) for part in ("", "validation_") for metric in METRICS}
    measures = ("gradient_norm", "gradient_ratio", "weight_norm", "update_norm", "dead", "saturated")
    layers = [
        {
            "name": name,
            **{measure: float(random.random()) for measure in measures},
            "histogram": random.integers(0, 100, BINS).tolist(),
            "edges": np.linspace(-1, 1, BINS + 1).round(6).tolist(),
        }
        for name in LAYERS
    ]
    rates = {
        name: np.sort(random.random(ROC_POINTS)).tolist() for name in ("false_positive_rate", "true_positive_rate")
    }
    return [
        {"event": "epoch", "epoch": epoch, "seconds": 1.0, "learning_rate": 0.001, **numbers},
        {"event": "probe", "epoch": epoch, "layers": layers},
        {"event": "roc", "epoch": epoch, **rates},
    ]


class Ticks:
    """Counter of a page's requests to the server; an untouched page makes one per tick."""

    def __init__(self, page: Page) -> None:
        self.count = 0
        page.on("websocket", lambda socket: socket.on("framesent", self._add))

    def _add(self, _frame: object) -> None:
        self.count += 1


def _watch(page: Page, url: str, server: psutil.Process, seconds: int) -> None:
    """Measure each view of Train, and then another page."""
    ticks = Ticks(page)
    page.goto(f"{url}/train")
    drawings = page.locator("[data-testid=stVegaLiteChart]")
    for view in ("Curves", "ROC", "Inside"):
        page.get_by_role("radio", name=view, exact=True).click()
        drawings.first.wait_for()
        page.wait_for_timeout(3000)
        page.evaluate(MARK)
        before, spent = ticks.count, _cpu_seconds(server)
        page.wait_for_timeout(1000 * seconds)
        number, spent = ticks.count - before, _cpu_seconds(server) - spent
        print(f"{view}, {drawings.count()} charts: {1000 * spent / number:.0f} ms of CPU time a tick, {number} ticks")
        print(f"  charts rebuilt: {page.evaluate(NEW)}")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Predict").click()
    page.wait_for_timeout(3000)
    _report("another page", server, seconds)


def _report(what: str, server: psutil.Process, seconds: int) -> None:
    """Print the CPU time of the web process per second."""
    before = _cpu_seconds(server)
    time.sleep(seconds)
    print(f"{what}: {1000 * (_cpu_seconds(server) - before) / seconds:.0f} ms of CPU time a second")


def _cpu_seconds(server: psutil.Process) -> float:
    """Return the CPU time that the web process has taken so far."""
    times = server.cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    main()
