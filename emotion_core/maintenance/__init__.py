"""Care for a workspace: check and repair it, back it up and restore it, see and free what lies on the disk."""

from emotion_core.maintenance.check import check_workspace, summary_text
from emotion_core.maintenance.findings import Problem, WorkspaceReport

__all__ = [
    "Problem",
    "WorkspaceReport",
    "check_workspace",
    "summary_text",
]
