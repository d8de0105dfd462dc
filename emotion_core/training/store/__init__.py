"""What lies on disk of runs and studies."""

from emotion_core.training.store.listing import (
    damaged_runs,
    find_run,
    has_settings,
    list_runs,
    read_all_runs,
    read_runs,
    short_labels,
    unreadable_row,
    unreadable_runs,
)
from emotion_core.training.store.live_runs import LiveRuns
from emotion_core.training.store.looks import merged_study, record_look
from emotion_core.training.store.removal import delete_damaged
from emotion_core.training.store.restart_messages import NODE, interruption_messages
from emotion_core.training.store.run_records import RESUMED
from emotion_core.training.store.runs import (
    COMPLETE,
    PRIORITY_FILE,
    RENEWED,
    SENDING_FILE,
    Run,
    priority_of,
    unbroken,
)
from emotion_core.training.store.scores import FILES, SCORES_FILE, Scores
from emotion_core.training.store.studies import (
    LOCK_FILE,
    Study,
    add_runs,
    create_run_folder,
    create_study,
    list_studies,
    load_study,
    publish_interrupted_runs,
    remove_run,
    runs_of,
    save_study,
    snapshot_rows,
    unreadable_studies,
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
    "list_runs",
    "list_studies",
    "load_study",
    "merged_study",
    "priority_of",
    "publish_interrupted_runs",
    "read_all_runs",
    "read_runs",
    "record_look",
    "remove_run",
    "runs_of",
    "save_study",
    "short_labels",
    "snapshot_rows",
    "unbroken",
    "unreadable_row",
    "unreadable_runs",
    "unreadable_studies",
]
