"""A run that was killed, paused and stopped on its way, against the same run unbroken."""

import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from emotion_core.files import read_json
from emotion_core.settings import open_workspace
from emotion_core.training import Run, RunConfig, StudyConfig, find_run, pause_run, resume_run, start_study, stop_run
from emotion_core.training.engine import CHECKPOINT_FILE, load_checkpoint
from emotion_core.training.engine.checkpoint import BEST_FILE

pytestmark = pytest.mark.slow

Wait = Callable[[Callable[[], Any], str], Any]
# Everything that chance decides, in steps of one photo, so that there is time to interrupt.
SETTINGS = {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,), "epochs": 40, "batch_size": 1}
SETTINGS |= {"dropout": 0.3, "flip": True, "rotation": 10, "schedule": "cosine"}
# Of a moment, not of the run.
CLOCKS = {"time", "seconds"}


class Played(NamedTuple):
    """What happened.

    Attributes:
        broken: the run that was interrupted, at its end.
        unbroken: its twin.
        states: of the first one, after each interruption.
        epochs: how many it had then.
        checkpoint: epoch of the checkpoint when it had stopped at an epoch's end.
    """

    broken: Run
    unbroken: Run
    states: dict[str, str]
    epochs: dict[str, int]
    checkpoint: int


@pytest.fixture(scope="module")
def played(
    tmp_path_factory: pytest.TempPathFactory,
    add_photos: Callable[..., list[str]],
    wait_until: Wait,
    end_processes_below: Callable[[Path], None],
) -> Iterator[Played]:
    """Train twins; kill one at random, pause and resume it, stop it at an epoch's end and resume it."""
    workspace = open_workspace(tmp_path_factory.mktemp("interrupted"))
    add_photos(workspace, happy=10, sad=10)
    config = StudyConfig(runs=(RunConfig(**SETTINGS),))
    [broken], [unbroken] = (start_study(workspace, config).run_ids for _ in range(2))
    states, epochs = {}, {}

    def seen(after: int) -> None:
        wait_until(lambda: len(find_run(workspace, broken).epochs) >= after, f"epoch {after} has ended")

    def note(what: str) -> None:
        wait_until(lambda: not find_run(workspace, broken).folder.has_process(), "its process has ended")
        run = find_run(workspace, broken)
        states[what], epochs[what] = run.state.name, len(run.epochs)

    seen(random.randint(1, 6))
    folder = find_run(workspace, broken).folder
    psutil.Process(read_json(folder.path / "process.json")["pid"]).send_signal(signal.SIGKILL)
    seen(12)
    pause_run(find_run(workspace, broken))
    note("paused")
    resume_run(workspace, find_run(workspace, broken))
    seen(20)
    stop_run(workspace, find_run(workspace, broken), at_epoch_end=True)
    note("stopped")
    checkpoint = load_checkpoint(folder.path)
    assert checkpoint is not None
    resume_run(workspace, find_run(workspace, broken))
    for run_id in (broken, unbroken):
        wait_until(lambda run_id=run_id: find_run(workspace, run_id).state.ended, "the run has ended")
    yield Played(find_run(workspace, broken), find_run(workspace, unbroken), states, epochs, checkpoint.epoch)
    end_processes_below(workspace.root)


def test_interrupted_run_ends_with_the_numbers_of_an_unbroken_one(played: Played) -> None:
    """Each epoch is there once, with the same figures, and every photo has the same score, bit for bit."""
    assert (played.broken.state.name, played.unbroken.state.name) == ("finished", "finished")
    assert [epoch.epoch for epoch in played.broken.epochs] == list(range(1, 41))
    numbers = [
        [{name: value for name, value in vars(epoch).items() if name not in CLOCKS} for epoch in run.epochs]
        for run in (played.broken, played.unbroken)
    ]
    assert numbers[0] == numbers[1]
    assert (played.broken.scores().p_sad == played.unbroken.scores().p_sad).all()


def test_each_interruption_costs_at_most_one_epoch(played: Played) -> None:
    """It went on after the epoch that was the last to be recorded, or the one before."""
    resumed = [record["epoch"] for record in played.broken.folder.records("resumed")]
    begun = [record["epoch"] for record in played.broken.folder.records("epoch")]
    assert len(resumed) == 3
    assert len(begun) <= 40 + len(resumed)
    assert resumed[1] >= played.epochs["paused"] - 1
    assert resumed[2] == played.epochs["stopped"]


def test_states_between_are_recorded(played: Played) -> None:
    """A paused run has not ended and is not queued; one that was stopped is stopped."""
    assert played.states == {"paused": "paused", "stopped": "stopped"}


def test_stop_at_the_epochs_end_keeps_the_epoch(played: Played) -> None:
    """The last epoch that was recorded is that of the checkpoint."""
    assert played.checkpoint == played.epochs["stopped"]


def test_finished_run_keeps_neither_checkpoint_nor_best_weights(played: Played) -> None:
    """Only going on needs them, and nothing reads them after that."""
    for run in (played.broken, played.unbroken):
        assert not [name for name in (CHECKPOINT_FILE, BEST_FILE) if (run.path / name).exists()]


def test_damaged_checkpoint_counts_as_missing(tmp_path: Path) -> None:
    """A run with an unreadable checkpoint starts from scratch instead of failing again and again."""
    for damage in (b"", b"PK\x03\x04half", b"no archive"):
        (tmp_path / CHECKPOINT_FILE).write_bytes(damage)
        assert load_checkpoint(tmp_path) is None
