"""Jobs that are damaged or of a newer version, which are listed beside those that can be read."""

from pathlib import Path

from emotion_core.documents import DAMAGED, Unreadable
from emotion_core.errors import DocumentError, JobUnusable
from emotion_core.jobs.current_state import stored_status
from emotion_core.jobs.folder import JobFolder


def unreadable_jobs(parent: Path, *, records: bool = False) -> list[Unreadable]:
    """Return the jobs in a folder that are damaged or of a newer version, oldest first.

    Args:
        parent: folder of the jobs.
        records: whether their records are read as well, which takes a while for large jobs.
    """
    problems = (job_problem(folder, records=records) for folder in JobFolder.all_in(parent))
    return [problem for problem in problems if problem is not None]


def job_problem(folder: JobFolder, *, records: bool = True) -> Unreadable | None:
    """Return what is wrong with a job's settings, status or records, or None.

    Args:
        folder: of the job.
        records: whether its records are read as well.
    """
    try:
        folder.settings()
        stored_status(folder.path)
    except (JobUnusable, DocumentError) as error:
        return Unreadable.of(folder.id, folder.path, error)
    problem = folder.records_problem() if records else ""
    return Unreadable(folder.id, folder.path, DAMAGED, problem) if problem else None
