"""One child process that reads files, as its parent sees it."""

import contextlib
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import IO, Any, cast

import psutil

from emotion_core.jobs import child_environment
from emotion_core.sandbox.allowance import Allowance
from emotion_core.sandbox.messages import receive, send

# An idle reader ends after this time: a page that is not used must not cost memory.
IDLE_SECONDS = 120
_START_SECONDS, _END_SECONDS = 300, 2
_WATCH_SECONDS = 0.25
# The child's own limits come first, because they are exact and leave it alive.
_SPARE_SECONDS, _SPARE_BYTES = 1.0, 100_000_000
# One thread for each library: threads take memory for their stacks, and there is one reader for each processor.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}


@dataclass(frozen=True)
class Reply:
    """What a reader answered.

    Attributes:
        value: result of the function; None if there is none.
        error: name of the class of the error; None if there is a result.
        text: text of the error.
        traceback: of an error that is a fault of the reader; otherwise empty.
    """

    value: Any = None
    error: str | None = None
    text: str = ""
    traceback: str = ""


class Reader:
    """A child process, and a thread that writes its requests and reads its answers.

    The caller's thread waits and watches, so that a child that neither reads nor answers cannot hold it.
    """

    def __init__(self) -> None:
        """Start the process, without waiting until it is ready."""
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW
        self._process = subprocess.Popen(
            [sys.executable, "-m", "emotion_core.sandbox"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(**_ENVIRONMENT),
            creationflags=flags,
        )
        self._requests: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._is_ready, self._is_closed = False, False
        # Of a process that is in the middle of a file: it does not end when it is idle, and has said what it reads.
        self.is_lent, self.at = False, ""
        self._lock = threading.Lock()
        threading.Thread(target=self._serve, name=f"reader-{self._process.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        """Id of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process can take a request."""
        return not self._is_closed and self._process.poll() is None

    def close(self) -> None:
        """End the process."""
        self._is_closed = True
        self._process.kill()
        self._requests.put(None)

    def ask(self, request: dict[str, Any], allowance: Allowance) -> Reply:
        """Return the answer to a request; a process that takes more than its allowance is ended.

        Args:
            request: what the child is asked.
            allowance: what it may take.

        Raises:
            ReaderGone: the process was ended from outside, or because it was idle; another one can be asked.
        """
        with self._lock:
            if self._is_closed:
                raise ReaderGone("The process that read the file has ended. Try again.")
            self._requests.put(request)
        try:
            if not self._is_ready:
                self._wait(None, time.monotonic() + _START_SECONDS)
                self._is_ready = True
            answer = self._wait(allowance, time.monotonic() + allowance.clock_seconds)
        except _Ended as ended:
            was_killed = not str(ended) and self._was_killed()
            self.close()
            if was_killed:
                raise ReaderGone(f"The process that read the file was ended ({was_killed}). Try again.") from None
            return Reply(error="ended", text=str(ended) or self._end_sentence(allowance))
        if answer.get("error") == "MemoryError":
            # What it has not freed would be missing for the next file.
            self.close()
            return Reply(error="ended", text=allowance.too_large)
        return Reply(
            answer.get("value"), answer.get("error"), str(answer.get("text", "")), str(answer.get("traceback", ""))
        )

    def _wait(self, allowance: Allowance | None, until: float) -> dict[str, Any]:
        before, at = None, self.at
        while True:
            try:
                answer = self._answers.get(timeout=_WATCH_SECONDS)
            except queue.Empty:
                if time.monotonic() > until:
                    raise _Ended(allowance.stalled if allowance else "") from None
                # Each file that is announced has the processor time for itself.
                before, at = before if at == self.at else None, self.at
                before = self._watch(allowance, before) if allowance else None
                continue
            if not isinstance(answer, dict):
                raise _Ended
            return answer

    def _watch(self, allowance: Allowance, before: float | None) -> float:
        """Raise if the process took more than its allowance; return its processor time at the first look."""
        try:
            process = psutil.Process(self.pid)
            times = process.cpu_times()
            used = times.user + times.system
            if process.memory_info().rss > allowance.memory_bytes + _SPARE_BYTES:
                raise _Ended(allowance.too_large)
        except psutil.Error:
            return before or 0.0  # It has ended; its thread reports that.
        if before is not None and used - before > allowance.seconds + _SPARE_SECONDS:
            raise _Ended(allowance.too_slow)
        return used if before is None else before

    def _was_killed(self) -> str:
        """Return the name of the signal by which the process was ended from outside; empty if it ended by itself."""
        code = self._process.wait()
        is_killed = sys.platform != "win32" and code in (-signal.SIGKILL, -signal.SIGTERM)
        return signal.Signals(-code).name if is_killed else ""

    def _end_sentence(self, allowance: Allowance) -> str:
        """Return why the process ended by itself."""
        if sys.platform != "win32" and self._process.wait() == -signal.SIGPROF:
            return allowance.too_slow
        return "The file makes the program crash that reads it, so it is damaged or made to do harm."

    def _serve(self) -> None:
        """Exchange messages until the process ends; anything but a dict as an answer means that it has."""
        requests, answers = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        try:
            self._answers.put(receive(answers))
            while (request := self._next_request()) is not None:
                send(requests, request)
                del request  # It may hold a large file.
                self._answers.put(self._next_answer(answers))
        except (OSError, EOFError, ValueError):
            pass
        finally:
            # It ends when its pipe is closed. The reason shows in its exit code, so it must not be killed meanwhile.
            with contextlib.suppress(OSError):
                requests.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)
            self._process.kill()
            self._process.wait()
            self._answers.put(None)
            for pipe in (requests, answers):
                with contextlib.suppress(OSError):
                    pipe.close()

    def _next_answer(self, answers: IO[bytes]) -> Any:
        while isinstance(message := receive(answers), dict) and isinstance(message.get("at"), str):
            self.at = message["at"]
        return message

    def _next_request(self) -> dict[str, Any] | None:
        while True:
            with contextlib.suppress(queue.Empty):
                return self._requests.get(timeout=IDLE_SECONDS)
            if not self.is_lent:
                break
        with self._lock:
            # A request may have come just now.
            self._is_closed = self._requests.empty()
        return None if self._is_closed else self._requests.get()


class _Ended(Exception):
    """The process has ended, or must be ended; the text says why if that is known."""


class ReaderGone(Exception):
    """The process has ended for a reason that is not the file's."""
