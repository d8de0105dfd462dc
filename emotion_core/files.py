"""Atomic file replacement and lock files: a reader sees the old file or the new one, never a partial one."""

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


def temporary_beside(path: Path) -> Path:
    """Return an unused name in the same folder, which is created if needed.

    A rename is atomic only within one file system, hence the same folder. The process id and a random suffix keep
    concurrent writers apart.
    """
    # Asking first is cheaper: the folder exists almost always, and this runs for every photo and JSON file.
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
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


def write_bytes(path: Path, data: bytes) -> None:
    """Write bytes to a file atomically.

    Args:
        path: file to create or replace; its folder is created if needed.
        data: complete new content.
    """
    temporary = temporary_beside(path)
    temporary.write_bytes(data)
    move_into_place(temporary, path)


def write_json(path: Path, value: Any, indent: int | None = 1) -> None:
    """Write a value to a file as JSON, atomically.

    Args:
        path: file to create or replace; its folder is created if needed.
        value: anything that ``json.dumps`` accepts.
        indent: spaces per level; None is several times faster, for large files.
    """
    write_bytes(path, json.dumps(value, indent=indent).encode())


def read_json(path: Path) -> Any:
    """Return the value in a JSON file, or None if the file is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError, RecursionError):
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
