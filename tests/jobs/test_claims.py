"""Claims on job folders: suspended processes, copies of a folder, other containers, and clocks that are wrong."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emotion_core.files import read_json, write_json
from emotion_core.jobs import JobFolder, Record, new_id
from emotion_core.jobs.process_record import process_record
from emotion_core.settings import PACKAGE

Wait = Callable[[Callable[[], Any], str], Any]
WRITES_STEADILY = """
import sys, time
from pathlib import Path
from emotion_core import jobs

folder = jobs.JobFolder(Path(sys.argv[1]))
with jobs.job_session(folder):
    while True:
        folder.append({"event": "step", "writer": "first"})
        time.sleep(0.01)
"""


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    """Return a job that no process works on."""
    created = JobFolder(tmp_path / new_id())
    created.create({"kind": "test"})
    return created


def recorded(folder: JobFolder, **changes: Any) -> Record:
    """Record this process in a folder, with changed values, and return the record."""
    record = {**process_record(folder.path, os.getpid(), {}), **changes}
    write_json(folder.path / "process.json", record)
    return record


def test_process_that_wakes_up_beside_its_successor_writes_nothing_more(folder: JobFolder, wait_until: Wait) -> None:
    """A suspended process finds another one recorded, and ends without a record, a heartbeat or a status."""
    command = [sys.executable, "-c", WRITES_STEADILY, str(folder.path)]
    with subprocess.Popen(command, cwd=PACKAGE.parent) as suspended:
        wait_until(lambda: len(folder.records()) > 3, "it works")
        suspended.send_signal(signal.SIGSTOP)
        wait_until(lambda: Path(f"/proc/{suspended.pid}/stat").read_text().split()[2] == "T", "it is suspended")
        recorded(folder)
        os.utime(folder.path / "heartbeat", (0, 0))
        before = folder.records()
        suspended.send_signal(signal.SIGCONT)
        assert suspended.wait(60) == 0
    # At most the record that it was writing when it was suspended.
    assert len(folder.records()) <= len(before) + 1
    assert (folder.path / "heartbeat").stat().st_mtime == 0
    assert folder.state().name == "running"


def test_copied_folder_does_not_reach_the_process_of_the_original(folder: JobFolder, tmp_path: Path) -> None:
    """In a copy the job has no process, and deleting it there kills nothing."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        folder.record_process(process.pid)
        copy = JobFolder(tmp_path / "copied" / folder.id)
        shutil.copytree(folder.path, copy.path)
        assert copy.state().name == "lost"
        copy.kill()
        copy.delete()
        assert process.poll() is None
        assert folder.state().name == "starting"
        process.kill()


def test_moved_folder_keeps_its_process(folder: JobFolder, tmp_path: Path) -> None:
    """A workspace that was renamed, or is reached by another path, is still the one that the process works in."""
    recorded(folder)
    (tmp_path / "link").symlink_to(folder.path)
    assert JobFolder(tmp_path / "link").state().name == "starting"
    moved = JobFolder(tmp_path / "moved" / folder.id)
    moved.path.parent.mkdir()
    folder.path.rename(moved.path)
    assert moved.state().name == "starting"


@pytest.mark.parametrize("change", [{"boot": "an earlier one"}, {"started": 0.0}])
def test_process_of_an_earlier_boot_is_lost(folder: JobFolder, change: dict[str, Any]) -> None:
    """After a reboot, another process may have the same id, and even the same start time since boot."""
    recorded(folder, **change)
    assert folder.state().name == "lost"


@pytest.mark.parametrize("change", [{"host": "another-machine"}, {"namespace": 1}])
@pytest.mark.parametrize(("age_seconds", "state"), [(1, "running"), (600, "lost"), (-20, "running"), (-86400, "lost")])
def test_process_elsewhere_is_known_by_a_heartbeat_of_now(
    folder: JobFolder, change: dict[str, Any], age_seconds: int, state: str
) -> None:
    """The heartbeat of another machine or container counts; one from tomorrow does not, clocks that differ a bit do."""
    folder.append({"event": "begin"})
    recorded(folder, **change)
    (folder.path / "heartbeat").touch()
    os.utime(folder.path / "heartbeat", (time.time() - age_seconds,) * 2)
    assert folder.state().name == state


def test_record_of_an_earlier_version_is_understood(folder: JobFolder) -> None:
    """Before there were claims, a record had host, id and start time alone."""
    record = recorded(folder)
    write_json(folder.path / "process.json", {name: record[name] for name in ("host", "pid", "started")})
    assert folder.state().name == "starting"


def test_created_active_job_never_waits_for_a_process(tmp_path: Path) -> None:
    """From the moment that readers see the job, it has a process."""
    folder = JobFolder(tmp_path / new_id())
    folder.create_active({"kind": "test"}, lambda path: write_json(path / "more.json", 1))
    assert folder.state().name == "starting"
    assert read_json(folder.path / "more.json") == 1
