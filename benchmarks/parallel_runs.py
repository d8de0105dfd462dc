"""Runs one after the other against runs beside one another: ``python -m benchmarks.parallel_runs [--sizes 64,128]``.

A study of 12 runs (three activations, four seeds) is trained on 480 photos: one run at a time with all threads of the
machine, and as many at once as there are cores with one thread each, in turns. A time is that from the first run's
begin to the last one's end; beside it stands the CPU time of all processes, which a busy machine blurs less.
Promised with two cores: at 64 pixels at most .85 of the time of one after the other.
``emotion_core.training.queue.capacity`` chooses by these figures.
"""

import argparse
import resource
import statistics
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import NamedTuple

import psutil
from filelock import FileLock

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import LABELS, Catalog, Origin
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import StudyPlan, resume_queue, runs_of, set_runs_at_once, start_study
from emotion_core.training.queue import QUEUE_LOCK_FILE, threads_per_run

LOOK_SECONDS = 0.2
PROMISED_RATIO, PROMISED_SIZE = 0.85, 64
ACTIVATIONS, SEEDS = ("relu", "tanh", "sigmoid"), 4


class Taken(NamedTuple):
    """What a study took.

    Attributes:
        wall: seconds from the first run's begin to the last one's end.
        cpu: seconds of all processes.
        epoch: median seconds of an epoch after the first.
    """

    wall: float
    cpu: float
    epoch: float


def main() -> None:
    """Measure in turns, and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", type=lambda text: [int(size) for size in text.split(",")], default=[64, 128])
    options.add_argument("--epochs", type=int, default=15)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--photos", type=Path, help="a folder with happy and sad in it; drawn ones where left out")
    options.add_argument("--each", type=int, default=240, help="photos of a class")
    options.add_argument("--at-once", type=int, default=psutil.cpu_count() or 1)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        workspace = open_workspace(folder)
        fill(workspace, asked.photos, asked.each)
        for size in asked.sizes:
            compare(workspace, size, asked.epochs, asked.repeats, asked.at_once)


def fill(workspace: Workspace, photos: Path | None, each: int) -> None:
    """Put photos of both classes into the workspace."""
    catalog = Catalog(workspace)
    for label in LABELS:
        files = sorted((photos / label).iterdir())[:each] if photos else []
        pictures = [path.read_bytes() for path in files] or [photo_bytes(label, number) for number in range(each)]
        for number, data in enumerate(pictures):
            catalog.add(data, label=label, origin=Origin(f"{label}-{number}.jpg"))


def compare(workspace: Workspace, size: int, epochs: int, repeats: int, at_once: int) -> None:
    """Train the study in both ways, in turns, and print what it took."""
    # The first study decodes the photos for all.
    train(workspace, size, 1, 1)
    taken: dict[int, list[Taken]] = {1: [], at_once: []}
    for _, count in product(range(repeats), taken):
        found = train(workspace, size, epochs, count)
        taken[count].append(found)
        threads = threads_per_run(count) or "all"
        print(
            f"{size} px, {count} at once with {threads} threads: {found.wall:.1f} s, {found.cpu:.1f} s of CPU time, "
            f"{found.epoch:.2f} s an epoch",
            flush=True,
        )
    ratios = [two.wall / one.wall for one, two in zip(taken[1], taken[at_once], strict=True)]
    promise = f" (promised {PROMISED_RATIO})" if size == PROMISED_SIZE else ""
    print(f"{size} px: {at_once} at once take {statistics.median(ratios):.2f} of the time of one at a time{promise}")


def train(workspace: Workspace, size: int, epochs: int, count: int) -> Taken:
    """Train the 12 runs, so many at once, and return what it took."""
    plan = StudyPlan(
        vary={"hidden_activation": list(ACTIVATIONS)}, seeds=SEEDS, settings={"epochs": epochs, "image_size": size}
    )
    set_runs_at_once(workspace, count)
    before = children_seconds()
    study = start_study(workspace, plan.study())
    while any(run.state.active for run in runs_of(workspace, study)):
        resume_queue(workspace)
        time.sleep(LOOK_SECONDS)
    with FileLock(
        workspace.root / QUEUE_LOCK_FILE
    ):  # the process that worked the queue has ended, all others before it
        runs = runs_of(workspace, study)
    if any(run.state.name != "finished" for run in runs):
        raise SystemExit(f"A run did not finish. Received: {[run.state for run in runs]}")
    began = min(run.folder.records("photos")[0]["time"] for run in runs)
    ended = max(run.folder.records()[-1]["time"] for run in runs)
    epoch = statistics.median(epoch.seconds for run in runs for epoch in run.epochs[1:] or run.epochs)
    return Taken(ended - began, children_seconds() - before, epoch)


def children_seconds() -> float:
    """Return the CPU time of all processes that this one started and that have ended, theirs included."""
    time.sleep(1)  # until the last one's exit code has been taken
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
