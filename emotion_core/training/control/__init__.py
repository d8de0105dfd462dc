"""The user's actions on studies, runs and the queue, the same from a page and from the command line."""

from emotion_core.training.control.queue_actions import (
    pause_all_waiting,
    paused_runs,
    put_first,
    queued_runs,
    resume_all_paused,
    set_priority,
    use_cluster,
)
from emotion_core.training.control.run_actions import delete_run, pause_run, restart_run, resume_run, stop_run
from emotion_core.training.control.study_actions import (
    MAX_NAME,
    MAX_NOTE,
    delete_study,
    freeze_photos,
    rename_study,
    start_study,
)
from emotion_core.training.control.waiting import wait_for_study

__all__ = [
    "MAX_NAME",
    "MAX_NOTE",
    "delete_run",
    "delete_study",
    "freeze_photos",
    "pause_all_waiting",
    "pause_run",
    "paused_runs",
    "put_first",
    "queued_runs",
    "rename_study",
    "restart_run",
    "resume_all_paused",
    "resume_run",
    "set_priority",
    "start_study",
    "stop_run",
    "use_cluster",
    "wait_for_study",
]
