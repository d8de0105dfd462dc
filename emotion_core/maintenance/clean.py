"""Free what nothing needs any more: ended jobs, leftovers, caches without a study."""

from dataclasses import dataclass
from pathlib import Path

from emotion_core.jobs import JobFolder
from emotion_core.maintenance.leftovers import find_leftovers, remove, spent_weights
from emotion_core.settings import Workspace
from emotion_core.training import list_studies

# Jobs that can be gone on with after they were stopped or killed.
_RESUMABLE = ("scrape", "import", "guided")


@dataclass(frozen=True)
class Removable:
    """A file or folder that nothing needs any more.

    Attributes:
        path: absolute path.
        what: why it is there, as a sentence.
        bytes: size, with all that is in it.
    """

    path: Path
    what: str
    bytes: int


def removable(workspace: Workspace, *, interrupted: bool = False) -> list[Removable]:
    """Return what can be removed without losing a photo, a label, a study or a result.

    Args:
        workspace: to look through.
        interrupted: also scrapes and imports that were stopped or killed, and could be gone on with.
    """
    leftovers = [*find_leftovers(workspace), *spent_weights(workspace)]
    found = [(leftover.path, leftover.what) for leftover in leftovers]
    for folder in JobFolder.all_in(workspace.jobs):
        state = folder.state()
        if state.ended and not folder.has_process() and (interrupted or not _can_go_on(folder, state.name)):
            found.append((folder.path, f"A job that is over: {state.name}."))
    used = {study.snapshot for study in list_studies(workspace)}
    for cache in workspace.snapshots.glob("[!.]*/pixels-*.npy"):
        if cache.parent.name not in used:
            found.append((cache, "Prepared photos of a snapshot that no study uses; they are made again when needed."))
    jobs = {path for path, _ in found}
    return [Removable(path, what, size_of(path)) for path, what in found if not jobs & set(path.parents)]


def _can_go_on(folder: JobFolder, state: str) -> bool:
    return state in ("stopped", "lost") and folder.kind in _RESUMABLE


def delete_damaged_job(workspace: Workspace, job_id: str) -> None:
    """Delete a job whose files cannot be read, ending its process if it has one.

    Args:
        workspace: that holds it.
        job_id: of a scrape, import or other job that is no run.

    Raises:
        JobNotFound: there is no such job.
    """
    folder = JobFolder.find(workspace.jobs, job_id, what="job")
    folder.kill()
    folder.delete()


def clean(workspace: Workspace, *, interrupted: bool = False) -> list[Removable]:
    """Remove what ``removable`` returns, and return it.

    Args:
        workspace: to clean.
        interrupted: as for ``removable``.
    """
    removed = removable(workspace, interrupted=interrupted)
    for item in removed:
        if item.path.parent == workspace.jobs and not item.path.name.startswith("."):
            JobFolder(item.path).delete()
        elif item.path.exists():
            remove(item.path)
    return removed


def size_of(path: Path) -> int:
    """Return the size of a file, or of all files below a folder, in bytes; 0 for what is missing."""
    files = [path, *path.rglob("*")] if path.is_dir() else [path]
    return sum(file.lstat().st_size for file in files if file.is_file())
