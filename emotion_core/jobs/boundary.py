"""The boundary around one item of a job: whatever goes wrong while it is read ends the item, never the job.

Pages, pictures, tables and archives come from strangers, and no reader foresees all of them. Errors that it does
foresee are sentences already; any other error here is counted as a rejection with its name, and logged with its
traceback. What concerns the whole job is raised again: a request to stop, a full disk, a broken catalog.
"""

import contextlib
import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from emotion_core.errors import CollectError, EmotionError, UnreadableImage
from emotion_core.terminal import printable, printable_lines

T = TypeVar("T")
_logger = logging.getLogger(__name__)
# Where errors were logged with their traceback since the log was opened: their type, file and line.
_logged: set[tuple[str, str, int]] = set()


def attempt(read: Callable[[], T], item: str, rejected: Callable[[str], T]) -> T:
    """Return what reading an item gives; if that fails, what stands for a rejected item.

    Args:
        read: reads the item.
        item: name of the item in the log.
        rejected: makes the result from the reason, a sentence.
    """
    try:
        return read()
    except Exception as error:
        return rejected(rejection_reason(error, item))


def rejection_reason(error: Exception, item: str) -> str:
    """Return why an item is rejected, as a sentence; an error that concerns the whole job is raised again.

    Args:
        error: what was raised while the item was read.
        item: name of the item in the log.
    """
    if isinstance(error, CollectError | UnreadableImage):
        return str(error)
    if _concerns_job(error):
        raise error
    _log(error, item)
    if isinstance(error, MemoryError):
        return "It could not be read: there is not enough memory for it."
    where = " The log of the job has the details." if _logger.handlers else ""
    return f"It could not be read because of an error in this program: {type(error).__name__}.{where}"


def _concerns_job(error: Exception) -> bool:
    # The readers turn errors of files and networks into sentences. An error of the system that is left comes from the
    # workspace: a full or missing disk, too many open files. Libraries raise OSError without a number for bad data.
    return isinstance(error, EmotionError) or (isinstance(error, OSError) and error.errno is not None)


def _log(error: Exception, item: str) -> None:
    """Log the error; the traceback once per place, so that a page of a million bad pictures does not fill the disk."""
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    place = (type(error).__name__, frames[-1].filename, frames[-1].lineno or 0) if frames else ("", "", 0)
    lines = traceback.format_exception_only(error) if place in _logged else traceback.format_exception(error)
    _logged.add(place)
    _logger.error("%s could not be read:\n%s", printable(item), printable_lines("".join(lines)))


@contextlib.contextmanager
def item_log(path: Path) -> Iterator[None]:
    """Log the errors of items to a file, as long as the context is open.

    Args:
        path: the file; new lines are appended.
    """
    handler = logging.FileHandler(path, encoding="utf8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    _logged.clear()
    _logger.addHandler(handler)
    propagates, _logger.propagate = _logger.propagate, False
    try:
        yield
    finally:
        _logger.propagate = propagates
        _logger.removeHandler(handler)
        handler.close()


@contextlib.contextmanager
def items_passed_on(write: Callable[[str], None], *, has_log: bool) -> Iterator[None]:
    """Pass what is logged about items on, instead of logging it in this process.

    Args:
        write: called with each text.
        has_log: whether the process that the texts are for has a log open.
    """

    def pass_on(record: logging.LogRecord) -> bool:
        write(record.getMessage())
        return False

    log = logging.NullHandler()
    _logger.addFilter(pass_on)
    if has_log:
        _logger.addHandler(log)
    try:
        yield
    finally:
        _logger.removeHandler(log)
        _logger.removeFilter(pass_on)


def begin_items() -> None:
    """Log the tracebacks of the next items again, also where an error was logged before."""
    _logged.clear()


def has_item_log() -> bool:
    """Return whether the errors of items are logged to a file at the moment."""
    return bool(_logger.handlers)


def log_item(text: str) -> None:
    """Log a text about items that another process has passed on."""
    _logger.error("%s", printable_lines(text))
