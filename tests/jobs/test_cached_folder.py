"""Cached job folders: the cache always equals a fresh read."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from emotion_core.files import write_json
from emotion_core.jobs import PAUSE, STOP, CachedJobFolder, CachedJobFolders, JobFolder, TailedJobFolder
from emotion_core.jobs.cached_folder import SETTLED_NANOSECONDS
from emotion_core.training.queue import queued_among
from emotion_core.training.store import PRIORITY_FILE, priority_of

Step = Callable[[JobFolder], object]


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    """Return a queued job's folder in which nothing has happened for a while."""
    made = JobFolder(tmp_path / "run-1")
    made.create({})
    age(made)
    return made


def age(folder: JobFolder) -> None:
    """Make the folder look as if nothing had happened in it for a while."""
    past = time.time_ns() - 10 * SETTLED_NANOSECONDS
    os.utime(folder.path, ns=(past, past))


def write_priority(folder: JobFolder) -> None:
    """Set a priority."""
    write_json(folder.path / PRIORITY_FILE, 3)


STEPS: list[Step] = [
    lambda folder: folder.request(PAUSE),
    lambda folder: folder.requeue(),
    lambda folder: folder.request(STOP),
    lambda folder: folder.requeue(),
    write_priority,
    lambda folder: folder.start_attempt(),
    lambda folder: folder.record_process(os.getpid()),
    lambda folder: folder.append({"event": "begin"}),
    lambda folder: folder.finish("stopped", "Enough."),
    lambda folder: folder.release_process(),
    lambda folder: folder.requeue(),
    lambda folder: folder.start_over(),
    lambda folder: folder.delete(),
]


def test_whatever_happens_is_seen_at_once(folder: JobFolder) -> None:
    """After each step of a job's life, state, process and priority equal a fresh read, twice in a row."""
    quiet = CachedJobFolder(folder.path)
    for step in STEPS:
        step(folder)
        for _ in range(2):
            assert quiet.state() == folder.state()
            assert quiet.has_process() == folder.has_process()
            assert priority_of(quiet) == priority_of(folder)


def test_two_changes_within_one_tick_of_the_clock_are_both_seen(folder: JobFolder) -> None:
    """A second change right after the first is seen, even if it leaves the same modification time."""
    quiet = CachedJobFolder(folder.path)
    folder.request(PAUSE)
    changed = folder.path.stat().st_mtime_ns
    assert quiet.state().name == "paused"
    folder.request(STOP)
    os.utime(folder.path, ns=(changed, changed))
    assert quiet.state().name == "stopped"


def test_a_quiet_folder_is_not_read_again(folder: JobFolder) -> None:
    """The cache is used if the folder's modification time is old."""
    quiet = CachedJobFolder(folder.path)
    calls: list[int] = []
    for _ in range(3):
        quiet.cached("count", lambda: calls.append(1))
    assert len(calls) == 1


def test_a_process_that_ends_without_a_word_is_noticed(folder: JobFolder) -> None:
    """The folder does not change when a process dies, so it is not cached while a process works."""
    worker = psutil.Popen(["sleep", "60"])
    folder.record_process(worker.pid)
    folder.append({"event": "begin"})
    age(folder)
    quiet = CachedJobFolder(folder.path)
    assert quiet.state().name == "running"
    worker.kill()
    worker.wait()
    assert quiet.state() == folder.state()
    assert quiet.state().name == "lost"


def test_a_process_that_lives_on_after_its_end_is_noticed_to_go(folder: JobFolder) -> None:
    """The process counts until it has ended, even if its run ended long ago."""
    worker = psutil.Popen(["sleep", "60"])
    folder.record_process(worker.pid)
    folder.finish("finished")
    age(folder)
    quiet = CachedJobFolder(folder.path)
    assert quiet.has_process()
    worker.kill()
    worker.wait()
    assert not quiet.has_process()


def test_folders_keep_their_order_and_those_that_come_and_go_are_seen(folder: JobFolder) -> None:
    """Each call returns the current folders as the same objects, in an order that the queue can use."""
    folders = CachedJobFolders(folder.path.parent)
    [first] = folders.all()
    later = [JobFolder(folder.path.parent / f"run-{number}") for number in (3, 2)]
    for job in later:
        job.create({})
    assert [job.id for job in folders.all()] == ["run-1", "run-2", "run-3"]
    assert folders.all()[0] is first
    write_priority(later[0])
    assert [job.id for job in queued_among(folders.all())] == ["run-3", "run-1", "run-2"]
    shutil.rmtree(folder.path)
    assert [job.id for job in folders.all()] == ["run-2", "run-3"]


def test_a_record_is_parsed_once_until_the_file_is_replaced(tmp_path: Path) -> None:
    """Of a growing record file only new records are parsed; those of a restarted job are parsed again."""
    folder, parsed = TailedJobFolder(tmp_path / "run-0001"), []
    folder.create({})

    def parse(record: dict[str, object]) -> object:
        parsed.append(record["number"])
        return record["number"]

    for number in (1, 2):
        folder.append({"event": "step", "number": number})
        assert [folder.parsed(record, parse) for record in folder.records("step")] == list(range(1, number + 1))
    assert parsed == [1, 2]
    folder.start_over()
    folder.append({"event": "step", "number": 3})
    assert [folder.parsed(record, parse) for record in folder.records("step")] == [3]
