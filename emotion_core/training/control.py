"""The user's actions on studies and runs: start, stop, pause, resume, restart, delete, reorder.

A request to a run is a file in its folder, which the run's own process reads between batches. So every action works
the same from a page and from the command line.
"""

import time
from collections.abc import Callable

from emotion_core.dataset import Catalog, Snapshot, SplitFractions, delete_snapshot, freeze
from emotion_core.disk_space import check_free_space, naming_full_disk
from emotion_core.documents import NEWER, write_value
from emotion_core.errors import JobError, JobNotFound, JobUnusable, SettingsError
from emotion_core.files import remove_file, sync_folders
from emotion_core.jobs import PAUSE, STOP, STOP_LATER, JobFolder, new_id
from emotion_core.network import checked
from emotion_core.settings import Workspace
from emotion_core.training.config import RunConfig, StudyConfig
from emotion_core.training.queue import queue_problem, queued_folders, resume_queue, set_cluster, start_queue
from emotion_core.training.store import (
    PRIORITY_FILE,
    Run,
    Study,
    add_runs,
    create_study,
    find_run,
    list_runs,
    list_studies,
    load_study,
    priority_of,
    read_runs,
    remove_run,
    runs_of,
)

WAIT_SECONDS = 0.5


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


def delete_study(workspace: Workspace, study: Study) -> None:
    """Delete a study and all its runs, ending those in progress, and its snapshot if no other study uses it.

    Args:
        workspace: the workspace that holds the study.
        study: may be out of date: its runs are read again.

    Raises:
        JobNotFound: the study has been deleted already.
    """
    folders = [JobFolder(workspace.runs / run_id) for run_id in load_study(workspace, study.study_id).run_ids]
    for folder in folders:
        # Before any is killed: otherwise the dispatcher would start a queued run in the slot that becomes free.
        folder.request(STOP, durable=False)
    for folder in folders:
        folder.kill(durable=False)
        folder.delete(durable=False)
    sync_folders([workspace.runs])
    remove_file(study.file(workspace))
    others = list_studies(workspace)
    # A study whose file cannot be read may use it, too.
    all_readable = len(others) == len([*workspace.studies.glob("*.json")])
    if all_readable and all(other.snapshot != study.snapshot for other in others):
        delete_snapshot(workspace, study.snapshot)


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


def _refuse_newer(run: Run) -> None:
    state = run.folder.state()
    if state.name == NEWER:
        raise JobError(state.message)


def _state_error(run: Run, problem: str, advice: str) -> JobError:
    return JobError(f"{problem}. Received: run={run.run_id!r}, state={run.folder.state().name!r}. {advice}.")


def freeze_photos(workspace: Workspace, config: StudyConfig) -> Snapshot:
    """Freeze the workspace's photos, their labels and their split as a study needs them.

    The same photos, labels and settings give the same snapshot, so a study that starts right after uses this one.

    Args:
        workspace: whose photos that are not rejected.
        config: names the sources of the photos, their split with its fractions and seed, and the folds.

    Raises:
        DataError: too few photos of a class, or near copies leave a part of a seed's folds without one.
    """
    fractions = SplitFractions(config.validation_fraction, config.test_share)
    snapshot = freeze(
        Catalog(workspace),
        fractions=fractions,
        seed=config.split_seed,
        sources=config.sources,
        folds=config.folds,
        split_source=config.split_source,
    )
    # Each seed draws its own folds. A run must not be the first to find that they cannot be drawn.
    for seed in sorted({run.seed for run in config.runs}):
        snapshot.of_fold(min(config.folds, 1), seed)
    return snapshot


def start_study(workspace: Workspace, config: StudyConfig) -> Study:
    """Freeze the photos, queue the study's runs and start the dispatcher.

    Args:
        workspace: whose photos are used and where the study is kept.
        config: runs, split and sources.

    Returns:
        The new study.

    Raises:
        DataError: there are too few photos of a label.
        DiskFull: the disk is full, or nearly; there is no study then.
    """
    check_free_space(workspace.root)
    with naming_full_disk(workspace.root):
        snapshot = freeze_photos(workspace, config)
    study_id = new_id()
    # Equal priorities are started in the order of their folders' names: numbers keep the order of the study.
    run_ids = tuple(f"{study_id}-r{number:03d}" for number in range(1, len(config.runs) + 1))
    study = Study(study_id, config, snapshot.fingerprint, run_ids, time.time())
    create_study(workspace, study)
    start_queue(workspace)
    return study


def wait_for_study(
    workspace: Workspace, study: Study, *, on_progress: Callable[[str], None] | None = None
) -> list[Run]:
    """Wait until every run of a study has ended.

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
        # Starts the dispatcher again where it was killed: no page may be open that would do it.
        resume_queue(workspace)
        runs = runs_of(workspace, study)
        text = _progress_text(workspace, runs)
        if text != reported and on_progress is not None:
            on_progress(text)
        reported = text
        # A paused run has not ended: it waits until the user resumes it, and so does this loop.
        if all(run.state.ended for run in runs):
            return runs
        time.sleep(WAIT_SECONDS)


def _progress_text(workspace: Workspace, runs: list[Run]) -> str:
    training = [run for run in runs if run.state.name == "running"]
    text = f"{sum(run.state.ended for run in runs)} of {len(runs)} runs ended"
    if not training:
        return queue_problem(workspace) or text
    return text + "".join(f"; {run.config.label}: epoch {len(run.epochs)} of {run.config.epochs}" for run in training)
