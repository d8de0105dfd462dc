"""Atomic, durable file replacement and lock files.

A reader sees the old file or the new one, never a partial one. Once a write has returned, a power failure does not
undo it, unless the caller asked for less: the file and the names of its folders are on the disk by then.
"""

import contextlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    import numpy.typing as npt

# Windows refuses to replace a file while another process reads it. The files here are small, so one second of
# retries outlasts their readers.
REPLACE_ATTEMPTS = 50
REPLACE_WAIT_SECONDS = 0.02
# Journaling file systems write the changes of all waiting threads at once: 16 files take little longer than one.
SYNC_THREADS = 16


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


def sync_folders(paths: Iterable[Path]) -> None:
    """Wait until the names in several folders are on the disk; missing folders are no error."""
    _in_threads(sync_folder, filter(Path.is_dir, paths))


def sync_tree(*folders: Path) -> None:
    """Wait until everything in these folders is on the disk; their own names are not waited for."""
    paths = [*folders, *(path for folder in folders for path in folder.rglob("*"))]
    _in_threads(_sync_if_there, (path for path in paths if path.is_file()))
    sync_folders(paths)


def _sync_if_there(path: Path) -> None:
    # Another process may have replaced or removed it meanwhile.
    with contextlib.suppress(FileNotFoundError):
        sync_file(path)


def _in_threads(sync: Callable[[Path], None], paths: Iterable[Path]) -> None:
    distinct = list(dict.fromkeys(paths))
    if len(distinct) < 2:
        for path in distinct:
            sync(path)
        return
    with ThreadPoolExecutor(min(len(distinct), SYNC_THREADS), "sync") as pool:
        list(pool.map(sync, distinct))


def make_folder(path: Path) -> None:
    """Create a folder with its parents, durably; an existing one is left as it is."""
    for parent in _made_in(path):
        sync_folder(parent)


def _made_in(path: Path) -> list[Path]:
    """Create a folder with its parents, and return the folders that have a new name in them."""
    # Asking first is cheaper: the folder exists almost always, and this runs for every photo and JSON file.
    if path.is_dir():
        return []
    changed = _made_in(path.parent)
    path.mkdir(exist_ok=True)
    return [*changed, path.parent]


def remove_file(path: Path) -> None:
    """Remove a file durably; a missing one is no error."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
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


class WriteBatch:
    """Files that are waited for together, also with those of other batches, which takes a fraction of the time.

    The files appear in ``sync``, and are durable once it has returned. Whatever refers to them is written after that.
    """

    def __init__(self) -> None:
        self._written: list[tuple[Path, Path]] = []
        self._folders: list[Path] = []

    def write_bytes(self, path: Path, data: bytes) -> None:
        """Write bytes to a file that appears in ``sync``, and replaces another one then.

        Args:
            path: file to create or replace; its folder is created if needed.
            data: complete new content.
        """
        self._folders += [*_made_in(path.parent), path.parent]
        temporary = temporary_beside(path)
        self._written.append((temporary, path))
        temporary.write_bytes(data)

    def sync(self) -> None:
        """Move the files into place, and wait until all are on the disk."""
        sync_batches([self])

    def discard(self) -> None:
        """Remove the files that were written since the last ``sync``."""
        written, self._written, self._folders = self._written, [], []
        for temporary, _ in written:
            temporary.unlink(missing_ok=True)

    @property
    def written(self) -> tuple[tuple[Path, Path], ...]:
        """Where each file is now, and where it will be."""
        return tuple(self._written)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Folders in which names are new or will be."""
        return tuple(self._folders)


def sync_batches(batches: Sequence[WriteBatch]) -> None:
    """Move the files of several batches into place, and wait until all are on the disk.

    Raises:
        OSError: a file cannot be written; those that are not in place yet are removed.
    """
    written = [pair for batch in batches for pair in batch.written]
    try:
        _in_threads(sync_file, (temporary for temporary, _ in written))
        for temporary, path in written:
            move_into_place(temporary, path)
        _in_threads(sync_folder, (folder for batch in batches for folder in batch.folders))
    finally:
        for batch in batches:
            batch.discard()


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
    except (OSError, ValueError, RecursionError):
        return None


def read_arrays(path: Path) -> "dict[str, npt.NDArray[Any]] | None":
    """Return the arrays of an ``.npz`` file by name, or None if the file is missing or damaged.

    The format checks each array against a CRC-32.
    """
    import numpy as np

    try:
        # Opened here, because NumPy leaves a damaged file open.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except Exception:  # A changed byte makes zipfile and NumPy raise a dozen kinds of errors.
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
