"""Background jobs: each is a folder that one process works in and any number of readers watch."""

from emotion_core.jobs.boundary import attempt, item_log, rejection_reason
from emotion_core.jobs.cached_folder import CachedJobFolder, CachedJobFolders, TailedJobFolder
from emotion_core.jobs.folder import JobFolder, new_id
from emotion_core.jobs.processes import child_environment, identity, is_alive, start_detached, start_orphan
from emotion_core.jobs.progress_log import ProgressLog, last_progress
from emotion_core.jobs.session import job_session
from emotion_core.jobs.single import start_single
from emotion_core.jobs.state import (
    ACTIVE_STATES,
    CLUSTER_LOST,
    ENDED_STATES,
    MAX_ATTEMPTS,
    NODE_LOST,
    PAUSE,
    PROCESS_ENDED,
    RESTARTED,
    STOP,
    STOP_LATER,
    JobState,
    Record,
    StopRequested,
)

__all__ = [
    "ACTIVE_STATES",
    "CLUSTER_LOST",
    "ENDED_STATES",
    "MAX_ATTEMPTS",
    "NODE_LOST",
    "PAUSE",
    "PROCESS_ENDED",
    "RESTARTED",
    "STOP",
    "STOP_LATER",
    "CachedJobFolder",
    "CachedJobFolders",
    "JobFolder",
    "JobState",
    "ProgressLog",
    "Record",
    "StopRequested",
    "TailedJobFolder",
    "attempt",
    "child_environment",
    "identity",
    "is_alive",
    "item_log",
    "job_session",
    "last_progress",
    "new_id",
    "rejection_reason",
    "start_detached",
    "start_orphan",
    "start_single",
]
