"""The process that looks at photos: ``python -m emotion_core.dataset.index_worker JOB_FOLDER``."""

import sys
from pathlib import Path

import psutil

from emotion_core.dataset.indexing import run
from emotion_core.jobs import JobFolder

NICENESS = 15

if __name__ == "__main__":
    # After everybody else: a run that trains meanwhile is not to take longer.
    if sys.platform == "win32":
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        psutil.Process().nice(NICENESS)
    run(JobFolder(Path(sys.argv[1])))
