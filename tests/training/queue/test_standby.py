"""The standby worker: handing it a run, and when it ends."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from emotion_core.files import read_json, write_json
from emotion_core.jobs import JobFolder
from emotion_core.settings import WARM_VARIABLE, open_workspace
from emotion_core.training import Study, find_run, restart_run, start_standby
from emotion_core.training.engine import default_thread_count, thread_count
from emotion_core.training.queue import STANDBY_FILE, announcement, assign, read_assignment
from emotion_core.training.queue.standby import ASSIGNMENT_FILE
from emotion_core.training.store import SCORES_FILE
from emotion_core.training.worker import can_train_another, loop
from emotion_core.training.worker.loop import wait_for_run

pytestmark = pytest.mark.slow

Wait = Callable[[Callable[[], Any], str], Any]


def test_waiting_process_trains_the_next_run_and_shows_it(
    tmp_path: Path,
    add_photos: Callable[..., list[str]],
    start_tiny_study: Callable[..., Study],
    wait_until: Wait,
    end_processes: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its command line names the run, the run's log is its own, and it waits for no second one."""
    monkeypatch.delenv(WARM_VARIABLE, raising=False)
    workspace = open_workspace(tmp_path)
    add_photos(workspace, happy=10, sad=10)
    start_standby(workspace)
    waits = wait_until(lambda: read_json(workspace.root / STANDBY_FILE), "a process waits")
    # A second standby worker ends at once.
    assert wait_for_run(workspace.root) == (None, 0)
    [run_id] = start_tiny_study(workspace, epochs=1000, batch_size=1).run_ids
    wait_until(lambda: find_run(workspace, run_id).epochs, "it trains")
    folder = find_run(workspace, run_id).folder
    assert read_json(folder.path / "process.json")["pid"] == waits["pid"]
    assert run_id in " ".join(psutil.Process(waits["pid"]).cmdline())
    assert Path(f"/proc/{waits['pid']}/fd/2").readlink() == folder.path / "log.txt"
    assert not (workspace.root / STANDBY_FILE).exists()
    folder.request_stop()
    wait_until(lambda: not folder.has_process(), "it has ended")
    assert folder.state().name == "stopped"


def test_process_goes_on_with_the_next_run_and_comes_to_the_same_numbers(
    tmp_path: Path,
    add_photos: Callable[..., list[str]],
    start_tiny_study: Callable[..., Study],
    wait_until: Wait,
    end_processes: None,
) -> None:
    """A run that waits is trained by the process of the run before, as if that had been started for it."""
    workspace = open_workspace(tmp_path)
    add_photos(workspace, happy=10, sad=10)
    first, second = (find_run(workspace, run_id) for run_id in start_tiny_study(workspace, ("relu", "tanh")).run_ids)
    pid = wait_until(lambda: read_json(first.path / "process.json"), "the first is trained")["pid"]
    wait_until(lambda: second.folder.state().name == "finished", "both are trained")
    assert read_json(second.path / "process.json")["pid"] == pid
    assert not first.folder.has_process()
    scores = read_json(second.path / SCORES_FILE)["p_sad"]
    wait_until(lambda: not second.folder.has_process(), "no more runs, no process")
    restart_run(workspace, second)
    wait_until(lambda: second.folder.state().name == "finished", "it is trained by a process of its own")
    assert read_json(second.path / "process.json")["pid"] != pid
    assert read_json(second.path / SCORES_FILE)["p_sad"] == scores


def test_process_whose_workspace_is_gone_ends(
    tmp_path: Path, wait_until: Wait, end_processes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No launcher can hand it a run any more."""
    monkeypatch.delenv(WARM_VARIABLE, raising=False)
    workspace = open_workspace(tmp_path / "workspace")
    start_standby(workspace)
    waits = wait_until(lambda: read_json(workspace.root / STANDBY_FILE), "a process waits")
    process = psutil.Process(waits["pid"])
    shutil.rmtree(workspace.root)
    wait_until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, "it has ended")


def test_nothing_waits_where_it_is_turned_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable keeps the memory free."""
    monkeypatch.setenv(WARM_VARIABLE, "off")
    before = len(psutil.Process().children())
    start_standby(open_workspace(tmp_path))
    assert len(psutil.Process().children()) == before


@pytest.mark.parametrize(
    "change",
    [{"threads": 3}, {"host": "another-machine"}, {"started": 0.0}, {"boot": "earlier"}, {"folder": ["/copied", 1]}],
)
def test_run_is_handed_only_to_a_suitable_worker(tmp_path: Path, change: dict[str, Any]) -> None:
    """A process with other threads, of another machine or workspace, or that is dead, gets no run."""
    folder = JobFolder(tmp_path / "runs" / "run-0001")
    folder.create({})
    waits = announcement(tmp_path, 0)
    write_json(tmp_path / STANDBY_FILE, waits | change)
    assert assign(folder, 0) is None
    assert not (tmp_path / ASSIGNMENT_FILE).exists()
    write_json(tmp_path / STANDBY_FILE, waits)
    assert assign(folder, 0) == waits
    assignment = read_assignment(tmp_path)
    assert assignment is not None
    assert assignment["run"] == str(folder.path)
    assert read_assignment(tmp_path) is None


def test_process_that_has_not_trained_takes_any_number_of_threads(tmp_path: Path) -> None:
    """It imports TensorFlow before anybody knows which study comes, and is told the number with the run."""
    folder = JobFolder(tmp_path / "runs" / "run-0001")
    folder.create({})
    for threads in (0, 1, 5):
        write_json(tmp_path / STANDBY_FILE, announcement(tmp_path, None))
        assert assign(folder, threads) is not None
        assignment = read_assignment(tmp_path)
        assert assignment is not None
        assert assignment["threads"] == threads


def test_process_that_began_with_other_threads_trains_no_other_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resumed run may have set another number of threads, which TensorFlow keeps."""
    monkeypatch.setattr(loop, "MAX_KEPT_BYTES", 10**12)
    folder = JobFolder(tmp_path / "runs" / "run-0001")
    folder.create({})
    folder.finish("finished")
    assert can_train_another(folder, thread_count())
    assert not can_train_another(folder, thread_count() + 1)
    assert can_train_another(folder, 0) == (thread_count() == default_thread_count())
