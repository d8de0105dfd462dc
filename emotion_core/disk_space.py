"""Full disks and full workspaces: recognized in errors, named in sentences, and noticed before they are full."""

import contextlib
import errno
import math
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from emotion_core.errors import DiskFull
from emotion_core.settings import MIN_FREE_VARIABLE, QUOTA_VARIABLE, USERS_FOLDER, min_free_mb, quota_mb

_FULL = {errno.ENOSPC: "The disk is full", errno.EDQUOT: "Your quota of this disk is used up"}
# Measuring a workspace of 100,000 files takes a second: it takes at most a tenth of the time of a job.
_PAUSE_SHARE = 10
# What jobs write at most, so that a workspace with much room left is not measured again soon.
_BYTES_PER_SECOND = 100e6


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


def check_room(workspace: Path) -> None:
    """Raise an error if a job is to begin or to go on although the disk is nearly full, or its workspace full.

    Args:
        workspace: folder of the workspace that is written to.

    Raises:
        DiskFull: less is free than ``EMOTION_MIN_FREE``, or the workspace holds ``EMOTION_QUOTA`` or more.
        SettingsError: one of the variables is no number of megabytes.
    """
    check_free_space(workspace)
    check_quota(workspace)


def check_quota(workspace: Path) -> None:
    """Raise an error if a workspace holds as much as ``EMOTION_QUOTA`` allows; costs nothing without that variable.

    The files are measured again once jobs may have filled the room that was left, so this can be called at every write.

    Args:
        workspace: folder of the workspace.

    Raises:
        DiskFull: the workspace is full.
        SettingsError: the variable is no number of megabytes.
    """
    limit = quota_mb()
    if limit is None:
        return
    measured = _measured.get(workspace)
    if measured is None or measured.may_have_reached(limit * 1e6):
        measured = _measured[workspace] = _measure(workspace)
    if measured.bytes >= limit * 1e6:
        raise DiskFull(
            f"This workspace is full. Expected less than {limit} MB of files ({QUOTA_VARIABLE}). Received: "
            f"used={measured.bytes / 1e6:.1f} MB, folder={str(workspace)!r}. Delete photos or studies, or clean up the "
            "workspace on the page Home, then try again."
        )


class _Measurement(NamedTuple):
    bytes: int
    ended: float
    seconds: float

    def may_have_reached(self, limit_bytes: float) -> bool:
        """Return whether the workspace may hold that much by now, or less again, and it is time to measure it."""
        age = time.monotonic() - self.ended
        return age >= max(_PAUSE_SHARE * self.seconds, (limit_bytes - self.bytes) / _BYTES_PER_SECOND)


_measured: dict[Path, _Measurement] = {}


def _measure(workspace: Path) -> _Measurement:
    began = time.monotonic()
    # Each user has a workspace and a limit of their own.
    total = _bytes_in(os.fspath(workspace), left_out=USERS_FOLDER)
    ended = time.monotonic()
    return _Measurement(total, ended, ended - began)


def _bytes_in(folder: str, left_out: str = "") -> int:
    total = 0
    # Files and folders go while they are counted.
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if not entry.is_dir(follow_symlinks=False):
                    total += entry.stat(follow_symlinks=False).st_size
                elif entry.name != left_out:
                    total += _bytes_in(entry.path)
    return total


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
