"""Entry of the worker process: ``python -m emotion_core.training.worker RUN_FOLDER [THREADS]``.

With ``--standby WORKSPACE`` it is a standby worker: it imports TensorFlow and waits to be handed a run.
"""

import sys
from pathlib import Path

from emotion_core.jobs import JobFolder
from emotion_core.terminal import guard_streams
from emotion_core.training.queue import STANDBY
from emotion_core.training.worker.loop import train_assigned_runs, wait_for_run

if __name__ == "__main__":
    guard_streams()
    if sys.argv[1] == STANDBY:
        train_assigned_runs(*wait_for_run(Path(sys.argv[2])))
    else:
        train_assigned_runs(JobFolder(Path(sys.argv[1])), *map(int, sys.argv[2:]))
