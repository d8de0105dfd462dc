"""The process that exports a run: ``python -m emotion_core.prediction.export_worker JOB_FOLDER``."""

import sys
from pathlib import Path

from emotion_core.jobs import JobFolder
from emotion_core.prediction.exporting import run

if __name__ == "__main__":
    run(JobFolder(Path(sys.argv[1])))
