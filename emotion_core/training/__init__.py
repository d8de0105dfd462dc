"""Studies and runs: settings, presets, the queue, the run folder."""

from emotion_core.training.config.design import Design, Factor
from emotion_core.training.config.presets import DEFAULT_ACTIVATIONS, PRESETS
from emotion_core.training.config.run_config import RunConfig
from emotion_core.training.config.study_config import StudyConfig
from emotion_core.training.config.study_plan import StudyPlan
from emotion_core.training.control import (
    delete_run,
    delete_study,
    pause_all_waiting,
    pause_run,
    paused_runs,
    put_first,
    queued_runs,
    restart_run,
    resume_all_paused,
    resume_run,
    set_priority,
    start_study,
    stop_run,
    use_cluster,
)
from emotion_core.training.queue.capacity import runs_at_once, set_runs_at_once
from emotion_core.training.queue.queue import resume_queue
from emotion_core.training.queue.standby import warm_up
from emotion_core.training.store.interruptions import what_happened
from emotion_core.training.store.runs import Run, Scores, find_run, list_runs
from emotion_core.training.store.studies import Study, list_studies, load_study, runs_of, snapshot_rows

__all__ = [
    "DEFAULT_ACTIVATIONS",
    "PRESETS",
    "Design",
    "Factor",
    "Run",
    "RunConfig",
    "Scores",
    "Study",
    "StudyConfig",
    "StudyPlan",
    "delete_run",
    "delete_study",
    "find_run",
    "list_runs",
    "list_studies",
    "load_study",
    "pause_all_waiting",
    "pause_run",
    "paused_runs",
    "put_first",
    "queued_runs",
    "restart_run",
    "resume_all_paused",
    "resume_queue",
    "resume_run",
    "runs_at_once",
    "runs_of",
    "set_priority",
    "set_runs_at_once",
    "snapshot_rows",
    "start_study",
    "stop_run",
    "use_cluster",
    "warm_up",
    "what_happened",
]
