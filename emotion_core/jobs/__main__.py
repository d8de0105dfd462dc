"""The process of one background job: ``python -m emotion_core.jobs JOB_FOLDER MODULE``.

It calls the module's ``run`` with the job's folder. A module whose jobs should yield to all other work defines
``NICENESS``.
"""

import importlib
import sys
from pathlib import Path

import psutil

from emotion_core.jobs.folder import JobFolder
from emotion_core.terminal import guard_streams

if __name__ == "__main__":
    guard_streams()
    job = importlib.import_module(sys.argv[2])
    if niceness := getattr(job, "NICENESS", 0):
        if sys.platform == "win32":
            # Windows has priority classes in place of a number.
            niceness = psutil.BELOW_NORMAL_PRIORITY_CLASS
        psutil.Process().nice(niceness)
    job.run(JobFolder(Path(sys.argv[1])))
