"""Scrapes and imports as somebody who watches them sees them."""

import itertools
from dataclasses import dataclass

from emotion_core.collect.import_summary import ImportSummary
from emotion_core.collect.imports import ImportProgress, import_job
from emotion_core.collect.scrapes import Ledger, ScrapeProgress, scrape_job
from emotion_core.errors import EmotionError
from emotion_core.files import read_json
from emotion_core.jobs import JobFolder, Record, last_progress
from emotion_core.settings import Workspace

_KINDS = (scrape_job.KIND, import_job.KIND)
_RATE_SECONDS = 5.0


@dataclass(frozen=True)
class CollectionStatus:
    """A scrape or an import at one moment.

    Attributes:
        kind: ``scrape`` or ``import``.
        title: the address, path or list that it works on.
        done: pictures that were dealt with.
        total: pictures found so far; None where nobody knows yet.
        summary: what became of them; an import names what it refused when it has ended.
        pages: of a scrape with its bytes and note; None for an import.
        pictures_per_second: over the last seconds of its work.
        bytes_per_second: over the last seconds of its work.
        can_go_on: whether it stopped before its end and can go on from there.
    """

    kind: str
    title: str
    done: int
    total: int | None
    summary: ImportSummary
    pages: ScrapeProgress | None = None
    pictures_per_second: float = 0.0
    bytes_per_second: float = 0.0
    can_go_on: bool = False


def collections(workspace: Workspace) -> list[JobFolder]:
    """Return every scrape and import that is under way and the newest of those that have ended, newest first."""
    jobs = [job for job in reversed(JobFolder.all_in(workspace.jobs)) if _kind(job) in _KINDS]
    active = {job.id for job in jobs if job.state().active}
    ended = next((job.id for job in jobs if job.id not in active), None)
    return [job for job in jobs if job.id in active or job.id == ended]


def _kind(job: JobFolder) -> str | None:
    settings = read_json(job.path / "settings.json")
    return settings.get("kind") if isinstance(settings, dict) else None


def collection_status(job: JobFolder) -> CollectionStatus:
    """Return how far a scrape or an import has come.

    Raises:
        JobUnusable: its settings are damaged.
    """
    return _scrape_status(job) if _kind(job) == scrape_job.KIND else _import_status(job)


def _scrape_status(job: JobFolder) -> CollectionStatus:
    # Read once for all: the file of a long scrape has thousands of lines.
    records = job.records()
    progress = last_progress(records, ScrapeProgress) or ScrapeProgress()
    pictures, received = _rates([record for record in records if record.get("event") == "progress"])
    return CollectionStatus(
        scrape_job.KIND,
        _title(job),
        progress.pictures_done,
        progress.pictures_found,
        Ledger(records).summary,
        progress,
        pictures,
        received,
        can_go_on=job.state().name in ("stopped", "lost"),
    )


def _title(job: JobFolder) -> str:
    try:
        return scrape_job.read_request(job).title
    except EmotionError:
        return str(job.settings().get("url", ""))


def _import_status(job: JobFolder) -> CollectionStatus:
    progress = import_job.import_progress(job) or ImportProgress()
    summary = import_job.import_summary(job) or ImportSummary(progress.added, progress.duplicates)
    path = job.settings().get("path")
    return CollectionStatus(import_job.KIND, str(path or "uploaded files"), progress.done, progress.total, summary)


def _rates(records: list[Record]) -> tuple[float, float]:
    """Return pictures and bytes a second over the last seconds that were recorded."""
    if len(records) < 2:
        return 0.0, 0.0
    last = records[-1]
    recent = list(itertools.takewhile(lambda record: last["time"] - record["time"] <= _RATE_SECONDS, records[::-1]))
    first = recent[-1]
    seconds = max(0.1, last["time"] - first["time"])
    return tuple(max(0.0, last[name] - first[name]) / seconds for name in ("pictures_done", "bytes"))
