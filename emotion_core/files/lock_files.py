"""Lock files of tasks that one process does at a time."""

from pathlib import Path

from filelock import FileLock, Timeout


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
