"""Where runs are trained: one small interface, so that other machines can be that place."""

from collections.abc import Iterable
from typing import Protocol

from emotion_core.jobs import JobFolder


class Launcher(Protocol):
    """Starts processes that train runs, and knows of those that do."""

    def slots(self, folder: JobFolder | None) -> int:
        """Return how many runs are trained at once.

        Args:
            folder: of the run that is the next; None where none waits.
        """

    def start(self, folder: JobFolder) -> None:
        """Start training the run in this folder, at once or as soon as a place is free.

        Args:
            folder: of a queued run.

        Raises:
            OSError: it cannot be started; the run stays queued. The folder may have been deleted.
        """

    def poll(self, folders: Iterable[JobFolder]) -> set[str]:
        """Return the ids of those that a process works on, or soon will; the folder may have been deleted meanwhile."""

    def stop(self, folder: JobFolder) -> None:
        """End the run's process at once."""
