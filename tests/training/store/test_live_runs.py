"""Records read on from where the last look ended."""

import os
import time
from pathlib import Path

import pytest

from emotion_core.jobs import JobFolder, TailedJobFolder
from emotion_core.jobs.cached_folder import SETTLED_NANOSECONDS
from emotion_core.jobs.record_file import encoded_record
from emotion_core.settings import Workspace
from emotion_core.training import RunConfig, Study, StudyConfig
from emotion_core.training.store import LiveRuns


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    """Return a job's folder with two records."""
    made = JobFolder(tmp_path / "run-1")
    made.create({})
    made.append({"event": "epoch", "epoch": 1})
    made.append({"event": "step", "epoch": 2})
    return made


def test_what_is_followed_is_what_a_fresh_look_would_read(folder: JobFolder) -> None:
    """After every record, and for every event, both give the same."""
    followed = TailedJobFolder(folder.path)
    for epoch in range(3):
        folder.append({"event": "epoch", "epoch": epoch})
        assert followed.records() == folder.records()
        assert followed.records("epoch") == folder.records("epoch")


def test_a_record_is_read_when_its_line_is_complete(folder: JobFolder) -> None:
    """Half a line is not read, and is not lost either."""
    followed = TailedJobFolder(folder.path)
    line = encoded_record({"event": "epoch", "epoch": 3})
    with (folder.path / "records.jsonl").open("ab") as stream:
        stream.write(line[:12])
        stream.flush()
        assert len(followed.records()) == 2
        stream.write(line[12:])
    assert followed.records()[-1] == {"event": "epoch", "epoch": 3}


def test_what_was_read_is_not_read_again(folder: JobFolder) -> None:
    """A change to a line that was read before is not seen: only what is new is looked at."""
    followed = TailedJobFolder(folder.path)
    before = followed.records()
    path = folder.path / "records.jsonl"
    first, second = path.read_text().splitlines()
    path.write_text(f"{first}\n{'x' * len(second)}\n")
    folder.append({"event": "epoch", "epoch": 3})
    assert followed.records()[:2] == before
    assert followed.records()[2]["epoch"] == 3


def test_a_run_that_begins_anew_is_read_anew(folder: JobFolder) -> None:
    """Where the records were deleted and begun again, longer than before, the earlier ones are forgotten."""
    followed = TailedJobFolder(folder.path)
    assert len(followed.records()) == 2
    (folder.path / "records.jsonl").unlink()
    for epoch in range(10, 20):
        folder.append({"event": "epoch", "epoch": epoch, "time": 1.0})
    assert [record["epoch"] for record in followed.records()] == [*range(10, 20)]
    (folder.path / "records.jsonl").unlink()
    assert followed.records() == []


def test_a_run_in_which_nothing_happens_is_told_from_memory(tmp_path: Path) -> None:
    """The same run comes back until something is asked of it; one that was deleted is left out."""
    workspace, config = Workspace(tmp_path), RunConfig()
    study = Study("s", StudyConfig(runs=(config, config)), "p", ("s-r001", "s-r002"), 0.0)
    folders = [JobFolder(workspace.runs / run_id) for run_id in study.run_ids]
    past = time.time_ns() - 10 * SETTLED_NANOSECONDS
    for folder in folders:
        folder.create({"study": "s", "snapshot": "p", "config": config.model_dump(mode="json")})
        os.utime(folder.path, ns=(past, past))
    follower = LiveRuns()
    before = follower.runs(workspace, study)
    assert [run.state.name for run in before] == ["queued", "queued"]
    folders[1].finish("failed", "It broke.")
    after = follower.runs(workspace, study)
    assert after[0] is before[0]
    assert after[1].state.name == "failed"
    folders[0].delete()
    assert [run.run_id for run in follower.runs(workspace, study)] == ["s-r002"]
