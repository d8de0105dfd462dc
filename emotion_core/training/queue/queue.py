"""The queue of a workspace, worked by a dispatcher: a process of its own, which outlives the page that started it."""

import sys
import time
from collections.abc import Iterable

from emotion_core.errors import JobError
from emotion_core.files import is_locked, read_json, write_json
from emotion_core.jobs import ACTIVE_STATES, JobFolder, start_detached
from emotion_core.settings import Workspace
from emotion_core.training.queue.capacity import capacity_problem
from emotion_core.training.queue.cluster_settings import cluster_settings_problem, uses_cluster
from emotion_core.training.store import has_settings, priority_of, publish_interrupted_runs

DISPATCHER_MODULE = "emotion_core.training.dispatcher"
QUEUE_LOCK_FILE = "queue.lock"
PROBLEM_FILE = "queue_problem.json"
# Between two attempts to start a dispatcher after a failure: the cluster may be back soon.
RETRY_SECONDS = 10


def start_queue(workspace: Workspace) -> None:
    """Start a dispatcher; where one is working already, the new one ends by itself.

    Raises:
        JobError: the dispatcher cannot be started; the runs stay queued.
    """
    try:
        with (workspace.root / "queue.log").open("ab") as log:
            start_detached([sys.executable, "-m", DISPATCHER_MODULE, str(workspace.root)], log)
    except OSError as error:
        raise JobError(
            f"The queue's process cannot be started: {error.strerror}. Expected memory and permission to start one. "
            f"Received: workspace={str(workspace.root)!r}. The runs stay queued; try again."
        ) from error


def resume_queue(workspace: Workspace) -> None:
    """Start a dispatcher if there is work and none is running: after a reboot, or when it was killed.

    After a failure, the next attempt waits for a while. Runs whose creation was interrupted join the queue.
    """
    publish_interrupted_runs(workspace)
    # A file lock ends with its process, so unlike a file with a process id it is never stale.
    has_dispatcher = is_locked(workspace.root / QUEUE_LOCK_FILE)
    if not has_dispatcher and not _failed_recently(workspace) and _has_work(workspace):
        start_queue(workspace)


def _has_work(workspace: Workspace) -> bool:
    # Runs in progress on a cluster need a dispatcher too: it fetches what they record.
    folders = JobFolder.all_in(workspace.runs)
    states = {folder.state().name for folder in folders}
    return bool(queued_among(folders)) or (uses_cluster(workspace) and not states.isdisjoint(ACTIVE_STATES))


def queue_problem(workspace: Workspace) -> str:
    """Return why queued runs cannot be started, or not as set, as a message for the user; empty without a problem."""
    if damaged := queue_settings_problem(workspace):
        return damaged
    problem = read_json(workspace.root / PROBLEM_FILE)
    return str(problem["message"]) if isinstance(problem, dict) and "message" in problem else ""


def queue_settings_problem(workspace: Workspace) -> str:
    """Return which setting of the queue is damaged, so that its default is used; empty without a problem."""
    return capacity_problem(workspace) or cluster_settings_problem(workspace)


def save_queue_problem(workspace: Workspace, message: str) -> None:
    """Save why queued runs cannot be started, for pages and the command line to show.

    Args:
        workspace: whose queue it is.
        message: for the user; empty clears the problem.
    """
    if message:
        write_json(workspace.root / PROBLEM_FILE, {"message": message, "time": time.time()}, durable=False)
    else:
        (workspace.root / PROBLEM_FILE).unlink(missing_ok=True)


def _failed_recently(workspace: Workspace) -> bool:
    try:
        # A time in the future, from before the clock was set, must not block the queue until then.
        return 0 <= time.time() - (workspace.root / PROBLEM_FILE).stat().st_mtime < RETRY_SECONDS
    except OSError:
        return False


def queued_folders(workspace: Workspace) -> list[JobFolder]:
    """Return the folders of the queued runs in the order in which they will be started: by priority, then by age."""
    return queued_among(JobFolder.all_in(workspace.runs))


def queued_among(folders: Iterable[JobFolder]) -> list[JobFolder]:
    """Return the queued ones of these folders, which are oldest first, in the order of ``queued_folders``.

    A run whose settings are damaged or of a newer version waits until the user has decided about it.
    """
    # sorted() is stable, also in reverse: equal priorities stay in order of age.
    queued = (folder for folder in folders if folder.state().name == "queued" and has_settings(folder))
    return sorted(queued, key=priority_of, reverse=True)
