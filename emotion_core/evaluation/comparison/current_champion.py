"""The champion of a workspace: the network that the user has pinned, else the best one on its photos.

Studies on the same photos and split are one competition: the network with the highest validation AUC wins, whichever of
them is newer. A demonstration, a study of drawn faces such as the guided one, never takes the place of a study of
photographs by itself; the user can pin its network.
"""

from dataclasses import dataclass

from emotion_core.dataset import SAMPLES, Catalog, load_snapshot, share_of_drawings
from emotion_core.documents import stored_document, write_document
from emotion_core.errors import EmotionError
from emotion_core.evaluation.comparison.compared_runs import why_not_comparable_studies
from emotion_core.evaluation.comparison.study_comparison import StudyComparison, compare_study
from emotion_core.evaluation.records import RunComparison
from emotion_core.files import remove_file
from emotion_core.settings import Workspace
from emotion_core.training import Run, Study, find_run, list_studies, load_study

PIN_FILE = "champion.json"
MOST_DRAWINGS = 0.5


@dataclass(frozen=True)
class WorkspaceChampion:
    """The champion of a workspace.

    Attributes:
        compared: the study that it belongs to.
        run: the champion.
        is_pinned: whether the user has pinned it; otherwise it is the best one.
    """

    compared: StudyComparison
    run: Run
    is_pinned: bool = False

    @property
    def numbers(self) -> RunComparison | None:
        """Its numbers; None for a pinned run of a fold that does not stand for its network."""
        return next((numbers for run, numbers in self.compared.rows() if run.run_id == self.run.run_id), None)


def chosen_champion(workspace: Workspace) -> WorkspaceChampion | None:
    """Return the pinned network, else the best on the photos of the newest study that has ended and has a champion.

    Args:
        workspace: that holds the studies.
    """
    return _pinned_champion(workspace) or _best_champion(workspace)


def workspace_champion(workspace: Workspace) -> Run | None:
    """Return the champion's run, or None without a champion."""
    chosen = chosen_champion(workspace)
    return chosen.run if chosen is not None else None


def pin_champion(workspace: Workspace, run: Run | None) -> None:
    """Make a run the champion whatever other networks come to, until another one is pinned or none.

    Args:
        workspace: that holds the run.
        run: a finished run; None to let the best network be the champion again.
    """
    if run is None:
        remove_file(workspace.root / PIN_FILE)
    else:
        write_document(workspace.root / PIN_FILE, {"run_id": run.run_id})


def pinned_run_id(workspace: Workspace) -> str | None:
    """Return the id of the pinned run, which may have been deleted since, or None."""
    run_id = (stored_document(workspace.root / PIN_FILE) or {}).get("run_id")
    return run_id if isinstance(run_id, str) else None


def _pinned_champion(workspace: Workspace) -> WorkspaceChampion | None:
    run_id = pinned_run_id(workspace)
    if run_id is None:
        return None
    try:
        run = find_run(workspace, run_id)
        if run.state.name != "finished":
            return None
        return WorkspaceChampion(compare_study(workspace, load_study(workspace, run.study_id)), run, is_pinned=True)
    except EmotionError:  # deleted or damaged since
        return None


def _best_champion(workspace: Workspace) -> WorkspaceChampion | None:
    studies = list_studies(workspace)
    is_drawn = {study.study_id: _is_demonstration(workspace, study) for study in studies}
    # Sorting is stable: within each kind the newest study stays first.
    for study in sorted(studies, key=lambda study: is_drawn[study.study_id]):
        newest = _ended_champion(workspace, study)
        if newest is not None:
            others = [other for other in studies if other is not study and _competes(workspace, study, other)]
            rivals = [rival for other in others if (rival := _ended_champion(workspace, other)) is not None]
            # Of equals the first one is taken, the newest.
            return max([newest, *rivals], key=_validation_auc)
    return None


def _competes(workspace: Workspace, study: Study, other: Study) -> bool:
    return why_not_comparable_studies(workspace, study, other) is None


def _ended_champion(workspace: Workspace, study: Study) -> WorkspaceChampion | None:
    compared = compare_study(workspace, study)
    # While runs are under way the best so far may be overtaken, and answers would change from minute to minute.
    if compared.champion is None or any(run.state.active for run in compared.runs):
        return None
    return WorkspaceChampion(compared, compared.champion)


def _validation_auc(champion: WorkspaceChampion) -> float:
    return (champion.numbers and champion.numbers.validation_auc) or 0.0


def _is_demonstration(workspace: Workspace, study: Study) -> bool:
    """Return whether most photos of a study are drawn faces."""
    if study.config.sources == (SAMPLES,):
        return True
    try:
        # Opening a catalog would create it.
        snapshot = load_snapshot(workspace, study.snapshot)
        share = share_of_drawings(Catalog(workspace), snapshot) if workspace.catalog.exists() else None
    except EmotionError:
        return False
    return share is not None and share > MOST_DRAWINGS
