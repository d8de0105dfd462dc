"""The user's actions on the queue: pause and resume all, reorder, choose where runs are trained."""

from emotion_core.documents import write_value
from emotion_core.jobs import PAUSE
from emotion_core.settings import Workspace
from emotion_core.training.queue import queued_folders, set_cluster, start_queue
from emotion_core.training.store import PRIORITY_FILE, Run, list_runs, priority_of, read_runs


def pause_all_waiting(workspace: Workspace) -> list[Run]:
    """Pause every queued run and return those; runs in progress go on."""
    runs = queued_runs(workspace)
    for run in runs:
        run.folder.request(PAUSE)
    return runs


def resume_all_paused(workspace: Workspace) -> list[Run]:
    """Queue every paused run again and return those."""
    runs = paused_runs(workspace)
    for run in runs:
        run.folder.requeue()
    if runs:
        start_queue(workspace)
    return runs


def set_priority(run: Run, priority: int) -> None:
    """Set a run's priority in the queue: higher ones start first, equal ones by age.

    Args:
        run: whose priority is set.
        priority: any whole number; a new run has 0.
    """
    write_value(run.path / PRIORITY_FILE, priority)


def put_first(workspace: Workspace, run: Run) -> None:
    """Move a run to the front of the queue.

    Args:
        workspace: whose queue it is.
        run: given a priority above that of every queued run.
    """
    others = [priority_of(folder) for folder in queued_folders(workspace) if folder.id != run.run_id]
    set_priority(run, max(others, default=-1) + 1)


def queued_runs(workspace: Workspace) -> list[Run]:
    """Return the queued runs in the order in which they will be started."""
    return read_runs(workspace, [folder.id for folder in queued_folders(workspace)])[0]


def paused_runs(workspace: Workspace) -> list[Run]:
    """Return the paused runs of all studies, oldest first."""
    return [run for run in list_runs(workspace) if run.state.name == "paused"]


def use_cluster(workspace: Workspace, address: str = "", cpus: int | None = None, gpus: int = 0) -> None:
    """Set where runs are trained and try to connect; ``queue_problem`` reports a failure later.

    Args:
        workspace: whose new runs are trained there; runs in progress stay where they are.
        address: of a Ray cluster; empty trains on this machine.
        cpus: processors per run on the cluster, 1 to 1024; None chooses a useful number.
        gpus: GPUs per run on the cluster, 0 to 16.

    Raises:
        SettingsError: one of the values is invalid.
        JobError: the dispatcher cannot be started.
    """
    set_cluster(workspace, address, cpus, gpus)
    start_queue(workspace)
