"""What the process that works in a job's folder writes there, as long as the folder names it."""

import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from emotion_core.documents import write_document
from emotion_core.files import sync_file, sync_folder
from emotion_core.jobs.claims import ClaimedJob
from emotion_core.jobs.record_file import complete_bytes, record_writer
from emotion_core.jobs.state import PAUSE, PauseRequested, StopRequested


class JobWriter(ClaimedJob):
    """A job in whose folder this process writes records and how it ended.

    Args:
        path: job folder.
        location: as for ``ClaimedJob``.
    """

    def append(self, record: Mapping[str, Any]) -> None:
        """Append one record, which is passed to the operating system before this returns; see ``sync_records``."""
        with self.appending() as append:
            append(record)

    def appending(self) -> contextlib.AbstractContextManager[Callable[[Mapping[str, Any]], None]]:
        """Return a context that yields a function like ``append`` and keeps the file open between records."""
        return record_writer(self._records_path, self.raise_if_superseded)

    def sync_records(self) -> None:
        """Wait until the records so far are on the disk: before anything says that what they tell of is kept."""
        with contextlib.suppress(FileNotFoundError):
            sync_file(self._records_path)
            sync_folder(self.path)

    def raise_if_stopped(self) -> None:
        """Raise an error at a safe point of the job if it is to end there.

        Raises:
            StopRequested: the job was asked to stop, was deleted, or another process has taken it over.
            PauseRequested: the job was asked to pause.
        """
        self.raise_if_superseded()
        if self.stop_requested() or not (self.path / "settings.json").exists():
            raise StopRequested("Stopped on request.")
        if self.requested(PAUSE):
            raise PauseRequested("Paused on request.")

    def finish(self, state: str, message: str = "", *, durable: bool = True, **more: Any) -> None:
        """Record how the job ended, durably, unless that is recorded already or the folder was deleted.

        Args:
            state: ``finished``, ``stopped`` or ``failed``.
            message: one sentence for the user; empty if the job succeeded.
            durable: whether to wait for the disk; needless where the folder is about to be deleted.
            more: further values for the status file.
        """
        is_superseded = self._claim is not None and not self._claim.is_held()
        if self.path.is_dir() and not is_superseded and not (self.path / "status.json").exists():
            if durable:
                # The status says that what the records tell of is kept.
                self.sync_records()
            # Records that are lost at the end of the file leave no damaged line behind.
            length = complete_bytes(self._records_path)
            status = {"state": state, "message": message, "time": time.time(), **more, "records_bytes": length}
            write_document(self.path / "status.json", status, durable=durable)
