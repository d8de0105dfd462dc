"""Records with a checksum per line: no changed byte goes unnoticed, and what is damaged is counted."""

import json
from pathlib import Path

import pytest

from emotion_core.documents import FORMAT_VERSION
from emotion_core.errors import JobUnusable
from emotion_core.jobs import JobFolder, TailedJobFolder, job_problem, unreadable_jobs

LINES = [{"event": "epoch", "epoch": number, "loss": 0.7 / number} for number in (1, 2, 3)]


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    """Return a finished job with three records."""
    folder = JobFolder(tmp_path / "jobs" / "job-1")
    folder.create({"kind": "scrape"})
    for record in LINES:
        folder.append(record)
    folder.finish("finished")
    return folder


def without_times(folder: JobFolder) -> list[dict[str, object]]:
    """Return the records without the time of writing."""
    return [{key: value for key, value in record.items() if key != "time"} for record in folder.records()]


def test_records_are_read_as_they_were_written(folder: JobFolder) -> None:
    """The checksum is no part of a record, and a sound file has no problem."""
    assert without_times(folder) == LINES
    assert job_problem(folder) is None


def test_no_changed_byte_of_a_record_goes_unnoticed(folder: JobFolder) -> None:
    """Whatever one byte becomes, the records are those that were written or the file is reported."""
    path = folder.path / "records.jsonl"
    whole, sound = path.read_bytes(), folder.records()
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 1
        path.write_bytes(changed)
        # In the first line, a changed key of the checksum leaves a record of version 0, whose values are intact.
        values = [{key: record[key] for key in sound[0] if key in record} for record in folder.records()]
        assert values == sound or "records.jsonl" in folder.records_problem(), position


def test_cut_end_of_an_ended_job_is_reported(folder: JobFolder) -> None:
    """Lost records leave no damaged line behind, but the status knows how much was written."""
    path = folder.path / "records.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    assert without_times(folder) == LINES[:2]
    assert "its end is missing" in folder.records_problem()
    assert "its end is missing" in TailedJobFolder(folder.path).records_problem()


def test_tailed_folder_counts_damaged_lines_once(folder: JobFolder) -> None:
    """A reader that follows the file tells the same as one that reads it whole."""
    path = folder.path / "records.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"epoch": 2', b'"epoch": 7'))
    tailed = TailedJobFolder(folder.path)
    for _ in range(2):
        assert [record["epoch"] for record in tailed.records()] == [1, 3]
        assert tailed.records_problem() == folder.records_problem()
    assert folder.records_problem().startswith("1 line is damaged in the file records.jsonl")


def test_earlier_records_are_gone_on_with(tmp_path: Path) -> None:
    """A file of version 0 is read, cut lines of killed processes are no damage, and new lines have checksums."""
    folder = JobFolder(tmp_path / "job-1")
    folder.create({})
    path = folder.path / "records.jsonl"
    path.write_text('{"time": 1.5, "event": "epoch", "epoch": 1}\n{"time": 2.0, "event": "ep\n')
    folder.append({"event": "epoch", "epoch": 2})
    assert [record["epoch"] for record in folder.records()] == [1, 2]
    assert folder.records_problem() == ""
    with path.open("a") as stream:
        stream.write('{"time": 3.0, "event": "epoch", "epoch": 3}\n')
    assert [record["epoch"] for record in folder.records()] == [1, 2]
    assert folder.records_problem()


def test_unfinished_line_is_dropped_when_the_job_goes_on(folder: JobFolder) -> None:
    """What a killed process left of its last record is neither joined with the next one nor called damaged."""
    with (folder.path / "records.jsonl").open("ab") as stream:
        stream.write(b'{"time": 3.0, "ev')
    folder.reopen()
    folder.append({"event": "epoch", "epoch": 4})
    assert [record["epoch"] for record in folder.records()] == [1, 2, 3, 4]
    assert folder.records_problem() == ""


def test_damaged_status_is_a_state_of_its_own(folder: JobFolder) -> None:
    """A job whose status cannot be read is neither running nor queued: no process may start it again."""
    path = folder.path / "status.json"
    path.write_bytes(path.read_bytes().replace(b"finished", b"fjnished"))
    assert (folder.state().name, folder.state().ended, folder.state().active) == ("damaged", True, False)
    path.write_text(json.dumps({"format": FORMAT_VERSION + 1, "state": "finished"}))
    assert folder.state().name == "newer version"


def test_damaged_and_newer_jobs_are_listed(folder: JobFolder) -> None:
    """Damaged settings hide no job, and those of a newer version are not called damaged."""
    settings = folder.path / "settings.json"
    settings.write_bytes(settings.read_bytes().replace(b"scrape", b"scrbpe"))
    [damaged] = unreadable_jobs(folder.path.parent)
    assert (damaged.entry_id, damaged.kind) == (folder.id, "damaged")
    settings.write_text(json.dumps({"format": FORMAT_VERSION + 1, "kind": "scrape"}))
    [newer] = unreadable_jobs(folder.path.parent)
    assert newer.kind == "newer version"
    assert "newer version" in newer.what
    assert "elete" not in newer.what
    with pytest.raises(JobUnusable, match="newer version"):
        folder.settings()
