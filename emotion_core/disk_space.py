"""Full disks: recognized in errors, named in sentences, and noticed before they are full."""

import contextlib
import errno
import math
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from emotion_core.errors import DiskFull
from emotion_core.settings import MIN_FREE_VARIABLE, min_free_mb

_FULL = {errno.ENOSPC: "The disk is full", errno.EDQUOT: "Your quota of this disk is used up"}


def full_disk_problem(error: BaseException) -> str | None:
    """Return "The disk is full" or that the quota is used up; None if an error has another cause.

    Libraries such as HDF5 and TensorFlow raise errors of their own, which hold the system's message as text.
    """
    for cause in _causes(error):
        number = cause.errno if isinstance(cause, OSError) else None
        for full, problem in _FULL.items():
            if number == full or (number is None and os.strerror(full) in str(cause)):
                return problem
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def disk_full(problem: str, path: Path, expected: str = "") -> DiskFull:
    """Return the error for a full disk.

    Args:
        problem: what is wrong, without the full stop.
        path: file or folder on the disk; need not exist.
        expected: a sentence with a space after it.
    """
    return DiskFull(
        f"{problem}. {expected}Received: free={free_bytes(path) / 1e6:.1f} MB, "
        f"folder={str(existing_folder(path))!r}. Free some space there, then try again."
    )


@contextlib.contextmanager
def naming_full_disk(path: Path) -> Iterator[None]:
    """Raise ``DiskFull`` in place of an error that a full disk has caused.

    Args:
        path: file or folder that is written to.

    Raises:
        DiskFull: the disk of the path is full, or the quota on it used up.
    """
    try:
        yield
    except DiskFull:
        raise
    except Exception as error:
        if (problem := full_disk_problem(error)) is not None:
            raise disk_full(problem, path) from error
        raise


def check_free_space(path: Path) -> None:
    """Raise an error if a job is to begin or to go on although the disk is nearly full.

    Args:
        path: folder that is written to.

    Raises:
        DiskFull: less is free than ``EMOTION_MIN_FREE``.
        SettingsError: the variable is no number of megabytes.
    """
    least = min_free_mb()
    if free_bytes(path) < least * 1e6:
        expected = f"Expected at least {least} MB of free space ({MIN_FREE_VARIABLE}). "
        raise disk_full("The disk is nearly full", path, expected)


def free_bytes(path: Path) -> float:
    """Return the free space on the disk of a path, which need not exist; infinite if it is unknown."""
    try:
        return shutil.disk_usage(existing_folder(path)).free
    except OSError:
        return math.inf


def existing_folder(path: Path) -> Path:
    """Return the path if it is a folder, or else the nearest folder above it that exists."""
    path = path.absolute()
    return next((folder for folder in (path, *path.parents) if folder.is_dir()), path)
