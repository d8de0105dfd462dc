"""Keeps a run's folder here in sync with its folder on a node: changes come here, requests go there.

The node keeps no state about this side: each exchange names the versions of the files that this side has. So either
process can be restarted, and what was lost on the way is sent again. Append-only files are sent from the end of the
known version on, the others whole.
"""

import contextlib
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from emotion_core.files import write_bytes
from emotion_core.jobs import PAUSE, STOP, STOP_LATER, JobFolder
from emotion_core.training.engine import BEST_FILE, CHECKPOINT_FILE

REQUESTS = (STOP, STOP_LATER, PAUSE)
# Written by this side only: they are sent when the run starts, and never come back.
_SENT_ONLY = frozenset({"settings.json", "priority.json", "reopen.lock", *REQUESTS})
_STATUS = "status.json"
_APPEND_ONLY = ("records.jsonl", "log.txt")
_TENSORBOARD = "tensorboard/"
# Files that a worker deletes, so that they are deleted here, too.
_REMOVED_BY_WORKER = ("process.json", _STATUS, CHECKPOINT_FILE, BEST_FILE)


class FileVersion(NamedTuple):
    """Identifies one version of a file, without reading it.

    Attributes:
        inode: of the file; changes when the file is replaced.
        size: in bytes.
        changed: time of the last write, in nanoseconds.
    """

    inode: int
    size: int
    changed: int


class FileChunk(NamedTuple):
    """The changed part of one file.

    Attributes:
        name: path of the file below the run's folder.
        offset: position of ``data`` in the file; 0 replaces the whole file.
        data: bytes from there to the end of the file.
        version: of the file with these bytes.
    """

    name: str
    offset: int
    data: bytes
    version: FileVersion


@dataclass(frozen=True)
class FolderDelta:
    """The changes of a folder.

    Attributes:
        chunks: in the order in which they have to be written.
        names: of all files in the folder.
        ended: whether the worker has ended, so that nothing changes any more.
    """

    chunks: tuple[FileChunk, ...]
    names: frozenset[str]
    ended: bool

    @property
    def is_complete(self) -> bool:
        """Whether the other side has everything, and nothing changes any more."""
        return self.ended and not self.chunks


def pack(folder: Path) -> dict[str, bytes]:
    """Return the files of a run's folder by path, without requests and half-written files."""
    files = {}
    for name in _file_names(folder):
        # Pages and the dispatcher change the folder meanwhile.
        with contextlib.suppress(FileNotFoundError):
            files[name] = (folder / name).read_bytes()
    return {name: data for name, data in files.items() if name not in REQUESTS}


def unpack(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder, which is created if needed.

    Args:
        files: from ``pack``.
        folder: to write them into.
    """
    for name, data in files.items():
        # They can be sent again.
        write_bytes(folder / name, data, durable=False)


def requests_of(folder: JobFolder) -> frozenset[str]:
    """Return the requests to a run; a deleted run is to stop."""
    requests = {request for request in REQUESTS if folder.requested(request)}
    return frozenset(requests if folder.path.is_dir() else {STOP})


def write_requests(folder: Path, requests: Collection[str]) -> None:
    """Make the request files in a folder exactly these.

    Args:
        folder: of the run.
        requests: names of request files.
    """
    for request in REQUESTS:
        if request not in requests:
            (folder / request).unlink(missing_ok=True)
        # Not touched again: the file's time tells how long ago the request was made.
        elif not (folder / request).exists():
            (folder / request).touch()


def changes_since(folder: Path, known: Mapping[str, FileVersion], *, ended: bool) -> FolderDelta:
    """Return the changes of a worker's folder.

    Args:
        folder: of the run, on the node.
        known: version of each file that the other side has.
        ended: whether the worker had ended before this call, so that no change can be missed.
    """
    names = [name for name in _file_names(folder) if name not in _SENT_ONLY]
    # The worker writes an epoch's records before its checkpoint. Reading them in the opposite order makes sure that no
    # checkpoint is sent without the records of its epoch.
    names.sort(key=lambda name: name in _APPEND_ONLY)
    chunks = [chunk for name in names if (chunk := _chunk(folder, name, known.get(name))) is not None]
    # They are written as the worker does: records first, and the final state last, when everything else is there.
    chunks.sort(key=lambda chunk: (chunk.name == _STATUS, chunk.name not in _APPEND_ONLY))
    return FolderDelta(tuple(chunks), frozenset(names), ended)


def _chunk(folder: Path, name: str, known: FileVersion | None) -> FileChunk | None:
    try:
        with (folder / name).open("rb") as stream:
            status = os.fstat(stream.fileno())
            version = FileVersion(status.st_ino, status.st_size, status.st_mtime_ns)
            if version == known:
                return None
            grows = known is not None and known.inode == version.inode and known.size <= version.size
            offset = known.size if known is not None and grows and _is_append_only(name) else 0
            stream.seek(offset)
            # Only up to the size in the version: the worker may be appending more.
            return FileChunk(name, offset, stream.read(version.size - offset), version)
    except FileNotFoundError:
        return None


def _is_append_only(name: str) -> bool:
    return name in _APPEND_ONLY or name.startswith(_TENSORBOARD)


def apply_changes(delta: FolderDelta, folder: Path, known: dict[str, FileVersion]) -> None:
    """Write changes into the run's folder on this side; a deleted folder stays deleted.

    Args:
        delta: from ``changes_since``.
        folder: of the run, on this side.
        known: version of each file that this side has; updated in place for the next ``changes_since``.
    """
    for chunk in delta.chunks:
        if not folder.is_dir():
            return
        if _write_chunk(folder / chunk.name, chunk):
            known[chunk.name] = chunk.version
        else:
            # Unknown again, so that the next exchange sends the whole file.
            known.pop(chunk.name, None)
    for name in _file_names(folder):
        if (name in _REMOVED_BY_WORKER or name.startswith(_TENSORBOARD)) and name not in delta.names:
            (folder / name).unlink(missing_ok=True)


def _write_chunk(path: Path, chunk: FileChunk) -> bool:
    """Write one chunk; return False if the file here is not what the chunk continues."""
    if not chunk.offset:
        write_bytes(path, chunk.data)
        return True
    try:
        with path.open("r+b") as stream:
            if stream.seek(0, os.SEEK_END) != chunk.offset:
                return False
            stream.write(chunk.data)
            stream.flush()
            # The node forgets what it has sent, and a checkpoint or a status that follows tells that this is kept.
            os.fsync(stream.fileno())
    except FileNotFoundError:
        return False
    return True


def _file_names(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        # Hidden files are temporary ones that are not complete yet.
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(folder).as_posix()
