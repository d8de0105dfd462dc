"""Runs that are trained on this machine."""

import contextlib
from collections.abc import Iterable
from typing import Any

import psutil

from emotion_core.errors import EmotionError
from emotion_core.jobs import JobFolder, identity, is_alive
from emotion_core.settings import Workspace
from emotion_core.training.config import StudyConfig
from emotion_core.training.engine import training_bytes
from emotion_core.training.queue import (
    WORKER_MODULE,
    assign,
    chosen_runs_at_once,
    has_room_for,
    runs_at_once,
    threads_per_run,
)
from emotion_core.training.store import load_study


class LocalLauncher:
    """Trains runs in processes on this machine, which outlive the dispatcher.

    Args:
        workspace: whose runs are trained.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._started: dict[str, dict[str, Any]] = {}
        self._studies: dict[str, StudyConfig] = {}
        self._busy = 0

    def slots(self, folder: JobFolder | None) -> int:
        """Return how many runs are trained at once, which may depend on the next run's study and the free memory."""
        study = self._study_of(folder) if folder else None
        at_once = runs_at_once(self._workspace, study)
        # The first run is started in any case, and so is what the user asked for.
        if study is None or at_once <= self._busy or not self._busy or chosen_runs_at_once(self._workspace):
            return at_once
        return at_once if has_room_for(max(study.runs, key=training_bytes)) else self._busy

    def _study_of(self, folder: JobFolder) -> StudyConfig | None:
        # A damaged run has no readable study; it fails with a message of its own when it is started.
        with contextlib.suppress(EmotionError):
            study_id = str(folder.settings().get("study"))
            if study_id not in self._studies:
                self._studies[study_id] = load_study(self._workspace, study_id).config
            return self._studies[study_id]
        return None

    def start(self, folder: JobFolder) -> None:
        """Hand the run to the standby worker, or start a process for it."""
        threads = threads_per_run(runs_at_once(self._workspace, self._study_of(folder)))
        folder.start_attempt()
        if (worker := assign(folder, threads)) is not None:
            # It may have trained another run before, which would seem to be still running otherwise.
            others = {run_id: process for run_id, process in self._started.items() if process["pid"] != worker["pid"]}
            self._started = {**others, folder.id: worker}
            return
        child = folder.launch(WORKER_MODULE, str(threads))
        # Remembered here, because the folder may be deleted before its process ends. A process that has ended already
        # has no identity.
        with contextlib.suppress(psutil.NoSuchProcess):
            self._started[folder.id] = identity(child.pid)

    def poll(self, folders: Iterable[JobFolder]) -> set[str]:
        """Return the ids of the runs whose process is alive, as recorded in the folder or started here."""
        busy = {folder.id for folder in folders if folder.has_process() or self._is_training(folder)}
        self._busy = len(busy)
        return busy

    def _is_training(self, folder: JobFolder) -> bool:
        """Return whether the process started here is alive and the run has not ended."""
        # The process itself may go on with another run.
        return not (folder.path / "status.json").exists() and is_alive(self._started.get(folder.id, {}))

    def stop(self, folder: JobFolder) -> None:
        """Kill the recorded process."""
        folder.kill()
