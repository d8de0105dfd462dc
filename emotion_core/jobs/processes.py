"""Child processes that outlive their parent, and whether a recorded process still runs."""

import os
import site
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from emotion_core.permissions import PRIVATE_UMASK

# Not imported from `settings`, which jobs do not depend on.
PACKAGE = Path(__file__).resolve().parents[1]
# Start times are recorded as JSON numbers; the kernel counts them in steps of 10 ms.
SAME_START_SECONDS = 0.05
# Field 22 in proc(5), counted from the state (field 3): the first one after the name, which may contain spaces.
STARTTIME_FIELD = 19


def identity(pid: int) -> dict[str, Any]:
    """Return the id and the start time of a process, which together identify it: ids are reused.

    Raises:
        psutil.NoSuchProcess: there is no such process.
    """
    return {"pid": pid, "started": _started(pid)}


def is_alive(process: Mapping[str, Any]) -> bool:
    """Return whether a process still runs, given its ``identity``; zombies and later users of the id do not count."""
    try:
        pid = int(process["pid"])
        same = abs(_started(pid) - float(process["started"])) < SAME_START_SECONDS
        return same and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, KeyError, TypeError, ValueError, OverflowError):
        return False


def _started(pid: int) -> float:
    """Return when a process started, in seconds; comparable on one machine until it reboots."""
    if not sys.platform.startswith("linux"):
        return psutil.Process(pid).create_time()
    # psutil adds the boot time, which moves whenever the clock is set. The kernel's value, counted from boot, does not.
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf8", errors="replace").rpartition(")")[2].split()
    except OSError as error:
        raise psutil.NoSuchProcess(pid) from error
    return int(fields[STARTTIME_FIELD]) / os.sysconf("SC_CLK_TCK")


def start_detached(command: Sequence[str], log: Any = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that it continues when this one is stopped.

    Args:
        command: program and arguments.
        log: open file for standard output and standard error; discarded by default.
    """
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
        env=child_environment(),
        umask=PRIVATE_UMASK,
    )
    # A child that ended stays in the process table as a zombie until its parent reads the exit code.
    threading.Thread(target=child.wait, name=f"wait-{child.pid}", daemon=True).start()
    return child


def start_orphan(command: Sequence[str], log: Path) -> int:
    """Start a process that is no child of this one and return its id.

    A cluster node kills all children of a process together with it; this one survives that.

    Args:
        command: program and arguments.
        log: file to which standard output and standard error are appended.
    """
    if sys.platform == "win32":
        with log.open("ab") as stream:
            return start_detached(command, stream).pid
    # The shell starts the command in the background and ends, so that init adopts the command.
    shell = ["sh", "-c", '"$@" >>"$0" 2>&1 & echo $!', str(log), *command]
    ended = subprocess.run(
        shell,
        stdout=subprocess.PIPE,
        check=True,
        start_new_session=True,
        env=child_environment(),
        umask=PRIVATE_UMASK,
    )
    return int(ended.stdout)


def child_environment(**variables: str) -> dict[str, str]:
    """Return the environment for a child process that imports this package.

    Args:
        variables: environment variables to set in addition.
    """
    # UTF-8 mode: logs and pipes hold any character, whatever the system's encoding.
    environment = {**os.environ, "PYTHONUTF8": "1", **variables}
    # A checkout is importable only from its own folder, and the user may have started the app from another one.
    if not _is_installed():
        paths = [str(PACKAGE.parent), os.environ.get("PYTHONPATH")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    return environment


def _is_installed() -> bool:
    """Return whether every fresh interpreter finds this package: it lies in a site-packages folder."""
    folders = site.getsitepackages()
    # Also False where user packages exist but are switched off, as in a virtual environment.
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    return PACKAGE.parent in (Path(folder).resolve() for folder in folders)
