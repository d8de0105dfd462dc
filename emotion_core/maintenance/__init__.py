"""Care for a workspace: check and repair it, back it up and restore it, see and free what lies on the disk."""

from emotion_core.maintenance.backup import BackupContents, back_up
from emotion_core.maintenance.backup_file import verify
from emotion_core.maintenance.backup_job import backup_of, latest_backup, start_backup
from emotion_core.maintenance.check import check_workspace, summary_text
from emotion_core.maintenance.check_job import check_report, latest_check, start_check
from emotion_core.maintenance.clean import Removable, clean, delete_damaged_job, removable
from emotion_core.maintenance.disk import DiskUse, disk_use
from emotion_core.maintenance.findings import Problem, WorkspaceReport
from emotion_core.maintenance.progress import job_progress
from emotion_core.maintenance.restore import restore

__all__ = [
    "BackupContents",
    "DiskUse",
    "Problem",
    "Removable",
    "WorkspaceReport",
    "back_up",
    "backup_of",
    "check_report",
    "check_workspace",
    "clean",
    "delete_damaged_job",
    "disk_use",
    "job_progress",
    "latest_backup",
    "latest_check",
    "removable",
    "restore",
    "start_backup",
    "start_check",
    "summary_text",
    "verify",
]
