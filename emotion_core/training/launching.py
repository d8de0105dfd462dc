"""Where a run's process is started: one small interface, so that another machine can be that place."""

import contextlib
from typing import Any, Protocol

import psutil

from emotion_core.jobs import JobFolder
from emotion_core.processes import identity, is_alive
from emotion_core.training.warm import hand_over

WORKER_MODULE = "emotion_core.training.worker"


class Launcher(Protocol):
    """Starts processes that train runs, and knows of those it started."""

    def start(self, folder: JobFolder, threads: int) -> None:
        """Start training the run in this folder.

        Args:
            folder: of a queued run.
            threads: that TensorFlow may use; 0 is its own choice.

        Raises:
            OSError: it cannot be started; the run stays queued. The folder may have been deleted.
        """

    def poll(self, folder: JobFolder) -> bool:
        """Whether a process works on the run, also where its folder was deleted meanwhile."""

    def stop(self, folder: JobFolder) -> None:
        """End the run's process at once."""


class LocalLauncher:
    """Processes on this machine, which outlive the one that started them."""

    def __init__(self) -> None:
        self._started: dict[str, dict[str, Any]] = {}

    def start(self, folder: JobFolder, threads: int) -> None:
        """Start a process of its own for the run, or hand the run to the one that waits."""
        folder.begin()
        if (warm := hand_over(folder, threads)) is not None:
            self._started[folder.id] = warm
            return
        child = folder.launch(WORKER_MODULE, str(threads))
        with contextlib.suppress(psutil.NoSuchProcess):
            self._started[folder.id] = identity(child.pid)

    def poll(self, folder: JobFolder) -> bool:
        """Whether the recorded process, or the one that was started here, still runs."""
        return folder.has_process() or is_alive(self._started.get(folder.id, {}))

    def stop(self, folder: JobFolder) -> None:
        """Kill the recorded process."""
        folder.kill()
