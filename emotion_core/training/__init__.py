"""Studies and runs: settings, presets, the queue, the run folder."""

from emotion_core.training.config import RunConfig, StudyConfig
from emotion_core.training.design import Design, Factor
from emotion_core.training.plan import StudyPlan
from emotion_core.training.presets import DEFAULT_ACTIVATIONS, PRESETS
from emotion_core.training.queue import resume_queue
from emotion_core.training.runs import Run, Scores, find_run, list_runs, stop_run
from emotion_core.training.studies import Study, list_studies, load_study, runs_of, snapshot_rows, start_study

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
    "find_run",
    "list_runs",
    "list_studies",
    "load_study",
    "resume_queue",
    "runs_of",
    "snapshot_rows",
    "start_study",
    "stop_run",
]
