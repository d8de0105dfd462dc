"""The process that starts the queued runs: ``python -m emotion_core.training.dispatcher WORKSPACE``.

It keeps as many runs going as there are slots and ends when none is left. It holds no state of its own: which runs are
queued, running or asked to stop is in the run folders, so a new dispatcher takes over where an old one was killed.
"""

import contextlib
import sys
import time
from collections.abc import Iterable

from filelock import FileLock, Timeout

from emotion_core.disk_space import check_room
from emotion_core.errors import DiskFull, SettingsError
from emotion_core.jobs import CachedJobFolders, JobFolder
from emotion_core.settings import Workspace, open_workspace
from emotion_core.terminal import guard_streams
from emotion_core.training.launchers import Launcher, LocalLauncher
from emotion_core.training.queue import QUEUE_LOCK_FILE, cluster_settings, queued_among, save_queue_problem
from emotion_core.training.store import publish_interrupted_runs

POLL_SECONDS = 0.2
# Longer than one round of an old dispatcher: one about to end has then released the lock, or has seen the new runs.
LOCK_SECONDS = 5
# A process reads requests between steps: a step on large photos takes seconds, importing TensorFlow up to 20.
STOP_GRACE_SECONDS = 30


def work(workspace: Workspace) -> None:
    """Start queued runs until none is left; on failure, save the reason for the user.

    Only one dispatcher works per workspace: a second one waits shortly for the lock and ends.
    """
    with contextlib.suppress(Timeout), FileLock(workspace.root / QUEUE_LOCK_FILE, timeout=LOCK_SECONDS):
        try:
            launcher = launcher_for(workspace)
            save_queue_problem(workspace, "")
            publish_interrupted_runs(workspace)
            _dispatch(workspace, launcher)
        except (DiskFull, SettingsError) as error:
            save_queue_problem(workspace, str(error))


def launcher_for(workspace: Workspace) -> Launcher:
    """Return the launcher of the Ray cluster in the workspace's settings, or of this machine without one.

    Raises:
        SettingsError: the cluster cannot be used.
    """
    address = cluster_settings(workspace).address
    if address is None:
        return LocalLauncher(workspace)
    from emotion_core.training.launchers.ray import RayLauncher

    return RayLauncher(workspace, address)


def _dispatch(workspace: Workspace, launcher: Launcher) -> None:
    started: dict[str, JobFolder] = {}
    runs, settings = CachedJobFolders(workspace.runs), cluster_settings(workspace)
    # Changing the settings starts another dispatcher, which waits for this one's lock.
    while cluster_settings(workspace) == settings:
        folders = runs.all()
        # Runs started here still occupy a slot if their folder was deleted while they train.
        known = started | {folder.id: folder for folder in folders}
        busy = launcher.poll(known.values())
        for run_id in busy:
            _kill_unresponsive(known[run_id], launcher)
        queued = queued_among(folders)
        new = _fill(launcher, queued, busy) if queued and _has_room(workspace, busy) else {}
        if not busy and not new:
            return
        started = {run_id: folder for run_id, folder in started.items() if run_id in busy} | new
        time.sleep(POLL_SECONDS)


def _has_room(workspace: Workspace, busy: set[str]) -> bool:
    """Return whether there is room for another run; raise if there is none and no run is in progress either."""
    try:
        check_room(workspace.root)
    except DiskFull:
        if not busy:
            raise
        return False
    return True


def _fill(launcher: Launcher, queued: Iterable[JobFolder], busy: set[str]) -> dict[str, JobFolder]:
    """Start queued runs in the slots that the busy ones leave free, and return those started."""
    ready = [folder for folder in queued if folder.id not in busy]
    chosen = ready[: max(launcher.slots(ready[0] if ready else None) - len(busy), 0)]
    for folder in chosen:
        # The user may delete the folder between the listing and this call.
        with contextlib.suppress(FileNotFoundError):
            launcher.start(folder)
    return {folder.id: folder for folder in chosen}


def _kill_unresponsive(folder: JobFolder, launcher: Launcher) -> None:
    seconds = folder.stop_requested_seconds_ago()
    if seconds is not None and seconds > STOP_GRACE_SECONDS:
        launcher.stop(folder)


if __name__ == "__main__":
    guard_streams()
    work(open_workspace(sys.argv[1]))
