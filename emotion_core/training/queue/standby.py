"""A standby worker: a process that waits, with TensorFlow imported, to be handed a run.

The hand-over goes through files. The worker announces itself in ``warm.json``. A launcher that wants it deletes that
file: deletion succeeds for only one of several launchers, and that one writes the assignment to ``warm-run.json``.
"""

import os
import sys
from pathlib import Path
from typing import Any

import psutil

from emotion_core.files import is_locked, read_json, write_json
from emotion_core.jobs import (
    JobFolder,
    Record,
    identity,
    is_alive,
    is_of_this_folder,
    machine,
    process_record,
    start_detached,
)
from emotion_core.settings import WARM_VARIABLE, Workspace
from emotion_core.training.queue.cluster_settings import uses_cluster

WORKER_MODULE = "emotion_core.training.worker"

STANDBY = "--standby"
STANDBY_LOCK_FILE = "warm.lock"
STANDBY_FILE, ASSIGNMENT_FILE = "warm.json", "warm-run.json"
# An idle worker holds 500 MB for TensorFlow, and a run needs memory beside it.
MIN_FREE_BYTES = 2_000_000_000
# A worker with more memory than this ends after its run: what is left behind would add to the next run's own need, and
# for large runs the seconds of importing TensorFlow hardly count.
MAX_KEPT_BYTES = 1_000_000_000


def announcement(root: Path, threads: int | None) -> Record:
    """Return the content of ``STANDBY_FILE`` for this process.

    Args:
        root: folder that it waits in.
        threads: number of threads that TensorFlow uses, 0 for its own choice; None for a process that has not trained
            yet and takes any number.
    """
    return {"threads": threads, **process_record(root, os.getpid(), {})}


def start_standby(workspace: Workspace) -> None:
    """Start a standby worker, unless one is running or none is wanted.

    None is wanted if memory is short, if ``EMOTION_WARM`` is ``off``, or if a cluster trains the runs.
    """
    unwanted = os.environ.get(WARM_VARIABLE, "").strip().lower() == "off" or uses_cluster(workspace)
    if unwanted or not has_free_memory() or is_locked(workspace.root / STANDBY_LOCK_FILE):
        return
    start_detached([sys.executable, "-m", WORKER_MODULE, STANDBY, str(workspace.root)])


def has_free_memory() -> bool:
    """Return whether enough memory is free for an idle worker to be in no other process's way."""
    return psutil.virtual_memory().available > MIN_FREE_BYTES


def assign(
    folder: JobFolder, threads: int, root: Path | None = None, more: Record | None = None
) -> dict[str, Any] | None:
    """Hand a run to the standby worker, if there is a suitable one.

    Args:
        folder: of the run.
        threads: that TensorFlow shall use; a worker that has trained with another number is not suitable.
        root: folder that the worker waits in; None is the run's workspace.
        more: further keys for the assignment.

    Returns:
        The identity of the worker's process, or None without a suitable worker.
    """
    root = root or folder.path.parents[1]
    process = read_json(root / STANDBY_FILE)
    if not isinstance(process, dict) or process.get("threads", threads) not in (threads, None):
        return None
    # Not of another machine, and not of the workspace that this one was copied from.
    if any(process.get(name) != value for name, value in machine().items()) or not is_of_this_folder(root, process):
        return None
    try:
        # Deleting the announcement claims the worker; another launcher that was faster has it.
        (root / STANDBY_FILE).unlink()
    except FileNotFoundError:
        return None
    # A killed worker leaves its announcement behind.
    if not is_alive(process):
        return None
    # Before the assignment, so that the run has a process from the moment the worker may begin.
    folder.record_process(process["pid"])
    owner = {"pid": process["pid"], "started": process["started"]}
    assignment = {**(more or {}), **owner, "run": str(folder.path), "threads": threads}
    write_json(root / ASSIGNMENT_FILE, assignment, durable=False)
    return process


def read_assignment(root: Path) -> Record | None:
    """Take this process's assignment, whose key ``run`` is the folder to train in; None if there is none yet."""
    assignment = read_json(root / ASSIGNMENT_FILE)
    # The file may be left from a worker that was killed before it read it.
    own = identity(os.getpid())
    if not isinstance(assignment, dict) or any(assignment.get(name) != value for name, value in own.items()):
        return None
    (root / ASSIGNMENT_FILE).unlink()
    return assignment
