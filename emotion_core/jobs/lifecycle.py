"""A job's body: heartbeat, requests to stop, and a status file however it ends."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from emotion_core.errors import EmotionError
from emotion_core.jobs.folder import JobFolder
from emotion_core.jobs.state import HEARTBEAT_SECONDS, STOP, PauseRequested, StopRequested


@contextlib.contextmanager
def job_session(folder: JobFolder) -> Iterator[None]:
    """Run a job's body: beat while it lasts, and leave a status file however it ends.

    SIGTERM counts as a request to stop; where the machine was started again after it, a job that may be taken up again
    is. A job that pauses leaves no status, for it has not ended. An error of our own becomes ``failed`` with its
    sentence; any other becomes ``failed`` with its last line, the traceback going to the log.
    """
    # Another machine knows the process by its heartbeat alone, from the first moment on.
    (folder.path / "heartbeat").touch()
    folder.record_process(os.getpid())

    terminated = False

    def on_terminate(_signal: int, _frame: FrameType | None) -> None:
        nonlocal terminated
        terminated = True
        folder.request_stop()

    before = signal.signal(signal.SIGTERM, on_terminate)
    done = threading.Event()
    beat = threading.Thread(target=_beat, args=(folder.path / "heartbeat", done), daemon=True)
    beat.start()
    try:
        yield
        folder.finish("finished")
    except StopRequested as stop:
        folder.finish("stopped", str(stop), terminated=terminated)
        if terminated:
            (folder.path / STOP).unlink(missing_ok=True)
    except PauseRequested:
        pass
    except EmotionError as error:
        folder.finish("failed", str(error))
    except Exception as error:
        folder.finish("failed", f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}")
        raise
    finally:
        done.set()
        signal.signal(signal.SIGTERM, before)


def _beat(path: Path, done: threading.Event) -> None:
    while not done.wait(HEARTBEAT_SECONDS):
        with contextlib.suppress(OSError):
            path.touch()
