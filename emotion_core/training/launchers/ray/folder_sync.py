"""A run's folder on another computer and its image here: what changes there is told here, what is asked here is there.

The one side knows nothing of the other but what it is told, so either may be begun anew: what nobody has confirmed is
told once more. Files that only grow are told from where they ended; the others whole.
"""

import contextlib
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from emotion_core.files import write_bytes
from emotion_core.jobs import PAUSE, STOP, STOP_LATER, JobFolder
from emotion_core.training.engine import CHECKPOINT_FILE

REQUESTS = (STOP, STOP_LATER, PAUSE)
# Of these, this side has the word: they are sent along when the run begins, and never told back.
_SENT_ONLY = frozenset({"settings.json", "priority.json", "reopen.lock", *REQUESTS})
_STATUS = "status.json"
_GROWING = ("records.jsonl", "log.txt")
_EVENTS = "tensorboard/"
# What a worker takes away when it is done with it.
_PASSING = ("process.json", _STATUS, CHECKPOINT_FILE)


class FileVersion(NamedTuple):
    """What tells one version of a file from another.

    Attributes:
        inode: of the file, another one where it was replaced.
        size: in bytes.
        changed: when it was written last, in nanoseconds.
    """

    inode: int
    size: int
    changed: int


class FileChunk(NamedTuple):
    """News of one file.

    Attributes:
        name: of the file, below the run's folder.
        offset: at which ``data`` belongs; the file is whole without what follows it.
        data: bytes from there to the end.
        stamp: of the version that the file is then.
    """

    name: str
    offset: int
    data: bytes
    stamp: FileVersion


@dataclass(frozen=True)
class FolderDelta:
    """What is new in a folder.

    Attributes:
        pieces: in the order in which they are to be written.
        names: of all files that are there now.
        ended: whether nothing will change any more.
    """

    pieces: tuple[FileChunk, ...]
    names: frozenset[str]
    ended: bool

    @property
    def last(self) -> bool:
        """Whether the folder is told whole."""
        return self.ended and not self.pieces


def pack(folder: Path) -> dict[str, bytes]:
    """Return the files of a run's folder by their names below it, requests and half-written ones left out."""
    found = {}
    for name in _names(folder):
        with contextlib.suppress(FileNotFoundError):
            found[name] = (folder / name).read_bytes()
    return {name: data for name, data in found.items() if name not in REQUESTS}


def unpack(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files as ``pack`` gave them into a folder, which is made."""
    for name, data in files.items():
        write_bytes(folder / name, data)


def requests_of(folder: JobFolder) -> frozenset[str]:
    """Return what is asked of a run, a deleted one included: that one is to stop."""
    asked = {what for what in REQUESTS if folder.requested(what)}
    return frozenset(asked if folder.path.is_dir() else {STOP})


def write_requests(folder: Path, requests: Collection[str]) -> None:
    """Let just these requests be in the folder."""
    for what in REQUESTS:
        if what not in requests:
            (folder / what).unlink(missing_ok=True)
        elif not (folder / what).exists():
            (folder / what).touch()


def changes_since(folder: Path, known: Mapping[str, FileVersion], *, ended: bool) -> FolderDelta:
    """Return what is new in the folder of a worker.

    Args:
        folder: where it works.
        known: the stamp of the version that the other side has of each file.
        ended: whether the worker had ended before this was asked.
    """
    names = [name for name in _names(folder) if name not in _SENT_ONLY]
    # A checkpoint is written after the records of its epoch, so it is read before them: none goes without these.
    names.sort(key=lambda name: name in _GROWING)
    pieces = [piece for name in names if (piece := _chunk(folder, name, known.get(name))) is not None]
    # They are written in the opposite order, for the same reason; the state comes last, when all else is there.
    pieces.sort(key=lambda piece: (piece.name == _STATUS, piece.name not in _GROWING))
    return FolderDelta(tuple(pieces), frozenset(names), ended)


def _chunk(folder: Path, name: str, known: FileVersion | None) -> FileChunk | None:
    try:
        with (folder / name).open("rb") as stream:
            found = os.fstat(stream.fileno())
            stamp = FileVersion(found.st_ino, found.st_size, found.st_mtime_ns)
            if stamp == known:
                return None
            grows = known is not None and known.inode == stamp.inode and known.size <= stamp.size
            offset = known.size if known is not None and grows and _only_grows(name) else 0
            stream.seek(offset)
            return FileChunk(name, offset, stream.read(stamp.size - offset), stamp)
    except FileNotFoundError:
        return None


def _only_grows(name: str) -> bool:
    return name in _GROWING or name.startswith(_EVENTS)


def apply(news: FolderDelta, folder: Path, known: dict[str, FileVersion]) -> None:
    """Write what is new into the image of a folder; one that was deleted stays deleted.

    Args:
        news: as ``changes_since`` gave it.
        folder: the image.
        known: what ``changes_since`` is to be asked with next; changed to what the image then has.
    """
    for piece in news.pieces:
        if not folder.is_dir():
            return
        if _written(folder / piece.name, piece):
            known[piece.name] = piece.stamp
        else:
            known.pop(piece.name, None)
    for name in _names(folder):
        if (name in _PASSING or name.startswith(_EVENTS)) and name not in news.names:
            (folder / name).unlink(missing_ok=True)


def _written(path: Path, piece: FileChunk) -> bool:
    """Write one piece; whether it could be: what it follows may have been lost meanwhile."""
    if not piece.offset:
        write_bytes(path, piece.data)
        return True
    try:
        with path.open("r+b") as stream:
            if stream.seek(0, os.SEEK_END) != piece.offset:
                return False
            stream.write(piece.data)
    except FileNotFoundError:
        return False
    return True


def _names(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(folder).as_posix()
