"""Job folders are made aside, complete and on the disk, and then appear in one instant.

A folder that is aside has a name that is no job's id. It stays if its process dies before it appears; whoever knows
that it belongs to something, such as a study, can let it appear then.
"""

import os
import re
import shutil
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from emotion_core.disk_space import disk_full, full_disk_problem
from emotion_core.documents import write_document
from emotion_core.errors import DiskFull, JobError
from emotion_core.files import make_folder, sync_folder, sync_tree

SETTINGS_FILE = "settings.json"
ID_PATTERN = re.compile(r"[0-9a-z][0-9a-z-]{3,63}")


def aside(path: Path) -> Path:
    """Return where the job folder of a path is while it is made."""
    return path.with_name(f".{path.name}")


def prepare_folders(
    settings: Mapping[Path, Mapping[str, Any]], fill: Callable[[Path], None] = lambda folder: None
) -> None:
    """Make job folders aside; readers see none of them, and a failure leaves none.

    Args:
        settings: settings of each job, as JSON values, by the path of its folder.
        fill: writes a job's other files into the folder that it is passed.

    Raises:
        DiskFull: the disk is full.
        JobError: the folders cannot be made for another reason.
    """
    try:
        for path, values in settings.items():
            make_folder(path.parent)
            # A killed process may have left one.
            shutil.rmtree(aside(path), ignore_errors=True)
            aside(path).mkdir()
            write_document(aside(path) / SETTINGS_FILE, values, durable=False)
            fill(aside(path))
        sync_tree(*map(aside, settings))
    except BaseException as error:
        discard_folders(settings)
        if isinstance(error, OSError):
            raise not_started(error, next(iter(settings))) from error
        raise


def publish_folders(paths: Collection[Path]) -> None:
    """Let folders appear that were made aside, durably; one that another process has let appear is left alone.

    Raises:
        OSError: a folder cannot appear, for instance because there is one already.
    """
    for path in paths:
        try:
            aside(path).rename(path)
        except FileNotFoundError:
            if not path.is_dir():
                raise
    for parent in dict.fromkeys(path.parent for path in paths):
        sync_folder(parent)


def discard_folders(paths: Collection[Path]) -> None:
    """Delete what was made aside for these paths."""
    for path in paths:
        shutil.rmtree(aside(path), ignore_errors=True)


def prepared_folders(parent: Path) -> list[Path]:
    """Return the paths of the folders that were made aside and have not appeared; some may be in the making."""
    try:
        with os.scandir(parent) as entries:
            names = sorted(entry.name[1:] for entry in entries if entry.name.startswith("."))
    except FileNotFoundError:
        return []
    return [parent / name for name in names if ID_PATTERN.fullmatch(name) and not (parent / name).exists()]


def not_started(error: OSError, path: Path) -> DiskFull | JobError:
    """Return the error for a job that cannot be started.

    Args:
        error: what the system says.
        path: folder of the job.
    """
    if (problem := full_disk_problem(error)) is not None:
        return disk_full(f"The job cannot be started. {problem}", path)
    return JobError(
        f"The job cannot be started: {error.strerror}. Expected permission to write. "
        f"Received: folder={str(path)!r}. Fix the permissions, then try again."
    )
