"""A process that waits with TensorFlow imported for the next run to train, and how it is handed one.

It names itself in ``warm.json``. Whoever takes that file away, and nobody else, may tell it what to train.
"""

import os
import platform
import sys
from pathlib import Path
from typing import Any

import psutil

from emotion_core.files import is_locked, read_json, write_json
from emotion_core.jobs import JobFolder, Record, is_alive, start_detached
from emotion_core.settings import WARM_VARIABLE, Workspace
from emotion_core.training.queue.capacity import runs_at_once, threads_per_run
from emotion_core.training.queue.cluster_settings import uses_cluster

WORKER_MODULE = "emotion_core.training.worker"

STANDBY = "--standby"
STANDBY_LOCK_FILE = "warm.lock"
STANDBY_FILE, ASSIGNMENT_FILE = "warm.json", "warm-run.json"
# TensorFlow takes 500 MB, and a run needs room beside it.
MIN_FREE_BYTES = 2_000_000_000
# Memory that a run leaves behind would add to what the next one needs; large runs have little to gain here.
MAX_KEPT_BYTES = 1_000_000_000


def start_standby(workspace: Workspace) -> None:
    """Start a process that waits for the next run, unless one does or nobody wants one.

    Nobody does where memory is short, ``EMOTION_WARM`` is ``off``, or a cluster trains the runs.
    """
    unwanted = os.environ.get(WARM_VARIABLE, "").strip().lower() == "off" or uses_cluster(workspace)
    if unwanted or not has_free_memory() or is_locked(workspace.root / STANDBY_LOCK_FILE):
        return
    threads = threads_per_run(runs_at_once(workspace))
    start_detached([sys.executable, "-m", WORKER_MODULE, STANDBY, str(workspace.root), str(threads)])


def has_free_memory() -> bool:
    """Whether so much memory is free that an idle process is in nobody's way."""
    return psutil.virtual_memory().available > MIN_FREE_BYTES


def assign(
    folder: JobFolder, threads: int, root: Path | None = None, more: Record | None = None
) -> dict[str, Any] | None:
    """Let a waiting process train the run; return its identity, or None where none can.

    Args:
        folder: the run's.
        threads: with how many; one that is set up for another number does not suit.
        root: where it waits; None is the run's workspace.
        more: that it is told.
    """
    root = root or folder.path.parents[1]
    process = read_json(root / STANDBY_FILE)
    if not isinstance(process, dict) or process.get("threads") != threads or process.get("host") != platform.node():
        return None
    try:
        (root / STANDBY_FILE).unlink()
    except FileNotFoundError:
        return None
    if not is_alive(process):
        return None
    folder.record_process(process["pid"])
    write_json(root / ASSIGNMENT_FILE, {**(more or {}), "pid": process["pid"], "run": str(folder.path)})
    return process


def read_assignment(root: Path) -> Record | None:
    """Return what this process was told, ``run`` being the folder to train in, or None where nobody did so far."""
    order = read_json(root / ASSIGNMENT_FILE)
    if not isinstance(order, dict) or order.get("pid") != os.getpid():
        return None
    (root / ASSIGNMENT_FILE).unlink()
    return order
