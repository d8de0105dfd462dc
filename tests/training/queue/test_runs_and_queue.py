"""Studies that are really trained by the queue's processes, and what happens when those are stopped or killed."""

import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from emotion_core.dataset import Catalog, load_snapshot, snapshot_pixels
from emotion_core.documents import read_document, write_document
from emotion_core.errors import DataError, JobNotFound, JobUnusable
from emotion_core.jobs import MAX_ATTEMPTS, JobFolder
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import (
    Run,
    RunConfig,
    Study,
    StudyConfig,
    StudyPlan,
    find_run,
    list_runs,
    list_studies,
    load_study,
    resume_queue,
    runs_of,
    set_runs_at_once,
    start_study,
    stop_run,
)
from emotion_core.training.engine import EPOCH_FIELDS
from emotion_core.training.queue import WORKER_MODULE
from emotion_core.training.queue.queue import DISPATCHER_MODULE

pytestmark = pytest.mark.slow

Wait = Callable[[Callable[[], Any], str], Any]
TINY = {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,), "epochs": 2}
# Steps of one photo each: long enough to be interrupted on any machine.
LONG = {**TINY, "epochs": 1000, "batch_size": 1}


def processes_of(workspace: Workspace, module: str) -> list[psutil.Process]:
    """Return the living processes that run this module for this workspace."""
    matching = []
    for process in psutil.process_iter(["cmdline"]):
        # One that went on from another run has its whole command line in one word.
        words = " ".join(process.info["cmdline"] or []).split()
        if module in words and any(str(workspace.root) in word for word in words):
            matching.append(process)
    # Looked at once more: while the list was gone through, one may have ended and the next one begun.
    return [process for process in matching if _lives(process)]


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def kill_all(processes: list[psutil.Process]) -> None:
    """End these processes at once."""
    for process in processes:
        process.kill()


def end(workspace: Workspace) -> None:
    """End whatever still works in this workspace: those that start others first."""
    kill_all(processes_of(workspace, DISPATCHER_MODULE))
    kill_all(processes_of(workspace, WORKER_MODULE))


@dataclass
class Eventful:
    """A queue of six runs to which something happened, and how many workers were ever seen at once."""

    workspace: Workspace
    study: Study
    workers_at_once: set[int] = field(default_factory=set)
    seen: dict[str, str] = field(default_factory=dict)

    def folder(self, number: int) -> JobFolder:
        """Return the folder of a run, counted from 1."""
        return JobFolder(self.workspace.runs / self.study.run_ids[number - 1])

    def state(self, number: int) -> str:
        """Return the state of a run, counting the workers at the same time."""
        self.workers_at_once.add(len(processes_of(self.workspace, WORKER_MODULE)))
        return self.folder(number).state().name


def kill_while_it_begins(played: Eventful, number: int, wait_until: Wait) -> str:
    """Kill the worker of a run as often as it is started, before its first epoch; return its command line."""
    killed: set[int] = set()

    def lost() -> bool:
        for worker in processes_of(played.workspace, WORKER_MODULE):
            if worker.pid not in killed and played.folder(number).id in " ".join(words := worker.cmdline()):
                played.seen["command"] = " ".join(words)
                worker.send_signal(signal.SIGKILL)
                killed.add(worker.pid)
        return played.state(number) == "lost"

    wait_until(lost, f"run {number} is lost")
    played.seen["begun"] = str(len(killed))
    return played.seen["command"]


@pytest.fixture(scope="module")
def eventful(
    tmp_path_factory: pytest.TempPathFactory, add_photos: Callable[..., list[str]], wait_until: Wait
) -> Iterator[Eventful]:
    """Play it: 1 is killed as it begins, 2 stopped in the queue, 3 deleted in it, 4 stopped, 5 deleted, 6 ends."""
    workspace = open_workspace(tmp_path_factory.mktemp("eventful"))
    set_runs_at_once(workspace, 1)
    add_photos(workspace, happy=10, sad=10)
    runs = tuple(RunConfig(**(TINY if number == 6 else LONG), seed=number) for number in range(1, 7))
    played = Eventful(workspace, start_study(workspace, StudyConfig(runs=runs)))
    stop_run(workspace, find_run(workspace, played.study.run_ids[1]))
    played.seen["stopped in the queue"] = played.state(2)
    played.folder(3).delete()
    for number in (1, 4, 5):
        if number == 1:
            played.seen["command of 1"] = kill_while_it_begins(played, 1, wait_until)
            continue
        wait_until(lambda number=number: played.state(number) == "running", f"run {number} runs")
        [worker] = processes_of(workspace, WORKER_MODULE)
        played.seen[f"command of {number}"] = " ".join(worker.cmdline())
        if number == 4:
            stop_run(workspace, find_run(workspace, played.study.run_ids[3]))
        else:
            played.folder(5).delete()
    wait_until(lambda: played.state(6) in ("finished", "failed", "lost"), "the last run has ended")
    wait_until(lambda: not processes_of(workspace, DISPATCHER_MODULE), "the queue's processes have ended")
    yield played
    end(workspace)


def test_worker_that_is_killed_again_and_again_is_lost_and_the_queue_goes_on(eventful: Eventful) -> None:
    """A run that never gets further is begun three times, is lost then, says so, and does not hold up the others."""
    assert eventful.seen["begun"] == str(MAX_ATTEMPTS)
    assert eventful.folder(1).state().name == "lost"
    assert "killed" in eventful.folder(1).state().message
    assert eventful.folder(6).state().name == "finished"


def test_run_stopped_in_the_queue_never_starts(eventful: Eventful) -> None:
    """It is stopped at once, and no process was ever recorded for it."""
    assert eventful.seen["stopped in the queue"] == "stopped"
    assert eventful.folder(2).state().name == "stopped"
    assert not (eventful.folder(2).path / "process.json").exists()


def test_deleted_runs_do_not_stop_the_queue(eventful: Eventful) -> None:
    """Runs whose folders were deleted, waiting or running, are left out, and those after them are trained."""
    listed = [run.run_id for run in runs_of(eventful.workspace, eventful.study)]
    assert listed == [eventful.study.run_ids[number - 1] for number in (1, 2, 4, 6)]
    assert [run.run_id for run in list_runs(eventful.workspace)] == listed
    assert eventful.folder(6).state().name == "finished"


def test_running_run_stops_on_request(eventful: Eventful) -> None:
    """It ends after the batch it is in, with the epochs it had, and without a network."""
    run = find_run(eventful.workspace, eventful.study.run_ids[3])
    assert (run.state.name, run.state.message) == ("stopped", "Stopped on request.")
    assert len(run.epochs) < 1000
    assert run.scores() is None
    assert not run.model_path.exists()


def test_only_one_run_at_a_time(eventful: Eventful) -> None:
    """However runs end, two workers are never alive at once."""
    assert max(eventful.workers_at_once) == 1


def test_worker_shows_its_run_id_on_its_command_line(eventful: Eventful) -> None:
    """A list of the machine's processes shows which process trains which run."""
    for number in (1, 4, 5):
        assert eventful.study.run_ids[number - 1] in eventful.seen[f"command of {number}"]


def test_stopping_an_ended_run_changes_nothing(eventful: Eventful) -> None:
    """A stop that comes too late leaves the run finished."""
    run = find_run(eventful.workspace, eventful.study.run_ids[5])
    stop_run(eventful.workspace, run)
    assert run.folder.state().name == "finished"
    assert not run.folder.stop_requested()


def test_new_dispatcher_takes_over_where_the_old_one_was_killed(
    tmp_path: Path, add_photos: Callable[..., list[str]], wait_until: Wait
) -> None:
    """The run under way survives its dispatcher, and the next one is started by a new dispatcher, not beside it."""
    workspace, active_at_once = open_workspace(tmp_path), set()
    add_photos(workspace, happy=10, sad=10)
    study = start_study(workspace, StudyConfig(runs=(RunConfig(**LONG), RunConfig(**TINY))))
    first, second = (JobFolder(workspace.runs / run_id) for run_id in study.run_ids)

    def second_is(*states: str) -> bool:
        active_at_once.add(len(processes_of(workspace, WORKER_MODULE)))
        return second.state().name in states

    def revived() -> bool:
        # Asked again, as by the Train page: a killed process lets go of its lock a moment after it is out of the lists.
        if not processes_of(workspace, DISPATCHER_MODULE):
            resume_queue(workspace)
        return len(processes_of(workspace, DISPATCHER_MODULE)) == 1

    try:
        wait_until(lambda: first.state().name == "running", "the first run runs")
        kill_all(processes_of(workspace, DISPATCHER_MODULE))
        wait_until(lambda: not processes_of(workspace, DISPATCHER_MODULE), "the dispatcher is dead")
        assert first.state().name == "running"
        assert second.state().name == "queued"
        wait_until(revived, "a new dispatcher works")
        resume_queue(workspace)
        records = len(first.records())
        wait_until(lambda: len(first.records()) > records, "the first run goes on")
        assert second_is("queued")
        first.request_stop()
        wait_until(lambda: second_is("finished", "failed", "lost"), "the second run has ended")
    finally:
        end(workspace)
    assert first.state().name == "stopped"
    assert second.state().name == "finished"
    assert active_at_once <= {0, 1}


@pytest.fixture(scope="module")
def finished(studied: Workspace) -> Run:
    """Return a run that the queue trained to its end."""
    return next(run for run in list_runs(studied) if run.state.name == "finished")


def test_finished_run_leaves_its_files(finished: Run) -> None:
    """Network in both formats, scores, records and TensorBoard events are in the run's folder."""
    names = {str(path.relative_to(finished.path)) for path in finished.path.rglob("*") if path.is_file()}
    assert names >= {"model.keras", "model.tflite", "scores.json", "settings.json", "records.jsonl", "status.json"}
    assert not [name for name in names if Path(name).name.startswith(".")]
    for part in ("train", "validation"):
        assert list((finished.path / "tensorboard" / part).glob("events.out.tfevents.*")), part


def test_tensorboard_shows_the_recorded_epochs(finished: Run) -> None:
    """The curves in TensorBoard are those in the app, training and validation apart."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.util.tensor_util import make_ndarray

    for part, prefix in (("train", ""), ("validation", "validation_")):
        [path] = (finished.path / "tensorboard" / part).iterdir()
        curves: dict[str, list[tuple[int, float]]] = {}
        for event in EventFileLoader(str(path)).Load():
            for value in event.summary.value:
                if value.tag.startswith("epoch_"):
                    curves.setdefault(value.tag, []).append((event.step, float(make_ndarray(value.tensor))))
        for metric in ("loss", "accuracy"):
            wanted = [
                (epoch.epoch, pytest.approx(getattr(epoch, prefix + metric), rel=1e-5)) for epoch in finished.epochs
            ]
            assert curves[f"epoch_{metric}"] == wanted


def test_scores_cover_the_snapshot_in_its_order(studied: Workspace, finished: Run) -> None:
    """Every photo has one score under its id, label and split as they were frozen."""
    snapshot, scores = load_snapshot(studied, finished.snapshot), finished.scores()
    assert scores.photo_ids == tuple(item.photo_id for item in snapshot.items)
    assert scores.splits == tuple(item.split for item in snapshot.items)
    assert (scores.labels == snapshot.labels).all()
    assert ((scores.p_sad >= 0) & (scores.p_sad <= 1)).all()
    labels, p_sad = scores.of("test")
    rows = snapshot.rows("test")
    assert (labels == snapshot.labels[rows]).all()
    assert (p_sad == scores.p_sad[rows]).all()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_scores_are_those_of_the_kept_network(studied: Workspace, finished: Run) -> None:
    """The network on disk gives the scores on disk."""
    import keras

    pixels = snapshot_pixels(Catalog(studied), load_snapshot(studied, finished.snapshot), finished.config.input_spec)
    model = keras.models.load_model(finished.path / "model.keras")
    again = np.asarray(model(pixels.astype(np.float32))).reshape(-1)
    np.testing.assert_allclose(again, finished.scores().p_sad, atol=1e-5)


def test_summary_of_a_finished_run_shows_its_last_epoch(finished: Run) -> None:
    """State, epochs, settings and the last figures come from the folder."""
    summary = finished.summary()
    assert (summary["state"], summary["epoch"], summary["epochs"]) == ("finished", 2, 2)
    assert (summary["activation"], summary["depth"], summary["seed"]) == ("relu", 1, 0)
    assert summary["validation_loss"] == finished.epochs[-1].validation_loss
    assert finished.progress == 1.0
    assert finished.seconds_left() == 0.0


def test_failed_run_says_why(studied: Workspace) -> None:
    """A run whose snapshot is gone fails with the sentence about it, and has neither scores nor network."""
    [failed] = [run for run in list_runs(studied) if run.state.name == "failed"]
    assert "snapshot='gone'" in failed.state.message
    assert failed.scores() is None
    assert not failed.model_path.exists()


def test_diverged_training_fails_with_a_message(
    tmp_path: Path, add_photos: Callable[..., list[str]], wait_until: Wait
) -> None:
    """Weights that are no numbers any more make a failed run, not a network that always predicts 0.5."""
    workspace = open_workspace(tmp_path)
    add_photos(workspace, happy=8, sad=8)
    wild = {"hidden_activation": "linear", "output_activation": "relu", "loss": "mean_squared_error"}
    wild |= {"optimizer": "sgd", "learning_rate": 1.0, "batch_size": 2, "dense_units": (512, 64), "epochs": 50}
    # With these seeds the output unit begins above zero, so the first steps explode instead of killing the network.
    configs = tuple(RunConfig(**{**TINY, **wild, "seed": seed}) for seed in (7, 10))
    study = start_study(workspace, StudyConfig(runs=configs))
    runs = runs_of(workspace, study)
    try:
        wait_until(lambda: not any(run.folder.state().active for run in runs), "the runs have ended")
    finally:
        end(workspace)
    [diverged, *_] = [run for run in runs if run.folder.state().name == "failed"]
    assert "diverged in epoch" in diverged.folder.state().message
    # It ends with the epoch in which it broke down.
    assert len(Run(diverged.folder).epochs) < 50


def test_study_is_found_again_as_it_was_started(studied: Workspace) -> None:
    """Settings, snapshot and run ids of a study are read back from disk."""
    [study] = list_studies(studied)
    assert load_study(studied, study.study_id) == study
    assert [run.config for run in runs_of(studied, study)] == list(study.config.runs)
    assert {run.snapshot for run in runs_of(studied, study)} == {study.snapshot, "gone"}
    assert study.title.startswith("controlled · 2 runs · ")


@pytest.mark.parametrize("study_id", ["", "../studies", "nothing", "a/b", "260101-000000-aaaaaa", ".", "x\0y"])
def test_unknown_study_is_not_found(studied: Workspace, study_id: str) -> None:
    """No id becomes a path, and an unknown one is named."""
    with pytest.raises(JobNotFound, match="no such study"):
        load_study(studied, study_id)


def test_study_without_enough_photos_leaves_nothing(tmp_path: Path, add_photos: Callable[..., list[str]]) -> None:
    """Where the photos do not suffice, neither study nor runs are written."""
    workspace = open_workspace(tmp_path)
    add_photos(workspace, happy=6, sad=2)
    with pytest.raises(DataError, match="6 happy, 2 sad"):
        start_study(workspace, StudyPlan(settings=TINY).study())
    assert list_studies(workspace) == []
    assert list_runs(workspace) == []


@pytest.mark.parametrize(
    "settings", [None, "{", {"study": "x"}, {"study": "x", "snapshot": "y", "config": {"epochs": -1}}, {"config": [1]}]
)
def test_damaged_run_is_unusable_and_left_out_of_lists(
    studied: Workspace, tmp_path: Path, settings: dict[str, Any] | str | None
) -> None:
    """One damaged folder hides neither the other runs nor its own trouble."""
    workspace = Workspace(tmp_path / "copy")
    shutil.copytree(studied.root, workspace.root)
    [study] = list_studies(workspace)
    damaged, sound = study.run_ids[1], study.run_ids[0]
    path = workspace.runs / damaged / "settings.json"
    path.unlink()
    if isinstance(settings, dict):
        write_document(path, settings)
    elif settings is not None:
        path.write_text(settings)
    assert [run.run_id for run in list_runs(workspace)] == [sound]
    assert [run.run_id for run in runs_of(workspace, study)] == [sound]
    with pytest.raises(JobUnusable, match=damaged):
        find_run(workspace, damaged)


@pytest.mark.parametrize(
    "content",
    [
        *("{", "[]", "{}", '{"photo_ids": [], "labels": ["a"], "splits": [], "p_sad": []}'),
        '{"photo_ids": ["a", "b"], "labels": [0, 1], "splits": ["test", "test"], "p_sad": [0.5]}',
    ],
)
def test_damaged_scores_count_as_none(studied: Workspace, tmp_path: Path, finished: Run, content: str) -> None:
    """A run without readable scores is one that has not finished."""
    shutil.copytree(finished.path, tmp_path / finished.run_id)
    (tmp_path / finished.run_id / "scores.json").write_text(content)
    assert Run(JobFolder(tmp_path / finished.run_id)).scores() is None


def test_progress_counts_steps_within_the_epoch(tmp_path: Path) -> None:
    """A run is as far as its epochs and the steps of the one under way."""
    folder = JobFolder(tmp_path / "run-0001")
    config = RunConfig(**{**TINY, "epochs": 4}).model_dump(mode="json")
    folder.create({"study": "s", "snapshot": "f", "config": config})
    assert Run(folder).progress == 0
    assert Run(folder).seconds_left() is None
    figures = dict.fromkeys(EPOCH_FIELDS, 0.5)
    folder.append({**figures, "event": "epoch", "epoch": 1, "seconds": 2.0})
    folder.append({"event": "step", "epoch": 2, "step": 5, "steps": 10})
    assert Run(folder).progress == pytest.approx(1.5 / 4)
    assert Run(folder).seconds_left() == pytest.approx(6)


def test_progress_of_preparing_photos_is_recorded(tmp_path: Path, finished: Run) -> None:
    """The number of decoded photos is shown, except before it is known and after the last one."""
    folder = JobFolder(tmp_path / "run")
    folder.create({"study": "s", "snapshot": "f", "config": RunConfig().model_dump(mode="json")})
    folder.start_attempt()
    seen = []
    for done in ({}, {"done": 12_000}, {"done": 99_000}, {"done": 100_000}):
        folder.append({"event": "photos", "count": 100_000, **done})
        seen.append(Run(folder).photos_prepared)
    assert seen == [None, (12_000, 100_000), (99_000, 100_000), None]
    last = finished.records("photos")[-1]
    assert last["done"] == last["count"] > 0


def test_settings_of_a_run_folder_stand_for_themselves(studied: Workspace, finished: Run) -> None:
    """A run's settings contain no path, so that a workspace can be moved with its queued runs."""
    settings = read_document(finished.path / "settings.json")
    assert str(studied.root) not in str(settings)
    assert settings["study"] == finished.study_id
    assert RunConfig(**settings["config"]) == finished.config
