"""A scrape as a background job that can be resumed."""

import os
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Literal

from filelock import FileLock

from emotion_core.collect.import_summary import ImportSummary
from emotion_core.collect.scrapes.ledger import Ledger
from emotion_core.collect.scrapes.progress import ScrapeProgress
from emotion_core.collect.scrapes.scrape_request import ScrapeRequest
from emotion_core.collect.scrapes.scraper import scrape
from emotion_core.dataset import Catalog
from emotion_core.errors import CollectError, DiskFull, JobUnusable
from emotion_core.jobs import (
    JobFolder,
    ProgressLog,
    StopRequested,
    TailedJobFolder,
    item_log,
    job_session,
    last_progress,
    new_id,
    start_single,
)
from emotion_core.settings import CONTACT_VARIABLE, Workspace, open_workspace

KIND = "scrape"
FOLLOW_SECONDS = 0.5
Beginning = Literal["new", "resumed", "shared"]


def start_scrape(workspace: Workspace, request: ScrapeRequest) -> JobFolder:
    """Start a scrape in its own process, which survives the end of this one.

    Args:
        workspace: workspace of the photos and of the job's folder.
        request: what to collect.

    Returns:
        The new job, or the active job that collects the same pictures if there is one.
    """
    return start_single(
        workspace.jobs,
        _settings(request),
        __name__,
        same_work=lambda job: _does_same_work(job, request),
        keep_last=True,
    )


def resume_scrape(folder: JobFolder) -> None:
    """Resume a scrape that was interrupted or stopped, in its own process.

    Raises:
        JobError: the scrape is active.
    """
    folder.reopen()
    folder.launch_job(__name__)


def run_scrape_in_process(
    workspace: Workspace,
    request: ScrapeRequest,
    *,
    on_start: Callable[[JobFolder, Beginning], None],
    on_progress: Callable[[ScrapeProgress], None],
) -> JobFolder:
    """Scrape in this process; resume the newest scrape of the same pictures if it was interrupted.

    If another process is running that scrape, wait for its end instead, and resume it here should it be killed.

    Args:
        workspace: workspace of the photos and of the job's folder.
        request: what to collect; a resumed scrape gets its budgets again in full.
        on_start: called with the job and whether it is new, resumed, or shared with the process that runs it.
        on_progress: called after each page and picture.

    Returns:
        The job, which has ended.
    """
    while True:
        folder, beginning = _job_in_process(workspace, request)
        on_start(folder, beginning)
        if beginning != "shared":
            run(folder, on_progress)
            return folder
        _follow(folder, on_progress)
        if folder.state().name != "lost":
            return folder


def _job_in_process(workspace: Workspace, request: ScrapeRequest) -> tuple[JobFolder, Beginning]:
    """Return the job for a scrape in this process, which is recorded as working on it unless the job is shared."""
    # The lock of ``start_single``: of two processes that begin at once, the second finds the job of the first.
    with FileLock(workspace.root / f"{KIND}.lock"):
        scrapes = JobFolder.of_kind(workspace.jobs, KIND)
        folder = next((job for job in scrapes if _does_same_work(job, request)), None)
        if folder is not None and folder.state().active:
            return folder, "shared"
        if folder is not None and folder.state().name not in ("finished", "failed"):
            folder.reopen(_settings(request))
            return folder, "resumed"
        folder = JobFolder(workspace.jobs / new_id())
        folder.create_active(_settings(request))
        return folder, "new"


def _follow(folder: JobFolder, on_progress: Callable[[ScrapeProgress], None]) -> None:
    """Report the progress of a scrape in another process until it ends."""
    watched, reported = TailedJobFolder(folder.path), None
    while watched.state().active:
        progress = latest_progress(watched)
        if progress is not None and progress != reported:
            on_progress(progress)
        reported = progress
        time.sleep(FOLLOW_SECONDS)


def _does_same_work(scrape_job: JobFolder, request: ScrapeRequest) -> bool:
    """Return whether a scrape collects the same photos; one with damaged settings does not count."""
    try:
        return read_request(scrape_job).collects_same_pictures(request)
    except (JobUnusable, CollectError):
        return False


def last_contact(workspace: Workspace) -> str:
    """Return the contact of the newest scrape; before the first one, that of the environment variable."""
    newest = JobFolder.newest(workspace.jobs, KIND)
    return str(newest.settings().get("contact", "")) if newest else os.environ.get(CONTACT_VARIABLE, "")


def _settings(request: ScrapeRequest) -> dict[str, Any]:
    return {"kind": KIND, **request.model_dump(mode="json")}


def run(folder: JobFolder, on_progress: Callable[[ScrapeProgress], None] | None = None) -> None:
    """Run the scrape of a job folder in this process, and record its progress and ledger there.

    Args:
        folder: folder of a scrape that no other process works on.
        on_progress: called with each progress, besides the records; None for the records alone.
    """
    with job_session(folder), item_log(folder.path / "log.txt"):
        log = ProgressLog(folder)

        def report(progress: ScrapeProgress) -> None:
            log(progress_record(progress))
            if on_progress is not None:
                on_progress(progress)

        def stop() -> None:
            # Also called during waits, so that progress held back by the log is written before a slow picture ends.
            if log.catch_up():
                folder.raise_if_stopped()

        catalog = Catalog(open_workspace(folder.path.parents[1]))
        with folder.appending() as append:
            ledger = Ledger(folder.records(), append, folder.sync_records)
            append({"event": "started"})
            try:
                scrape(catalog, read_request(folder), on_progress=report, stop=stop, ledger=ledger)
            except DiskFull as error:
                # It can go on once there is space again.
                raise StopRequested(str(error)) from error
            finally:
                log.flush()


def read_request(folder: JobFolder) -> ScrapeRequest:
    """Return the request of a scrape.

    Raises:
        JobUnusable: the job is not a scrape, or its settings are damaged.
        CollectError: a setting is out of range.
    """
    settings = folder.settings()
    try:
        if settings.get("kind") == KIND:
            fields = {name: settings[name] for name in ScrapeRequest.model_fields if name in settings}
            return ScrapeRequest.model_validate(fields)
    except (TypeError, ValueError) as error:
        raise _unusable(folder) from error
    raise _unusable(folder)


def _unusable(folder: JobFolder) -> JobUnusable:
    return JobUnusable(
        "This job has no readable scrape settings. Expected the settings of a scrape. "
        f"Received: id={folder.id!r}. Delete the job and start a new scrape."
    )


def latest_progress(folder: JobFolder) -> ScrapeProgress | None:
    """Return the latest progress of a scrape, or None before its first record."""
    return last_progress(folder.records("progress"), ScrapeProgress)


def scrape_summary(folder: JobFolder) -> ImportSummary:
    """Return the import summary of a scrape so far; final once it has ended."""
    return Ledger(folder.records()).summary


def progress_record(progress: ScrapeProgress) -> dict[str, Any]:
    """Return the record that ``latest_progress`` reads."""
    return {"event": "progress", **asdict(progress)}
