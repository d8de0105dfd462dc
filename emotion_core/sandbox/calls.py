"""Calls of functions in reader processes, of which there are a few for the whole process."""

import atexit
import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from emotion_core import errors
from emotion_core.errors import EmotionError
from emotion_core.sandbox.allowance import Allowance
from emotion_core.sandbox.reader import Reader, ReaderGone, Reply

_log = logging.getLogger(__name__)
# Photos of phones take 200 MB while they are decoded, so more readers than a few only fill the memory.
_MAX_READERS = max(2, min(4, os.cpu_count() or 1))


class _Pool:
    def __init__(self) -> None:
        self._idle: list[Reader] = []
        self._turns = threading.BoundedSemaphore(_MAX_READERS)
        self._lock = threading.Lock()

    def ask(self, request: dict[str, Any], allowance: Allowance) -> Reply:
        with self._turns:
            reader = self._taken() or Reader()
            try:
                answer = reader.ask(request, allowance)
            except ReaderGone:
                reader = Reader()
                try:
                    answer = reader.ask(request, allowance)
                except ReaderGone as gone:
                    return Reply(error="ended", text=str(gone))
            self._put_back(reader)
            return answer

    @contextlib.contextmanager
    def lent(self) -> Iterator[Reader]:
        # Without a turn: who holds one for long would keep others from theirs, and from decoding what this one reads.
        reader = self._taken() or Reader()
        reader.is_lent, reader.at = True, ""
        try:
            yield reader
        finally:
            if reader.is_lent:  # In the middle of a file.
                reader.close()
            self._put_back(reader)

    def _put_back(self, reader: Reader) -> None:
        if reader.is_alive:
            with self._lock:
                self._idle.append(reader)

    def _taken(self) -> Reader | None:
        with self._lock:
            while self._idle:
                # The one that was used last, so that the others become idle and end.
                reader = self._idle.pop()
                if reader.is_alive:
                    return reader
        return None

    def close(self) -> None:
        with self._lock:
            while self._idle:
                self._idle.pop().close()


_pool = _Pool()
# A forked process must not use its parent's pipes.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: globals().update(_pool=_Pool()))


def call(
    function: Callable[..., Any],
    *arguments: Any,
    allowance: Allowance | None = None,
    raising: type[EmotionError] = errors.UnreadableImage,
) -> Any:
    """Call a function in a reader process and return its result.

    Args:
        function: function of a module; what it returns may hold what arguments may hold.
        arguments: plain values and bytes; tuples arrive as lists.
        allowance: what the call may take; None for 5 seconds and 500 MB.
        raising: class of the error where the process had to be ended, or failed.

    Raises:
        EmotionError: what the function raised, or ``raising``.
    """
    allowance = allowance or Allowance()
    answer = _pool.ask(request_for(function, arguments, allowance), allowance)
    if answer.error is None:
        return answer.value
    if answer.traceback:
        _log.warning("Reading a file failed in its own process.\n%s", answer.traceback)
        raise raising(f"The file cannot be read: its reader failed with {answer.text}. It may be damaged.")
    raise error_class(answer.error, raising)(answer.text)


def request_for(function: Callable[..., Any], arguments: Sequence[Any], allowance: Allowance) -> dict[str, Any]:
    """Return what a reader is asked.

    Args:
        function: function of a module.
        arguments: its arguments.
        allowance: what it may take.
    """
    return {
        "module": function.__module__,
        "function": function.__qualname__,
        "arguments": arguments,
        "seconds": allowance.seconds,
        "memory_bytes": allowance.memory_bytes,
    }


def lent_reader() -> contextlib.AbstractContextManager[Reader]:
    """Lend a reader for several requests that belong together; it is ended unless ``is_lent`` is unset at the end."""
    return _pool.lent()


def error_class(name: str, otherwise: type[EmotionError]) -> type[EmotionError]:
    """Return the class of an error of the library.

    Args:
        name: its name, which a reader sent.
        otherwise: class for all other names.
    """
    kind = getattr(errors, name, None)
    return kind if isinstance(kind, type) and issubclass(kind, EmotionError) else otherwise


@atexit.register
def close() -> None:
    """End the idle readers; the next call starts a new one."""
    _pool.close()
