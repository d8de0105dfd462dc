"""What a person asks of runs: to pause, go on, stop, begin anew, go first, go away, be trained elsewhere."""

import time
from collections.abc import Callable

from emotion_core.dataset import Catalog, Snapshot, SplitFractions, freeze
from emotion_core.errors import JobError, JobNotFound, SettingsError
from emotion_core.files import write_json
from emotion_core.jobs import PAUSE, STOP, STOP_LATER, JobFolder, new_id
from emotion_core.network import checked
from emotion_core.settings import Workspace
from emotion_core.training.config import RunConfig, StudyConfig
from emotion_core.training.queue import queue_problem, queued_folders, resume_queue, set_cluster, start_queue
from emotion_core.training.store import (
    PRIORITY_FILE,
    Run,
    Study,
    add_run,
    create_run_folder,
    find_run,
    list_runs,
    load_study,
    priority_of,
    remove_run,
    runs_of,
    save_study,
)

WAIT_SECONDS = 0.5


def stop_run(workspace: Workspace, run: Run, *, at_epoch_end: bool = False) -> None:
    """Ask a run to stop; a queued or paused one does so at once.

    It can go on later with ``resume_run``.

    Args:
        workspace: the run's.
        run: one that has ended already stays as it is.
        at_epoch_end: let the epoch under way be finished and kept; else it ends after the batch it is in.
    """
    if not run.folder.state().ended:
        run.folder.request(STOP_LATER if at_epoch_end else STOP)
        # Should the process not answer, somebody must be there to end it.
        start_queue(workspace)


def pause_run(run: Run) -> None:
    """Ask a run to make room: its process ends after the batch it is in, and it goes on with ``resume_run``.

    The epoch under way is trained anew then. A queued run waits until it is resumed.

    Raises:
        JobError: it has ended.
    """
    if run.folder.state().ended:
        raise _not_now(run, "This run cannot be paused, it has ended", "Resume or restart it, where it did not finish")
    run.folder.request(PAUSE)


def pause_all_waiting(workspace: Workspace) -> list[Run]:
    """Let every queued run wait until it is resumed; those under way go on. Returns those paused."""
    runs = queued_runs(workspace)
    for run in runs:
        run.folder.request(PAUSE)
    return runs


def resume_all_paused(workspace: Workspace) -> list[Run]:
    """Let every paused run wait for its turn. Returns those."""
    runs = paused_runs(workspace)
    for run in runs:
        run.folder.requeue()
    if runs:
        start_queue(workspace)
    return runs


def resume_run(workspace: Workspace, run: Run) -> None:
    """Let a run that was paused, stopped, failed or lost wait for its turn to go on from its last checkpoint.

    Raises:
        JobError: it has finished.
    """
    if run.folder.state().name == "finished":
        raise _not_now(run, "This run has finished, nothing of it is left to do", "Restart it to train it anew")
    run.folder.requeue()
    start_queue(workspace)


def restart_run(workspace: Workspace, run: Run, seed: int | None = None) -> Run:
    """Train a run from its beginning.

    Args:
        workspace: the run's.
        run: one that is not under way.
        seed: with another seed than the run's, a new run is added to the study and this one stays as it is; else the
            run begins anew in place, and what it had come to is gone.

    Returns:
        The run that was queued.

    Raises:
        JobError: it is under way.
        SettingsError: the seed cannot be used, or the study has that run already.
    """
    if seed is not None and seed != run.config.seed:
        return _with_seed(workspace, run, seed)
    if run.folder.state().active or run.folder.has_process():
        raise _not_now(run, "This run cannot be restarted while it is under way", "Stop it first")
    run.folder.start_over()
    start_queue(workspace)
    return find_run(workspace, run.run_id)


def _with_seed(workspace: Workspace, run: Run, seed: int) -> Run:
    config = checked(RunConfig, {**dict(run.config), "seed": seed})
    study = load_study(workspace, run.study_id)
    if any(config == other.config for other in runs_of(workspace, study)):
        raise SettingsError(
            f"The study has a run with these settings and this seed already. Received: seed={seed}. Choose another."
        )
    added = add_run(workspace, study, config)
    start_queue(workspace)
    return added


def delete_run(workspace: Workspace, run: Run) -> None:
    """End a run's process, remove its folder, and take it off its study; a study without runs goes with its last."""
    run.folder.kill()
    run.folder.delete()
    try:
        remove_run(workspace, load_study(workspace, run.study_id), run.run_id)
    except JobNotFound:
        # Its study was deleted, or its file is damaged: nothing lists the run any more.
        return


def delete_study(workspace: Workspace, study: Study) -> None:
    """Remove a study with all its runs, ending those under way; its snapshot stays.

    Raises:
        JobNotFound: it was deleted before.
    """
    folders = [JobFolder(workspace.runs / run_id) for run_id in load_study(workspace, study.study_id).run_ids]
    for folder in folders:
        # Lest the queue begin one while another is ended.
        folder.request(STOP)
    for folder in folders:
        folder.kill()
        folder.delete()
    study.file(workspace).unlink(missing_ok=True)


def set_priority(run: Run, priority: int) -> None:
    """Set a run's place in the queue: higher priorities go first, equal ones by age. It is 0 where nobody set it."""
    write_json(run.path / PRIORITY_FILE, priority)


def put_first(workspace: Workspace, run: Run) -> None:
    """Let a run be started before all that wait."""
    others = [priority_of(folder) for folder in queued_folders(workspace) if folder.id != run.run_id]
    set_priority(run, max(others, default=-1) + 1)


def queued_runs(workspace: Workspace) -> list[Run]:
    """Return the runs that wait, in the order in which they will be started."""
    return [Run(folder) for folder in queued_folders(workspace)]


def paused_runs(workspace: Workspace) -> list[Run]:
    """Return the paused runs of all studies, oldest first."""
    return [run for run in list_runs(workspace) if run.state.name == "paused"]


def use_cluster(workspace: Workspace, address: str = "", cpus: int | None = None, gpus: int = 0) -> None:
    """Set where runs are trained, and ask there whether it can be done; ``queue_problem`` says why it cannot.

    Args:
        workspace: whose runs; those under way stay where they are.
        address: of a Ray cluster; empty trains on this machine.
        cpus: processors that a run takes of the cluster; None takes as many as help.
        gpus: GPUs that a run takes of the cluster.

    Raises:
        SettingsError: one of them cannot be used.
        JobError: the process that works the queue cannot be started.
    """
    set_cluster(workspace, address, cpus, gpus)
    start_queue(workspace)


def _not_now(run: Run, problem: str, advice: str) -> JobError:
    return JobError(f"{problem}. Received: run={run.run_id!r}, state={run.folder.state().name!r}. {advice}.")


def freeze_photos(workspace: Workspace, config: StudyConfig) -> Snapshot:
    """Freeze the workspace's photos, their labels and their split as a study needs them.

    The same photos, labels and settings give the same snapshot, so a study that starts right after uses this one.

    Args:
        workspace: whose photos that are not rejected.
        config: names the sources of the photos, the fractions and the seed of the split, and the folds.

    Raises:
        DataError: too few photos of a class.
    """
    fractions = SplitFractions(config.validation_fraction, config.test_share)
    return freeze(
        Catalog(workspace), fractions=fractions, seed=config.split_seed, sources=config.sources, folds=config.folds
    )


def start_study(workspace: Workspace, config: StudyConfig) -> Study:
    """Freeze the photos, queue the study's runs and see that somebody works the queue.

    Raises:
        DataError: too few photos of a class.
    """
    snapshot = freeze_photos(workspace, config)
    study_id = new_id()
    # Runs are numbered, so that the queue, which goes by name, takes them in the order of the study.
    run_ids = tuple(f"{study_id}-r{number:03d}" for number in range(1, len(config.runs) + 1))
    study = Study(study_id, config, snapshot.fingerprint, run_ids, time.time())
    save_study(workspace, study)
    for run_id, run_config in zip(run_ids, config.runs, strict=True):
        create_run_folder(workspace, study, run_id, run_config)
    start_queue(workspace)
    return study


def wait_for_study(
    workspace: Workspace, study: Study, *, on_progress: Callable[[str], None] | None = None
) -> list[Run]:
    """Wait until every run of a study has ended, and keep its queue at work meanwhile.

    A paused run has not ended: this waits until it is resumed.

    Args:
        workspace: the study's.
        study: one that was started.
        on_progress: called with one sentence whenever it changes, such as "1 of 3 runs ended; relu · depth 3 · seed 0:
            epoch 4 of 45".

    Returns:
        The runs in the order of the study, each finished, stopped, failed or lost; runs whose folder was deleted are
        left out.
    """
    reported = ""
    while True:
        resume_queue(workspace)
        runs = runs_of(workspace, study)
        text = _progress_text(workspace, runs)
        if text != reported and on_progress is not None:
            on_progress(text)
        reported = text
        if all(run.state.ended for run in runs):
            return runs
        time.sleep(WAIT_SECONDS)


def _progress_text(workspace: Workspace, runs: list[Run]) -> str:
    training = [run for run in runs if run.state.name == "running"]
    text = f"{sum(run.state.ended for run in runs)} of {len(runs)} runs ended"
    if not training:
        return queue_problem(workspace) or text
    return text + "".join(f"; {run.config.label}: epoch {len(run.epochs)} of {run.config.epochs}" for run in training)
