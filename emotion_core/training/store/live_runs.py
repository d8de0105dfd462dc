"""A run's folder looked at again and again: of its records, only what is new is read."""

from functools import partial

from emotion_core.errors import EmotionError, JobNotFound
from emotion_core.jobs import JobFolder, TailedJobFolder
from emotion_core.settings import Workspace
from emotion_core.training.store.runs import Run
from emotion_core.training.store.studies import Study


class LiveRuns:
    """The runs of studies for somebody who looks at them once a second."""

    def __init__(self) -> None:
        self._folders: dict[str, TailedJobFolder] = {}

    def runs(self, workspace: Workspace, study: Study) -> list[Run]:
        """Return the study's runs as they are now, in its order, as ``runs_of`` does."""
        found = []
        for run_id in study.run_ids:
            try:
                path = JobFolder.find(workspace.runs, run_id).path
                folder = self._folders.setdefault(run_id, TailedJobFolder(path))
                # Of a quiet folder the same run, with all that was computed of its records.
                found.append(folder.cached("run", partial(Run, folder)))
            except JobNotFound:
                self._folders.pop(run_id, None)
            except EmotionError:
                continue
        return found
