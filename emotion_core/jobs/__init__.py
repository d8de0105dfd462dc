"""Background jobs: each is a folder that one process works in and any number of readers watch."""

from emotion_core.jobs.boundary import (
    attempt,
    begin_items,
    has_item_log,
    item_log,
    items_passed_on,
    log_item,
    rejection_reason,
)
from emotion_core.jobs.cached_folder import CachedJobFolder, CachedJobFolders, TailedJobFolder
from emotion_core.jobs.creation import aside, discard_folders, prepare_folders, prepared_folders, publish_folders
from emotion_core.jobs.folder import JobFolder, new_id
from emotion_core.jobs.process_record import folder_identity, is_of_this_folder, machine, process_record
from emotion_core.jobs.processes import child_environment, identity, is_alive, start_detached, start_orphan
from emotion_core.jobs.progress_log import ProgressLog, last_progress
from emotion_core.jobs.record_file import records_with
from emotion_core.jobs.session import RESERVE_FILE, job_session
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
    UNREADABLE_STATES,
    JobState,
    Record,
    StopRequested,
)
from emotion_core.jobs.unreadable import job_problem, unreadable_jobs

__all__ = [
    "ACTIVE_STATES",
    "CLUSTER_LOST",
    "ENDED_STATES",
    "MAX_ATTEMPTS",
    "NODE_LOST",
    "PAUSE",
    "PROCESS_ENDED",
    "RESERVE_FILE",
    "RESTARTED",
    "STOP",
    "STOP_LATER",
    "UNREADABLE_STATES",
    "CachedJobFolder",
    "CachedJobFolders",
    "JobFolder",
    "JobState",
    "ProgressLog",
    "Record",
    "StopRequested",
    "TailedJobFolder",
    "aside",
    "attempt",
    "begin_items",
    "child_environment",
    "discard_folders",
    "folder_identity",
    "has_item_log",
    "identity",
    "is_alive",
    "is_of_this_folder",
    "item_log",
    "items_passed_on",
    "job_problem",
    "job_session",
    "last_progress",
    "log_item",
    "machine",
    "new_id",
    "prepare_folders",
    "prepared_folders",
    "process_record",
    "publish_folders",
    "records_with",
    "rejection_reason",
    "start_detached",
    "start_orphan",
    "start_single",
    "unreadable_jobs",
]
