"""A scrape as a background job: started from anywhere, watched through its folder, going on where it stopped."""

import os
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from emotion_core.collect.import_summary import ImportSummary
from emotion_core.collect.scrapes.ledger import Ledger
from emotion_core.collect.scrapes.scrape_request import ScrapeRequest
from emotion_core.collect.scrapes.scraper import ScrapeProgress, scrape
from emotion_core.dataset import Catalog
from emotion_core.errors import CollectError, JobUnusable
from emotion_core.jobs import JobFolder, ProgressLog, job_session, last_progress, new_id, start_single
from emotion_core.settings import CONTACT_VARIABLE, Workspace, open_workspace

KIND = "scrape"


def start_scrape(workspace: Workspace, request: ScrapeRequest) -> JobFolder:
    """Start a scrape in a process of its own, which goes on when this one ends.

    Args:
        workspace: where the photos and the job's folder go.
        request: what to collect.

    Returns:
        The job; where one for the same pictures is under way, that one.
    """
    return start_single(
        workspace.jobs,
        _settings(request),
        __name__,
        same_work=lambda job: _does_same_work(job, request),
        keep_last=True,
    )


def go_on(folder: JobFolder) -> None:
    """Start a scrape that was interrupted or stopped again, where it stopped.

    Raises:
        JobError: it is under way.
    """
    folder.reopen()
    folder.launch_job(__name__)


def scrape_here(
    workspace: Workspace,
    request: ScrapeRequest,
    *,
    on_start: Callable[[JobFolder, bool], None],
    on_progress: Callable[[ScrapeProgress], None],
) -> JobFolder:
    """Scrape in this process, going on with the newest scrape of the same pictures where that was interrupted.

    Args:
        workspace: where the photos and the job's folder go.
        request: what to collect; where it goes on, its budgets begin anew.
        on_start: told the job, and whether it goes on.
        on_progress: called after each page and picture.

    Raises:
        JobError: the same scrape is under way in another process.
    """
    scrapes = JobFolder.of_kind(workspace.jobs, KIND)
    folder = next((job for job in scrapes if _does_same_work(job, request)), None)
    interrupted = folder is not None and folder.state().name not in ("finished", "failed")
    if folder is None or not interrupted:
        folder = JobFolder(workspace.jobs / new_id())
        folder.create(_settings(request))
        folder.record_process(os.getpid())
    else:
        folder.reopen(_settings(request))
    on_start(folder, interrupted)
    run(folder, on_progress)
    return folder


def _does_same_work(scrape_job: JobFolder, request: ScrapeRequest) -> bool:
    """Return whether a scrape collects the same photos; one with damaged settings does not count."""
    try:
        return read_request(scrape_job).same_work_as(request)
    except (JobUnusable, CollectError):
        return False


def last_contact(workspace: Workspace) -> str:
    """Return the contact that the newest scrape was given, or that of the environment before the first one."""
    newest = JobFolder.newest(workspace.jobs, KIND)
    return str(newest.settings().get("contact", "")) if newest else os.environ.get(CONTACT_VARIABLE, "")


def _settings(request: ScrapeRequest) -> dict[str, Any]:
    return {"kind": KIND, **request.model_dump(mode="json")}


def run(folder: JobFolder, on_progress: Callable[[ScrapeProgress], None] | None = None) -> None:
    """Do the scrape that the folder asks for in this process, and record progress and account in it.

    Args:
        folder: of a scrape that nobody else works on.
        on_progress: also told the progress.
    """
    with job_session(folder):
        log = ProgressLog(folder)

        def watch(progress: ScrapeProgress) -> None:
            log(progress_record(progress))
            if on_progress is not None:
                on_progress(progress)

        def stop() -> None:
            # Also called while nothing arrives: the last progress before a slow picture must not wait for it.
            if log.catch_up():
                folder.raise_if_stopped()

        catalog = Catalog(open_workspace(folder.path.parents[1]))
        with folder.appending() as append:
            ledger = Ledger(folder.records(), append)
            append({"event": "started"})
            try:
                scrape(catalog, read_request(folder), on_progress=watch, stop=stop, ledger=ledger)
            finally:
                log.flush()


def read_request(folder: JobFolder) -> ScrapeRequest:
    """Return what a scrape was asked to do.

    Raises:
        JobUnusable: the folder is not a scrape's, or its settings are damaged.
        CollectError: the request cannot work.
    """
    settings = folder.settings()
    try:
        if settings.get("kind") == KIND:
            asked = {name: settings[name] for name in ScrapeRequest.model_fields if name in settings}
            return ScrapeRequest.model_validate(asked)
    except (TypeError, ValueError) as error:
        raise _unusable(folder) from error
    raise _unusable(folder)


def _unusable(folder: JobFolder) -> JobUnusable:
    return JobUnusable(
        "This job is not a scrape that can be read. Expected the settings of a scrape. "
        f"Received: id={folder.id!r}. Delete it and start it again."
    )


def latest_progress(folder: JobFolder) -> ScrapeProgress | None:
    """Return how far a scrape has come, or None before its first word."""
    return last_progress(folder.records("progress"), ScrapeProgress)


def scrape_summary(folder: JobFolder) -> ImportSummary:
    """Return what a scrape has brought so far, told from everything it wrote down; final once it has ended."""
    return Ledger(folder.records()).summary


def progress_record(progress: ScrapeProgress) -> dict[str, Any]:
    """Return the record that ``latest_progress`` reads."""
    return {"event": "progress", **asdict(progress)}
