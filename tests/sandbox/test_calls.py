"""Reader processes: what they may take, what becomes of those that take more, and what they may not do."""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from emotion_core import sandbox
from emotion_core.collect.samples import photo_bytes
from emotion_core.errors import CollectError, EmotionError, UnreadableImage
from emotion_core.sandbox import Allowance, allowance_for
from emotion_core.sandbox.messages import MAX_TEXT_BYTES, receive, send

SMALL = Allowance(seconds=0.3, memory_bytes=300_000_000)


def echo(value: Any) -> Any:
    """Return the value, in the reader."""
    return value


def process() -> int:
    """Return the id of the reader."""
    return os.getpid()


def spin() -> None:
    """Compute without end."""
    while True:
        pass


def fill() -> int:
    """Take 400 MB of memory."""
    return len(bytearray(400_000_000))


def end(code: int) -> None:
    """End the reader at once."""
    os._exit(code)


def fail(name: str) -> None:
    """Raise an error of the library, or one that no reader expects."""
    if name:
        raise CollectError("Nothing here.")
    raise KeyError("x")


def misbehave(what: str, path: str) -> str:
    """Try something that no reader needs, and return how it ended."""
    attempts: dict[str, Any] = {
        "connect": lambda: socket.create_connection(("127.0.0.1", 9)),
        "start": lambda: subprocess.run([sys.executable, "-c", ""], check=False),
        "shell": lambda: os.system("true"),
        "fork": os.fork,
        "write": lambda: Path(path).write_text("x", encoding="utf8"),
        "remove": lambda: Path(path).unlink(),
    }
    try:
        attempts[what]()
    except OSError as error:
        return type(error).__name__
    return "done"


def stall() -> None:
    """Wait, which costs no processor time."""
    time.sleep(60)


def test_values_and_bytes_arrive_as_they_were_sent() -> None:
    """Texts with lone surrogates, numbers, lists, dicts and bytes arrive; tuples arrive as lists."""
    value = {"text": "é\ud800", "numbers": [1, 2.5, None, True], "bytes": [b"", b"\0\xff" * 100_000], "more": {"a": {}}}
    assert sandbox.call(echo, value) == value
    assert sandbox.call(echo, (1, (2,))) == [1, [2]]


def test_a_reader_is_used_again() -> None:
    """The next call needs no new process, and readers are others than this process."""
    pids = {sandbox.call(process) for _ in range(5)}
    assert len(pids) == 1
    assert os.getpid() not in pids


@pytest.mark.parametrize(
    ("function", "arguments", "sentence"),
    [
        (spin, (), "takes too long to read. Expected at most 0.3 seconds of processor time"),
        (fill, (), "needs too much memory to read. Expected at most 300 MB"),
        (end, (3,), "makes the program crash that reads it"),
        (fail, ("",), "its reader failed with KeyError"),
        (fail, ("library",), "^Nothing here.$"),
    ],
    ids=["time", "memory", "crash", "fault", "own error"],
)
@pytest.mark.skipif(sys.platform != "linux", reason="other systems watch from outside, after a while")
def test_what_a_file_does_becomes_a_sentence(function: Any, arguments: tuple[Any, ...], sentence: str) -> None:
    """Time, memory, crashes and faults end one call with a true sentence, and the next call works."""
    with pytest.raises(CollectError, match=sentence):
        sandbox.call(function, *arguments, allowance=SMALL, raising=CollectError)
    assert sandbox.call(echo, 1) == 1


def test_a_reader_that_waits_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that uses no processor time is ended by the clock."""
    monkeypatch.setattr("emotion_core.sandbox.allowance._STALLED_AFTER", 2)
    with pytest.raises(UnreadableImage, match=r"takes too long to read\. Expected at most 0\.6 seconds"):
        sandbox.call(stall, allowance=SMALL)


def test_a_reader_that_was_killed_is_replaced() -> None:
    """A kill from outside is not the fault of a file: the next call starts a new process."""
    pid = sandbox.call(process)
    psutil.Process(pid).kill()
    assert sandbox.call(process) != pid


@pytest.mark.parametrize("what", ["connect", "start", "shell", "fork", "write", "remove"])
@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_reader_may_not_reach_out(what: str) -> None:
    """No connection, no other process, no change to a file outside the temporary folder."""
    path = Path(Path(__file__).anchor, "made-by-a-reader.txt")
    assert sandbox.call(misbehave, what, str(path)) == "PermissionError"
    assert not path.exists()


def test_threads_share_the_readers() -> None:
    """Twenty calls from twenty threads get their own answers from a few processes."""
    answers: dict[int, Any] = {}
    threads = [
        threading.Thread(target=lambda number=number: answers.update({number: sandbox.call(echo, number)}))
        for number in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert answers == {number: number for number in range(20)}


def test_a_picture_is_the_same_in_a_reader() -> None:
    """Pixels and facts of a photo are those of the decoder in this process."""
    from emotion_core import images

    data = photo_bytes("sad", 3)
    ours, here = sandbox.decode(data), images.decode(data)
    assert ours.image.tobytes() == here.image.tobytes()
    assert (ours.source_format, ours.original_size, ours.animated) == ("JPEG", here.original_size, False)
    with pytest.raises(UnreadableImage, match="not an image"):
        sandbox.decode(b"text")


def test_archives_may_take_time_in_proportion_to_their_size() -> None:
    """Small files have five seconds, and an upload of 200 MB has 25."""
    assert [allowance_for(size).seconds for size in (0, 9_999_999, 200_000_000)] == [5, 5, 25]


@pytest.mark.parametrize(
    "data",
    [
        b"\xff" * 12,
        b"\0" * 7 + b"\2" + b"\0\0\0\0" + b"x]",
        b"\0" * 7 + b"\x0f" + b"\0\0\0\0" + b'{"\\u0000blob":9}',
        b"\0\0\0\0" + (MAX_TEXT_BYTES + 1).to_bytes(4, "big") + b"\0\0\0\0",
    ],
    ids=["long", "no json", "a blob that is not there", "text too long"],
)
def test_a_message_of_a_hostile_reader_is_refused(data: bytes, tmp_path: Path) -> None:
    """Lengths are checked before memory is taken, and texts cannot name what is not there."""
    (tmp_path / "message").write_bytes(data)
    with (tmp_path / "message").open("rb") as stream, pytest.raises((ValueError, EOFError)):
        receive(stream)


def test_only_plain_values_are_sent(tmp_path: Path) -> None:
    """An object is refused before anything of the message is written."""
    with (tmp_path / "message").open("wb") as stream, pytest.raises(TypeError, match="cannot be sent"):
        send(stream, {"value": EmotionError()})
    assert not (tmp_path / "message").read_bytes()
