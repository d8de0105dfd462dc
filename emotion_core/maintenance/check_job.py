"""The check of a workspace as a background job, for the page."""

from emotion_core.jobs import JobFolder, ProgressLog, job_session, start_single
from emotion_core.maintenance.check import check_workspace
from emotion_core.maintenance.findings import Problem, WorkspaceReport
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


def check_progress(folder: JobFolder) -> tuple[int, int]:
    """Return the number of photos that a check has looked at, and their total; zeros before the first."""
    records = folder.records("progress")
    return (records[-1]["done"], records[-1]["total"]) if records else (0, 0)


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
    with job_session(folder):
        log = ProgressLog(folder)

        def on_progress(done: int, total: int) -> None:
            folder.raise_if_stopped()
            log({"event": "progress", "done": done, "total": total})

        workspace = open_workspace(folder.path.parents[1])
        report = check_workspace(workspace, repair=bool(folder.settings().get("repair")), on_progress=on_progress)
        log.flush()
        folder.append({"event": "result", **report.as_json()})
