"""What lies on disk of runs and studies."""

from emotion_core.training.store.listing import (
    damaged_runs,
    find_run,
    has_settings,
    list_runs,
    read_all_runs,
    read_runs,
    runs_by_network,
    runs_of,
    short_labels,
    unreadable_row,
    unreadable_runs,
)
from emotion_core.training.store.live_runs import LiveRuns
from emotion_core.training.store.log_links import link_logs
from emotion_core.training.store.looks import merged_study, record_look
from emotion_core.training.store.priority import PRIORITY_FILE, priority_of
from emotion_core.training.store.removal import delete_damaged
from emotion_core.training.store.restart_messages import NODE, interruption_messages
from emotion_core.training.store.run_records import COMPLETE, RENEWED, RESUMED, unbroken
from emotion_core.training.store.runs import SENDING_FILE, Run
from emotion_core.training.store.scores import FILES, SCORES_FILE, Scores
from emotion_core.training.store.snapshot_rows import snapshot_rows
from emotion_core.training.store.study import Study
from emotion_core.training.store.study_files import (
    LOCK_FILE,
    list_studies,
    load_study,
    read_all_studies,
    save_study,
    unreadable_studies,
)
from emotion_core.training.store.study_runs import (
    add_runs,
    create_run_folder,
    create_study,
    publish_interrupted_runs,
    remove_run,
)

__all__ = [
    "COMPLETE",
    "FILES",
    "LOCK_FILE",
    "NODE",
    "PRIORITY_FILE",
    "RENEWED",
    "RESUMED",
    "SCORES_FILE",
    "SENDING_FILE",
    "LiveRuns",
    "Run",
    "Scores",
    "Study",
    "add_runs",
    "create_run_folder",
    "create_study",
    "damaged_runs",
    "delete_damaged",
    "find_run",
    "has_settings",
    "interruption_messages",
    "link_logs",
    "list_runs",
    "list_studies",
    "load_study",
    "merged_study",
    "priority_of",
    "publish_interrupted_runs",
    "read_all_runs",
    "read_all_studies",
    "read_runs",
    "record_look",
    "remove_run",
    "runs_by_network",
    "runs_of",
    "save_study",
    "short_labels",
    "snapshot_rows",
    "unbroken",
    "unreadable_row",
    "unreadable_runs",
    "unreadable_studies",
]
