"""Processes that outlive the one that started them, and whether they still run."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

# The clock that stamps a process's start is coarser than the one that reads it.
START_TIME_TOLERANCE_SECONDS = 1.0


def identity(pid: int) -> dict[str, Any]:
    """Return what tells a process apart from a later one under the same id: the id and when it started.

    Raises:
        psutil.NoSuchProcess: no such process.
    """
    return {"pid": pid, "started": psutil.Process(pid).create_time()}


def is_alive(process: Mapping[str, Any]) -> bool:
    """Whether the recorded process still runs: a zombie, or another process under the same id, does not count."""
    try:
        found = psutil.Process(int(process["pid"]))
        same = abs(found.create_time() - float(process["started"])) < START_TIME_TOLERANCE_SECONDS
        return same and found.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, KeyError, TypeError, ValueError):
        return False


def start_detached(command: Sequence[str], log: Any = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that stopping this one does not stop it."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    # The package must be found whatever folder the person started from.
    root = str(Path(__file__).resolve().parents[1])
    search_path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        creationflags=flags,
        env={**os.environ, "PYTHONPATH": search_path, "PYTHONUTF8": "1"},
    )
    # A child that ended stays in the process table until somebody takes its exit code.
    threading.Thread(target=child.wait, name=f"wait-{child.pid}", daemon=True).start()
    return child
