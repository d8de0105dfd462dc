"""The process that works a queue: ``python -m emotion_core.training.dispatcher WORKSPACE``.

It starts queued runs one after the other. It holds no state: what is queued, running or asked to stop stands in the
run folders, so a new one takes over where an old one was killed.
"""

import contextlib
import subprocess
import sys
import time

from filelock import FileLock, Timeout

from emotion_core.jobs import JobFolder
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training.queue import LOCK_FILE

WORKER_MODULE = "emotion_core.training.worker"
LOOK_SECONDS = 0.2
# Longer than one look, so that a dispatcher about to end has let go of the lock, or has seen the new runs.
LOCK_SECONDS = 5
# A step on a large photo takes seconds; importing TensorFlow takes up to 20.
STOP_GRACE_SECONDS = 30


def work(workspace: Workspace) -> None:
    """Start queued runs one after the other until none is left; only one process does so at a time."""
    with contextlib.suppress(Timeout), FileLock(workspace.root / LOCK_FILE, timeout=LOCK_SECONDS):
        child: subprocess.Popen[bytes] | None = None
        while True:
            folders = JobFolder.all_in(workspace.runs)
            busy = [folder for folder in folders if folder.has_process()]
            for folder in busy:
                _end_if_deaf(folder)
            # A run whose folder was deleted is known by its process alone.
            if not busy and (child is None or child.poll() is not None):
                queued = next((folder for folder in folders if folder.state().name == "queued"), None)
                if queued is None:
                    return
                # The folder may be deleted at any moment, this one included.
                with contextlib.suppress(FileNotFoundError):
                    child = queued.launch(WORKER_MODULE)
            time.sleep(LOOK_SECONDS)


def _end_if_deaf(folder: JobFolder) -> None:
    asked = folder.stop_requested_seconds_ago()
    if asked is not None and asked > STOP_GRACE_SECONDS:
        folder.kill()


if __name__ == "__main__":
    work(open_workspace(sys.argv[1]))
