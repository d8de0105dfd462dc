"""What interrupted a run, in words: from records of real beginnings, whose processes have ended."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from emotion_core.jobs import CLUSTER_LOST, NODE_LOST, PROCESS_ENDED, JobFolder
from emotion_core.training import Run, RunConfig, interruption_messages

FIRST, SECOND = {"node": "pc-07"}, {"node": "pc-08"}


def begin(run: Path, place: Mapping[str, str], *epochs: int, cause: str = PROCESS_ENDED) -> None:
    """Begin a run as a process that records some epochs and ends without a word."""
    folder = JobFolder(run, place)
    goes_on = bool(folder.records())
    folder.start_attempt(lambda process: cause)
    if goes_on:
        folder.append({"event": "resumed", "epoch": epochs[0] - 1})
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        folder.record_process(child.pid)
        child.kill()
    for epoch in epochs:
        folder.append({"event": "epoch", "epoch": epoch, "seconds": 0.1})


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run that is queued."""
    folder = JobFolder(tmp_path / "261123-080000-aaaaaa-r001")
    folder.create({"study": "s", "snapshot": "x", "config": RunConfig().model_dump()})
    folder.requeue()
    return Run(folder)


def test_each_interruption_is_told_with_place_epoch_and_try(run: Run) -> None:
    """What was lost, in which epoch, from which one it goes on, where, and how often that is tried."""
    begin(run.path, FIRST, 1, 2, 3)
    assert interruption_messages(run) == ()
    begin(run.path, SECOND, 3, cause=NODE_LOST)
    begin(run.path, FIRST, 4, cause=CLUSTER_LOST)
    assert interruption_messages(run) == (
        "The node pc-07 was lost in epoch 4; the run goes on after epoch 2 on pc-08, try 2 of 3.",
        "The cluster was lost and restarted in epoch 4; the run goes on after epoch 3 on pc-07, try 3 of 3.",
    )
    assert run.folder.state().name == "lost"


def test_process_of_this_machine_has_no_node(run: Run) -> None:
    """Without a cluster, a killed process is told in the same way; one that had no epoch yet begins again."""
    begin(run.path, {})
    run.folder.start_attempt()
    expected = "The process was killed or ran out of memory in epoch 1; the run begins again, try 2 of 3."
    assert interruption_messages(run) == (expected,)


def test_run_that_was_resumed_by_hand_was_not_interrupted(run: Run) -> None:
    """A pause is no misfortune."""
    begin(run.path, FIRST, 1)
    run.folder.requeue()
    begin(run.path, SECOND, 2)
    assert interruption_messages(run) == ()
