"""The runs of a study for a page that redraws once a second: only new records are read."""

from functools import partial

from emotion_core.errors import EmotionError, JobNotFound
from emotion_core.jobs import JobFolder, TailedJobFolder
from emotion_core.settings import Workspace
from emotion_core.training.store.runs import Run
from emotion_core.training.store.studies import Study


class LiveRuns:
    """The runs of studies, read incrementally from one look to the next."""

    def __init__(self) -> None:
        self._folders: dict[str, TailedJobFolder] = {}

    def runs(self, workspace: Workspace, study: Study) -> list[Run]:
        """Return the study's runs as they are now, in its order, as ``runs_of`` does.

        Args:
            workspace: that holds the runs.
            study: whose runs are returned; missing and damaged ones are left out.
        """
        runs = []
        for run_id in study.run_ids:
            try:
                path = JobFolder.find(workspace.runs, run_id).path
                folder = self._folders.setdefault(run_id, TailedJobFolder(path))
                # An unchanged folder gives the same Run object, with everything it has computed from its records.
                runs.append(folder.cached("run", partial(Run, folder)))
            except JobNotFound:
                self._folders.pop(run_id, None)
            except EmotionError:
                continue
        return runs
