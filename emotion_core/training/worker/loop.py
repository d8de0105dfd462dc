"""The worker's loop: train a run, then the ones that are handed over, for TensorFlow is imported already."""

import gc
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from filelock import FileLock, Timeout
from setproctitle import setproctitle

from emotion_core.files import write_json
from emotion_core.jobs import JobFolder, Record, identity
from emotion_core.settings import Workspace
from emotion_core.training.engine import default_threads, load_checkpoint
from emotion_core.training.engine import threads as used_threads
from emotion_core.training.queue import (
    MAX_KEPT_BYTES,
    STANDBY_FILE,
    STANDBY_LOCK_FILE,
    WORKER_MODULE,
    has_free_memory,
    queued_folders,
    read_assignment,
)
from emotion_core.training.worker.train_run import import_tensorflow, train_in_session

POLL_SECONDS = 0.05
IDLE_SECONDS = 900
ANNOUNCE_SECONDS = 1.0
# Between the taking of its name and the telling, which follows at once.
ASSIGN_SECONDS = 5


def train_assigned_runs(folder: JobFolder | None, threads: int) -> None:
    """Train a run, and then those that are handed over while more wait."""
    while folder is not None:
        become_worker(folder)
        train_in_session(folder, threads)
        folder = next_run(folder, threads)


def next_run(folder: JobFolder, threads: int) -> JobFolder | None:
    """Offer this process, which has finished a run, for another one; return that, or None where none comes at once."""
    root = folder.path.parents[1]
    if not can_train_another(folder, threads) or not queued_folders(Workspace(root)):
        return None
    try:
        # Of runs that end together, one after the other offers itself; the first is taken within a few looks.
        with FileLock(root / STANDBY_LOCK_FILE, timeout=ANNOUNCE_SECONDS):
            announce(root, threads)
            folder.release_process()
            order = wait_for_assignment(root, ASSIGN_SECONDS)
    except Timeout:
        return None
    found = _folder_of(order)
    if found is not None and not threads_match(found):
        # The same process, with another program.
        os.execv(sys.executable, [sys.executable, "-m", WORKER_MODULE, str(found.path), str(threads)])
    return found


def can_train_another(folder: JobFolder, threads: int) -> bool:
    """Clear away what a run left behind, and return whether this process is as good as a new one.

    Args:
        folder: of the run that it was done with.
        threads: that the next one may use; this one may have begun elsewhere, with others.
    """
    import keras

    keras.backend.clear_session()
    gc.collect()
    small = psutil.Process().memory_info().rss <= MAX_KEPT_BYTES
    return small and folder.state().name == "finished" and used_threads() == (threads or default_threads())


def threads_match(folder: JobFolder) -> bool:
    """Whether a run can be trained here: the number of threads cannot be changed once TensorFlow has begun."""
    checkpoint = load_checkpoint(folder.path)
    return checkpoint is None or checkpoint.threads in (0, used_threads())


def wait_for_run(root: Path, threads: int) -> JobFolder | None:
    """Wait in a workspace until a run is handed over.

    Args:
        root: the workspace's folder; without it, nobody needs this process.
        threads: that TensorFlow may use here; 0 is its own choice.

    Returns:
        The run, or None when nobody came for long, memory got short, or another process waits already.
    """
    try:
        with FileLock(root / STANDBY_LOCK_FILE, timeout=0):
            announce(root, threads)
            import_tensorflow()
            return _folder_of(wait_for_assignment(root, IDLE_SECONDS))
    except Timeout:
        return None


def announce(root: Path, threads: int) -> None:
    """Say in a folder that this process waits for a run."""
    write_json(root / STANDBY_FILE, {"host": platform.node(), "threads": threads, **identity(os.getpid())})


def wait_for_assignment(root: Path, seconds: float, wait_on: Callable[[], bool] = lambda: True) -> Record | None:
    """Wait until somebody takes up the offer, which is taken back when nobody does or memory gets short.

    Args:
        root: where it was made.
        seconds: to wait at most.
        wait_on: whether to.

    Returns:
        What this process was told.
    """
    if (order := _assignment_within(root, seconds, lambda: has_free_memory() and wait_on())) is not None:
        return order
    try:
        (root / STANDBY_FILE).unlink()
    except FileNotFoundError:
        # Somebody was faster: there is a run to train after all.
        return _assignment_within(root, ASSIGN_SECONDS)
    return None


def _assignment_within(root: Path, seconds: float, wait_on: Callable[[], bool] = lambda: True) -> Record | None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and root.is_dir() and wait_on():
        if (order := read_assignment(root)) is not None:
            return order
        time.sleep(POLL_SECONDS)
    return None


def _folder_of(order: Record | None) -> JobFolder | None:
    return JobFolder(Path(order["run"])) if order else None


def become_worker(folder: JobFolder) -> None:
    """Look like a process that was started for this run: its command line and its log."""
    setproctitle(f"{sys.executable} -m {WORKER_MODULE} {folder.path}")
    with (folder.path / "log.txt").open("ab") as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())
