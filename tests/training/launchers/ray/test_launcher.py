"""Studies trained on a real Ray cluster: two nodes, started here as processes of their own, one of them killed."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from filelock import FileLock

from emotion_core.__main__ import main
from emotion_core.errors import SettingsError
from emotion_core.files import read_json
from emotion_core.jobs import JobFolder
from emotion_core.settings import (
    CLUSTER_FILES_VARIABLE,
    CLUSTER_VARIABLE,
    CPUS_PER_RUN_VARIABLE,
    GPUS_PER_RUN_VARIABLE,
    RUNS_AT_ONCE_VARIABLE,
    Workspace,
    open_workspace,
)
from emotion_core.training import (
    Run,
    RunConfig,
    StudyConfig,
    find_run,
    interruption_messages,
    pause_run,
    resume_queue,
    resume_run,
    runs_at_once,
    start_study,
    stop_run,
)
from emotion_core.training.dispatcher import work
from emotion_core.training.launchers.ray import RayLauncher
from emotion_core.training.queue import QUEUE_LOCK_FILE, cluster_settings, queue_problem, threads_per_run
from tests.training.launchers.ray.ray_nodes import Nodes, Wait, dispatchers, free_port, node_of, two_nodes

pytestmark = pytest.mark.cluster

TINY = {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,), "epochs": 2}
# Everything that chance decides, in steps of one photo, so that there is time to interrupt.
SLOW = {**TINY, "epochs": 120, "batch_size": 1, "dropout": 0.3, "flip": True}
CONFIGS = (RunConfig(**SLOW), RunConfig(**SLOW, seed=1), RunConfig(**TINY), RunConfig(**{**SLOW, "epochs": 1000}))
# As of two runs at once on this machine, so that the numbers can be the same.
THREADS = threads_per_run(2)
CLOCKS = {"time", "seconds"}
QueueOne = Callable[..., tuple[Workspace, JobFolder]]


@pytest.fixture(scope="module")
def cluster(wait_until: Wait) -> Iterator[Nodes]:
    """Start a cluster and name it in the environment, as a user would."""
    with two_nodes(THREADS, wait_until) as nodes, pytest.MonkeyPatch.context() as patch:
        patch.setenv(CLUSTER_VARIABLE, f"127.0.0.1:{nodes.port}")
        patch.setenv(CPUS_PER_RUN_VARIABLE, str(THREADS))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        yield nodes


@dataclass
class Played:
    """What happened to the study on the cluster, and its twin on this machine."""

    cluster: list[Run] = field(default_factory=list)
    local: list[Run] = field(default_factory=list)
    nodes: set[str] = field(default_factory=set)
    seen: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def played(
    cluster: Nodes,
    tmp_path_factory: pytest.TempPathFactory,
    add_photos: Callable[..., list[str]],
    wait_until: Wait,
    end_processes_below: Callable[[Path], None],
) -> Iterator[Played]:
    """Play it: the queue's process is killed, one run paused and resumed, one loses its node, one is stopped."""
    workspace = open_workspace(tmp_path_factory.mktemp("shared"))
    here = open_workspace(tmp_path_factory.mktemp("here"))
    for each_workspace in (workspace, here):
        add_photos(each_workspace, happy=10, sad=10)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(CLUSTER_VARIABLE)
        patch.setenv(RUNS_AT_ONCE_VARIABLE, "2")
        twins = start_study(here, StudyConfig(runs=CONFIGS[:3])).run_ids
    ids = start_study(workspace, StudyConfig(runs=CONFIGS)).run_ids
    folders = [JobFolder(workspace.runs / run_id) for run_id in ids]
    result = Played()

    def epochs(number: int, count: int) -> None:
        wait_until(lambda: len(folders[number].records("epoch")) >= count, f"run {number} has come to epoch {count}")

    def ended(number: int) -> None:
        wait_until(lambda: folders[number].state().ended, f"run {number} has ended")

    pause_run(find_run(workspace, ids[3]))
    wait_until(lambda: all(node_of(folder) for folder in folders[:2]), "two runs have their processes")
    places = {node_of(folders[number]): number for number in (0, 1)}
    result.nodes = set(places)
    result.seen["command"] = psutil.Process(read_json(folders[0].path / "process.json")["pid"]).cmdline()
    result.seen["waiting"] = folders[2].state().name
    result.seen["room"] = runs_at_once(workspace)
    for dispatcher in dispatchers(workspace):
        dispatcher.kill()
        dispatcher.wait()
    resume_queue(workspace)
    lost, paused = places["second"], places["head"]
    epochs(paused, 3)
    pause_run(find_run(workspace, ids[paused]))
    wait_until(lambda: not folders[paused].has_process(), "the paused run has made room")
    result.seen["paused"] = folders[paused].state().name
    # The new process for the queue is at work.
    wait_until(lambda: node_of(folders[2]), "the next run takes its place")
    epochs(lost, 3)
    cluster.kill("second")
    for number in (2, lost):
        ended(number)
    for number in (paused, 3):
        resume_run(workspace, find_run(workspace, ids[number]))
    ended(paused)
    epochs(3, 1)
    stop_run(workspace, find_run(workspace, ids[3]))
    ended(3)
    wait_until(lambda: not dispatchers(workspace), "the queue is empty")
    for run_id in twins:
        wait_until(lambda run_id=run_id: find_run(here, run_id).state.ended, "the twin has ended")
    result.seen |= {"lost": lost, "was paused": paused}
    result.cluster = [find_run(workspace, run_id) for run_id in ids]
    result.local = [find_run(here, run_id) for run_id in twins]
    yield result
    for each_workspace in (workspace, here):
        end_processes_below(each_workspace.root)


def test_runs_are_trained_on_all_nodes_and_show_their_id(played: Played) -> None:
    """Two at once on two nodes with room for one each, as processes like those of this machine; the others wait."""
    assert played.nodes == {"head", "second"}
    assert played.seen["room"] == 2
    assert played.seen["waiting"] == "queued"
    assert played.cluster[0].run_id in " ".join(played.seen["command"])


def test_numbers_are_those_of_this_machine(played: Played) -> None:
    """With as many threads, every epoch and every score is the same bit for bit, whatever happened on the way."""
    for there, here in zip(played.cluster, played.local, strict=False):
        assert (there.state.name, here.state.name) == ("finished", "finished")
        numbers = [
            [{name: value for name, value in vars(epoch).items() if name not in CLOCKS} for epoch in run.epochs]
            for run in (there, here)
        ]
        assert numbers[0] == numbers[1]
        assert (there.scores().p_sad == here.scores().p_sad).all()


def test_new_queue_process_finds_the_runs_that_ray_trains(played: Played) -> None:
    """They go on where the one that started them is killed, and the next one begins none once more.

    Two were interrupted once each, and begun once more for that.
    """
    begun = [len(run.folder.records("begin")) for run in played.cluster[:3]]
    assert begun == [2, 2, 1]


def test_run_whose_node_is_lost_goes_on_from_its_checkpoint(played: Played) -> None:
    """It loses one epoch at most, on the node that is left."""
    run = played.cluster[played.seen["lost"]]
    [resumed] = run.folder.records("resumed")
    assert resumed["epoch"] >= 2
    [sentence] = interruption_messages(run)
    assert sentence.startswith("The node second was lost in epoch ")
    assert sentence.endswith(f" after epoch {resumed['epoch']} on head, try 2 of 3.")


def test_pause_and_stop_reach_a_run_on_the_cluster(played: Played) -> None:
    """The one goes on when it is resumed, the other has stopped by its own word."""
    assert played.seen["paused"] == "paused"
    [resumed] = played.cluster[played.seen["was paused"]].folder.records("resumed")
    assert resumed["epoch"] >= 2
    stopped = played.cluster[3].state
    assert (stopped.name, stopped.message) == ("stopped", "Stopped on request.")


@pytest.fixture
def queue_one(tmp_path: Path, add_photos: Callable[..., list[str]], end_processes: None) -> QueueOne:
    """Return a function that queues a run in a workspace of its own, a tiny run by default."""

    def queue(config: RunConfig = CONFIGS[2]) -> tuple[Workspace, JobFolder]:
        workspace = open_workspace(tmp_path)
        add_photos(workspace, happy=10, sad=10)
        [run_id] = start_study(workspace, StudyConfig(runs=(config,))).run_ids
        return workspace, JobFolder(workspace.runs / run_id)

    return queue


def test_run_that_the_nodes_cannot_start_fails_with_a_message(
    cluster: Nodes, queue_one: QueueOne, tmp_path: Path, wait_until: Wait
) -> None:
    """It is tried a few times, and its log says what was wrong."""
    with FileLock(tmp_path / QUEUE_LOCK_FILE):
        _, folder = queue_one()
        # In place of the file that counts its attempts, so that none can be written.
        (folder.path / "tries.json").mkdir()
    wait_until(lambda: folder.state().ended, "the run has ended")
    assert folder.state().name == "failed"
    assert "under the same paths as here" in folder.state().message
    assert "tries.json" in folder.log_end()


def test_cluster_without_room_for_a_run_is_reported(
    cluster: Nodes,
    queue_one: QueueOne,
    wait_until: Wait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where no node has the GPU that is asked for, the run stays queued and the numbers are named."""
    monkeypatch.setenv(GPUS_PER_RUN_VARIABLE, "1")
    workspace, folder = queue_one()
    problem = wait_until(lambda: queue_problem(workspace), "the problem is reported")
    assert f"{GPUS_PER_RUN_VARIABLE}=1" in problem
    assert folder.state().name == "queued"


def test_cluster_that_does_not_answer_is_reported_and_nothing_is_lost(
    queue_one: QueueOne,
    wait_until: Wait,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The run stays queued, the command line says why, and the problem is cleared once the queue works again."""
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv(CLUSTER_VARIABLE, address)
    workspace, folder = queue_one()
    wait_until(lambda: queue_problem(workspace), "the problem is reported")
    assert main(["queue", "--workspace", str(workspace.root)]) == 0
    output = capsys.readouterr().out
    assert "problem: The Ray cluster cannot be used:" in output
    assert f"Received: address={address!r}" in output
    assert folder.state().name == "queued"
    monkeypatch.delenv(CLUSTER_VARIABLE)
    pause_run(Run(folder))
    work(workspace)
    assert queue_problem(workspace) == ""


def test_study_goes_on_when_the_head_was_restarted(
    cluster: Nodes, played: Played, queue_one: QueueOne, wait_until: Wait
) -> None:
    """The queue reports that the cluster does not answer; once it does, the run goes on to the same numbers."""
    workspace, folder = queue_one(CONFIGS[0])
    wait_until(lambda: len(folder.records("epoch")) > 2, "the run is under way")
    cluster.kill("head")
    problem = wait_until(lambda: queue_problem(workspace), "the problem is reported")
    assert "Expected a cluster that answers at this address" in problem
    wait_until(lambda: folder.state().name == "queued", "the run waits")
    cluster.start("head", wait_until)

    # The Train page asks again and again.
    def asked_and_ended() -> bool:
        resume_queue(workspace)
        return folder.state().ended

    wait_until(asked_and_ended, "the run has ended")
    [sentence] = interruption_messages(Run(folder))
    assert sentence.startswith("The cluster was lost and restarted in epoch ")
    assert sentence.endswith(" on head, try 2 of 3.")
    scores, same = Run(folder).scores(), played.local[0].scores()
    assert scores is not None
    assert (scores.p_sad == same.p_sad).all()
    assert queue_problem(workspace) == ""


def test_invalid_address_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Possible addresses are taken as they are; any other is named in a message, which the queue saves."""
    workspace = open_workspace(tmp_path)
    for right in ("auto", "10.0.0.7:6379", "ray://head.example:10001", "[::1]:6379"):
        monkeypatch.setenv(CLUSTER_VARIABLE, f" {right} ")
        assert cluster_settings(workspace).address == right
    monkeypatch.setenv(CLUSTER_VARIABLE, "")
    assert cluster_settings(workspace).address is None
    for wrong in ("head.example", "http://head:6379", "ray://", "local"):
        monkeypatch.setenv(CLUSTER_VARIABLE, wrong)
        with pytest.raises(SettingsError, match=f"{CLUSTER_VARIABLE}='{wrong}'"):
            cluster_settings(workspace)
    work(workspace)
    assert "Expected auto" in queue_problem(workspace)


def test_unknown_setting_for_the_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named before the cluster is asked."""
    monkeypatch.setenv(CLUSTER_FILES_VARIABLE, "nfs")
    with pytest.raises(SettingsError, match=f"{CLUSTER_FILES_VARIABLE}='nfs'"):
        RayLauncher(open_workspace(tmp_path), "auto")


def test_ray_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says what to install."""
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SettingsError, match=r"pip install -r requirements-cluster\.txt"):
        RayLauncher(open_workspace(tmp_path), "auto")
