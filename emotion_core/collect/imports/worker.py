"""The process of one background import: ``python -m emotion_core.collect.imports.worker JOB_FOLDER``."""

import sys
from pathlib import Path

from emotion_core.collect.imports.jobs import run
from emotion_core.jobs import JobFolder

if __name__ == "__main__":
    run(JobFolder(Path(sys.argv[1])))
