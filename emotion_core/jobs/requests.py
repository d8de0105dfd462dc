"""Requests to a job: stop, stop later, pause. Each is an empty file, so that a reader can make it without a lock."""

import contextlib
import time

from emotion_core.files import sync_folder
from emotion_core.jobs.reader import JobReader
from emotion_core.jobs.state import STOP


class JobRequests(JobReader):
    """A job that is asked to stop or to pause.

    Args:
        path: job folder.
    """

    def request(self, what: str, *, durable: bool = True) -> None:
        """Make a request to the job. A deleted job is left alone.

        Args:
            what: ``STOP``, ``STOP_LATER`` or ``PAUSE``.
            durable: whether to wait for the disk, as for ``finish``.
        """
        with contextlib.suppress(FileNotFoundError):
            (self.path / what).touch()
            if durable:
                sync_folder(self.path)

    def requested(self, what: str) -> bool:
        """Return whether ``STOP``, ``STOP_LATER`` or ``PAUSE`` was requested."""
        return (self.path / what).exists()

    def request_stop(self) -> None:
        """Ask the job to stop at its next safe point."""
        self.request(STOP)

    def stop_requested(self) -> bool:
        """Return whether the job was asked to stop."""
        return self.requested(STOP)

    def stop_requested_seconds_ago(self) -> float | None:
        """Return how long ago the job was asked to stop, or None if it was not."""
        try:
            # Without a sign: the clock may have been set back since.
            return abs(time.time() - (self.path / STOP).stat().st_mtime)
        except OSError:
            return None
