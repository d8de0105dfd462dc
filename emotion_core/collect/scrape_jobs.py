"""A scrape as a background job: started from anywhere, watched through its folder."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from emotion_core.collect.requesting import ScrapeRequest
from emotion_core.collect.scraping import ScrapeProgress
from emotion_core.collect.tally import Tally
from emotion_core.errors import JobUnusable
from emotion_core.jobs import JobFolder, new_id
from emotion_core.settings import Workspace

KIND = "scrape"
WORKER_MODULE = "emotion_core.collect.worker"


def start_scrape(workspace: Workspace, request: ScrapeRequest) -> JobFolder:
    """Start a scrape in a process of its own, which goes on when this one ends.

    Args:
        workspace: where the photos and the job's folder go.
        request: what to collect.
    """
    folder = JobFolder(workspace.jobs / new_id())
    folder.start({"kind": KIND, "workspace": str(workspace.root), **request.model_dump(mode="json")}, WORKER_MODULE)
    return folder


def read_request(folder: JobFolder) -> tuple[Workspace, ScrapeRequest]:
    """Return the workspace and the request of a scrape.

    Raises:
        JobUnusable: the folder is not a scrape's, or its settings are damaged.
        CollectError: the request cannot work.
    """
    settings = folder.settings()
    try:
        asked = {name: settings[name] for name in ScrapeRequest.model_fields if name in settings}
        if settings.get("kind") == KIND:
            return Workspace(Path(settings["workspace"])), ScrapeRequest.model_validate(asked)
    except (KeyError, TypeError, ValueError) as error:
        raise _unusable(folder) from error
    raise _unusable(folder)


def _unusable(folder: JobFolder) -> JobUnusable:
    return JobUnusable(
        "This job is not a scrape that can be read. Expected the settings of a scrape. "
        f"Received: id={folder.id!r}. Delete it and start it again."
    )


def latest_progress(folder: JobFolder) -> ScrapeProgress | None:
    """Return how far a scrape has come, or None before its first word."""
    records = folder.records("progress")
    if not records:
        return None
    return ScrapeProgress(**{field.name: int(records[-1].get(field.name, 0)) for field in fields(ScrapeProgress)})


def result(folder: JobFolder) -> Tally | None:
    """Return the account of a finished scrape, or None while it has none."""
    records = folder.records("result")
    return Tally.from_json(records[-1]) if records else None


def progress_record(progress: ScrapeProgress) -> dict[str, Any]:
    """Return the record that ``latest_progress`` reads."""
    return {"event": "progress", **asdict(progress)}
