"""The user's actions on runs: stop, pause, resume, restart, delete.

A request to a run is a file in its folder, which the run's own process reads between batches. So every action works
the same from a page and from the command line.
"""

from emotion_core.documents import NEWER
from emotion_core.errors import JobError, JobNotFound, JobUnusable, SettingsError
from emotion_core.jobs import PAUSE, STOP, STOP_LATER
from emotion_core.network import checked
from emotion_core.settings import Workspace
from emotion_core.training.config import RunConfig
from emotion_core.training.queue import start_queue
from emotion_core.training.store import Run, add_runs, find_run, load_study, remove_run, runs_of


def stop_run(workspace: Workspace, run: Run, *, at_epoch_end: bool = False) -> None:
    """Ask a run to stop; ``resume_run`` lets it go on later.

    A queued or paused run stops at once.

    Args:
        workspace: whose dispatcher ends the process if it does not react.
        run: unchanged if it has ended already.
        at_epoch_end: finish and keep the current epoch; otherwise the run stops after the current batch.
    """
    if not run.folder.state().ended:
        run.folder.request(STOP_LATER if at_epoch_end else STOP)
        # The dispatcher kills a process that ignores the request, so one has to be running.
        start_queue(workspace)


def pause_run(run: Run) -> None:
    """Ask a run to pause: its process ends after the current batch; ``resume_run`` lets it go on.

    The current epoch is then trained again from its start. A queued run is not started until it is resumed.

    Raises:
        JobError: the run has ended.
    """
    if run.folder.state().ended:
        raise _state_error(run, "This run has ended, so it cannot be paused", "Resume or restart it instead")
    run.folder.request(PAUSE)


def resume_run(workspace: Workspace, run: Run) -> None:
    """Queue a paused, stopped, failed or lost run again; it goes on from its last checkpoint.

    Args:
        workspace: whose queue the run joins.
        run: any run that has not finished.

    Raises:
        JobError: the run has finished.
    """
    _refuse_newer(run)
    if run.folder.state().name == "finished":
        raise _state_error(run, "This run has finished, so there is nothing to resume", "Restart it to train it again")
    run.folder.requeue()
    start_queue(workspace)


def restart_run(workspace: Workspace, run: Run, seed: int | None = None) -> Run:
    """Train a run from scratch.

    Args:
        workspace: whose queue the run joins.
        run: not in progress.
        seed: a seed other than the run's adds a new run to the study and keeps this one. Otherwise the run starts
            over in place, and its records and results are deleted.

    Returns:
        The queued run.

    Raises:
        JobError: the run is in progress.
        SettingsError: the seed is invalid, or the study already has such a run.
    """
    if seed is not None and seed != run.config.seed:
        return _add_with_seed(workspace, run, seed)
    _refuse_newer(run)
    if run.folder.state().active or run.folder.has_process():
        raise _state_error(run, "This run is in progress, so it cannot be restarted", "Stop it first")
    run.folder.start_over()
    start_queue(workspace)
    return find_run(workspace, run.run_id)


def _add_with_seed(workspace: Workspace, run: Run, seed: int) -> Run:
    config = checked(RunConfig, {**dict(run.config), "seed": seed})
    study = load_study(workspace, run.study_id)
    if any(config == other.config for other in runs_of(workspace, study)):
        raise SettingsError(
            f"The study already has a run with these settings and this seed. Received: seed={seed}. Choose another."
        )
    [added] = add_runs(workspace, study, [config])
    start_queue(workspace)
    return added


def delete_run(workspace: Workspace, run: Run) -> None:
    """End a run's process, delete its folder, and remove it from its study.

    Deleting the last run of a study deletes the study.

    Args:
        workspace: the workspace that holds the run and its study.
        run: in any state.
    """
    run.folder.kill(durable=False)
    run.folder.delete()
    try:
        remove_run(workspace, load_study(workspace, run.study_id), run.run_id)
    except (JobNotFound, JobUnusable):
        # The study was deleted or its file is damaged, so no study lists the run any more.
        return


def _refuse_newer(run: Run) -> None:
    state = run.folder.state()
    if state.name == NEWER:
        raise JobError(state.message)


def _state_error(run: Run, problem: str, advice: str) -> JobError:
    return JobError(f"{problem}. Received: run={run.run_id!r}, state={run.folder.state().name!r}. {advice}.")
