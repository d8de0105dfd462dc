"""Keeping a run's folder in sync with a node: what comes back, and what is lost on the way."""

import shutil
from pathlib import Path

from emotion_core.files import write_bytes, write_json
from emotion_core.jobs import PAUSE, STOP, JobFolder
from emotion_core.training.launchers.ray.folder_sync import (
    FileVersion,
    apply_changes,
    changes_since,
    pack,
    requests_of,
    unpack,
    write_requests,
)


def synchronize(
    there: Path, here: Path, known: dict[str, FileVersion], *, ended: bool = False
) -> list[tuple[str, int]]:
    """Bring the folder here up to date; return the names of the sent chunks and their offsets."""
    delta = changes_since(there, known, ended=ended)
    apply_changes(delta, here, known)
    return [(chunk.name, chunk.offset) for chunk in delta.chunks]


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def begin(tmp_path: Path) -> tuple[Path, Path, dict[str, FileVersion]]:
    """Return a worker's folder, the one here, and the known versions: none."""
    there, here = tmp_path / "there", tmp_path / "here"
    here.mkdir()
    write_json(there / "process.json", {"pid": 1})
    write_bytes(there / "records.jsonl", b"one\n")
    write_bytes(there / "tensorboard/train/events.out.tfevents.1", b"event")
    return there, here, {}


def test_only_changes_are_sent(tmp_path: Path) -> None:
    """A file that grew is sent from its known end on, a replaced one is sent whole, others are not sent."""
    there, here, known = begin(tmp_path)
    synchronize(there, here, known)
    assert synchronize(there, here, known) == []
    with (there / "records.jsonl").open("ab") as stream:
        stream.write(b"two\n")
    write_json(there / "process.json", {"pid": 2})
    assert synchronize(there, here, known) == [("records.jsonl", 4), ("process.json", 0)]
    assert contents(here) == contents(there)


def test_state_comes_when_all_else_is_there(tmp_path: Path) -> None:
    """When a run shows as finished, its network is there; records come before the checkpoint of their epoch."""
    there, here, known = begin(tmp_path)
    for name in ("status.json", "model.tflite", "checkpoint.npz"):
        write_bytes(there / name, b"{}")
    names = [name for name, _ in synchronize(there, here, known)]
    assert names[-1] == "status.json"
    assert names.index("records.jsonl") < names.index("checkpoint.npz")


def test_files_that_a_worker_deletes_are_deleted_here(tmp_path: Path) -> None:
    """Its checkpoint at the end and its process between two; what it never had stays, as do requests."""
    there, here, known = begin(tmp_path)
    write_bytes(there / "checkpoint.npz", b"state")
    write_json(here / "settings.json", {})
    (here / PAUSE).touch()
    synchronize(there, here, known)
    for name in ("checkpoint.npz", "process.json", "tensorboard/train/events.out.tfevents.1"):
        (there / name).unlink()
    synchronize(there, here, known)
    assert set(contents(here)) == {"records.jsonl", "settings.json", PAUSE}


def test_restarted_dispatcher_gets_everything_and_ends_with_the_same(tmp_path: Path) -> None:
    """A file that is not the known version is sent again, whole."""
    there, here, known = begin(tmp_path)
    synchronize(there, here, known)
    with (there / "records.jsonl").open("ab") as stream:
        stream.write(b"two\n")
    # Written by a dispatcher that was killed meanwhile.
    write_bytes(here / "records.jsonl", b"one\ntw")
    synchronize(there, here, dict(known))
    synchronize(there, here, known)
    synchronize(there, here, known)
    assert contents(here) == contents(there)
    write_bytes(here / "records.jsonl", b"one\ntw")
    synchronize(there, here, {})
    assert contents(here) == contents(there)


def test_folder_is_complete_when_the_worker_has_ended_and_nothing_is_new(tmp_path: Path) -> None:
    """Only then is the folder on the node no longer needed."""
    there, here, known = begin(tmp_path)
    assert not changes_since(there, known, ended=True).is_complete
    synchronize(there, here, known, ended=True)
    assert not changes_since(there, known, ended=False).is_complete
    assert changes_since(there, known, ended=True).is_complete


def test_deleted_run_stays_deleted_and_is_to_stop(tmp_path: Path) -> None:
    """No chunk creates its folder again."""
    there, here, known = begin(tmp_path)
    assert requests_of(JobFolder(here)) == frozenset()
    shutil.rmtree(here)
    synchronize(there, here, known)
    assert not here.exists()
    assert requests_of(JobFolder(here)) == {STOP}


def test_requests_there_are_those_made_here(tmp_path: Path) -> None:
    """A withdrawn request is deleted there; half-written files are not sent."""
    (tmp_path / STOP).touch()
    write_requests(tmp_path, {PAUSE})
    assert requests_of(JobFolder(tmp_path)) == {PAUSE}
    write_json(tmp_path / "settings.json", {})
    (tmp_path / ".1.half").touch()
    unpack(pack(tmp_path), tmp_path / "there")
    assert set(contents(tmp_path / "there")) == {"settings.json"}
