"""Exports that a page asks for: a job that writes the folder as one zip file, and goes on when the page is closed."""

import io
import tempfile
import zipfile
from pathlib import Path

from emotion_core.files import read_json, write_bytes
from emotion_core.jobs import JobFolder, job_session, start_single
from emotion_core.prediction.export.bundle import export_run, export_starter
from emotion_core.prediction.model_choice import STARTER_FOLDER
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import Run, find_run

KIND = "export"
ZIP_FILE = "export.zip"


def start_export(workspace: Workspace, run: Run) -> JobFolder:
    """Start writing a finished run as a zip file, in a process of its own.

    Earlier exports of it go, and so do those of runs that were deleted.

    Returns:
        The job: a new one, or the one under way.

    Raises:
        JobError: it cannot be started.
    """
    for job in JobFolder.of_kind(workspace.jobs, KIND):
        if not (workspace.runs / _run_id(job)).is_dir():
            job.delete()
    settings = {"kind": KIND, "run": run.run_id}
    return start_single(workspace.jobs, settings, __name__, same_work=lambda job: _run_id(job) == run.run_id)


def export_of(workspace: Workspace, run: Run) -> JobFolder | None:
    """Return the newest export of a run that ``start_export`` began; None without any, or where it was trained anew."""
    exports = JobFolder.of_kind(workspace.jobs, KIND)
    newest = next((job for job in exports if _run_id(job) == run.run_id), None)
    if newest is None or not zip_of(newest).exists():
        return newest
    return newest if zip_of(newest).stat().st_mtime >= run.model_path.stat().st_mtime else None


def _run_id(export_job: JobFolder) -> str:
    """Return the id of an export's run; empty if another process has just deleted the export."""
    settings = read_json(export_job.path / "settings.json")
    return str(settings["run"]) if isinstance(settings, dict) else ""


def zip_of(folder: JobFolder) -> Path:
    """Return the file that a finished export has written."""
    return folder.path / ZIP_FILE


def run(folder: JobFolder) -> None:
    """Write the zip file in this process.

    Args:
        folder: of an export job that nobody else works on.
    """
    with job_session(folder), tempfile.TemporaryDirectory() as scratch:
        workspace = open_workspace(folder.path.parents[1])
        network = find_run(workspace, str(folder.settings()["run"]))
        write_bytes(zip_of(folder), _zipped(export_run(workspace, network, Path(scratch, network.run_id))))


def starter_zip(folder: Path = STARTER_FOLDER) -> bytes:
    """Return the network that comes with the project as a zip file; there is nothing to wait for.

    Raises:
        JobUnusable: the starter is missing.
    """
    with tempfile.TemporaryDirectory() as scratch:
        return _zipped(export_starter(Path(scratch, folder.name), folder))


def _zipped(files: list[Path]) -> bytes:
    """Return the files as a zip file that unpacks to one folder, named as theirs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files:
            packed.write(path, f"{path.parent.name}/{path.name}")
    return buffer.getvalue()
