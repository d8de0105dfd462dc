"""Studies on a real Ray cluster whose nodes see neither the workspace nor this program, asked from outside of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from emotion_core.files import read_json
from emotion_core.jobs import JobFolder
from emotion_core.settings import (
    CLUSTER_FILES_VARIABLE,
    CLUSTER_VARIABLE,
    CPUS_PER_RUN_VARIABLE,
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
    start_study,
    stop_run,
)
from emotion_core.training.launchers.ray.shipping import PROGRAM
from emotion_core.training.queue import threads_per_run
from emotion_core.training.store import SENDING_FILE
from tests.training.launchers.ray.ray_nodes import Nodes, Wait, can_hide, dispatchers, node_of, two_nodes

pytestmark = pytest.mark.cluster

TINY = {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,), "epochs": 2}
# Everything that chance decides, in steps of one photo, so that there is time to interrupt.
SLOW = {**TINY, "epochs": 120, "batch_size": 1, "dropout": 0.3, "flip": True}
CONFIGS = (
    RunConfig(**SLOW),
    RunConfig(**SLOW, seed=1),
    RunConfig(**TINY),
    # Paused and stopped on the way: a large network, so that it never ends before on a busy machine.
    RunConfig(**{**SLOW, "epochs": 1000, "filters": (64, 64), "padding": "same", "dense_units": (512,), "seed": 2}),
)
# As of two runs at once on this machine, so that the numbers can be the same.
THREADS = threads_per_run(2)
CLOCKS = {"time", "seconds"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return the workspace, which the nodes do not see."""
    return open_workspace(tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="module")
def cluster(workspace: Workspace, wait_until: Wait) -> Iterator[Nodes]:
    """Start a cluster and name it in the environment, as a user would whose computer is not one of its nodes."""
    # Where folders cannot be hidden on this machine, the setting replaces what would be found out otherwise.
    hidden = [workspace.root, PROGRAM / "emotion_core"] if can_hide() else []
    with two_nodes(THREADS, wait_until, hidden) as nodes, pytest.MonkeyPatch.context() as patch:
        patch.setenv(CLUSTER_VARIABLE, f"ray://127.0.0.1:{nodes.outside}")
        patch.setenv(CLUSTER_FILES_VARIABLE, "auto" if hidden else "shipped")
        patch.setenv(CPUS_PER_RUN_VARIABLE, str(THREADS))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        yield nodes


@dataclass
class Played:
    """What happened to the study on the cluster, and its twin on this machine."""

    cluster: list[Run] = field(default_factory=list)
    local: list[Run] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)
    killed: int = -1
    lost: int = -1


@pytest.fixture(scope="module")
def played(
    workspace: Workspace,
    cluster: Nodes,
    tmp_path_factory: pytest.TempPathFactory,
    add_photos: Callable[..., list[str]],
    wait_until: Wait,
    end_processes_below: Callable[[Path], None],
) -> Iterator[Played]:
    """Play it: a node is killed and a run's process on the other; then the queue's; a run is paused and stopped."""
    here = open_workspace(tmp_path_factory.mktemp("here"))
    for each_workspace in (workspace, here):
        add_photos(each_workspace, happy=10, sad=10)
    ids = start_study(workspace, StudyConfig(runs=CONFIGS)).run_ids
    folders = [JobFolder(workspace.runs / run_id) for run_id in ids]
    result = Played()

    def epochs(number: int, count: int) -> None:
        wait_until(lambda: len(find_run(workspace, ids[number]).epochs) >= count, f"run {number}: epoch {count}")

    def ended(number: int) -> None:
        wait_until(lambda: folders[number].state().ended, f"run {number} has ended")

    pause_run(find_run(workspace, ids[3]))
    for number in (0, 1):
        epochs(number, 2)
    places = {node_of(folders[number]): number for number in (0, 1)}
    process = psutil.Process(read_json(folders[places["head"]].path / "process.json")["pid"])
    assert not list(workspace.runs.glob(f"*/{SENDING_FILE}"))
    result.seen = {
        "nodes": set(places),
        "command": process.cmdline(),
        "states": [folder.state().name for folder in folders],
    }
    result.killed, result.lost = places["head"], places["second"]
    cluster.actor("head").kill()
    cluster.kill("second")
    for number in (0, 1, 2):
        ended(number)
    resume_run(workspace, find_run(workspace, ids[3]))
    epochs(3, 1)
    for dispatcher in dispatchers(workspace):
        dispatcher.kill()
        dispatcher.wait()
    resume_queue(workspace)
    epochs(3, len(find_run(workspace, ids[3]).epochs) + 3)
    pause_run(find_run(workspace, ids[3]))
    wait_until(lambda: not folders[3].has_process(), "the paused run has made room")
    result.seen["paused"] = folders[3].state().name
    resume_run(workspace, find_run(workspace, ids[3]))
    wait_until(lambda: len(folders[3].records("begin")) == 2, "it goes on")
    stop_run(workspace, find_run(workspace, ids[3]))
    ended(3)
    wait_until(lambda: not dispatchers(workspace), "the queue is empty")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(CLUSTER_VARIABLE)
        patch.setenv(RUNS_AT_ONCE_VARIABLE, "2")
        twins = start_study(here, StudyConfig(runs=CONFIGS[:3])).run_ids
    for run_id in twins:
        wait_until(lambda run_id=run_id: find_run(here, run_id).state.ended, "the twin has ended")
    result.cluster = [find_run(workspace, run_id) for run_id in ids]
    result.local = [find_run(here, run_id) for run_id in twins]
    yield result
    for each_workspace in (workspace, here):
        end_processes_below(each_workspace.root)


def test_runs_work_on_the_nodes_in_folders_of_their_own(played: Played, workspace: Workspace, cluster: Nodes) -> None:
    """Records are here while a run is under way, and its process has nothing to do with the workspace."""
    assert played.seen["nodes"] == {"head", "second"}
    assert played.seen["states"] == ["running", "running", "queued", "paused"]
    command = " ".join(played.seen["command"])
    assert played.cluster[played.killed].run_id in command
    assert str(cluster.folders["head"]) in command
    assert str(workspace.root) not in command


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


def test_folders_are_those_of_runs_on_this_machine(played: Played) -> None:
    """Networks, scores, curves, log: everything comes back, and what a run takes away at its end is gone here too."""

    def names(run: Run) -> set[str]:
        paths = {path.relative_to(run.path).as_posix() for path in run.path.rglob("*") if path.is_file()}
        return {name for name in paths if "tfevents" not in name}

    for there, here in zip(played.cluster, played.local, strict=False):
        # A process that trains another run next is no longer named.
        assert names(there) - {"priority.json", "process.json"} == names(here) - {"process.json"}
        assert (there.path / "model.tflite").read_bytes() == (here.path / "model.tflite").read_bytes()
        for part in ("train", "validation"):
            assert list((there.path / "tensorboard" / part).glob("*tfevents*")), part


def test_interruptions_are_reported(played: Played) -> None:
    """Each run names its own misfortune, with node and try; one that was paused and stopped had none."""
    [killed] = interruption_messages(played.cluster[played.killed])
    assert killed.startswith("The process on head was killed or ran out of memory in epoch ")
    [lost] = interruption_messages(played.cluster[played.lost])
    assert lost.startswith("The node second was lost in epoch ")
    assert lost.endswith(" on head, try 2 of 3.")
    assert interruption_messages(played.cluster[2]) == interruption_messages(played.cluster[3]) == ()


def test_an_interruption_costs_one_epoch_at_most(played: Played) -> None:
    """A checkpoint that has come here is what the run goes on from on another node."""
    for run in played.cluster[:2]:
        records = run.folder.records()
        for number, record in enumerate(records):
            if record["event"] == "resumed":
                before = [earlier["epoch"] for earlier in records[:number] if earlier["event"] == "epoch"]
                assert record["epoch"] >= before[-1] - 1


def test_pause_and_stop_reach_a_run(played: Played) -> None:
    """Asked by a process for the queue that did not start it; the run has stopped by its own word."""
    assert played.seen["paused"] == "paused"
    assert len(played.cluster[3].folder.records("begin")) == 2
    state = played.cluster[3].state
    assert (state.name, state.message) == ("stopped", "Stopped on request.")


def test_photos_are_sent_once_to_each_node_and_nothing_else_stays(
    played: Played, cluster: Nodes, wait_until: Wait
) -> None:
    """All runs of a node share one file of pixels; the folders of its runs are gone with them."""
    for name, folder in cluster.folders.items():
        [node_folder] = folder.glob("emotion-classifier-*")
        assert len(list(node_folder.glob("photos/*.npy"))) == 1, name
    [node_folder] = cluster.folders["head"].glob("emotion-classifier-*")
    wait_until(lambda: [path.name for path in node_folder.iterdir()] == ["photos"], "no process waits for another run")
