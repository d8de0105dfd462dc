"""What waits for the disk: a file's content, the names in its folder, a whole tree, a new or removed name."""

import contextlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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
    in_threads(sync_folder, filter(Path.is_dir, paths))


def sync_tree(*folders: Path) -> None:
    """Wait until everything in these folders is on the disk; their own names are not waited for."""
    paths = [*folders, *(path for folder in folders for path in folder.rglob("*"))]
    in_threads(_sync_if_there, (path for path in paths if path.is_file()))
    sync_folders(paths)


def _sync_if_there(path: Path) -> None:
    # Another process may have replaced or removed it meanwhile.
    with contextlib.suppress(FileNotFoundError):
        sync_file(path)


def in_threads(sync: Callable[[Path], None], paths: Iterable[Path]) -> None:
    """Wait for several files or folders at once, each one time.

    Args:
        sync: waits for one.
        paths: files or folders.
    """
    distinct = list(dict.fromkeys(paths))
    if len(distinct) < 2:
        for path in distinct:
            sync(path)
        return
    with ThreadPoolExecutor(min(len(distinct), SYNC_THREADS), "sync") as pool:
        list(pool.map(sync, distinct))


def make_folder(path: Path) -> None:
    """Create a folder with its parents, durably; an existing one is left as it is."""
    for parent in folders_made_for(path):
        sync_folder(parent)


def folders_made_for(path: Path) -> list[Path]:
    """Create a folder with its parents, and return the folders that have a new name in them."""
    # Asking first is cheaper: the folder exists almost always, and this runs for every photo and JSON file.
    if path.is_dir():
        return []
    changed = folders_made_for(path.parent)
    path.mkdir(exist_ok=True)
    return [*changed, path.parent]


def remove_file(path: Path) -> None:
    """Remove a file durably; a missing one is no error."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
        sync_folder(path.parent)
