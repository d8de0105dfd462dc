"""Epoch times: a job measures them, one at a time, and damaged results are none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emotion_core.documents import write_document
from emotion_core.files import write_json
from emotion_core.jobs import JobFolder, StopRequested
from emotion_core.settings import Workspace, open_workspace
from emotion_core.teaching.activations import epoch_times as module
from emotion_core.teaching.activations import read_epoch_times, start_epoch_times
from emotion_core.teaching.activations.epoch_times import TIMES_FILE, measure


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return an empty workspace."""
    return open_workspace(tmp_path)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have less to do in an epoch, and fewer of them."""
    monkeypatch.setattr(module, "SETTINGS", {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": ()})
    monkeypatch.setattr(module, "PHOTOS", 2000)  # the clock of processor time ticks in hundredths of a second
    monkeypatch.setattr(module, "ROUNDS", 1)


@pytest.mark.usefixtures("quick")
def test_each_activation_is_timed_and_how_far_it_is_is_told(tmp_path: Path) -> None:
    """Every name has a time above 0, relative to ReLU's; the job's records grow to 1."""
    folder = JobFolder(tmp_path / "job")
    folder.create({})
    times = measure(folder, ("relu", "gelu"))
    assert (list(times.seconds), times.photos, times.image_size) == (["relu", "gelu"], 2000, 16)
    assert min(times.seconds.values()) > 0
    assert times.relative()["relu"] == 1
    shares = [record["share"] for record in folder.records("progress")]
    assert shares == sorted(shares) and shares[-1] == 1


@pytest.mark.usefixtures("quick")
def test_a_stop_is_heeded_between_two_epochs(tmp_path: Path) -> None:
    """A stop need not wait for all twenty activations."""
    folder = JobFolder(tmp_path / "job")
    folder.create({})
    folder.request_stop()
    with pytest.raises(StopRequested):
        measure(folder, ("relu",))


@pytest.mark.slow
@pytest.mark.usefixtures("end_processes")
def test_one_job_at_a_time_measures(workspace: Workspace, wait_until: Callable[[Callable[[], Any], str], Any]) -> None:
    """Two requests at once share one job, which stores a time for each activation."""
    job = start_epoch_times(workspace, ("relu", "gelu"))
    assert start_epoch_times(workspace).id == job.id
    wait_until(lambda: not job.state().active, "the epochs were timed")
    assert job.state().name == "finished", job.log_end()
    times = read_epoch_times(workspace)
    assert times is not None
    assert list(times.seconds) == ["relu", "gelu"]


@pytest.mark.parametrize("stored", [None, [], {"seconds": {"relu": "x"}}, {"seconds": 3}, {"seconds": {"tanh": 1.0}}])
def test_damaged_results_are_none(workspace: Workspace, stored: Any) -> None:
    """A damaged file counts as no file."""
    if isinstance(stored, dict):
        write_document(workspace.root / TIMES_FILE, {"machine": {}, "photos": 1, "image_size": 1, **stored})
    elif stored is not None:
        write_json(workspace.root / TIMES_FILE, stored)
    assert read_epoch_times(workspace) is None
