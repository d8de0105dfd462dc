"""A run's folder looked at again and again: of its records, only what is new is read."""

import os
import threading
from functools import partial
from pathlib import Path

from emotion_core.errors import EmotionError, JobNotFound
from emotion_core.jobs.cached_folder import QuietFolder
from emotion_core.jobs.folder import JobFolder, Record, parse_record
from emotion_core.settings import Workspace
from emotion_core.training.store.runs import Run
from emotion_core.training.store.studies import Study

BEGINNING_BYTES = 24


class FollowedFolder(QuietFolder):
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


class Follower:
    """The runs of studies for somebody who looks at them once a second."""

    def __init__(self) -> None:
        self._folders: dict[str, FollowedFolder] = {}

    def runs(self, workspace: Workspace, study: Study) -> list[Run]:
        """Return the study's runs as they are now, in its order, as ``runs_of`` does."""
        found = []
        for run_id in study.run_ids:
            try:
                path = JobFolder.find(workspace.runs, run_id).path
                folder = self._folders.setdefault(run_id, FollowedFolder(path))
                # Of a quiet folder the same run, with all that was computed of its records.
                found.append(folder.once("run", partial(Run, folder)))
            except JobNotFound:
                self._folders.pop(run_id, None)
            except EmotionError:
                continue
        return found
