"""The process that waits for a run to train: ``python -m emotion_core.training.warm_worker WORKSPACE THREADS``."""

import os
import platform
import sys
import time
from pathlib import Path

from filelock import FileLock, Timeout
from setproctitle import setproctitle

from emotion_core.files import write_json
from emotion_core.jobs import JobFolder
from emotion_core.processes import identity
from emotion_core.training.launching import WORKER_MODULE
from emotion_core.training.warm import LOCK_FILE, WAITS_FILE, memory_suffices, told
from emotion_core.training.worker import import_tensorflow, work_in

LOOK_SECONDS = 0.05
IDLE_SECONDS = 900
# Between the taking of its name and the telling, which follows at once.
TOLD_SECONDS = 5


def wait_for_run(root: Path, threads: int) -> JobFolder | None:
    """Wait in a workspace until a run is handed over.

    Args:
        root: the workspace's folder; without it, nobody needs this process.
        threads: that TensorFlow may use here; 0 is its own choice.

    Returns:
        The run, or None when nobody came for long, memory got short, or another process waits already.
    """
    try:
        with FileLock(root / LOCK_FILE, timeout=0):
            write_json(root / WAITS_FILE, {"host": platform.node(), "threads": threads, **identity(os.getpid())})
            import_tensorflow()
            return _next_run(root)
    except Timeout:
        return None


def _next_run(root: Path) -> JobFolder | None:
    until = time.monotonic() + IDLE_SECONDS
    while time.monotonic() < until and root.is_dir() and memory_suffices():
        if (folder := told(root)) is not None:
            return folder
        time.sleep(LOOK_SECONDS)
    return _leave(root)


def _leave(root: Path) -> JobFolder | None:
    """Take the name back; where somebody was faster, there is a run to train after all."""
    try:
        (root / WAITS_FILE).unlink()
    except FileNotFoundError:
        until = time.monotonic() + TOLD_SECONDS
        while time.monotonic() < until and root.is_dir():
            if (folder := told(root)) is not None:
                return folder
            time.sleep(LOOK_SECONDS)
    return None


def become_worker(folder: JobFolder) -> None:
    """Look like a process that was started for this run: its command line and its log."""
    setproctitle(f"{sys.executable} -m {WORKER_MODULE} {folder.path}")
    with (folder.path / "log.txt").open("ab") as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())


if __name__ == "__main__":
    number = int(sys.argv[2])
    if (found := wait_for_run(Path(sys.argv[1]), number)) is not None:
        become_worker(found)
        work_in(found, number)
