"""The interface between the dispatcher and the machines that train runs."""

from collections.abc import Iterable
from typing import Protocol

from emotion_core.jobs import JobFolder


class Launcher(Protocol):
    """Starts processes that train runs, and reports which runs have one."""

    def slots(self, folder: JobFolder | None) -> int:
        """Return how many runs are trained at once.

        Args:
            folder: of the next run in the queue; None if the queue is empty.
        """

    def start(self, folder: JobFolder) -> None:
        """Start training the run in this folder, at once or as soon as a slot is free.

        Args:
            folder: of a queued run.

        Raises:
            OSError: it cannot be started, and the run stays queued. FileNotFoundError: the folder was deleted.
        """

    def poll(self, folders: Iterable[JobFolder]) -> set[str]:
        """Return the ids of the runs that occupy a slot: a process trains them, or is about to.

        Args:
            folders: of all runs, including deleted ones that were started here.
        """

    def stop(self, folder: JobFolder) -> None:
        """End the run's process at once."""
