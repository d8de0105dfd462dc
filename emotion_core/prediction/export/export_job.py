"""Exports from a page: a background job that writes a run as one zip file, and survives the closing of the page."""

import io
import tempfile
import zipfile
from pathlib import Path

from emotion_core.disk_space import check_quota
from emotion_core.errors import JobUnusable
from emotion_core.files import write_bytes
from emotion_core.jobs import JobFolder, job_session, start_single
from emotion_core.prediction.export.bundle import export_run, export_starter
from emotion_core.prediction.model_choice import STARTER_FOLDER
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import Run, find_run

KIND = "export"
ZIP_FILE = "export.zip"


def start_export(workspace: Workspace, run: Run) -> JobFolder:
    """Start a job that writes a finished run as a zip file, or return the one that is already writing it.

    Earlier exports of the run, and exports of deleted runs, are deleted: each holds a copy of a network.

    Args:
        workspace: that holds the run.
        run: a finished run.

    Raises:
        JobError: the job cannot be started.
    """
    for job in JobFolder.of_kind(workspace.jobs, KIND):
        if not (workspace.runs / _run_id(job)).is_dir():
            job.delete()
    settings = {"kind": KIND, "run": run.run_id}
    return start_single(workspace.jobs, settings, __name__, same_work=lambda job: _run_id(job) == run.run_id)


def export_of(workspace: Workspace, run: Run) -> JobFolder | None:
    """Return the newest export job of a run.

    Args:
        workspace: that holds the run.
        run: a finished run.

    Returns:
        The job, or None where there is none or the run was trained again since.
    """
    exports = JobFolder.of_kind(workspace.jobs, KIND)
    newest = next((job for job in exports if _run_id(job) == run.run_id), None)
    if newest is None or not zip_of(newest).exists():
        return newest
    return newest if zip_of(newest).stat().st_mtime >= run.model_path.stat().st_mtime else None


def _run_id(export_job: JobFolder) -> str:
    """Return the id of an export's run; empty if another process has just deleted the export."""
    try:
        return str(export_job.settings().get("run", ""))
    except JobUnusable:
        return ""


def zip_of(folder: JobFolder) -> Path:
    """Return the path of the zip file that a finished export job has written."""
    return folder.path / ZIP_FILE


def run(folder: JobFolder) -> None:
    """Write the zip file in this process.

    Args:
        folder: of an export job that no other process works on.
    """
    # Beside the zip: the system's own folder for temporary files may be small, and in memory.
    with job_session(folder), tempfile.TemporaryDirectory(dir=folder.path, prefix=".") as scratch:
        workspace = open_workspace(folder.path.parents[1])
        check_quota(workspace.root)
        network = find_run(workspace, str(folder.settings()["run"]))
        write_bytes(zip_of(folder), _zipped(export_run(workspace, network, Path(scratch, network.run_id))))


def starter_zip(folder: Path = STARTER_FOLDER) -> bytes:
    """Return the starter network as the bytes of a zip file; that is quick enough to need no job.

    Raises:
        JobUnusable: the starter is missing.
    """
    with tempfile.TemporaryDirectory() as scratch:
        return _zipped(export_starter(Path(scratch, folder.name), folder))


def _zipped(files: list[Path]) -> bytes:
    """Return the files of one folder as a zip file that unpacks to a folder of the same name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files:
            packed.write(path, f"{path.parent.name}/{path.name}")
    return buffer.getvalue()
