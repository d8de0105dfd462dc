"""Speed of the Compare page: ``python -m benchmarks.compare_page [--runs 120] [--into FOLDER]``.

Starts the real app on a study of simulated runs, opens Compare in Chromium, and measures the time until the ROC curves
are drawn, and until they are redrawn after a change of the selected networks. Promised: 3 s and 1 s with 120 runs.
"""

import argparse
import itertools
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
from filelock import FileLock
from playwright.sync_api import Page, sync_playwright

from benchmarks.review_grid import ARGUMENTS, served
from benchmarks.train_page import records
from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog, Origin, load_snapshot
from emotion_core.files import write_json
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import Run, Study, StudyPlan, runs_of, start_study
from emotion_core.training.queue import QUEUE_LOCK_FILE
from emotion_core.training.store import SCORES_FILE

PHOTOS_PER_LABEL = 240
EPOCHS = 45
REPEATS = 5
ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu", "gelu")
DEPTHS = (1, 2, 3, 4)
# Distance between the mean logits of sad and happy photos; each depth reduces it a little.
SEPARATION = dict(zip(ACTIVATIONS, (1.6, 1.4, 0.4, 1.2, 1.5), strict=True))
CURVES = "[data-testid=stPlotlyChart] .scatterlayer .trace"


def main() -> None:
    """Fill a workspace, measure the page and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=120)
    options.add_argument("--into", type=Path, help="keep the workspace in this folder, and measure nothing")
    asked = options.parse_args()
    if asked.into:
        finished_study(open_workspace(asked.into), asked.runs)
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        workspace = open_workspace(Path(folder) / "workspace")
        finished_study(workspace, asked.runs)
        with served(workspace, Path(folder)) as (url, _), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
            _measure(browser.new_page(viewport={"width": 1280, "height": 900}), url)
            browser.close()


def finished_study(workspace: Workspace, runs: int) -> Study:
    """Return a study with simulated records and scores, with every combination of network and seed."""
    catalog = Catalog(workspace)
    if not catalog.photo_ids():
        for label, number in itertools.product(("happy", "sad"), range(PHOTOS_PER_LABEL)):
            catalog.add(photo_bytes(label, number), label=label, origin=Origin(f"{label}-{number}.jpg"))
    seeds = max(3, -(-runs // (len(ACTIVATIONS) * len(DEPTHS)))) if runs >= 6 else 1
    networks = -(-runs // seeds)
    activations = ACTIVATIONS[: min(networks, len(ACTIVATIONS))]
    depths = DEPTHS[: max(1, networks // len(activations))]
    plan = StudyPlan(
        vary={"hidden_activation": list(activations), "depth": list(depths)},
        settings={"epochs": EPOCHS, "padding": "same"},
        seeds=seeds,
    )
    with FileLock(workspace.root / QUEUE_LOCK_FILE):  # keeps a dispatcher from training the runs
        study = start_study(workspace, plan.study())
        random = np.random.default_rng(0)
        for run in runs_of(workspace, study):
            _finish(workspace, run, random)
    return study


def _finish(workspace: Workspace, run: Run, random: np.random.Generator) -> None:
    """Give a run the records and scores of one that was trained."""
    for epoch in range(1, EPOCHS + 1):
        for record in records(epoch, random):
            run.folder.append({**record, **_falling(epoch, random)} if record["event"] == "epoch" else record)
    snapshot = load_snapshot(workspace, run.snapshot)
    above = SEPARATION[run.config.hidden_activation] - 0.1 * run.config.depth
    logits = random.normal(size=len(snapshot.items)) + above * (snapshot.labels - 0.5)
    scores = {
        "photo_ids": [item.photo_id for item in snapshot.items],
        "labels": snapshot.labels.tolist(),
        "splits": [item.split for item in snapshot.items],
        "p_sad": (1 / (1 + np.exp(-logits))).tolist(),
    }
    write_json(run.path / SCORES_FILE, scores)
    run.folder.finish("finished")


def _falling(epoch: int, random: np.random.Generator) -> dict[str, float]:
    """Return losses that decrease over the epochs, and accuracies that increase."""
    progress = 1 - np.exp(-epoch / 15)
    losses, accuracies = 0.7 - 0.5 * progress * np.array([1, 0.6]), 0.5 + 0.4 * progress * np.array([1, 0.8])
    noisy = [float(value) for value in np.concatenate([losses, accuracies]) + 0.02 * random.normal(size=4)]
    return dict(zip(("loss", "validation_loss", "accuracy", "validation_accuracy"), noisy, strict=True))


def _measure(page: Page, url: str) -> None:
    """Open the page and change the selected networks, several times each, and print the medians."""
    paints, changes = [], []
    for _ in range(REPEATS):
        began = time.perf_counter()
        page.goto(f"{url}/compare")
        page.locator(CURVES).first.wait_for()
        paints.append(time.perf_counter() - began)
        _settle(page)
    print(f"first paint of the curves: first {paints[0]:.2f} s, median of {REPEATS} {np.median(paints):.2f} s")
    for number in range(REPEATS):
        before = page.locator(CURVES).count()
        option = page.get_by_test_id("stMain").get_by_role("button", name=ACTIVATIONS[number % 3], exact=True)
        began = time.perf_counter()
        option.click()
        page.wait_for_function(f"document.querySelectorAll('{CURVES}').length !== {before}")
        changes.append(time.perf_counter() - began)
        _settle(page)
    print(f"another choice: median of {REPEATS} {np.median(changes):.2f} s, longest {max(changes):.2f} s")


def _settle(page: Page) -> None:
    """Wait until the page's script has ended."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


if __name__ == "__main__":
    main()
