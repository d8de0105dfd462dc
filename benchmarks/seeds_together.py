"""Seeds of one study side by side against one after the other: ``python -m benchmarks.seeds_together [--rounds 3]``.

Trains 3 activations with 5 seeds each, 45 epochs on 480 photos of 64 pixels: one run at a time with all threads of the
machine, and as many at once as the machine trains by default, in turns. Each round prints wall time, the CPU time of
all processes, and the physical memory of the workers at its peak (shared pages counted once). The first way comes first
in one round and last in the next. Then: the ratios, the time that Configure predicted, and whether both ways came to
the same numbers. Wanted on two cores: at most .5 of the time, at most 1.6 times the memory of one run.
"""

import argparse
import statistics
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import psutil

from benchmarks.parallel_runs import Taken, fill, train
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import Study, StudyConfig, StudyPlan, runs_at_once, runs_of, set_runs_at_once
from emotion_core.training.cost import Slots, estimate_study, free_resources
from emotion_core.training.cost.workload import SplitSizes
from emotion_core.training.engine import this_machine
from emotion_core.training.queue import WORKER_MODULE

WANTED_RATIO, WANTED_MEMORY = 0.5, 1.6
SAMPLE_SECONDS = 0.5


class Round(NamedTuple):
    """One way of training the study.

    Attributes:
        at_once: runs at once.
        taken: wall and CPU time.
        peak_bytes: physical memory of all workers together, at most.
        p_sad: predictions of all runs, float32 of shape ``(runs, photos)``.
    """

    at_once: int
    taken: Taken
    peak_bytes: int
    p_sad: np.ndarray


def main() -> None:
    """Measure both ways in turns and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--epochs", type=int, default=45)
    options.add_argument("--size", type=int, default=64)
    options.add_argument("--each", type=int, default=240, help="photos of a class")
    asked = options.parse_args()
    machine = this_machine()
    print(f"{machine['processor']}, {machine['cores']} cores, load {psutil.getloadavg()[0]:.1f}", flush=True)
    plan = StudyPlan(
        vary={"hidden_activation": ["relu", "tanh", "sigmoid"]},
        seeds=asked.seeds,
        settings={"epochs": asked.epochs, "image_size": asked.size},
    )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        workspace = open_workspace(folder)
        fill(workspace, None, asked.each)
        train(workspace, plan.model_copy(update={"seeds": 1, "settings": {**plan.settings, "epochs": 1}}).study(), 1)
        _compare(workspace, plan.study(), asked.rounds, 2 * asked.each)


def _compare(workspace: Workspace, study: StudyConfig, rounds: int, photos: int) -> None:
    set_runs_at_once(workspace, None)
    together = runs_at_once(workspace, study)
    ways, pairs = [1, together], []
    for _ in range(rounds):
        measured = {count: _measured(workspace, study, count) for count in ways}
        pairs.append((measured[1], measured[together]))
        ways.reverse()
    for name, ratios in {
        "wall time": [both.taken.wall / alone.taken.wall for alone, both in pairs],
        "CPU time": [both.taken.cpu / alone.taken.cpu for alone, both in pairs],
        "memory": [both.peak_bytes / alone.peak_bytes for alone, both in pairs],
    }.items():
        print(f"{together} at once take {statistics.median(ratios):.2f} of the {name} of one at a time {_list(ratios)}")
    print(f"wanted: {WANTED_RATIO} of the time, {WANTED_MEMORY} times the memory")
    apart = max(float(abs(both.p_sad - alone.p_sad).max()) for alone, both in pairs)
    print(f"P(sad) of the two ways is at most {apart:.1g} apart")
    predicted = [_predicted_seconds(workspace, study, count, photos) for count in (1, together)]
    print(f"predicted: {predicted[0]:.0f} and {predicted[1]:.0f} s, {predicted[1] / predicted[0]:.2f}")


def _measured(workspace: Workspace, study: StudyConfig, at_once: int) -> Round:
    with _watched_memory() as peak:
        trained, taken = train(workspace, study, at_once)
    print(
        f"{at_once} at once: {taken.wall:.1f} s, {taken.cpu:.1f} s of CPU time, {taken.epoch:.2f} s an epoch, "
        f"{peak[0] / 1e6:.0f} MB",
        flush=True,
    )
    return Round(at_once, taken, peak[0], _predictions(workspace, trained))


def _predictions(workspace: Workspace, study: Study) -> np.ndarray:
    scores = [run.scores() for run in runs_of(workspace, study)]
    return np.array([score.p_sad for score in scores if score is not None])


def _predicted_seconds(workspace: Workspace, study: StudyConfig, at_once: int, photos: int) -> float:
    held_out = round(photos * study.validation_fraction), round(photos * study.test_share)
    sizes = SplitSizes(photos - sum(held_out), *held_out)
    return estimate_study(study, sizes, None, free_resources(workspace), Slots(at_once)).seconds


@contextmanager
def _watched_memory() -> Iterator[list[int]]:
    """Yield a list whose only item becomes the peak of the workers' memory, shared pages counted once."""
    peak, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLE_SECONDS):
            peak[0] = max(peak[0], sum(map(_worker_bytes, psutil.Process().children(recursive=True))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def _worker_bytes(process: psutil.Process) -> int:
    try:
        # A worker's command line is one string, for the list of processes.
        return process.memory_full_info().pss if WORKER_MODULE in " ".join(process.cmdline()) else 0
    except psutil.Error:
        return 0


def _list(ratios: list[float]) -> str:
    return f"({', '.join(f'{ratio:.2f}' for ratio in ratios)})"


if __name__ == "__main__":
    main()
