"""What a run costs besides its training: ``python -m benchmarks.scheduling [--runs 6] [--json FILE]``.

The same small runs are trained in a loop in one process, which is the peer; from a queue, whose process goes from run
to run; each queued alone, with a process that waits for it and without one; and on a Ray cluster of one node that is
started here. Of each run, all but the seconds of its epochs is told: from its place being free (the run before it has
ended, or it was queued) until its first step, and from its last epoch until its end. Promised: 5 % of a run of 60
seconds, which is 3 seconds more than in the loop. The file is what ``benchmarks.cluster_simulation`` reads.
"""

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
from filelock import FileLock

from benchmarks.parallel_runs import fill
from emotion_core.files import read_json, write_json
from emotion_core.settings import CLUSTER_VARIABLE, CPUS_PER_RUN_VARIABLE, WARM_VARIABLE, Workspace, open_workspace
from emotion_core.training import (
    Run,
    RunConfig,
    StudyConfig,
    resume_queue,
    runs_of,
    set_runs_at_once,
    start_standby,
    start_study,
)
from emotion_core.training.queue import QUEUE_LOCK_FILE, STANDBY_FILE

LOOK_SECONDS, LOOKS_PER_TICK = 0.05, 20
RUN_SECONDS, PROMISED_SHARE = 60.0, 0.05
# TensorFlow is imported while the process waits; until then it would not be faster than a new one.
WARM_SECONDS = 20.0
LOOP = """
import sys
from pathlib import Path
from emotion_core.jobs.folder import JobFolder, working_in
from emotion_core.training.worker.train_run import import_tensorflow, train_run
import_tensorflow()
for path in sys.argv[1:]:
    with working_in(JobFolder(Path(path))):
        train_run(JobFolder(Path(path)))
"""


class Cost(NamedTuple):
    """Seconds of one run besides its epochs.

    Attributes:
        before: from its place being free until its first step.
        after: from its last epoch until its end.
    """

    before: float
    after: float


def main() -> None:
    """Measure each way, print, and write the file."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=6)
    options.add_argument("--epochs", type=int, default=3)
    options.add_argument("--photos", type=int, default=48, help="of each class")
    options.add_argument("--ways", default="loop,queue,warm,cold,ray")
    options.add_argument("--json", type=Path, help="where to write what was measured")
    asked = options.parse_args()
    os.environ[WARM_VARIABLE] = "off"
    ways = {"loop": in_a_loop, "queue": from_a_queue, "warm": one_by_one_warm, "cold": one_by_one, "ray": on_ray}
    costs: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory(prefix="ec-", ignore_cleanup_errors=True) as folder:
        workspace = open_workspace(Path(folder) / "workspace")
        set_runs_at_once(workspace, 1)
        fill(workspace, None, asked.photos)
        config = RunConfig(epochs=asked.epochs)
        from_a_queue(workspace, [config])  # decodes the photos for all
        for name in asked.ways.split(","):
            configs = [config.model_copy(update={"seed": seed}) for seed in range(asked.runs)]
            costs[name] = ways[name](workspace, configs)
            tell(name, costs)
    if asked.json:
        write_json(
            asked.json, {name: {"first": sum(found[0]), **later(found)._asdict()} for name, found in costs.items()}
        )


def later(costs: list[Cost]) -> Cost:
    """Return the medians of all runs but the first, which may have waited for others to start."""
    return Cost(*(statistics.median(part) for part in zip(*(costs[1:] or costs), strict=True)))


def tell(name: str, costs: dict[str, list[Cost]]) -> None:
    """Print what the runs cost in one way: the first, the median of those that follow, and more than in the loop."""
    median = later(costs[name])
    print(
        f"{name}: first run {sum(costs[name][0]):.2f} s; then {median.before:.2f} s before its first step and "
        f"{median.after:.2f} s after its last epoch",
        flush=True,
    )
    if name != "loop" and "loop" in costs:
        more = sum(median) - sum(later(costs["loop"]))
        print(
            f"  {more:.2f} s more than in the loop, {more / RUN_SECONDS:.1%} of a run of {RUN_SECONDS:.0f} s "
            f"(promised {PROMISED_SHARE:.0%})",
            flush=True,
        )


def in_a_loop(workspace: Workspace, configs: list[RunConfig]) -> list[Cost]:
    """Train the runs in one process, one after the other, as a script would."""
    with FileLock(workspace.root / QUEUE_LOCK_FILE):  # nobody else is to train them
        study = start_study(workspace, StudyConfig(runs=tuple(configs)))
        runs, began = runs_of(workspace, study), time.time()
        subprocess.run([sys.executable, "-c", LOOP, *(str(run.path) for run in runs)], check=True)
    return costs_of(runs_of(workspace, study), began)


def from_a_queue(workspace: Workspace, configs: list[RunConfig]) -> list[Cost]:
    """Queue all runs at once and wait for them."""
    began = time.time()
    study = start_study(workspace, StudyConfig(runs=tuple(configs)))
    looks = itertools.count(1)
    while not all(run.state.ended and not run.folder.has_process() for run in runs_of(workspace, study)):
        time.sleep(LOOK_SECONDS)
        # No oftener than the Train page: a process that works the queue needs a moment until it can be seen to.
        if next(looks) % LOOKS_PER_TICK == 0:
            resume_queue(workspace)
    with FileLock(workspace.root / QUEUE_LOCK_FILE):  # the process that worked the queue has ended
        return costs_of(runs_of(workspace, study), began)


def one_by_one(workspace: Workspace, configs: list[RunConfig]) -> list[Cost]:
    """Queue each run when the one before it has ended, so that a new process trains it."""
    return [from_a_queue(workspace, [config])[0] for config in configs]


def one_by_one_warm(workspace: Workspace, configs: list[RunConfig]) -> list[Cost]:
    """Queue each run when a process with TensorFlow waits for one."""
    found = []
    for config in configs:
        with _environment({WARM_VARIABLE: ""}):
            start_standby(workspace)
        while not (workspace.root / STANDBY_FILE).exists():
            time.sleep(LOOK_SECONDS)
        time.sleep(WARM_SECONDS)
        found += from_a_queue(workspace, [config])
    return found


def on_ray(workspace: Workspace, configs: list[RunConfig]) -> list[Cost]:
    """Queue all runs on a cluster of one node with room for one of them."""
    with cluster(), _environment({CPUS_PER_RUN_VARIABLE: str(psutil.cpu_count())}):
        return from_a_queue(workspace, configs)


@contextmanager
def cluster() -> Iterator[None]:
    """Start a Ray cluster of one node, name it in the environment, and end it afterwards."""
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        port = 6479
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", f"--port={port}"]
        command += [f"--num-cpus={psutil.cpu_count()}", "--object-store-memory=80000000", "--include-dashboard=false"]
        command += ["--node-ip-address=127.0.0.1", f"--temp-dir={folder}", "--ray-client-server-port=6480"]
        log = Path(folder) / "log.txt"
        with log.open("wb") as stream:
            head = psutil.Popen(
                command, stdout=stream, stderr=stream, env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0"}
            )
        try:
            while "Ray runtime started" not in log.read_text():
                if head.poll() is not None:
                    raise SystemExit(f"The cluster did not start. Received: {log.read_text()[-2000:]}")
                time.sleep(LOOK_SECONDS)
            with _environment({CLUSTER_VARIABLE: f"127.0.0.1:{port}"}):
                yield
        finally:
            for process in [*head.children(recursive=True), head]:
                process.kill()
            head.wait()


@contextmanager
def _environment(said: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(said)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def costs_of(runs: list[Run], queued: float) -> list[Cost]:
    """Return what each run cost, in the order in which they were trained, one at a time.

    Args:
        runs: that have finished.
        queued: when, in seconds since 1970.
    """
    found, free = [], queued
    for run in sorted(runs, key=lambda run: run.records("epoch")[0]["time"] if run.epochs else 0):
        status = read_json(run.path / "status.json")
        if status["state"] != "finished":
            raise SystemExit(f"A run did not finish. Received: {status}")
        first, last = run.records("epoch")[0], run.records("epoch")[-1]
        found.append(Cost(first["time"] - first["seconds"] - free, status["time"] - last["time"]))
        free = status["time"]
    return found


if __name__ == "__main__":
    main()
