"""The process that works a queue: ``python -m emotion_core.training.dispatcher WORKSPACE``.

It starts queued runs, as many at once as there is room for. It holds no state: what is queued, running or asked to
stop stands in the run folders, so a new one takes over where an old one was killed.
"""

import contextlib
import sys
import time
from collections.abc import Iterable

from filelock import FileLock, Timeout

from emotion_core.errors import SettingsError
from emotion_core.jobs import CachedJobFolders, JobFolder
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training.launchers import Launcher, LocalLauncher
from emotion_core.training.queue import QUEUE_LOCK_FILE, cluster_settings, queued_among, save_queue_problem

POLL_SECONDS = 0.2
# Longer than one look, so that a dispatcher about to end has let go of the lock, or has seen the new runs.
LOCK_SECONDS = 5
# A step on a large photo takes seconds; importing TensorFlow takes up to 20.
STOP_GRACE_SECONDS = 30


def work(workspace: Workspace) -> None:
    """Start queued runs until none is left, or note why none can be; only one process does so at a time."""
    with contextlib.suppress(Timeout), FileLock(workspace.root / QUEUE_LOCK_FILE, timeout=LOCK_SECONDS):
        try:
            launcher = launcher_for(workspace)
            save_queue_problem(workspace, "")
            _work(workspace, launcher)
        except SettingsError as error:
            save_queue_problem(workspace, str(error))


def launcher_for(workspace: Workspace) -> Launcher:
    """Return what trains the runs: the Ray cluster that is set, else this machine.

    Raises:
        SettingsError: the cluster cannot be used.
    """
    address = cluster_settings(workspace).address
    if address is None:
        return LocalLauncher(workspace)
    from emotion_core.training.launchers.ray import RayLauncher

    return RayLauncher(workspace, address)


def _work(workspace: Workspace, launcher: Launcher) -> None:
    started: dict[str, JobFolder] = {}
    runs, settings = CachedJobFolders(workspace.runs), cluster_settings(workspace)
    # Where somebody chose another place to train at, whoever did so starts another one of these.
    while cluster_settings(workspace) == settings:
        folders = runs.all()
        # Those started here are asked after even where their folder is gone.
        known = started | {folder.id: folder for folder in folders}
        busy = launcher.poll(known.values())
        for run_id in busy:
            _kill_unresponsive(known[run_id], launcher)
        new = _fill(launcher, queued_among(folders), busy)
        if not busy and not new:
            return
        started = {run_id: folder for run_id, folder in started.items() if run_id in busy} | new
        time.sleep(POLL_SECONDS)


def _fill(launcher: Launcher, queued: Iterable[JobFolder], busy: set[str]) -> dict[str, JobFolder]:
    """Start as many queued runs as there is room for beside the busy ones, and return those."""
    ready = [folder for folder in queued if folder.id not in busy]
    chosen = ready[: max(launcher.slots(ready[0] if ready else None) - len(busy), 0)]
    for folder in chosen:
        # The folder may be deleted at any moment, this one included.
        with contextlib.suppress(FileNotFoundError):
            launcher.start(folder)
    return {folder.id: folder for folder in chosen}


def _kill_unresponsive(folder: JobFolder, launcher: Launcher) -> None:
    asked = folder.stop_requested_seconds_ago()
    if asked is not None and asked > STOP_GRACE_SECONDS:
        launcher.stop(folder)


if __name__ == "__main__":
    work(open_workspace(sys.argv[1]))
