"""Background jobs: a folder that a process works in, and that everybody else reads."""

from emotion_core.jobs.cached_folder import FollowedFolder, QuietFolder, QuietFolders
from emotion_core.jobs.folder import JobFolder, new_id
from emotion_core.jobs.lifecycle import working_in
from emotion_core.jobs.processes import identity, is_alive, start_detached, start_orphan
from emotion_core.jobs.progress_log import ProgressLog, last_progress
from emotion_core.jobs.state import (
    ACTIVE_STATES,
    BEGUN_AGAIN,
    CLUSTER_LOST,
    ENDED_STATES,
    MAX_TRIES,
    NODE_LOST,
    PAUSE,
    PROCESS_ENDED,
    STOP,
    STOP_LATER,
    JobState,
    Record,
    StopRequested,
)

__all__ = [
    "ACTIVE_STATES",
    "BEGUN_AGAIN",
    "CLUSTER_LOST",
    "ENDED_STATES",
    "MAX_TRIES",
    "NODE_LOST",
    "PAUSE",
    "PROCESS_ENDED",
    "STOP",
    "STOP_LATER",
    "FollowedFolder",
    "JobFolder",
    "JobState",
    "ProgressLog",
    "QuietFolder",
    "QuietFolders",
    "Record",
    "StopRequested",
    "identity",
    "is_alive",
    "last_progress",
    "new_id",
    "start_detached",
    "start_orphan",
    "working_in",
]
