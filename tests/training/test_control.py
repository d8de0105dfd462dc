"""The user's actions on runs, without a dispatcher: the tests hold its lock."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from filelock import FileLock

from emotion_core.command_line import parser
from emotion_core.dataset import Snapshot, list_snapshots, load_snapshot
from emotion_core.errors import DataError, JobError, JobNotFound, SettingsError
from emotion_core.files import write_json
from emotion_core.jobs import JobFolder
from emotion_core.settings import RUNS_AT_ONCE_VARIABLE, Workspace, open_workspace
from emotion_core.training import (
    Run,
    RunConfig,
    Study,
    StudyConfig,
    StudyPlan,
    delete_run,
    delete_study,
    find_run,
    list_studies,
    load_study,
    pause_all_waiting,
    pause_run,
    put_first,
    queued_runs,
    rename_study,
    restart_run,
    resume_all_paused,
    resume_run,
    runs_at_once,
    runs_of,
    set_priority,
    set_runs_at_once,
    start_study,
    stop_run,
)
from emotion_core.training.control import study_actions
from emotion_core.training.launchers import LocalLauncher
from emotion_core.training.queue import QUEUE_LOCK_FILE, threads_per_run
from emotion_core.training.queue.capacity import machine_runs_at_once
from emotion_core.training.store import link_logs, unbroken


@pytest.fixture
def waiting(
    tmp_path: Path,
    add_photos: Callable[..., list[str]],
    start_tiny_study: Callable[..., Study],
    end_processes: None,
) -> Iterator[tuple[Workspace, Study]]:
    """Return a study of three queued runs that are not started."""
    workspace = open_workspace(tmp_path)
    add_photos(workspace, happy=10, sad=10)
    with FileLock(workspace.root / QUEUE_LOCK_FILE):
        yield workspace, start_tiny_study(workspace, ("relu", "tanh", "sigmoid"))


def first_of(waiting: tuple[Workspace, Study]) -> Run:
    """Return the study's first run."""
    return runs_of(*waiting)[0]


def ids(runs: list[Run]) -> list[str]:
    """Return their ids."""
    return [run.run_id for run in runs]


def test_queue_goes_by_priority_and_then_by_age(waiting: tuple[Workspace, Study]) -> None:
    """The oldest is first, until another is put there; a low priority goes to the end."""
    workspace, study = waiting
    a, b, c = study.run_ids
    assert ids(queued_runs(workspace)) == [a, b, c]
    put_first(workspace, find_run(workspace, c))
    assert ids(queued_runs(workspace)) == [c, a, b]
    put_first(workspace, find_run(workspace, b))
    assert ids(queued_runs(workspace)) == [b, c, a]
    set_priority(find_run(workspace, b), -1)
    assert ids(queued_runs(workspace)) == [c, a, b]
    assert find_run(workspace, b).summary()["priority"] == -1


def test_queued_run_waits_until_it_is_resumed(waiting: tuple[Workspace, Study]) -> None:
    """Paused, it is out of the queue and has not ended; resumed, it is in its place again."""
    workspace, study = waiting
    pause_run(first_of(waiting))
    state = first_of(waiting).state
    assert (state.name, state.active, state.ended) == ("paused", False, False)
    assert ids(queued_runs(workspace)) == list(study.run_ids[1:])
    resume_run(workspace, first_of(waiting))
    assert ids(queued_runs(workspace)) == list(study.run_ids)


def test_all_that_wait_are_paused_and_go_on_together(waiting: tuple[Workspace, Study]) -> None:
    """Runs that have ended stay as they are; those that go on are where they were in the queue."""
    workspace, study = waiting
    stop_run(workspace, first_of(waiting))
    put_first(workspace, find_run(workspace, study.run_ids[2]))
    assert ids(pause_all_waiting(workspace)) == [study.run_ids[2], study.run_ids[1]]
    assert [run.state.name for run in runs_of(*waiting)] == ["stopped", "paused", "paused"]
    assert ids(resume_all_paused(workspace)) == list(study.run_ids[1:])
    assert ids(queued_runs(workspace)) == [study.run_ids[2], study.run_ids[1]]
    assert pause_all_waiting(workspace) != []
    assert pause_all_waiting(workspace) == []


@pytest.mark.parametrize("at_epoch_end", [False, True])
def test_paused_run_can_be_stopped_and_a_stopped_one_goes_on(
    waiting: tuple[Workspace, Study], at_epoch_end: bool
) -> None:
    """Whichever way it is asked, a run without a process stops at once, and may be resumed."""
    workspace, _ = waiting
    pause_run(first_of(waiting))
    stop_run(workspace, first_of(waiting), at_epoch_end=at_epoch_end)
    assert first_of(waiting).state.name == "stopped"
    with pytest.raises(JobError, match="state='stopped'"):
        pause_run(first_of(waiting))
    resume_run(workspace, first_of(waiting))
    assert first_of(waiting).state.name == "queued"


def test_finished_run_is_not_resumed_and_restarted_from_nothing(waiting: tuple[Workspace, Study]) -> None:
    """Its results are gone, and it is queued."""
    workspace, _ = waiting
    run = first_of(waiting)
    run.folder.append({"event": "begin"})
    run.folder.finish("finished")
    with pytest.raises(JobError, match="Restart it"):
        resume_run(workspace, run)
    again = restart_run(workspace, run)
    assert (again.state.name, again.run_id, again.config) == ("queued", run.run_id, run.config)
    assert [path.name for path in again.path.iterdir()] == ["settings.json"]


def test_run_that_waits_or_works_is_not_restarted(waiting: tuple[Workspace, Study]) -> None:
    """It would be two processes in one folder."""
    with pytest.raises(JobError, match="Stop it first"):
        restart_run(waiting[0], first_of(waiting))


def test_restart_with_another_seed_is_a_new_run_of_the_study(waiting: tuple[Workspace, Study]) -> None:
    """The first stays as it is, the new one differs in nothing but its seed, and there is no third."""
    workspace, study = waiting
    run = first_of(waiting)
    added = restart_run(workspace, run, seed=7)
    study = load_study(workspace, study.study_id)
    assert study.run_ids[-1] == added.run_id
    assert study.config.runs[-1] == added.config == run.config.model_copy(update={"seed": 7})
    assert added.snapshot == run.snapshot
    assert len(queued_runs(workspace)) == 4
    with pytest.raises(SettingsError, match="seed=7"):
        restart_run(workspace, run, seed=7)
    with pytest.raises(SettingsError, match="seed"):
        restart_run(workspace, run, seed=-1)


def test_deleted_run_is_taken_off_its_study_and_its_process_ended(waiting: tuple[Workspace, Study]) -> None:
    """The study lists the others; the process that worked on it lives no longer."""
    workspace, study = waiting
    run = first_of(waiting)
    child = psutil.Popen(["sleep", "60"])
    run.folder.record_process(child.pid)
    delete_run(workspace, run)
    assert child.wait() != 0
    assert not run.path.exists()
    left = load_study(workspace, study.study_id)
    assert left.run_ids == study.run_ids[1:]
    assert left.config.runs == study.config.runs[1:]


def test_study_goes_with_its_last_run_or_as_a_whole(
    waiting: tuple[Workspace, Study], start_tiny_study: Callable[..., Study]
) -> None:
    """Nothing of it is listed any more, and its photos' snapshot stays as long as another study uses it."""
    workspace, study = waiting
    other = start_tiny_study(workspace)
    for run in runs_of(workspace, study):
        delete_run(workspace, run)
    assert [listed.study_id for listed in list_studies(workspace)] == [other.study_id]
    third = start_tiny_study(workspace)
    assert third.snapshot == other.snapshot
    delete_study(workspace, third)
    assert (workspace.snapshots / other.snapshot).is_dir()
    delete_study(workspace, other)
    assert list_studies(workspace) == []
    assert list(workspace.runs.iterdir()) == []
    with pytest.raises(JobNotFound):
        find_run(workspace, other.run_ids[0])
    assert list(workspace.snapshots.iterdir()) == []
    with pytest.raises(JobNotFound):
        delete_study(workspace, other)


def test_a_study_with_a_damaged_run_leaves_nothing_behind(waiting: tuple[Workspace, Study]) -> None:
    """A folder that cannot be read as a run goes as well."""
    workspace, study = waiting
    (first_of(waiting).path / "settings.json").write_text("{")
    delete_study(workspace, study)
    assert list(workspace.runs.iterdir()) == []


def test_runs_at_once_come_from_the_setting_then_the_variable_then_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page's number wins; without any, it is what cores and memory allow."""
    workspace = open_workspace(tmp_path)
    monkeypatch.delenv(RUNS_AT_ONCE_VARIABLE, raising=False)
    assert runs_at_once(workspace) == machine_runs_at_once() >= 1
    monkeypatch.setenv(RUNS_AT_ONCE_VARIABLE, "3")
    assert runs_at_once(workspace) == 3
    set_runs_at_once(workspace, 2)
    assert runs_at_once(workspace) == 2
    set_runs_at_once(workspace, None)
    assert runs_at_once(workspace) == 3
    for wrong in ("0", "1001", "many", "-1"):
        monkeypatch.setenv(RUNS_AT_ONCE_VARIABLE, wrong)
        with pytest.raises(SettingsError, match=repr(wrong)):
            runs_at_once(workspace)
    with pytest.raises(SettingsError, match="Expected 1 to 1000"):
        set_runs_at_once(workspace, 0)


def test_small_runs_get_a_core_each(tmp_path: Path, add_photos: Callable[..., list[str]], end_processes: None) -> None:
    """So does the queue train a study of them; three runs, or a large network among them, have several cores each."""
    cores = psutil.cpu_count() or 1
    runs = tuple(RunConfig(image_size=64, filters=(4,), seed=seed) for seed in range(4 * cores))
    large = (*runs[1:], runs[0].model_copy(update={"image_size": 256, "filters": (64,)}))
    usual = machine_runs_at_once()
    studies = [StudyConfig(runs=some) for some in (runs, runs[:4], runs[:3], large)]
    assert [*map(machine_runs_at_once, studies)] == [cores, min(cores, 4), usual, usual]
    workspace = open_workspace(tmp_path)
    add_photos(workspace, happy=10, sad=10)
    with FileLock(workspace.root / QUEUE_LOCK_FILE):
        study = start_study(workspace, StudyConfig(runs=runs))
        launcher = LocalLauncher(workspace)
        assert launcher.slots(runs_of(workspace, study)[0].folder) == cores
        assert launcher.slots(None) == usual
        delete_study(workspace, study)


@pytest.mark.parametrize(
    ("cores", "gigabytes", "runs", "side", "at_once"),
    [
        (2, 24, 15, 64, 2),
        (2, 24, 15, 128, 2),
        (2, 24, 3, 64, 1),
        (2, 24, 15, 256, 1),
        (4, 16, 15, 64, 4),
        (16, 64, 15, 64, 15),
        (16, 64, 40, 64, 16),
        (16, 4, 40, 64, 4),
        (16, 64, 15, 256, 4),
        (1, 1, 15, 64, 1),
    ],
)
def test_runs_at_once_follow_from_cores_memory_and_networks(
    monkeypatch: pytest.MonkeyPatch, cores: int, gigabytes: int, runs: int, side: int, at_once: int
) -> None:
    """Small networks fill the cores as far as their processes fit into memory; large ones have four cores each."""
    monkeypatch.setattr(psutil, "cpu_count", lambda: cores)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=gigabytes * 10**9))
    study = StudyConfig(runs=tuple(RunConfig(image_size=side, seed=seed) for seed in range(runs)))
    assert machine_runs_at_once(study) == at_once


def test_further_runs_wait_for_free_memory(
    tmp_path: Path, add_photos: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first run starts in any case, and the threads of a run do not depend on what is free."""
    monkeypatch.setattr(psutil, "cpu_count", lambda: 4)
    workspace, free = open_workspace(tmp_path), 10**10
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=10**11, available=free))
    add_photos(workspace, happy=10, sad=10)
    with FileLock(workspace.root / QUEUE_LOCK_FILE):
        study = start_study(
            workspace, StudyConfig(runs=tuple(RunConfig(image_size=16, filters=(4,), seed=seed) for seed in range(4)))
        )
        first, *_ = folders = [run.folder for run in runs_of(workspace, study)]
        launcher = LocalLauncher(workspace)
        monkeypatch.setattr(JobFolder, "has_process", lambda folder: folder.id == first.id)
        assert [launcher.slots(first), launcher.poll(folders)] == [4, {first.id}]
        assert launcher.slots(folders[1]) == 4
        free = 10**8
        assert launcher.slots(folders[1]) == 1
        set_runs_at_once(workspace, 3)
        assert launcher.slots(folders[1]) == 3


def test_threads_are_shared_out() -> None:
    """One run has all that TensorFlow takes, several have a share each, and at least one."""
    assert threads_per_run(1) == 0
    assert threads_per_run(2) == max(1, psutil.cpu_count() // 2)
    assert threads_per_run(64 * psutil.cpu_count()) == 1


def test_records_of_what_was_trained_again_count_once() -> None:
    """Of the epochs after the one that a run went on from, only the later records count."""
    records = [{"event": "begin"}, *({"event": "epoch", "epoch": number, "try": 1} for number in (1, 2, 3))]
    records += [{"event": "resumed", "epoch": 2}, {"event": "epoch", "epoch": 3, "try": 2}]
    kept = unbroken(records)
    assert [(record["epoch"], record["try"]) for record in kept if record["event"] == "epoch"] == [
        (1, 1),
        (2, 1),
        (3, 2),
    ]
    assert kept[0] == {"event": "begin"}


def test_run_that_a_signal_ended_at_a_shutdown_is_queued_again(
    waiting: tuple[Workspace, Study],
) -> None:
    """A shutdown does not mean that the user wants to stop a run; a signal without one does."""
    folder: JobFolder = first_of(waiting).folder
    folder.start_attempt()
    ended = {"state": "stopped", "message": "", "terminated": True}
    write_json(folder.path / "status.json", {**ended, "time": time.time()})
    assert folder.state().name == "stopped"
    write_json(folder.path / "status.json", {**ended, "time": psutil.boot_time() - 60})
    assert folder.state().name == "queued"


def test_study_does_not_start_where_the_folds_of_one_seed_cannot_be_drawn(
    tmp_path: Path, add_photos: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every seed's folds are drawn before anything is queued: no run is the first to find that there are none."""
    workspace, draw = open_workspace(tmp_path), Snapshot.of_fold
    add_photos(workspace, happy=10, sad=10)
    drawn: list[int] = []

    def draw_but_not_two(self: Snapshot, fold: int, seed: int = 0) -> Snapshot:
        drawn.append(seed)
        if seed == 2:
            raise DataError("The test part of fold 1 of 2 would have only one class.")
        return draw(self, fold, seed)

    monkeypatch.setattr(Snapshot, "of_fold", draw_but_not_two)
    with pytest.raises(DataError, match="only one class"):
        start_study(workspace, StudyPlan(folds=2, seeds=3).study())
    assert sorted(drawn) == [0, 1, 2]
    assert list_studies(workspace) == []


def test_study_whose_snapshot_is_deleted_while_it_starts_gets_it_back(
    waiting: tuple[Workspace, Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last study with the same photos may be deleted between the freezing of the photos and the new study."""
    workspace, study = waiting
    freeze = study_actions.freeze_photos

    def freeze_and_delete(workspace: Workspace, config: StudyConfig) -> Snapshot:
        snapshot = freeze(workspace, config)
        if list_studies(workspace):
            delete_study(workspace, study)
            assert list_snapshots(workspace) == []
        return snapshot

    monkeypatch.setattr(study_actions, "freeze_photos", freeze_and_delete)
    started = start_study(workspace, study.config)
    assert list_studies(workspace) == [started]
    assert len(load_snapshot(workspace, started.snapshot).items) == 20


def test_study_that_starts_while_its_snapshot_is_deleted_keeps_it(
    waiting: tuple[Workspace, Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may start a study once the deletion has seen that no study uses the snapshot."""
    workspace, study = waiting
    starting = threading.Thread(target=start_study, args=(workspace, study.config))

    def list_and_start(workspace: Workspace) -> list[Study]:
        listed = list_studies(workspace)
        starting.start()
        # It cannot end before the snapshot is deleted. Without a lock it would, by far.
        starting.join(1)
        return listed

    monkeypatch.setattr(study_actions, "list_studies", list_and_start)
    delete_study(workspace, study)
    starting.join()
    [started] = list_studies(workspace)
    assert len(load_snapshot(workspace, started.snapshot).items) == 20


def test_a_study_has_a_name_and_a_note(waiting: tuple[Workspace, Study]) -> None:
    """They are given at the start or later, kept with the study, and the title begins with the name."""
    workspace, study = waiting
    assert study.title.startswith("controlled · 3 runs")
    renamed = rename_study(workspace, study, name="  smiles\nat dusk ", note=" With the new photos. ")
    assert load_study(workspace, study.study_id) == renamed
    assert renamed.title.startswith("smiles at dusk · 3 runs")
    assert renamed.note == "With the new photos."
    with pytest.raises(SettingsError, match="too long: 81 characters of at most 80"):
        rename_study(workspace, study, name="x" * 81, note="")
    assert load_study(workspace, study.study_id) == renamed


def test_a_study_is_named_on_the_command_line(waiting: tuple[Workspace, Study]) -> None:
    """``rename`` changes what is given and shows both; ``study`` has the same flags."""
    workspace, study = waiting
    for words, expected in (
        (["--name", "dusk"], ("dusk", "")),
        (["--note", "why"], ("dusk", "why")),
        ([], ("dusk", "why")),
    ):
        options = parser().parse_args(["rename", study.study_id, *words])
        row = options.action(workspace, options)
        assert (row["name"], row["note"]) == expected
    assert parser().parse_args(["study", "--name", "dusk", "--note", "why"]).name == "dusk"


def test_logs_have_the_names_of_study_and_run(waiting: tuple[Workspace, Study]) -> None:
    """TensorBoard finds a run under both names; a new name moves the links, and nothing but links is removed."""
    from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

    workspace, study = waiting
    event_file = workspace.runs / study.run_ids[0] / "tensorboard" / "train" / "events.out.tfevents.1"
    event_file.parent.mkdir(parents=True)
    event_file.touch()
    link_logs(workspace, [rename_study(workspace, study, name="first", note="")])
    (workspace.root / "tensorboard" / "mine").mkdir()
    (workspace.root / "tensorboard" / "mine" / "notes.txt").touch()
    folder = link_logs(workspace, [rename_study(workspace, study, name="smiles / dusk", note="")])
    board = EventMultiplexer().AddRunsFromDirectory(str(folder))
    started = study.study_id[:13]
    assert list(board.Runs()) == [f"{started} smiles _ dusk/relu, depth 1, seed 0/train"]
    assert sorted(path.name for path in folder.iterdir()) == [f"{started} smiles _ dusk", "mine"]
    assert link_logs(workspace, []) == workspace.runs
    assert sorted(path.name for path in folder.iterdir()) == ["mine"]
    assert event_file.exists()
