"""Files of the workspace are the user's alone: folders 0700, files 0600. Windows keeps user folders private itself."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

# What a process of this project takes from the permissions of each file that it makes.
PRIVATE_UMASK = 0o077
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# Somebody set these bits on purpose: a folder for a group, and a folder for everybody such as /tmp.
_SHARED = stat.S_ISGID | stat.S_ISVTX


def close_folder(folder: Path) -> None:
    """Take a folder's permissions from all other users, unless it is shared on purpose: setgid or sticky.

    Args:
        folder: an existing folder; one that belongs to another user stays as it is.
    """
    mode = folder.stat().st_mode
    if os.name == "posix" and mode & _OTHERS and not mode & _SHARED:
        with contextlib.suppress(OSError):
            folder.chmod(stat.S_IMODE(mode) & ~_OTHERS)


def close_files(folder: Path) -> int:
    """Take the permissions of a folder and of everything in it from all other users; return how many files changed.

    Args:
        folder: a workspace. One that is shared on purpose stays as it is; links are not followed.
    """
    if os.name != "posix" or folder.stat().st_mode & _SHARED:
        return 0
    close_folder(folder)
    changed = 0
    for entry in _entries(folder):
        with contextlib.suppress(OSError):  # deleted meanwhile, or another user's
            mode = entry.stat(follow_symlinks=False).st_mode
            if mode & _OTHERS and not stat.S_ISLNK(mode):
                os.chmod(entry.path, stat.S_IMODE(mode) & ~_OTHERS)  # noqa: PTH101 - no Path for each of 100,000 files
                changed += 1
    return changed


def _entries(folder: Path) -> Iterator["os.DirEntry[str]"]:
    """Yield everything in a folder, at any depth; what cannot be listed is left out."""
    folders = [str(folder)]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
