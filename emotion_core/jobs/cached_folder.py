"""Run folders for whoever looks at them again and again: of those in which nothing happens, only their date is read.

Whole files are replaced, and requests are files of their own: each changes the date of the folder. What does not, the
beating and the records of a process at work, belongs to a folder that is not quiet.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from emotion_core.jobs.folder import JobFolder, JobState

T = TypeVar("T")
# Two changes within one tick of a file system's clock have one date: what has just changed is read once more.
SURE_NANOSECONDS = 2_000_000_000


class QuietFolder(JobFolder):
    """A job's folder that remembers what was read of it for as long as nothing happens in it.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._changed = 0
        self._known: dict[str, Any] = {}

    def state(self) -> JobState:
        """Return what the job is doing, as ``JobFolder.state`` does."""
        return self.once("state", super().state)

    def has_process(self) -> bool:
        """Whether the recorded process still runs, as ``JobFolder.has_process`` says."""
        return self.once("process", super().has_process)

    def once(self, what: str, read: Callable[[], T]) -> T:
        """Return what ``read`` returns, from memory where the folder has been quiet since it was read.

        Args:
            what: a name for it.
            read: reads it.
        """
        changed = self._changed_at()
        if changed != self._changed:
            self._changed, self._known = changed, {}
        known = self._known
        if what in known:
            value: T = known[what]
            return value
        value = read()
        if self._is_quiet(changed):
            known[what] = value
        return value

    def _changed_at(self) -> int:
        try:
            return os.stat(self.path).st_mtime_ns  # noqa: PTH116 - of 200 folders at each look, a third of the time
        except OSError:
            return 0

    def _is_quiet(self, changed: int) -> bool:
        """Whether only a change of the folder itself can change what it says: no process works there, or will again."""
        if not changed or time.time_ns() - changed < SURE_NANOSECONDS:
            return False
        if not (self.path / "process.json").exists():
            return True
        return (self.path / "status.json").exists() and not super().has_process()


class QuietFolders:
    """The job folders under one folder, the same objects at each look.

    Args:
        parent: the folder above them.
    """

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._folders: dict[str, QuietFolder] = {}

    def all(self) -> list[QuietFolder]:
        """Return every job, oldest first, as ``JobFolder.all_in`` does."""
        names = [folder.id for folder in JobFolder.all_in(self._parent)]
        self._folders = {name: self._folders.get(name) or QuietFolder(self._parent / name) for name in names}
        return list(self._folders.values())
