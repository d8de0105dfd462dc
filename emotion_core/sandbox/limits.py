"""What a reader forbids itself before it opens a file: more time, more memory, network, programs, files to write."""

import contextlib
import os
import signal
import sys
import tempfile
from typing import Any

if sys.platform != "win32":
    import resource

# A program that a file has taken over could undo these; the parent watches from outside, too.
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system")
_CHANGES = ("os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown")
_WRITING_MODES = frozenset("wax+")
_MAX_FILE_BYTES = 500_000_000


def restrain() -> None:
    """Forbid this process to open connections, start programs and write files but temporary ones."""
    if sys.platform != "win32":
        for kind, limit in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, _MAX_FILE_BYTES)):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, (limit, limit))
        # A stop of the job, or Ctrl+C, reaches its whole group; the parent ends its readers by closing their pipes.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    temporary = os.path.realpath(tempfile.gettempdir())

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(_FORBIDDEN):
            raise PermissionError(f"{event} is not allowed here")
        if event == "open" and _is_write(arguments) and not _is_below(arguments[0], temporary):
            raise PermissionError("writing is not allowed here")
        if event.startswith(_CHANGES) and not _is_below(arguments[0], temporary):
            raise PermissionError("changes are not allowed here")

    sys.addaudithook(refuse)


def _is_write(arguments: tuple[Any, ...]) -> bool:
    _path, mode, flags = arguments
    if isinstance(mode, str):
        return not _WRITING_MODES.isdisjoint(mode)
    return isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC) != 0


def _is_below(path: Any, folder: str) -> bool:
    if isinstance(path, int):  # an open file, opened by these rules
        return True
    return os.path.realpath(os.fsdecode(path)).startswith(folder + os.sep) or os.path.realpath(path) == folder


@contextlib.contextmanager
def limited(seconds: float, memory_bytes: int) -> Any:
    """End this process when it has used more processor time; refuse it more memory.

    Args:
        seconds: processor time of all threads from now on.
        memory_bytes: memory of this process in all.
    """
    if sys.platform == "win32":  # The parent watches alone.
        yield
        return
    if sys.platform == "linux":  # Others ignore this limit.
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, hard))
    # Unhandled, the signal ends the process, also in the middle of a decoder that never returns to Python.
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def renew(seconds: float) -> None:
    """Begin the processor time of ``limited`` again, within it.

    Args:
        seconds: processor time of all threads from now on.
    """
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)
