"""An import as a background job: started from anywhere, watched through its folder."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

from emotion_core.collect.import_summary import ImportSummary
from emotion_core.collect.imports.classes import Classes
from emotion_core.collect.imports.importer import ImportProgress, import_files, import_path
from emotion_core.dataset import Catalog
from emotion_core.errors import JobUnusable
from emotion_core.files import read_json, write_json
from emotion_core.jobs import JobFolder, ProgressLog, job_session, last_progress, new_id
from emotion_core.settings import Workspace, open_workspace

KIND = "import"
_UPLOADS = "uploads"
_NAMES = "names.json"


class ImportRequest(BaseModel):
    """What an import is asked to do; a label that is unknown raises ``CollectError``, a wrong type ``ValueError``.

    Attributes:
        path: what to import; None for the files that were uploaded into the job's folder.
        label: the class of every picture; None where folders and tables tell.
        mapping: ``happy`` or ``sad`` for other classes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str | None
    label: str | None = None
    mapping: dict[str, str] = {}

    @model_validator(mode="after")
    def _known_labels(self) -> Self:
        Classes.chosen(self.label, self.mapping)
        return self


def start_import(workspace: Workspace, request: ImportRequest) -> JobFolder:
    """Start an import in a process of its own, which goes on when this one ends.

    Args:
        workspace: where the photos and the job's folder go.
        request: what to import.

    Raises:
        JobError: the job cannot be started.
    """
    folder = JobFolder(workspace.jobs / new_id())
    folder.start(_settings(request), __name__)
    return folder


def start_upload_import(
    workspace: Workspace,
    files: Iterable[tuple[str, bytes]],
    label: str | None = None,
    mapping: Mapping[str, str] | None = None,
) -> JobFolder:
    """Start an import of uploaded files, which lie in the job's folder until it has ended.

    Args:
        workspace: where the photos and the job's folder go.
        files: name and bytes of each.
        label: the class of every picture that no table names; None where folders and tables tell.
        mapping: ``happy`` or ``sad`` for other classes.

    Raises:
        CollectError: a label is neither happy nor sad.
        JobError: the job cannot be started.
    """
    request = ImportRequest(path=None, label=label, mapping=dict(mapping or {}))
    folder = JobFolder(workspace.jobs / new_id())
    folder.start(_settings(request), __name__, lambda path: _keep_uploads(path / _UPLOADS, files))
    return folder


def _settings(request: ImportRequest) -> dict[str, object]:
    return {"kind": KIND, **request.model_dump(mode="json")}


def _keep_uploads(place: Path, files: Iterable[tuple[str, bytes]]) -> None:
    place.mkdir()
    names = []
    for number, (name, data) in enumerate(files):
        # Files on the disk have numbers: what somebody called one could lead anywhere.
        (place / str(number)).write_bytes(data)
        names.append(name)
    write_json(place / _NAMES, names)


def _kept_uploads(place: Path) -> Iterator[tuple[str, Path]]:
    for number, name in enumerate(read_json(place / _NAMES) or ()):
        yield name, place / str(number)


def run(folder: JobFolder) -> None:
    """Do the import that the folder asks for in this process, and record progress and account in it."""
    with job_session(folder):
        catalog = Catalog(open_workspace(folder.path.parents[1]))
        request = read_import(folder)
        log, summary, uploads = ProgressLog(folder), ImportSummary(), folder.path / _UPLOADS
        how: dict[str, Any] = {
            "label": request.label,
            "mapping": request.mapping,
            "on_progress": lambda progress: log({"event": "progress", **asdict(progress)}),
            "stop": folder.raise_if_stopped,
            "summary": summary,
        }
        try:
            if request.path is None:
                import_files(catalog, _kept_uploads(uploads), **how)
            else:
                import_path(catalog, request.path, **how)
        finally:
            # Also where it was stopped: what came before is kept, and what was refused has its reasons.
            log.flush()
            folder.append({"event": "result", **summary.as_json()})
            shutil.rmtree(uploads, ignore_errors=True)


def read_import(folder: JobFolder) -> ImportRequest:
    """Return what an import was asked to do.

    Raises:
        JobUnusable: the folder is not an import's, or its settings are damaged.
        CollectError: the request cannot work.
    """
    settings = folder.settings()
    try:
        if settings.pop("kind", None) == KIND:
            return ImportRequest.model_validate(settings)
    except ValueError as error:
        raise _unusable(folder) from error
    raise _unusable(folder)


def _unusable(folder: JobFolder) -> JobUnusable:
    return JobUnusable(
        "This job is not an import that can be read. Expected the settings of an import. "
        f"Received: id={folder.id!r}. Delete it and start it again."
    )


def import_progress(folder: JobFolder) -> ImportProgress | None:
    """Return how far an import has come, or None before its first word."""
    return last_progress(folder.records("progress"), ImportProgress)


def import_summary(folder: JobFolder) -> ImportSummary | None:
    """Return the account of an import that has ended or was stopped, or None while it has none."""
    records = folder.records("result")
    return ImportSummary.from_json(records[-1]) if records else None
