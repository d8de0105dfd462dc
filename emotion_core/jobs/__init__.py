"""Background jobs: a folder that a process works in, and that everybody else reads."""

from emotion_core.jobs.cached_folder import CachedJobFolder, CachedJobFolders, TailedJobFolder
from emotion_core.jobs.folder import JobFolder, new_id
from emotion_core.jobs.lifecycle import job_session
from emotion_core.jobs.processes import identity, is_alive, start_detached, start_orphan
from emotion_core.jobs.progress_log import ProgressLog, last_progress
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
    "identity",
    "is_alive",
    "job_session",
    "last_progress",
    "new_id",
    "start_detached",
    "start_orphan",
]
