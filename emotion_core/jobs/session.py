"""The life of a job's process: heartbeat, stop signals, and a status file however the job ends."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from emotion_core.disk_space import naming_full_disk
from emotion_core.errors import EmotionError
from emotion_core.jobs.folder import JobFolder
from emotion_core.jobs.state import HEARTBEAT_SECONDS, STOP, PauseRequested, StopRequested, Superseded

# Room that a job holds for its status, which must be written even if the disk is full by then.
RESERVE_FILE, RESERVE_BYTES = ".reserve", 16_384


@contextlib.contextmanager
def job_session(folder: JobFolder) -> Iterator[None]:
    """Run the body of a job with a heartbeat, and record how it ends.

    SIGTERM counts as a request to stop; if a reboot sent it, a job that can be resumed is resumed afterward. A job that
    pauses writes no status, because it has not ended, and neither does a process whose job another one has taken over.
    An ``EmotionError`` ends the job as ``failed`` with its message, and so does a full disk; any other exception as
    ``failed`` with its first line, and its traceback goes to the log.
    """
    # The heartbeat comes first: without one, another machine would take the recorded process for dead.
    (folder.path / "heartbeat").touch()
    folder.claim()

    terminated = False

    def on_terminate(_signal: int, _frame: FrameType | None) -> None:
        nonlocal terminated
        terminated = True
        folder.request_stop()

    previous_handler = signal.signal(signal.SIGTERM, on_terminate)
    done = threading.Event()
    # A daemon thread: it must not keep a process alive whose body has ended.
    beat = threading.Thread(target=_beat, args=(folder, done), daemon=True)
    beat.start()
    try:
        with naming_full_disk(folder.path), _room_for_status(folder.path / RESERVE_FILE):
            yield
        folder.finish("finished")
    except (PauseRequested, Superseded):
        pass
    except StopRequested as stop:
        folder.finish("stopped", str(stop), terminated=terminated)
        if terminated:
            # SIGTERM made the request, not the user. It must not stop the job again when it resumes after a reboot.
            (folder.path / STOP).unlink(missing_ok=True)
    except EmotionError as error:
        folder.finish("failed", str(error))
    except Exception as error:
        folder.finish("failed", f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}")
        raise
    finally:
        done.set()
        signal.signal(signal.SIGTERM, previous_handler)


@contextlib.contextmanager
def _room_for_status(path: Path) -> Iterator[None]:
    """Hold some space on the disk until the end of the context."""
    # A job that was deleted while it waited for its process must not get a new folder.
    if path.parent.is_dir():
        # Random, because some file systems store zeros in no space at all.
        path.write_bytes(os.urandom(RESERVE_BYTES))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _beat(folder: JobFolder, done: threading.Event) -> None:
    while not done.wait(HEARTBEAT_SECONDS):
        # A process that wakes up beside its successor must not vouch for it.
        try:
            folder.raise_if_superseded()
        except Superseded:
            return
        # The folder may have been deleted, or a shared drive be out of reach for a moment.
        with contextlib.suppress(OSError):
            (folder.path / "heartbeat").touch()
