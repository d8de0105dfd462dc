"""The boundary around one item: its errors are sentences with a logged traceback, those of the job are raised."""

import errno
from pathlib import Path

import pytest

from emotion_core.errors import CollectError, DataError, UnreadableImage
from emotion_core.jobs import StopRequested, attempt, item_log
from emotion_core.jobs.state import PauseRequested


def outcome(error: BaseException, item: str = "a.jpg") -> str:
    """Return the reason for an item whose reading raises an error."""

    def read() -> str:
        raise error

    return attempt(read, item, lambda reason: reason)


@pytest.mark.parametrize("error", [KeyError("b"), RecursionError(), UnicodeError(), OSError("no image"), TypeError()])
def test_an_error_nobody_foresaw_is_a_sentence_with_its_name(error: Exception) -> None:
    """The sentence names the error; without a job it speaks of no log."""
    expected = f"It could not be read because of an error in this program: {type(error).__name__}."
    assert outcome(error) == expected


def test_foreseen_errors_keep_their_own_sentences() -> None:
    """What a reader says of an item is not replaced; too little memory is no error in the program."""
    assert outcome(CollectError("The page is gone.")) == "The page is gone."
    assert outcome(UnreadableImage("No picture.")) == "No picture."
    assert outcome(MemoryError()) == "It could not be read: there is not enough memory for it."


@pytest.mark.parametrize(
    "error",
    [
        StopRequested("Stopped."),
        PauseRequested("Paused."),
        DataError("The catalog cannot be used."),
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EMFILE, "Too many open files"),
        KeyboardInterrupt(),
    ],
)
def test_what_concerns_the_job_ends_it(error: BaseException) -> None:
    """Requests, a broken catalog, a full disk and Ctrl+C are not taken for a fault of the item."""
    with pytest.raises(type(error)):
        outcome(error)


def test_the_log_has_each_traceback_once_and_nothing_that_a_terminal_obeys(tmp_path: Path) -> None:
    """A million bad pictures do not fill the disk, and neither names nor messages carry escapes or half characters."""
    log = tmp_path / "log.txt"
    with item_log(log):
        reasons = [outcome(KeyError("\x1b[2J\ud800"), name) for name in ("\x1b]0;x\x07.jpg", "b\ud800.jpg", "c.jpg")]
    text = log.read_text(encoding="utf8")

    assert all(reason.endswith("The log of the job has the details.") for reason in reasons)
    assert (text.count("could not be read"), text.count("Traceback"), text.count("KeyError")) == (3, 1, 3)
    assert "\\x1b]0;x\\x07.jpg" in text
    assert all(character.isprintable() or character == "\n" for character in text)
    assert not outcome(KeyError("after")).endswith("details.")
