"""Overhead of a run besides its training: ``python -m benchmarks.scheduling [--runs 6] [--json FILE]``.

Trains the same small runs in a loop in one process, for comparison; from a queue whose worker goes from run to run;
queued one at a time, with a standby worker and without one; and on a Ray cluster of one node that is started here. For
each run, prints the time besides its epochs: from its slot being free (the previous run has ended, or the run was
queued) to its first training step, and from its last epoch to its end. Promised: at most 5 % of a run of 60 seconds,
3 seconds, more than in the loop. ``benchmarks.cluster_simulation`` reads the file.
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
# A standby worker needs this long to import TensorFlow; before that it would be no faster than a new process.
WARM_SECONDS = 20.0
LOOP = """
import sys
from pathlib import Path
from emotion_core.jobs import JobFolder, job_session
from emotion_core.training.worker.train_run import import_tensorflow, train_run
import_tensorflow()
for path in sys.argv[1:]:
    with job_session(JobFolder(Path(path))):
        train_run(JobFolder(Path(path)))
"""


class Cost(NamedTuple):
    """Seconds of one run besides its epochs.

    Attributes:
        before: time from its slot being free to its first training step.
        after: time from its last epoch to its end.
    """

    before: float
    after: float


def main() -> None:
    """Measure each way, print the results and write the file."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=6)
    options.add_argument("--epochs", type=int, default=3)
    options.add_argument("--photos", type=int, default=48, help="of each class")
    options.add_argument("--ways", default="loop,queue,warm,cold,ray")
    options.add_argument("--json", type=Path, help="where to write what was measured")
    asked = options.parse_args()
    os.environ[WARM_VARIABLE] = "off"
    ways = {"loop": _in_a_loop, "queue": _from_a_queue, "warm": _one_by_one_warm, "cold": _one_by_one, "ray": _on_ray}
    costs: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory(prefix="ec-", ignore_cleanup_errors=True) as folder:
        workspace = open_workspace(Path(folder) / "workspace")
        set_runs_at_once(workspace, 1)
        fill(workspace, None, asked.photos)
        config = RunConfig(epochs=asked.epochs)
        _from_a_queue(workspace, [config])  # decodes the photos for all
        for name in asked.ways.split(","):
            configs = [config.model_copy(update={"seed": seed}) for seed in range(asked.runs)]
            costs[name] = ways[name](workspace, configs)
            _report(name, costs)
    if asked.json:
        write_json(
            asked.json,
            {
                name: {"first": sum(costs_of_way[0]), **_typical(costs_of_way)._asdict()}
                for name, costs_of_way in costs.items()
            },
        )


def _typical(costs: list[Cost]) -> Cost:
    """Return the medians of all runs but the first, which may include the start of other processes."""
    return Cost(*(statistics.median(part) for part in zip(*(costs[1:] or costs), strict=True)))


def _report(name: str, costs: dict[str, list[Cost]]) -> None:
    """Print the cost of one way: of the first run, the median of the others, and the difference to the loop."""
    median = _typical(costs[name])
    print(
        f"{name}: first run {sum(costs[name][0]):.2f} s; then {median.before:.2f} s before its first step and "
        f"{median.after:.2f} s after its last epoch",
        flush=True,
    )
    if name != "loop" and "loop" in costs:
        more = sum(median) - sum(_typical(costs["loop"]))
        print(
            f"  {more:.2f} s more than in the loop, {more / RUN_SECONDS:.1%} of a run of {RUN_SECONDS:.0f} s "
            f"(promised {PROMISED_SHARE:.0%})",
            flush=True,
        )


def _in_a_loop(workspace: Workspace, configs: list[RunConfig]) -> list[Cost]:
    """Train the runs in one process, one after the other, as a script would."""
    with FileLock(workspace.root / QUEUE_LOCK_FILE):  # keeps a dispatcher from training the runs
        study = start_study(workspace, StudyConfig(runs=tuple(configs)))
        runs, began = runs_of(workspace, study), time.time()
        subprocess.run([sys.executable, "-c", LOOP, *(str(run.path) for run in runs)], check=True)
    return _costs_of(runs_of(workspace, study), began)


def _from_a_queue(workspace: Workspace, configs: list[RunConfig]) -> list[Cost]:
    """Queue all runs at once and wait for them."""
    began = time.time()
    study = start_study(workspace, StudyConfig(runs=tuple(configs)))
    looks = itertools.count(1)
    while not all(run.state.ended and not run.folder.has_process() for run in runs_of(workspace, study)):
        time.sleep(LOOK_SECONDS)
        # As rarely as the Train page does: a dispatcher needs a moment until its lock shows.
        if next(looks) % LOOKS_PER_TICK == 0:
            resume_queue(workspace)
    with FileLock(workspace.root / QUEUE_LOCK_FILE):  # the dispatcher has ended
        return _costs_of(runs_of(workspace, study), began)


def _one_by_one(workspace: Workspace, configs: list[RunConfig]) -> list[Cost]:
    """Queue each run when the previous one has ended, so that a new process trains it."""
    return [_from_a_queue(workspace, [config])[0] for config in configs]


def _one_by_one_warm(workspace: Workspace, configs: list[RunConfig]) -> list[Cost]:
    """Queue each run when a standby worker waits for one."""
    costs = []
    for config in configs:
        with _environment({WARM_VARIABLE: ""}):
            start_standby(workspace)
        while not (workspace.root / STANDBY_FILE).exists():
            time.sleep(LOOK_SECONDS)
        time.sleep(WARM_SECONDS)
        costs += _from_a_queue(workspace, [config])
    return costs


def _on_ray(workspace: Workspace, configs: list[RunConfig]) -> list[Cost]:
    """Queue all runs on a cluster of one node with room for one run."""
    with _cluster(), _environment({CPUS_PER_RUN_VARIABLE: str(psutil.cpu_count())}):
        return _from_a_queue(workspace, configs)


@contextmanager
def _cluster() -> Iterator[None]:
    """Start a Ray cluster of one node, set its environment variable, and end it afterward."""
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
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _costs_of(runs: list[Run], queued: float) -> list[Cost]:
    """Return the cost of each run, in the order in which they were trained, one at a time.

    Args:
        runs: finished runs.
        queued: time at which they were queued, in seconds since 1970.
    """
    costs, free = [], queued
    for run in sorted(runs, key=lambda run: run.records("epoch")[0]["time"] if run.epochs else 0):
        status = read_json(run.path / "status.json")
        if status["state"] != "finished":
            raise SystemExit(f"A run did not finish. Received: {status}")
        first, last = run.records("epoch")[0], run.records("epoch")[-1]
        costs.append(Cost(first["time"] - first["seconds"] - free, status["time"] - last["time"]))
        free = status["time"]
    return costs


if __name__ == "__main__":
    main()
