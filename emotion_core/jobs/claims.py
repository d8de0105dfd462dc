"""Which process works in a job's folder, and whether it still may.

A process may be suspended for minutes, with its machine or by a debugger. Another machine then takes it for dead and
starts a successor. When the first one wakes up, the folder names its successor, and it must not write any more.
"""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

import psutil

from emotion_core.files import read_json, write_json
from emotion_core.jobs.process_record import PROCESS_FILE, process_record
from emotion_core.jobs.requests import JobRequests
from emotion_core.jobs.state import Record, Superseded


class Claim:
    """This process's claim on a folder.

    Args:
        path: folder of the job.
        record: of this process, as it was written into the folder.
    """

    def __init__(self, path: Path, record: Record) -> None:
        self._path = path
        self._owner = _owner_of(record)
        self._version: tuple[int, int] | None = None

    def is_held(self) -> bool:
        """Return whether no other process has taken the job over; a deleted job has not been."""
        version = self._file_version()
        # The file is replaced, never changed in place: asking costs microseconds while nothing happens.
        if version is not None and version == self._version:
            return True
        recorded = read_json(self._path / PROCESS_FILE)
        held = (isinstance(recorded, dict) and _owner_of(recorded) == self._owner) or not self._path.is_dir()
        self._version = version if held else None
        return held

    def _file_version(self) -> tuple[int, int] | None:
        try:
            stat = (self._path / PROCESS_FILE).stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_mtime_ns


def _owner_of(record: Record) -> list[object]:
    return [record.get(name) for name in ("host", "namespace", "boot", "pid", "started")]


class ClaimedJob(JobRequests):
    """A job whose folder names the process that works in it.

    Args:
        path: job folder.
        location: where this process runs, recorded with it; in a cluster, for instance, the node's name.
    """

    def __init__(self, path: Path, location: Mapping[str, str] | None = None) -> None:
        super().__init__(path)
        self._location = dict(location or {})
        self._claim: Claim | None = None

    def record_process(self, pid: int) -> None:
        """Record the process that works in this folder."""
        # The process may have ended already.
        with contextlib.suppress(psutil.NoSuchProcess):
            write_json(self.path / PROCESS_FILE, process_record(self.path, pid, self._location), durable=False)

    def claim(self) -> None:
        """Record this process as the one that works in the folder; it writes nothing any more once another one is."""
        record = process_record(self.path, os.getpid(), self._location)
        write_json(self.path / PROCESS_FILE, record, durable=False)
        self._claim = Claim(self.path, record)

    def raise_if_superseded(self) -> None:
        """Raise an error before a write if this process claimed the job and another one has taken it over.

        Raises:
            Superseded: the folder names another process.
        """
        if self._claim is not None and not self._claim.is_held():
            raise Superseded("Another process has taken this job over, so this one ends.")

    def release_process(self) -> None:
        """Remove the record of the process, which works on another job now or is about to be replaced."""
        self._claim = None
        (self.path / PROCESS_FILE).unlink(missing_ok=True)
