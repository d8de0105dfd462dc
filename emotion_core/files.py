"""Atomic, durable file replacement and lock files.

A reader sees the old file or the new one, never a partial one. Once a write has returned, a power failure does not
undo it, unless the caller asked for less: the file and the names of its folders are on the disk by then.
"""

import contextlib
import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

# Windows refuses to replace a file while another process reads it. The files here are small, so one second of
# retries outlasts their readers.
REPLACE_ATTEMPTS = 50
REPLACE_WAIT_SECONDS = 0.02


def sync_file(path: Path) -> None:
    """Wait until the content of a file is on the disk."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on the disk: new, replaced and removed ones."""
    # Windows cannot open a folder; its file systems write names in order.
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(path: Path) -> None:
    """Create a folder with its parents, durably; an existing one is left as it is."""
    # Asking first is cheaper: the folder exists almost always, and this runs for every photo and JSON file.
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def temporary_beside(path: Path) -> Path:
    """Return an unused name in the same folder, which is created if needed.

    A rename is atomic only within one file system, hence the same folder. The process id and a random suffix keep
    concurrent writers apart.
    """
    make_folder(path.parent)
    return path.with_name(f".{os.getpid()}.{secrets.token_hex(4)}.{path.name}")


def move_into_place(temporary: Path, path: Path) -> None:
    """Replace ``path`` atomically with the finished file ``temporary``.

    Args:
        temporary: complete file in the same folder, as ``temporary_beside`` names it.
        path: file to create or replace.

    Raises:
        OSError: the file cannot be replaced, even after waiting for its readers.
    """
    for attempts_left in reversed(range(REPLACE_ATTEMPTS)):
        try:
            temporary.replace(path)
            return
        except PermissionError:
            if not attempts_left:
                raise
            time.sleep(REPLACE_WAIT_SECONDS)


def write_bytes(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write bytes to a file atomically.

    Args:
        path: file to create or replace; its folder is created if needed.
        data: complete new content.
        durable: whether to wait until the file is on the disk. Not for what means nothing after a power failure, such
            as a process id, nor inside a batch, which waits once for all its files.

    Raises:
        OSError: the file cannot be written, for instance because the disk is full; nothing is left beside it.
    """
    temporary = temporary_beside(path)
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        move_into_place(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


class WriteBatch:
    """Many files, written one by one and waited for together, which takes a fraction of the time.

    Each file is visible as soon as it is written, and durable once ``sync`` has returned. Whatever refers to the files
    is written after that.
    """

    def __init__(self) -> None:
        self._unsynced: list[Path] = []

    def write_bytes(self, path: Path, data: bytes) -> None:
        """Write bytes to a file, as the function ``write_bytes`` does.

        Args:
            path: file to create or replace; its folder is created if needed.
            data: complete new content.
        """
        write_bytes(path, data, durable=False)
        self._unsynced.append(path)

    def sync(self) -> None:
        """Wait until every file written so far is on the disk."""
        paths, self._unsynced = self._unsynced, []
        for path in paths:
            # Another process may have deleted a photo already.
            with contextlib.suppress(FileNotFoundError):
                sync_file(path)
        for folder in dict.fromkeys(path.parent for path in paths):
            with contextlib.suppress(FileNotFoundError):
                sync_folder(folder)


def write_json(path: Path, value: Any, indent: int | None = 1, *, durable: bool = True) -> None:
    """Write a value to a file as JSON, atomically.

    Args:
        path: file to create or replace; its folder is created if needed.
        value: anything that ``json.dumps`` accepts.
        indent: spaces per level; None is several times faster, for large files.
        durable: as for ``write_bytes``.
    """
    write_bytes(path, json.dumps(value, indent=indent).encode(), durable=durable)


def read_json(path: Path) -> Any:
    """Return the value in a JSON file, or None if the file is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError):
        return None


def is_locked(path: Path) -> bool:
    """Return whether a ``FileLock`` on this lock file is held, by this process or another.

    The answer may be outdated when it arrives, so that it saves needless work but protects nothing.
    """
    try:
        # The operating system releases the lock of a process that was killed; a file left behind proves nothing.
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
