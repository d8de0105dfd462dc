"""The runs of a study for a page that redraws once a second: only new records are read."""

from functools import partial

from emotion_core.documents import Unreadable
from emotion_core.errors import EmotionError
from emotion_core.jobs import JobFolder, TailedJobFolder
from emotion_core.settings import Workspace
from emotion_core.training.store.runs import Run
from emotion_core.training.store.study import Study


class LiveRuns:
    """The runs of studies, read incrementally from one look to the next."""

    def __init__(self) -> None:
        self._folders: dict[str, TailedJobFolder] = {}

    def problems(self, workspace: Workspace, study: Study) -> list[Unreadable]:
        """Return the study's runs that cannot be read now, or not completely, in its order.

        Args:
            workspace: that holds the runs.
            study: whose runs are read.
        """
        runs, problems = self._read(workspace, study)
        return [*problems, *(problem for run in runs if (problem := run.unreadable()) is not None)]

    def runs(self, workspace: Workspace, study: Study) -> list[Run]:
        """Return the study's runs as they are now, in its order, as ``runs_of`` does.

        Args:
            workspace: that holds the runs.
            study: whose runs are returned; ``problems`` returns those that cannot be read.
        """
        return self._read(workspace, study)[0]

    def _read(self, workspace: Workspace, study: Study) -> tuple[list[Run], list[Unreadable]]:
        runs, unreadable = [], []
        for run_id in study.run_ids:
            try:
                path = JobFolder.find(workspace.runs, run_id, what="run").path
                folder = self._folders.setdefault(run_id, TailedJobFolder(path))
                # An unchanged folder gives the same Run object, with everything it has computed from its records.
                runs.append(folder.cached("run", partial(Run, folder)))
            except (EmotionError, OSError) as error:
                self._folders.pop(run_id, None)
                unreadable.append(Unreadable.of(run_id, workspace.runs / run_id, error))
        return runs, unreadable
