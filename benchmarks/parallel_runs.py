"""Sequential against parallel runs: ``python -m benchmarks.parallel_runs [--sizes 64,128]``.

Trains a study of 12 runs (three activations, four seeds) on 480 photos: one run at a time with all threads of the
machine, and one run per core at once with one thread each, in turns. The time is measured from the start of the first
run to the end of the last; the CPU time of all processes is printed too, because other load affects it less. Promised
with two cores: at 64 pixels at most .85 of the sequential time. ``emotion_core.training.queue.capacity`` is based on
these results.
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
from emotion_core.training import Study, StudyConfig, StudyPlan, resume_queue, runs_of, set_runs_at_once, start_study
from emotion_core.training.queue import QUEUE_LOCK_FILE, threads_per_run

LOOK_SECONDS = 0.2
PROMISED_RATIO, PROMISED_SIZE = 0.85, 64
ACTIVATIONS, SEEDS = ("relu", "tanh", "sigmoid"), 4


class Taken(NamedTuple):
    """Time of a study.

    Attributes:
        wall: seconds from the start of the first run to the end of the last.
        cpu: CPU seconds of all processes.
        epoch: median seconds of an epoch after the first.
    """

    wall: float
    cpu: float
    epoch: float


def main() -> None:
    """Measure both ways in turns and print the results."""
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
            _compare(workspace, size, asked.epochs, asked.repeats, asked.at_once)


def fill(workspace: Workspace, photos: Path | None, count: int) -> None:
    """Add photos of both classes to a workspace.

    Args:
        workspace: workspace to fill.
        photos: folder with ``happy`` and ``sad`` in it; None for drawn photos.
        count: number of photos per class.
    """
    catalog = Catalog(workspace)
    for label in LABELS:
        files = sorted((photos / label).iterdir())[:count] if photos else []
        pictures = [path.read_bytes() for path in files] or [photo_bytes(label, number) for number in range(count)]
        for number, data in enumerate(pictures):
            catalog.add(data, label=label, origin=Origin(f"{label}-{number}.jpg"))


def _compare(workspace: Workspace, size: int, epochs: int, repeats: int, at_once: int) -> None:
    """Train the study in both ways in turns, and print the times."""
    # The first study decodes the photos for all.
    train(workspace, _study(size, 1), 1)
    taken: dict[int, list[Taken]] = {1: [], at_once: []}
    for _, count in product(range(repeats), taken):
        _, cost = train(workspace, _study(size, epochs), count)
        taken[count].append(cost)
        threads = threads_per_run(count) or "all"
        print(
            f"{size} px, {count} at once with {threads} threads: {cost.wall:.1f} s, {cost.cpu:.1f} s of CPU time, "
            f"{cost.epoch:.2f} s an epoch",
            flush=True,
        )
    ratios = [parallel.wall / alone.wall for alone, parallel in zip(taken[1], taken[at_once], strict=True)]
    promise = f" (promised {PROMISED_RATIO})" if size == PROMISED_SIZE else ""
    print(f"{size} px: {at_once} at once take {statistics.median(ratios):.2f} of the time of one at a time{promise}")


def _study(size: int, epochs: int) -> StudyConfig:
    settings = {"epochs": epochs, "image_size": size}
    return StudyPlan(vary={"hidden_activation": list(ACTIVATIONS)}, seeds=SEEDS, settings=settings).study()


def train(workspace: Workspace, config: StudyConfig, count: int) -> tuple[Study, Taken]:
    """Train a study and return it with the time it took.

    Args:
        workspace: with the photos.
        config: the study.
        count: runs at once.
    """
    set_runs_at_once(workspace, count)
    before = _children_seconds()
    study = start_study(workspace, config)
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
    return study, Taken(ended - began, _children_seconds() - before, epoch)


def _children_seconds() -> float:
    """Return the CPU time of all ended child processes, including their own children."""
    time.sleep(1)  # until the exit code of the last one has been read
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
