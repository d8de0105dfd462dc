"""Care for a workspace: check and repair it, back it up and restore it, see and free what lies on the disk."""

from emotion_core.maintenance.backup import BackupContents, back_up, verify
from emotion_core.maintenance.check import check_workspace, summary_text
from emotion_core.maintenance.findings import Problem, WorkspaceReport
from emotion_core.maintenance.restore import restore

__all__ = [
    "BackupContents",
    "Problem",
    "WorkspaceReport",
    "back_up",
    "check_workspace",
    "restore",
    "summary_text",
    "verify",
]
