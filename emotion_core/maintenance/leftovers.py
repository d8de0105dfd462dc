"""What killed processes left behind: unfinished files and folders that nothing will ever finish or read."""

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from emotion_core.files import is_locked, sync_folder
from emotion_core.jobs import RESERVE_FILE, JobFolder
from emotion_core.settings import Workspace
from emotion_core.training.engine import BEST_FILE

# As `temporary_beside` names a file that is being written, and `JobFolder` a folder that is being made or deleted.
_TEMPORARY = re.compile(r"\.(\d{1,10})\.[0-9a-f]{8}\..+")
_DELETED = re.compile(r"\.[0-9a-f]{8}\.[0-9a-z][0-9a-z-]{3,63}")
_INCOMPLETE = re.compile(r"\.[0-9a-z][0-9a-z-]{3,63}")
_BUILDING = ".building."
# The name of a folder that is being made does not say by which process. Its files are written one after the other.
QUIET_SECONDS = 60
# Process ids are recorded in whole steps of the clock, and files in finer ones.
_CLOCK_SECONDS = 2
UPLOADS = "uploads"


@dataclass(frozen=True)
class Leftover:
    """A file or folder that nothing needs any more.

    Attributes:
        path: absolute path.
        what: why it is there, as a sentence.
    """

    path: Path
    what: str


def find_leftovers(workspace: Workspace) -> list[Leftover]:
    """Return the leftovers of processes that have ended; what a living process owns is left out."""
    return [*_unfinished(workspace), *_job_leftovers(workspace)]


def remove(path: Path) -> None:
    """Delete a file, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    sync_folder(path.parent)


def _unfinished(workspace: Workspace) -> Iterator[Leftover]:
    for folder, names, files in os.walk(workspace.root):
        parent = Path(folder)
        for name in (*names, *files):
            what = _reason(workspace, parent / name) if name.startswith(".") else ""
            if what:
                yield Leftover(parent / name, what)
        # What is in such a folder goes with it.
        names[:] = [name for name in names if not name.startswith(".")]


def _reason(workspace: Workspace, path: Path) -> str:
    """Return why a hidden file or folder is a leftover; empty for one that is none."""
    if temporary := _TEMPORARY.fullmatch(path.name):
        is_owned = _is_owned(int(temporary[1]), path)
        return "" if is_owned else "A process that has ended was writing it when it was killed."
    if path.name.startswith(_BUILDING):
        cache = path.with_name(path.name.removeprefix(_BUILDING)).with_suffix(".lock")
        return "" if cache.exists() and is_locked(cache) else "A process was killed while it prepared photos."
    if path.name == RESERVE_FILE:
        return "" if JobFolder(path.parent).has_process() else "A process that has ended held this room for its status."
    if path.parent not in (workspace.runs, workspace.jobs) or not path.is_dir():
        return ""
    if _DELETED.fullmatch(path.name):
        return "Its deletion was interrupted."
    if _INCOMPLETE.fullmatch(path.name) and _quiet_seconds(path) > QUIET_SECONDS:
        return "Its creation was interrupted."
    return ""


def _is_owned(pid: int, path: Path) -> bool:
    """Return whether the process that named a temporary file lives; a later process with the same id does not count."""
    try:
        begun = psutil.Process(pid).create_time()
        return begun <= path.stat().st_mtime + _CLOCK_SECONDS
    except (psutil.NoSuchProcess, OSError):
        # The process of another machine that shares the folder writes to it from time to time.
        return _is_used_elsewhere(path.parent)
    except psutil.Error:
        return True


def _is_used_elsewhere(folder: Path) -> bool:
    return (folder / "process.json").exists() and JobFolder(folder).has_process()


def _quiet_seconds(folder: Path) -> float:
    newest = 0.0
    for path in (folder, *folder.rglob("*")):
        with contextlib.suppress(OSError):
            newest = max(newest, path.stat().st_mtime)
    return time.time() - newest


def _job_leftovers(workspace: Workspace) -> Iterator[Leftover]:
    for folder in JobFolder.all_in(workspace.jobs):
        # An import that was stopped or killed may be resumed, and needs them then.
        if (folder.path / UPLOADS).is_dir() and folder.state().name in ("finished", "failed"):
            yield Leftover(folder.path / UPLOADS, "The uploaded files of an import that has ended.")


def spent_weights(workspace: Workspace) -> Iterator[Leftover]:
    """Yield the weights of the best epoch of finished runs, which runs of earlier versions kept; nothing reads them."""
    for folder in JobFolder.all_in(workspace.runs):
        if (folder.path / BEST_FILE).exists() and folder.state().name == "finished":
            yield Leftover(folder.path / BEST_FILE, "The weights of the best epoch; the run has finished with them.")
