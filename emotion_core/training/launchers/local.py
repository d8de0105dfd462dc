"""Where runs are trained: one small interface, so that other machines can be that place."""

import contextlib
from collections.abc import Iterable
from typing import Any

import psutil

from emotion_core.errors import EmotionError
from emotion_core.jobs import JobFolder, identity, is_alive
from emotion_core.settings import Workspace
from emotion_core.training.config import StudyConfig
from emotion_core.training.queue import WORKER_MODULE, assign, runs_at_once, threads_per_run
from emotion_core.training.store import load_study


class LocalLauncher:
    """Processes on this machine, which outlive the one that started them.

    Args:
        workspace: of the runs.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._started: dict[str, dict[str, Any]] = {}
        self._studies: dict[str, StudyConfig] = {}

    def slots(self, folder: JobFolder | None) -> int:
        """Return how many were asked for, else how many runs of this one's study the machine can do with."""
        return runs_at_once(self._workspace, self._study_of(folder) if folder else None)

    def _study_of(self, folder: JobFolder) -> StudyConfig | None:
        # A damaged run tells no study; it says what is wrong with it when it is begun.
        with contextlib.suppress(EmotionError):
            study_id = str(folder.settings().get("study"))
            if study_id not in self._studies:
                self._studies[study_id] = load_study(self._workspace, study_id).config
            return self._studies[study_id]
        return None

    def start(self, folder: JobFolder) -> None:
        """Start a process of its own for the run, or hand the run to the one that waits."""
        threads = threads_per_run(self.slots(folder))
        folder.start_attempt()
        if (warm := assign(folder, threads)) is not None:
            # It may have trained another run before.
            others = {run_id: process for run_id, process in self._started.items() if process["pid"] != warm["pid"]}
            self._started = {**others, folder.id: warm}
            return
        child = folder.launch(WORKER_MODULE, str(threads))
        with contextlib.suppress(psutil.NoSuchProcess):
            self._started[folder.id] = identity(child.pid)

    def poll(self, folders: Iterable[JobFolder]) -> set[str]:
        """Return those whose recorded process, or the one that was started here, still works on them."""
        return {folder.id for folder in folders if folder.has_process() or self._works_on(folder)}

    def _works_on(self, folder: JobFolder) -> bool:
        """Whether the process started here lives, and has not let go of a run that has ended."""
        return not (folder.path / "status.json").exists() and is_alive(self._started.get(folder.id, {}))

    def stop(self, folder: JobFolder) -> None:
        """Kill the recorded process."""
        folder.kill()
