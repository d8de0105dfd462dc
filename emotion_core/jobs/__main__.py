"""The process of one background job: ``python -m emotion_core.jobs JOB_FOLDER MODULE``.

It calls ``run`` of the module with the job's folder. A module whose jobs should give way to all other work says so by
a ``NICENESS``.
"""

import importlib
import sys
from pathlib import Path

import psutil

from emotion_core.jobs.folder import JobFolder

if __name__ == "__main__":
    job = importlib.import_module(sys.argv[2])
    if niceness := getattr(job, "NICENESS", 0):
        if sys.platform == "win32":
            niceness = psutil.BELOW_NORMAL_PRIORITY_CLASS
        psutil.Process().nice(niceness)
    job.run(JobFolder(Path(sys.argv[1])))
