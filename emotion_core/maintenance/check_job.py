"""The check of a workspace as a background job, for the page."""

from emotion_core.jobs import JobFolder, start_single
from emotion_core.maintenance.check import check_workspace
from emotion_core.maintenance.findings import Problem, WorkspaceReport
from emotion_core.maintenance.progress import reporting
from emotion_core.settings import Workspace, open_workspace

KIND = "check"
NICENESS = 10


def start_check(workspace: Workspace, *, repair: bool = False) -> JobFolder:
    """Start a check, or return the one that is running; it replaces earlier ones.

    Args:
        workspace: to check.
        repair: whether to repair what can be repaired.

    Raises:
        JobError: the job cannot be started.
    """
    return start_single(workspace.jobs, {"kind": KIND, "repair": repair}, __name__)


def latest_check(workspace: Workspace) -> JobFolder | None:
    """Return the check that was started last, or None."""
    return JobFolder.newest(workspace.jobs, KIND)


def check_report(folder: JobFolder) -> WorkspaceReport | None:
    """Return the report of a check that has ended, or None before that."""
    records = folder.records("result")
    if not records:
        return None
    rows = {name: [Problem(**row) for row in records[-1][name]] for name in ("problems", "repaired")}
    return WorkspaceReport(rows["problems"], rows["repaired"], records[-1]["checked"])


def run(folder: JobFolder) -> None:
    """Check the workspace that a job's folder is in, in this process.

    Args:
        folder: of a check that no other process works on.
    """
    with reporting(folder) as on_progress:
        workspace = open_workspace(folder.path.parents[1])
        report = check_workspace(workspace, repair=bool(folder.settings().get("repair")), on_progress=on_progress)
        folder.append({"event": "result", **report.as_json()})
