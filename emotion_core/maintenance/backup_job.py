"""A backup as a background job, for the page: it is verified before it can be downloaded."""

from pathlib import Path

from emotion_core.disk_space import disk_full, free_bytes
from emotion_core.formatting import size_text
from emotion_core.jobs import JobFolder, records_with, start_single
from emotion_core.maintenance.backup import back_up
from emotion_core.maintenance.clean import size_of
from emotion_core.maintenance.progress import reporting
from emotion_core.settings import Workspace, open_workspace

KIND = "backup"
BACKUP_FILE = "photos-and-studies.zip"
NICENESS = 10


def start_backup(workspace: Workspace) -> JobFolder:
    """Start a backup, or return the one that is being written; it replaces earlier ones made here.

    Args:
        workspace: to back up.

    Raises:
        DiskFull: there is not enough room for it.
        JobError: the job cannot be started.
    """
    saved = (workspace.catalog, workspace.photos, workspace.thumbnails, workspace.studies, workspace.runs)
    needed = sum(map(size_of, saved))
    if needed > free_bytes(workspace.root):
        raise disk_full(
            "There is no room for a backup", workspace.root, f"Expected {size_text(needed)} of free space. "
        )
    return start_single(workspace.jobs, {"kind": KIND}, __name__)


def latest_backup(workspace: Workspace) -> JobFolder | None:
    """Return the backup that was started last on a page, or None."""
    return JobFolder.newest(workspace.jobs, KIND)


def backup_of(folder: JobFolder) -> tuple[Path, dict[str, int]] | None:
    """Return the file of a backup that was verified and the numbers of what is in it, or None before that."""
    records = records_with(folder.records("result"), photos=int, missing=int, runs=int)
    file = folder.path / BACKUP_FILE
    if not records or not file.exists():
        return None
    return file, {name: records[-1][name] for name in ("photos", "missing", "runs")}


def run(folder: JobFolder) -> None:
    """Back up the workspace that a job's folder is in, in this process.

    Args:
        folder: of a backup that no other process works on.
    """
    with reporting(folder) as on_progress:
        contents = back_up(open_workspace(folder.path.parents[1]), folder.path / BACKUP_FILE, on_progress)
        numbers = {"photos": contents.photos, "missing": contents.missing, "runs": contents.runs}
        folder.append({"event": "result", **numbers})
