"""The image of a run's folder: what comes back from another computer, and what is lost on the way."""

import shutil
from pathlib import Path

from emotion_core.files import write_bytes, write_json
from emotion_core.jobs import PAUSE, STOP, JobFolder
from emotion_core.training.launchers.ray.folder_sync import (
    FileVersion,
    apply,
    changes_since,
    pack,
    requests_of,
    unpack,
    write_requests,
)


def tell(there: Path, here: Path, known: dict[str, FileVersion], *, ended: bool = False) -> list[tuple[str, int]]:
    """Bring the image up to date; return what was told: names, and from which byte on."""
    news = changes_since(there, known, ended=ended)
    apply(news, here, known)
    return [(piece.name, piece.offset) for piece in news.pieces]


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def begin(tmp_path: Path) -> tuple[Path, Path, dict[str, FileVersion]]:
    """Return a worker's folder, its image, and what is known of it: nothing."""
    there, here = tmp_path / "there", tmp_path / "here"
    here.mkdir()
    write_json(there / "process.json", {"pid": 1})
    write_bytes(there / "records.jsonl", b"one\n")
    write_bytes(there / "tensorboard/train/events.out.tfevents.1", b"event")
    return there, here, {}


def test_only_what_is_new_is_told(tmp_path: Path) -> None:
    """A file that grew is told from where it ended, one that was replaced is told whole, others are not told."""
    there, here, known = begin(tmp_path)
    tell(there, here, known)
    assert tell(there, here, known) == []
    with (there / "records.jsonl").open("ab") as stream:
        stream.write(b"two\n")
    write_json(there / "process.json", {"pid": 2})
    assert tell(there, here, known) == [("records.jsonl", 4), ("process.json", 0)]
    assert contents(here) == contents(there)


def test_state_comes_when_all_else_is_there(tmp_path: Path) -> None:
    """Whoever sees that a run has finished finds its network; records come before the checkpoint of their epoch."""
    there, here, known = begin(tmp_path)
    for name in ("status.json", "model.tflite", "checkpoint.npz"):
        write_bytes(there / name, b"{}")
    told = [name for name, _ in tell(there, here, known)]
    assert told[-1] == "status.json"
    assert told.index("records.jsonl") < told.index("checkpoint.npz")


def test_what_a_worker_takes_away_goes_here_too(tmp_path: Path) -> None:
    """Its checkpoint at the end and its process between two; what it never had stays, as do requests."""
    there, here, known = begin(tmp_path)
    write_bytes(there / "checkpoint.npz", b"state")
    write_json(here / "settings.json", {})
    (here / PAUSE).touch()
    tell(there, here, known)
    for name in ("checkpoint.npz", "process.json", "tensorboard/train/events.out.tfevents.1"):
        (there / name).unlink()
    tell(there, here, known)
    assert set(contents(here)) == {"records.jsonl", "settings.json", PAUSE}


def test_new_listener_is_told_all_and_ends_with_the_same(tmp_path: Path) -> None:
    """Where the image is not what its keeper believes, the file is told once more, whole."""
    there, here, known = begin(tmp_path)
    tell(there, here, known)
    with (there / "records.jsonl").open("ab") as stream:
        stream.write(b"two\n")
    # Written by a keeper who was killed over it.
    write_bytes(here / "records.jsonl", b"one\ntw")
    tell(there, here, dict(known))
    tell(there, here, known)
    tell(there, here, known)
    assert contents(here) == contents(there)
    write_bytes(here / "records.jsonl", b"one\ntw")
    tell(there, here, {})
    assert contents(here) == contents(there)


def test_last_news_are_none(tmp_path: Path) -> None:
    """Only when a worker has ended and all was confirmed is its folder no longer needed."""
    there, here, known = begin(tmp_path)
    assert not changes_since(there, known, ended=True).last
    tell(there, here, known, ended=True)
    assert not changes_since(there, known, ended=False).last
    assert changes_since(there, known, ended=True).last


def test_deleted_run_stays_deleted_and_is_to_stop(tmp_path: Path) -> None:
    """No piece of it makes its folder anew."""
    there, here, known = begin(tmp_path)
    assert requests_of(JobFolder(here)) == frozenset()
    shutil.rmtree(here)
    tell(there, here, known)
    assert not here.exists()
    assert requests_of(JobFolder(here)) == {STOP}


def test_requests_are_there_as_they_are_here(tmp_path: Path) -> None:
    """What is no longer asked goes away; what is half written is not sent along."""
    (tmp_path / STOP).touch()
    write_requests(tmp_path, {PAUSE})
    assert requests_of(JobFolder(tmp_path)) == {PAUSE}
    write_json(tmp_path / "settings.json", {})
    (tmp_path / ".1.half").touch()
    unpack(pack(tmp_path), tmp_path / "there")
    assert set(contents(tmp_path / "there")) == {"settings.json"}
