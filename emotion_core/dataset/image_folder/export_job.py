"""Exports of photos from a page: a background job that writes one zip file."""

from dataclasses import asdict
from typing import NamedTuple

from emotion_core.dataset.catalog import Catalog
from emotion_core.dataset.image_folder.export import PhotoChoice, PhotoExport, export_photos
from emotion_core.disk_space import check_quota
from emotion_core.jobs import JobFolder, ProgressLog, job_session, records_with, start_single
from emotion_core.settings import Workspace, open_workspace

KIND = "photo-export"
ZIP_FILE = "photos.zip"
NICENESS = 5


class PhotoExportProgress(NamedTuple):
    """Progress of an export.

    Attributes:
        done: photos written so far.
        total: photos of the export.
    """

    done: int
    total: int


def start_photo_export(workspace: Workspace, choice: PhotoChoice) -> JobFolder:
    """Start a job that writes photos as a zip, or return the one that is writing; it replaces earlier exports.

    Args:
        workspace: that holds the photos.
        choice: the photos, and their parts.

    Raises:
        JobError: the job cannot be started.
    """
    return start_single(workspace.jobs, {"kind": KIND, "choice": asdict(choice)}, __name__)


def latest_photo_export(workspace: Workspace) -> JobFolder | None:
    """Return the newest export job, or None."""
    return JobFolder.newest(workspace.jobs, KIND)


def photo_export_progress(folder: JobFolder) -> PhotoExportProgress | None:
    """Return how far an export is, or None before the first photo."""
    records = records_with(folder.records("progress"), done=int, total=int)
    return PhotoExportProgress(records[-1]["done"], records[-1]["total"]) if records else None


def photo_export_of(folder: JobFolder) -> PhotoExport | None:
    """Return what a finished export job has written, or None where there is no such file."""
    records = folder.records("exported") if (folder.path / ZIP_FILE).exists() else []
    records = records_with(records, counts=dict, without_split=int, missing=int)
    return PhotoExport(records[-1]["counts"], records[-1]["without_split"], records[-1]["missing"]) if records else None


def discard_photo_exports(workspace: Workspace) -> None:
    """Delete earlier exports: they may hold a photo that the user has deleted."""
    for job in JobFolder.of_kind(workspace.jobs, KIND):
        # One that is being written finds at its end that a photo is gone.
        if not job.state().active:
            job.delete()


def run(folder: JobFolder) -> None:
    """Write the zip in this process.

    Args:
        folder: of an export job that no other process works on.
    """
    with job_session(folder):
        catalog = Catalog(open_workspace(folder.path.parents[1]))
        check_quota(catalog.workspace.root)
        log = ProgressLog(folder)

        def on_progress(done: int, total: int) -> None:
            folder.raise_if_stopped()
            check_quota(catalog.workspace.root)
            log({"event": "progress", "done": done, "total": total})

        export = export_photos(catalog, folder.path / ZIP_FILE, PhotoChoice(**folder.settings()["choice"]), on_progress)
        folder.append({"event": "exported", **asdict(export)})
