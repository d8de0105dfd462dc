"""Jobs of which only one runs at a time."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from emotion_core.jobs.folder import JobFolder, new_id


def start_single(
    parent: Path,
    settings: Mapping[str, Any],
    module: str,
    *,
    same_work: Callable[[JobFolder], bool] = lambda _: True,
    keep_last: bool = False,
) -> JobFolder:
    """Start a job, or return the active job that already does the same work.

    Args:
        parent: folder of the jobs, directly below the workspace.
        settings: settings of the job; ``kind`` must be one of them.
        module: module whose ``run`` works on the job.
        same_work: whether an earlier job of the kind does the same work; by default every one does.
        keep_last: whether ended jobs with the same work stay; by default the new job replaces them.

    Returns:
        The new job, or the active one.

    Raises:
        JobError: the job cannot be started.
    """
    kind = str(settings["kind"])
    # Two users, or one user with two tabs, may start the job at the same moment: the second request waits here and
    # then finds the first one's job. One lock per kind, so that a slow start delays no other kind of job.
    with FileLock(parent.parent / f"{kind}.lock"):
        earlier = [job for job in JobFolder.of_kind(parent, kind) if same_work(job)]
        active = next((job for job in earlier if job.state().active), None)
        if active is not None:
            return active
        if not keep_last:
            for job in earlier:
                job.delete()
        new = JobFolder(parent / new_id())
        new.start(settings, module)
        return new
