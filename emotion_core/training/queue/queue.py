"""The queue of a workspace: a small process of its own, so that a study goes on when whatever started it ends."""

import sys
import time
from collections.abc import Iterable

from emotion_core.errors import JobError
from emotion_core.files import is_locked, read_json, write_json
from emotion_core.jobs import ACTIVE_STATES, JobFolder, start_detached
from emotion_core.settings import Workspace
from emotion_core.training.queue.cluster_settings import uses_cluster
from emotion_core.training.store import priority_of

DISPATCHER_MODULE = "emotion_core.training.dispatcher"
QUEUE_LOCK_FILE = "queue.lock"
PROBLEM_FILE = "queue_problem.json"
# A cluster that cannot be reached now may be back soon.
RETRY_SECONDS = 10


def start_queue(workspace: Workspace) -> None:
    """Start a process that works the queue; where one does already, the new one ends by itself.

    Raises:
        JobError: the process cannot be started; the runs stay queued.
    """
    try:
        with (workspace.root / "queue.log").open("ab") as log:
            start_detached([sys.executable, "-m", DISPATCHER_MODULE, str(workspace.root)], log)
    except OSError as error:
        raise JobError(
            f"The queue cannot be worked: {error.strerror}. Expected room and permission to start a process. "
            f"Received: workspace={str(workspace.root)!r}. The runs stay queued; try again."
        ) from error


def resume_queue(workspace: Workspace) -> None:
    """Start the queue where it has work and nobody does it: after a restart, or when its process was killed.

    Where it could not be worked a moment ago, it is left alone for another moment.
    """
    is_dispatched = is_locked(workspace.root / QUEUE_LOCK_FILE)
    if not is_dispatched and not _tried_lately(workspace) and _has_work(workspace):
        start_queue(workspace)


def _has_work(workspace: Workspace) -> bool:
    """Whether runs wait, or may be on a cluster, from where what they record has to be fetched."""
    states = {folder.state().name for folder in JobFolder.all_in(workspace.runs)}
    return "queued" in states or (uses_cluster(workspace) and not states.isdisjoint(ACTIVE_STATES))


def queue_problem(workspace: Workspace) -> str:
    """Return why the queue cannot be worked, in words for a person; empty where it can."""
    problem = read_json(workspace.root / PROBLEM_FILE)
    return str(problem["message"]) if isinstance(problem, dict) and "message" in problem else ""


def save_queue_problem(workspace: Workspace, message: str) -> None:
    """Keep why the queue cannot be worked, for whoever watches; an empty message takes the note away."""
    if message:
        write_json(workspace.root / PROBLEM_FILE, {"message": message, "time": time.time()})
    else:
        (workspace.root / PROBLEM_FILE).unlink(missing_ok=True)


def _tried_lately(workspace: Workspace) -> bool:
    try:
        return time.time() - (workspace.root / PROBLEM_FILE).stat().st_mtime < RETRY_SECONDS
    except OSError:
        return False


def queued_folders(workspace: Workspace) -> list[JobFolder]:
    """Return the queued runs in the order in which they will be started: by priority, then by age."""
    return queued_among(JobFolder.all_in(workspace.runs))


def queued_among(folders: Iterable[JobFolder]) -> list[JobFolder]:
    """Return those of these runs, which come oldest first, that ``queued_folders`` returns."""
    return sorted((folder for folder in folders if folder.state().name == "queued"), key=priority_of, reverse=True)
