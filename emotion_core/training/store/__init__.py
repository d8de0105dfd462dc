"""What lies on disk of runs and studies."""

from emotion_core.training.store.live_runs import LiveRuns
from emotion_core.training.store.looks import merged_study, record_look
from emotion_core.training.store.restart_messages import NODE, interruption_messages
from emotion_core.training.store.runs import (
    PRIORITY_FILE,
    RENEWED,
    RESUMED,
    SENDING_FILE,
    Run,
    find_run,
    list_runs,
    priority_of,
    short_labels,
    unbroken,
)
from emotion_core.training.store.scores import SCORES_FILE, Scores
from emotion_core.training.store.studies import (
    LOCK_FILE,
    Study,
    add_runs,
    create_run_folder,
    list_studies,
    load_study,
    remove_run,
    runs_of,
    save_study,
    snapshot_rows,
)

__all__ = [
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
    "find_run",
    "interruption_messages",
    "list_runs",
    "list_studies",
    "load_study",
    "merged_study",
    "priority_of",
    "record_look",
    "remove_run",
    "runs_of",
    "save_study",
    "short_labels",
    "snapshot_rows",
    "unbroken",
]
