"""Job folders for frequent readers: as long as nothing happens in a folder, only its modification time is read.

Replacing a file and adding a request file both change the folder's modification time. Heartbeats and appended records
do not, but they come from a living process, and a folder with a living process is never cached.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from emotion_core.jobs.current_state import records_bytes_at_end
from emotion_core.jobs.folder import JobFolder
from emotion_core.jobs.record_file import RecordParser, problem_text
from emotion_core.jobs.state import JobState, Record

# Long enough for the time in the first record, which tells a restarted record file from its predecessor.
BEGINNING_BYTES = 24

T = TypeVar("T")
# Two changes within one tick of the file system's clock leave the same time, up to 2 s on FAT: a folder that changed
# more recently is not cached.
SETTLED_NANOSECONDS = 2_000_000_000


class CachedJobFolder(JobFolder):
    """A job folder that caches what was read of it until something happens in it.

    Args:
        path: job folder.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._changed_ns = 0
        self._cache: dict[str, Any] = {}

    def state(self) -> JobState:
        """Return the state of the job, as ``JobFolder.state`` does."""
        return self.cached("state", super().state)

    def has_process(self) -> bool:
        """Return whether the recorded process still runs, as ``JobFolder.has_process`` does."""
        return self.cached("process", super().has_process)

    def cached(self, key: str, read: Callable[[], T]) -> T:
        """Return a value read from the folder, from the cache if nothing happened in the folder since.

        Args:
            key: cache key of the value.
            read: reads the value.
        """
        changed_ns = self._modification_ns()
        if changed_ns != self._changed_ns:
            self._changed_ns, self._cache = changed_ns, {}
        # Another thread may replace the cache while this one reads; an old value then goes into the old one.
        cache = self._cache
        if key in cache:
            value: T = cache[key]
            return value
        # Before the value is read: a process that ends in between would leave its being alive in the cache for good.
        is_quiet = self._is_quiet(changed_ns)
        value = read()
        if is_quiet:
            cache[key] = value
        return value

    def _modification_ns(self) -> int:
        try:
            return os.stat(self.path).st_mtime_ns  # noqa: PTH116 - saves a third of the time of listing 200 folders
        except OSError:
            return 0

    def _is_quiet(self, changed_ns: int) -> bool:
        """Return whether every future change must change the folder's time: no process works there now."""
        if not changed_ns or time.time_ns() - changed_ns < SETTLED_NANOSECONDS:
            return False
        if not (self.path / "process.json").exists():
            return True
        # Without a status, the state depends on a process or a heartbeat, which change without the folder's time.
        return (self.path / "status.json").exists() and not super().has_process()


class CachedJobFolders:
    """The jobs in a folder, as the same objects at each call so that their caches last.

    Args:
        parent: folder of the jobs.
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
    """A job folder that reads only the records added since the last call; safe to use from several threads.

    Args:
        path: job folder.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lock = threading.Lock()
        self._beginning, self._read_bytes = b"", 0
        self._records: list[Record] = []
        self._parser = RecordParser()
        # By the record's identity; the record is kept beside its result, so that no later object gets the same id.
        self._parsed: dict[tuple[int, Callable[[Record], Any]], tuple[Record, Any]] = {}

    def parsed(self, record: Record, parse: Callable[[Record], T]) -> T:
        """Return what a function makes of a record, from memory after the first time.

        Args:
            record: one that ``records`` returned.
            parse: gives the same for the same record.
        """
        key = (id(record), parse)
        if key not in self._parsed:
            self._parsed[key] = record, parse(record)
        value: T = self._parsed[key][1]
        return value

    def records(self, event: str | None = None) -> list[Record]:
        """Return the records so far, as ``JobFolder.records`` does; callers must not change them."""
        with self._lock:
            self._read_new()
            return [record for record in self._records if event is None or record.get("event") == event]

    def records_problem(self) -> str:
        """Return what is wrong with the record file, as ``JobFolder.records_problem`` does."""
        with self._lock:
            self._read_new()
            damaged, complete_bytes = self._parser.damaged, self._read_bytes
        return problem_text(self._records_path.name, damaged, complete_bytes, records_bytes_at_end(self.path))

    def _read_new(self) -> None:
        try:
            with self._records_path.open("rb") as stream:
                self._start_over_if_replaced(stream.fileno())
                stream.seek(self._read_bytes)
                new = stream.read()
        except OSError:
            self._forget()
            return
        # An unfinished line is read again together with its end.
        complete = new[: new.rfind(b"\n") + 1]
        self._read_bytes += len(complete)
        self._records += self._parser.records(complete)

    def _start_over_if_replaced(self, descriptor: int) -> None:
        # A restarted run has a new file, whose first record has another time.
        beginning = os.pread(descriptor, BEGINNING_BYTES, 0)
        if beginning != self._beginning or os.fstat(descriptor).st_size < self._read_bytes:
            self._beginning = beginning
            self._forget()

    def _forget(self) -> None:
        self._read_bytes, self._records, self._parsed, self._parser = 0, [], {}, RecordParser()
