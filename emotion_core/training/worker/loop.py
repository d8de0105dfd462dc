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
    STANDBY_LOCK_FILE,
    WAITS_FILE,
    WORKER_MODULE,
    memory_suffices,
    told,
    waiting,
)
from emotion_core.training.worker.train_run import import_tensorflow, work_in

LOOK_SECONDS = 0.05
IDLE_SECONDS = 900
OFFER_SECONDS = 1.0
# Between the taking of its name and the telling, which follows at once.
TOLD_SECONDS = 5


def work_on(folder: JobFolder | None, threads: int) -> None:
    """Train a run, and then those that are handed over while more wait."""
    while folder is not None:
        become_worker(folder)
        work_in(folder, threads)
        folder = next_run(folder, threads)


def next_run(folder: JobFolder, threads: int) -> JobFolder | None:
    """Offer this process, which has finished a run, for another one; return that, or None where none comes at once."""
    root = folder.path.parents[1]
    if not can_train_another(folder, threads) or not waiting(Workspace(root)):
        return None
    try:
        # Of runs that end together, one after the other offers itself; the first is taken within a few looks.
        with FileLock(root / STANDBY_LOCK_FILE, timeout=OFFER_SECONDS):
            offer(root, threads)
            folder.let_go()
            order = taken_within(root, TOLD_SECONDS)
    except Timeout:
        return None
    found = _folder_in(order)
    if found is not None and not suits(found):
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


def suits(folder: JobFolder) -> bool:
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
            offer(root, threads)
            import_tensorflow()
            return _folder_in(taken_within(root, IDLE_SECONDS))
    except Timeout:
        return None


def offer(root: Path, threads: int) -> None:
    """Say in a folder that this process waits for a run."""
    write_json(root / WAITS_FILE, {"host": platform.node(), "threads": threads, **identity(os.getpid())})


def taken_within(root: Path, seconds: float, wait_on: Callable[[], bool] = lambda: True) -> Record | None:
    """Wait until somebody takes up the offer, which is taken back when nobody does or memory gets short.

    Args:
        root: where it was made.
        seconds: to wait at most.
        wait_on: whether to.

    Returns:
        What this process was told.
    """
    if (order := _told_within(root, seconds, lambda: memory_suffices() and wait_on())) is not None:
        return order
    try:
        (root / WAITS_FILE).unlink()
    except FileNotFoundError:
        # Somebody was faster: there is a run to train after all.
        return _told_within(root, TOLD_SECONDS)
    return None


def _told_within(root: Path, seconds: float, wait_on: Callable[[], bool] = lambda: True) -> Record | None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and root.is_dir() and wait_on():
        if (order := told(root)) is not None:
            return order
        time.sleep(LOOK_SECONDS)
    return None


def _folder_in(order: Record | None) -> JobFolder | None:
    return JobFolder(Path(order["run"])) if order else None


def become_worker(folder: JobFolder) -> None:
    """Look like a process that was started for this run: its command line and its log."""
    setproctitle(f"{sys.executable} -m {WORKER_MODULE} {folder.path}")
    with (folder.path / "log.txt").open("ab") as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())
