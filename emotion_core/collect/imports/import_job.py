"""An import as a background job that can be resumed."""

import contextlib
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

from emotion_core.collect.import_summary import ImportSummary
from emotion_core.collect.imports.classes import ClassMapping
from emotion_core.collect.imports.encodings import checked_encoding
from emotion_core.collect.imports.import_sources import Upload
from emotion_core.collect.imports.importer import ImportProgress, import_files, import_path
from emotion_core.dataset import Catalog
from emotion_core.documents import read_value, write_value
from emotion_core.errors import JobUnusable
from emotion_core.jobs import JobFolder, ProgressLog, StopRequested, item_log, job_session, last_progress, new_id
from emotion_core.settings import Workspace, open_workspace

KIND = "import"
_UPLOADS = "uploads"
_NAMES = "names.json"


class ImportRequest(BaseModel):
    """The request of an import; an unknown label or encoding raises ``CollectError``, a wrong type ``ValueError``.

    Attributes:
        path: file or folder to import; None for the files uploaded into the job's folder.
        label: label of every picture; None to take it from folders and tables.
        mapping: ``happy`` or ``sad`` by the name of a further class.
        encoding: encoding of names in archives, and of tables, that do not say theirs; None to guess it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str | None
    label: str | None = None
    mapping: dict[str, str] = {}
    encoding: str | None = None

    @model_validator(mode="after")
    def _known_labels(self) -> Self:
        ClassMapping.from_choices(self.label, self.mapping)
        checked_encoding(self.encoding)
        return self


def start_import(workspace: Workspace, request: ImportRequest) -> JobFolder:
    """Start an import in its own process, which survives the end of this one.

    Args:
        workspace: workspace of the photos and of the job's folder.
        request: what to import.

    Raises:
        JobError: the job cannot be started.
    """
    folder = JobFolder(workspace.jobs / new_id())
    _free_uploads(workspace)
    folder.start(_settings(request), __name__)
    return folder


def resume_import(folder: JobFolder) -> None:
    """Resume an import that was interrupted or stopped, in its own process; what it added counts as added again.

    Raises:
        JobError: the import is active.
    """
    folder.reopen()
    folder.launch_job(__name__)


def can_resume_import(folder: JobFolder) -> bool:
    """Return whether an import ended early and what it was to import is still there."""
    sources = [folder.settings().get("path"), folder.path / _UPLOADS / _NAMES]
    return folder.state().name in ("stopped", "lost") and any(path and Path(path).exists() for path in sources)


def start_upload_import(
    workspace: Workspace,
    files: Iterable[Upload],
    label: str | None = None,
    mapping: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> JobFolder:
    """Start an import of uploaded files, which are kept in the job's folder until it finishes or another one starts.

    Args:
        workspace: workspace of the photos and of the job's folder.
        files: the uploads.
        label: label of every picture that no table names; None to take it from folders and tables.
        mapping: ``happy`` or ``sad`` by the name of a further class.
        encoding: encoding of names in archives, and of tables, that do not say theirs; None to guess it.

    Raises:
        CollectError: a label is neither happy nor sad, or the encoding is unknown.
        JobError: the job cannot be started.
    """
    request = ImportRequest(path=None, label=label, mapping=dict(mapping or {}), encoding=encoding)
    folder = JobFolder(workspace.jobs / new_id())
    _free_uploads(workspace)
    folder.start(_settings(request), __name__, lambda path: _write_uploads(path / _UPLOADS, files))
    return folder


def _free_uploads(workspace: Workspace) -> None:
    """Remove the uploads of imports that ended early: from the next one on, pages no longer offer to resume them."""
    for job in JobFolder.of_kind(workspace.jobs, KIND):
        if (job.path / _UPLOADS).exists() and job.state().ended:
            shutil.rmtree(job.path / _UPLOADS, ignore_errors=True)


def _settings(request: ImportRequest) -> dict[str, object]:
    return {"kind": KIND, **request.model_dump(mode="json")}


def _write_uploads(uploads: Path, files: Iterable[Upload]) -> None:
    # Nothing waits for the disk here: the whole folder of the job is waited for before it appears.
    uploads.mkdir()
    names = []
    for number, (name, content) in enumerate(files):
        # Files on disk are numbered, because an uploaded name could be a path out of the folder.
        path = uploads / str(number)
        if isinstance(content, Path):
            shutil.copyfile(content, path)
        else:
            path.write_bytes(content)
        names.append(name)
    write_value(uploads / _NAMES, names, durable=False)


def _read_uploads(uploads: Path) -> Iterator[tuple[str, Path]]:
    for number, name in enumerate(read_value(uploads / _NAMES)):
        yield name, uploads / str(number)


def run(folder: JobFolder) -> None:
    """Run the import of a job folder in this process, and record its progress and summary there."""
    with job_session(folder), item_log(folder.path / "log.txt"):
        catalog = Catalog(open_workspace(folder.path.parents[1]))
        request, earlier = read_request(folder), folder.records()
        folder.append({"event": "started"})
        log, summary, uploads = ProgressLog(folder), ImportSummary(), folder.path / _UPLOADS
        options: dict[str, Any] = {
            "label": request.label,
            "mapping": request.mapping,
            "encoding": request.encoding,
            "on_progress": lambda progress: log({"event": "progress", **asdict(progress)}),
            "stop": folder.raise_if_stopped,
            "summary": summary,
            "interrupted_since": earlier[0]["time"] if earlier else None,
        }
        try:
            if request.path is None:
                import_files(catalog, _read_uploads(uploads), **options)
            else:
                import_path(catalog, request.path, **options)
        finally:
            # Also after a stop, so that the summary covers the photos that were imported before it.
            log.flush()
            folder.append({"event": "result", **summary.as_json()})
            # Kept after a stop, so that the import can be resumed.
            if not isinstance(sys.exception(), StopRequested):
                shutil.rmtree(uploads, ignore_errors=True)


def read_request(folder: JobFolder) -> ImportRequest:
    """Return the request of an import.

    Raises:
        JobUnusable: the job is not an import, or its settings are damaged.
        CollectError: a label is neither happy nor sad.
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
        "This job has no readable import settings. Expected the settings of an import. "
        f"Received: id={folder.id!r}. Delete the job and start a new import."
    )


def import_progress(folder: JobFolder) -> ImportProgress | None:
    """Return the latest progress of an import, or None before its first record."""
    return last_progress(folder.records("progress"), ImportProgress)


def import_summary(folder: JobFolder) -> ImportSummary | None:
    """Return the summary of an import that has ended, or None before that."""
    for record in reversed(folder.records("result")):
        # A record of version 0 has no checksum, so it may hold anything.
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
            return ImportSummary.from_json(record)
    return None
