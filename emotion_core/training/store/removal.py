"""Deletion of runs and studies that cannot be read: their folders are known by their ids alone."""

from emotion_core.documents import NEWER
from emotion_core.errors import JobNotFound, JobUnusable, OtherVersion
from emotion_core.jobs import JobFolder
from emotion_core.settings import Workspace
from emotion_core.training.store.listing import find_run, unreadable_runs
from emotion_core.training.store.study_files import list_studies, load_study
from emotion_core.training.store.study_runs import remove_run


def delete_damaged(workspace: Workspace, entry_id: str) -> list[str]:
    """Delete a damaged run, or a damaged study with its runs.

    Args:
        workspace: that holds it.
        entry_id: id of the run or study.

    Returns:
        Ids of the deleted runs.

    Raises:
        JobNotFound: there is no such run or study.
        JobUnusable: a newer version of this program wrote it, so it may be intact.
    """
    try:
        find_run(workspace, entry_id)
    except JobNotFound:
        return _delete_study(workspace, entry_id)
    except JobUnusable as error:
        _refuse_newer(error)
    _delete_folder(JobFolder.find(workspace.runs, entry_id, what="run"))
    for study in list_studies(workspace):
        if entry_id in study.run_ids:
            remove_run(workspace, study, entry_id)
    return [entry_id]


def _delete_study(workspace: Workspace, study_id: str) -> list[str]:
    try:
        load_study(workspace, study_id)
    except JobUnusable as error:
        _refuse_newer(error)
    # The study's own list of its runs is lost; their names begin with its id. Those of a newer version may be intact.
    newer = {run.entry_id for run in unreadable_runs(workspace) if run.kind == NEWER}
    ids = (folder.id for folder in JobFolder.all_in(workspace.runs) if folder.id.startswith(f"{study_id}-r"))
    folders = [JobFolder(workspace.runs / run_id) for run_id in ids if run_id not in newer]
    for folder in folders:
        _delete_folder(folder)
    (workspace.studies / f"{study_id}.json").unlink(missing_ok=True)
    return [folder.id for folder in folders]


def _delete_folder(folder: JobFolder) -> None:
    folder.kill()
    folder.delete()


def _refuse_newer(error: JobUnusable) -> None:
    if isinstance(error.__cause__, OtherVersion):
        raise error
