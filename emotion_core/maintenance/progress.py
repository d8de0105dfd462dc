"""The progress of a job that works through the photos: how it is reported, and read by the page."""

import contextlib
from collections.abc import Callable, Iterator

from emotion_core.jobs import JobFolder, ProgressLog, job_session, records_with


@contextlib.contextmanager
def reporting(folder: JobFolder) -> Iterator[Callable[[int, int], None]]:
    """Work on a job, and yield what reports the number of photos done and their total; it raises after a stop.

    Args:
        folder: of a job that no other process works on.
    """
    with job_session(folder):
        log = ProgressLog(folder)

        def on_progress(done: int, total: int) -> None:
            folder.raise_if_stopped()
            log({"event": "progress", "done": done, "total": total})

        yield on_progress
        log.flush()


def job_progress(folder: JobFolder) -> tuple[int, int]:
    """Return the number of photos that a job is done with, and their total; zeros before the first."""
    records = records_with(folder.records("progress"), done=int, total=int)
    return (records[-1]["done"], records[-1]["total"]) if records else (0, 0)
