"""Run folders for whoever looks at them again and again: of those in which nothing happens, only their date is read.

Whole files are replaced, and requests are files of their own: each changes the date of the folder. What does not, the
beating and the records of a process at work, belongs to a folder that is not quiet.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from emotion_core.jobs.folder import JobFolder, parse_record
from emotion_core.jobs.state import JobState, Record

BEGINNING_BYTES = 24

T = TypeVar("T")
# Two changes within one tick of a file system's clock have one date: what has just changed is read once more.
SURE_NANOSECONDS = 2_000_000_000


class CachedJobFolder(JobFolder):
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
        return self.cached("state", super().state)

    def has_process(self) -> bool:
        """Whether the recorded process still runs, as ``JobFolder.has_process`` says."""
        return self.cached("process", super().has_process)

    def cached(self, what: str, read: Callable[[], T]) -> T:
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


class CachedJobFolders:
    """The job folders under one folder, the same objects at each look.

    Args:
        parent: the folder above them.
    """

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._folders: dict[str, CachedJobFolder] = {}

    def all(self) -> list[CachedJobFolder]:
        """Return every job, oldest first, as ``JobFolder.all_in`` does."""
        names = [folder.id for folder in JobFolder.all_in(self._parent)]
        self._folders = {name: self._folders.get(name) or CachedJobFolder(self._parent / name) for name in names}
        return list(self._folders.values())


class TailedJobFolder(CachedJobFolder):
    """A job's folder that remembers the records it has read; several threads may ask at once.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lock = threading.Lock()
        self._beginning, self._read_bytes = b"", 0
        self._so_far: list[Record] = []

    def records(self, event: str | None = None) -> list[Record]:
        """Return the records so far, as ``JobFolder.records`` does; the records themselves are not to be changed."""
        with self._lock:
            self._read_on()
            return [record for record in self._so_far if event is None or record.get("event") == event]

    def _read_on(self) -> None:
        try:
            with (self.path / "records.jsonl").open("rb") as stream:
                self._start_over_if_replaced(stream.fileno())
                stream.seek(self._read_bytes)
                new = stream.read()
        except OSError:
            self._read_bytes, self._so_far = 0, []
            return
        # What has no newline yet is read with the rest of its line.
        complete = new[: new.rfind(b"\n") + 1]
        self._read_bytes += len(complete)
        parsed = map(parse_record, complete.decode("utf8", "replace").splitlines())
        self._so_far += [record for record in parsed if record is not None]

    def _start_over_if_replaced(self, descriptor: int) -> None:
        # The first record has its time: a run that was begun anew has another beginning.
        beginning = os.pread(descriptor, BEGINNING_BYTES, 0)
        if beginning != self._beginning or os.fstat(descriptor).st_size < self._read_bytes:
            self._beginning, self._read_bytes, self._so_far = beginning, 0, []
