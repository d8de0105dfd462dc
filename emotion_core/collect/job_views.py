"""Status of scrapes and imports, for display."""

import itertools
from dataclasses import dataclass

from emotion_core.collect.import_summary import ImportSummary
from emotion_core.collect.imports import ImportProgress, can_resume_import, import_job, resume_import
from emotion_core.collect.scrapes import Ledger, ScrapeProgress, resume_scrape, scrape_job
from emotion_core.errors import EmotionError
from emotion_core.jobs import JobFolder, Record, last_progress, records_with
from emotion_core.settings import Workspace

_KINDS = (scrape_job.KIND, import_job.KIND)
_RATE_WINDOW_SECONDS = 5.0


@dataclass(frozen=True)
class CollectionStatus:
    """Status of a scrape or an import at one moment.

    Attributes:
        kind: ``scrape`` or ``import``.
        title: the address, path or list that it collects from.
        done: pictures processed so far.
        total: pictures found so far; None if the number is not known yet.
        summary: import summary so far; the rejections of an import are listed once it has ended.
        pages: progress of a scrape; None for an import.
        pictures_per_second: rate over the last 5 seconds of its work.
        bytes_per_second: rate over the last 5 seconds of its work.
        can_resume: whether it ended early and can be resumed.
    """

    kind: str
    title: str
    done: int
    total: int | None
    summary: ImportSummary
    pages: ScrapeProgress | None = None
    pictures_per_second: float = 0.0
    bytes_per_second: float = 0.0
    can_resume: bool = False


def recent_collections(workspace: Workspace) -> list[JobFolder]:
    """Return all active scrapes and imports and the one that ended last, newest first."""
    jobs = [job for job in reversed(JobFolder.all_in(workspace.jobs)) if job.kind in _KINDS]
    active = {job.id for job in jobs if job.state().active}
    ended = next((job.id for job in jobs if job.id not in active), None)
    return [job for job in jobs if job.id in active or job.id == ended]


def collection_status(job: JobFolder) -> CollectionStatus:
    """Return the status of a scrape or an import.

    Raises:
        JobUnusable: the settings of the job are damaged.
    """
    return _scrape_status(job) if job.kind == scrape_job.KIND else _import_status(job)


def _scrape_status(job: JobFolder) -> CollectionStatus:
    # The records are read only once: the file of a long scrape has thousands of lines.
    records = job.records()
    progress = last_progress(records, ScrapeProgress) or ScrapeProgress()
    progresses = [record for record in records if record.get("event") == "progress"]
    pictures_per_second, bytes_per_second = _rates(records_with(progresses, time=float, pictures_done=int, bytes=int))
    return CollectionStatus(
        scrape_job.KIND,
        _title(job),
        progress.pictures_done,
        progress.pictures_found,
        Ledger(records).summary,
        progress,
        pictures_per_second,
        bytes_per_second,
        can_resume=job.state().name in ("stopped", "lost"),
    )


def _title(job: JobFolder) -> str:
    try:
        return scrape_job.read_request(job).title
    except EmotionError:
        return str(job.settings().get("url", ""))


def _import_status(job: JobFolder) -> CollectionStatus:
    progress = import_job.import_progress(job) or ImportProgress()
    # The summary of an import under way is that of a process that was interrupted before.
    summary = None if job.state().active else import_job.import_summary(job)
    return CollectionStatus(
        import_job.KIND,
        str(job.settings().get("path") or "uploaded files"),
        progress.done,
        progress.total,
        summary or ImportSummary(progress.added, progress.duplicates),
        can_resume=can_resume_import(job),
    )


def resume_collection(job: JobFolder) -> None:
    """Resume a scrape or an import that ended early, in its own process.

    Raises:
        JobError: it is active.
    """
    if job.kind == scrape_job.KIND:
        resume_scrape(job)
    else:
        resume_import(job)


def _rates(records: list[Record]) -> tuple[float, float]:
    """Return pictures and bytes per second over the last seconds of progress records."""
    if len(records) < 2:
        return 0.0, 0.0
    last = records[-1]
    window_start = last["time"] - _RATE_WINDOW_SECONDS
    recent = list(itertools.takewhile(lambda record: record["time"] >= window_start, records[::-1]))
    first = recent[-1]
    seconds = max(0.1, last["time"] - first["time"])
    return tuple(max(0.0, last[name] - first[name]) / seconds for name in ("pictures_done", "bytes"))
