"""The worker's loop: train a run, then further runs that are handed over, which saves importing TensorFlow again.

The files of the hand-over are described in ``queue.standby``; this module is the waiting side.
"""

import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from filelock import FileLock, Timeout
from setproctitle import setproctitle

from emotion_core.files import write_json
from emotion_core.jobs import JobFolder, Record
from emotion_core.settings import Workspace
from emotion_core.training.engine import default_thread_count, load_checkpoint, thread_count
from emotion_core.training.queue import (
    MAX_KEPT_BYTES,
    STANDBY_FILE,
    STANDBY_LOCK_FILE,
    WORKER_MODULE,
    announcement,
    has_free_memory,
    queued_folders,
    read_assignment,
)
from emotion_core.training.worker.train_run import import_tensorflow, train_in_session

POLL_SECONDS = 0.05
IDLE_SECONDS = 900
ANNOUNCE_SECONDS = 1.0
# A launcher writes the assignment right after it has deleted the announcement.
ASSIGN_SECONDS = 5


def train_assigned_runs(folder: JobFolder | None, threads: int) -> None:
    """Train a run, then those that are handed over while more are queued.

    Args:
        folder: of the first run; None ends the process at once.
        threads: that TensorFlow may use; 0 is its own choice.
    """
    while folder is not None:
        become_worker(folder)
        train_in_session(folder, threads)
        folder = next_run(folder, threads)


def next_run(folder: JobFolder, threads: int) -> JobFolder | None:
    """Offer this process, which is done with a run, to the dispatcher for another one.

    Args:
        folder: of the run that it trained.
        threads: number of threads that TensorFlow may use; 0 lets it choose.

    Returns:
        The folder of the next run, or None if the process is not to train another or is handed none soon.
    """
    root = folder.path.parents[1]
    if not can_train_another(folder, threads) or not queued_folders(Workspace(root)):
        return None
    try:
        # One worker announces itself at a time; where several end together, the others wait here for their turn.
        with FileLock(root / STANDBY_LOCK_FILE, timeout=ANNOUNCE_SECONDS):
            announce(root, threads)
            # Only now: the dispatcher counts the finished run's slot as free and finds this worker announced.
            folder.release_process()
            assignment = wait_for_assignment(root, ASSIGN_SECONDS)
    except Timeout:
        return None
    assigned = _assigned_folder(assignment)
    if assigned is not None and not threads_match(assigned):
        # A fresh interpreter under the same process id, which the run's folder has recorded already.
        os.execv(sys.executable, [sys.executable, "-m", WORKER_MODULE, str(assigned.path), str(threads)])
    return assigned


def can_train_another(folder: JobFolder, threads: int) -> bool:
    """Free what a run left behind, and return whether this process is as good as a new one.

    Args:
        folder: of the run that it trained.
        threads: that the next run may use; 0 is TensorFlow's own choice. The checkpoint of
            the run before may have set another number here.
    """
    import keras

    keras.backend.clear_session()
    gc.collect()
    small = psutil.Process().memory_info().rss <= MAX_KEPT_BYTES
    return small and folder.state().name == "finished" and thread_count() == (threads or default_thread_count())


def threads_match(folder: JobFolder) -> bool:
    """Return whether a run can go on in this process with the number of threads that it began with.

    TensorFlow cannot change its number of threads after its first operation.
    """
    checkpoint = load_checkpoint(folder.path)
    return checkpoint is None or checkpoint.threads in (0, thread_count())


def wait_for_run(root: Path) -> tuple[JobFolder | None, int]:
    """Wait in a workspace until this process is handed a run.

    Args:
        root: folder of the workspace; the wait ends if it is deleted.

    Returns:
        The run's folder, or None after 15 minutes, when memory gets short, or if another standby worker is waiting; and
        the number of threads that TensorFlow may use.
    """
    try:
        with FileLock(root / STANDBY_LOCK_FILE, timeout=0):
            # Announced before the import: a run that is handed over meanwhile gains what is imported already.
            announce(root, None)
            import_tensorflow()
            assignment = wait_for_assignment(root, IDLE_SECONDS)
            return _assigned_folder(assignment), assignment["threads"] if assignment else 0
    except Timeout:
        return None, 0


def announce(root: Path, threads: int | None) -> None:
    """Announce that this process waits for a run.

    Args:
        root: folder to wait in, a workspace or one of its own.
        threads: number of threads that TensorFlow uses, 0 for its own choice; None if it has not begun and takes any.
    """
    write_json(root / STANDBY_FILE, announcement(root, threads), durable=False)


def wait_for_assignment(root: Path, seconds: float, keep_waiting: Callable[[], bool] = lambda: True) -> Record | None:
    """Wait for an assignment; when the time is over or memory gets short, withdraw the announcement.

    Args:
        root: folder that this process announced itself in.
        seconds: to wait at most.
        keep_waiting: asked repeatedly; False ends the wait early.

    Returns:
        The assignment, or None.
    """
    assignment = _assignment_within(root, seconds, lambda: has_free_memory() and keep_waiting())
    if assignment is not None:
        return assignment
    try:
        (root / STANDBY_FILE).unlink()
    except FileNotFoundError:
        # A launcher claimed this worker in the last moment, so its assignment is about to come.
        return _assignment_within(root, ASSIGN_SECONDS)
    return None


def _assignment_within(root: Path, seconds: float, keep_waiting: Callable[[], bool] = lambda: True) -> Record | None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and root.is_dir() and keep_waiting():
        if (assignment := read_assignment(root)) is not None:
            return assignment
        time.sleep(POLL_SECONDS)
    return None


def _assigned_folder(assignment: Record | None) -> JobFolder | None:
    return JobFolder(Path(assignment["run"])) if assignment else None


def become_worker(folder: JobFolder) -> None:
    """Give this process the command line and the log of one that was started for this run.

    The command line is what process lists show; whatever is printed goes to the run's log.
    """
    setproctitle(f"{sys.executable} -m {WORKER_MODULE} {folder.path}")
    with (folder.path / "log.txt").open("ab") as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())
