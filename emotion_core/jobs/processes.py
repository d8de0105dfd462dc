"""Processes that outlive the one that started them, and whether they still run."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

SAME_START_SECONDS = 0.05
# proc(5): field 22, counted here from the state, which is field 3 and follows the name in brackets.
STARTTIME_FIELD = 19


def identity(pid: int) -> dict[str, Any]:
    """Return what tells a process apart from a later one under the same id: the id and when it started.

    Raises:
        psutil.NoSuchProcess: no such process.
    """
    return {"pid": pid, "started": _started(pid)}


def is_alive(process: Mapping[str, Any]) -> bool:
    """Whether the recorded process still runs: a zombie, or another process under the same id, does not count."""
    try:
        pid = int(process["pid"])
        same = abs(_started(pid) - float(process["started"])) < SAME_START_SECONDS
        return same and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, KeyError, TypeError, ValueError):
        return False


def _started(pid: int) -> float:
    """Return when the process started, in seconds; comparable on one machine until it is started again."""
    if not sys.platform.startswith("linux"):
        return psutil.Process(pid).create_time()
    # psutil adds the time of boot, which moves whenever the clock is set; the kernel's own figure stays.
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf8", errors="replace").rpartition(")")[2].split()
    except OSError as error:
        raise psutil.NoSuchProcess(pid) from error
    return int(fields[STARTTIME_FIELD]) / os.sysconf("SC_CLK_TCK")


def start_detached(command: Sequence[str], log: Any = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that stopping this one does not stop it."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        creationflags=flags,
        env=_environment(),
    )
    # A child that ended stays in the process table until somebody takes its exit code.
    threading.Thread(target=child.wait, name=f"wait-{child.pid}", daemon=True).start()
    return child


def start_orphan(command: Sequence[str], log: Path) -> int:
    """Start a process that is nobody's child, so that one who ends all children of this one leaves it; return its id.

    Args:
        command: to start.
        log: gets what it says.
    """
    if sys.platform == "win32":
        with log.open("ab") as stream:
            return start_detached(command, stream).pid
    shell = ["sh", "-c", '"$@" >>"$0" 2>&1 & echo $!', str(log), *command]
    said = subprocess.run(shell, stdout=subprocess.PIPE, check=True, start_new_session=True, env=_environment())
    return int(said.stdout)


def _environment() -> dict[str, str]:
    # The package must be found whatever folder the person started from.
    root = str(Path(__file__).resolve().parents[2])
    search_path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": search_path, "PYTHONUTF8": "1"}
