"""Atomic, durable replacement of files and folders.

A reader sees the old file or the new one, never a partial one. Once a write has returned, a power failure does not
undo it, unless the caller asked for less: the file and the names of its folders are on the disk by then.
"""

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from emotion_core.files.disk_sync import make_folder, sync_file, sync_folder, sync_tree

# Windows refuses to replace a file while another process reads it. The files here are small, so one second of
# retries outlasts their readers.
REPLACE_ATTEMPTS = 50
REPLACE_WAIT_SECONDS = 0.02


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


@contextlib.contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield a name beside a file; what the caller writes there replaces the file at the end, or is removed on an error.

    Args:
        path: file to create or replace; its folder is created if needed.
        durable: as for ``write_bytes``.

    Raises:
        OSError: the file cannot be written.
    """
    temporary = temporary_beside(path)
    try:
        yield temporary
        if durable:
            sync_file(temporary)
        move_into_place(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside a path; it becomes the folder there at the end, or is removed on an error.

    Args:
        path: where there is nothing yet, or an empty folder. An existing one is kept and filled by renaming, because it
            may be a mount point or the folder in which the user works.

    Raises:
        OSError: the folder cannot be written.
    """
    path = path.absolute()
    # Inside an existing folder: its parent may be on another disk.
    temporary = temporary_beside(path / "files" if path.is_dir() else path)
    temporary.mkdir()
    try:
        yield temporary
        sync_tree(temporary)
        if temporary.parent == path:
            _move_up(temporary)
        else:
            temporary.rename(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync_folder(temporary.parent)


def _move_up(folder: Path) -> None:
    """Move everything in a folder to its parent, or nothing."""
    moved = []
    try:
        for path in sorted(folder.iterdir()):
            path.rename(folder.parent / path.name)
            moved.append(folder.parent / path.name)
        folder.rmdir()
    except BaseException:
        for path in moved:
            path.rename(folder / path.name)
        raise


def write_bytes(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write bytes to a file atomically.

    Args:
        path: file to create or replace; its folder is created if needed.
        data: complete new content.
        durable: whether to wait until the file is on the disk. Not for what means nothing after a power failure, such
            as a process id, nor for what can be made again.

    Raises:
        OSError: the file cannot be written, for instance because the disk is full; nothing is left beside it.
    """
    with replacing(path, durable=durable) as temporary:
        temporary.write_bytes(data)
