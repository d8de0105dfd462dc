"""Streams from reader processes: parts, errors, logs, and which file ended the process."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emotion_core import sandbox
from emotion_core.errors import CollectError
from emotion_core.jobs import attempt, item_log
from emotion_core.sandbox import Allowance, ReadingEnded, announce

ALLOWANCE = Allowance()


def numbers(count: int, size: int) -> Iterator[dict[str, Any]]:
    """Yield numbered items with data."""
    for number in range(count):
        yield {"number": number, "data": bytes(size), "process": os.getpid()}


def failing(count: int) -> Iterator[dict[str, Any]]:
    """Yield items and fail as readers do."""
    yield from numbers(count, 1)
    raise CollectError("No more.")


def announced(names: list[str], bad: str, way: str) -> Iterator[dict[str, Any]]:
    """Announce files one after the other, and end at the bad one."""
    for name in names:
        announce(name)
        if name == bad and way == "crash":
            os._exit(3)
        while name == bad and way == "spin":
            pass
        if name == bad and way == "fault":
            raise KeyError(name)
        if way == "slow":
            begun = time.process_time()
            while time.process_time() - begun < 0.4:
                pass
        yield {"name": name}


def faulty(name: str) -> Iterator[dict[str, Any]]:
    """Meet an error that no reader expects, within the boundary of one item."""

    def fail() -> str:
        raise KeyError(name)

    yield {"reason": attempt(fail, name, lambda reason: reason)}


def test_items_arrive_in_order_from_one_process() -> None:
    """More items than fit into a part, large ones, and none at all; the process is used again afterward."""
    items = list(sandbox.stream(numbers, 600, 10, allowance=ALLOWANCE))
    assert [item["number"] for item in items] == list(range(600))
    assert [len(item["data"]) for item in sandbox.stream(numbers, 3, 5_000_000, allowance=ALLOWANCE)] == [5_000_000] * 3
    assert list(sandbox.stream(numbers, 0, 0, allowance=ALLOWANCE)) == []
    assert {item["process"] for item in items} == {
        item["process"] for item in sandbox.stream(numbers, 1, 0, allowance=ALLOWANCE)
    }


def test_an_error_comes_after_the_items_before_it() -> None:
    """What was read before a sentence is there; a stream that is left early ends its process."""
    items = []
    with pytest.raises(CollectError, match=r"^No more\.$"):
        items += list(sandbox.stream(failing, 300, allowance=ALLOWANCE))
    stream = sandbox.stream(failing, 300, allowance=ALLOWANCE)
    processes = {next(stream)["process"] for _ in range(280)}
    stream.close()  # type: ignore[attr-defined]
    assert processes.isdisjoint(item["process"] for item in sandbox.stream(numbers, 1, 0, allowance=ALLOWANCE))


@pytest.mark.parametrize(("way", "sentence"), [("crash", "crash"), ("spin", "too long"), ("fault", "KeyError")])
def test_the_file_that_ends_a_reader_is_known(way: str, sentence: str) -> None:
    """Only where the caller asks for it; then the file can be left out."""
    allowance = Allowance(seconds=0.3)
    with pytest.raises(ReadingEnded, match=sentence) as ended:
        list(sandbox.stream(announced, ["a", "b", "c"], "b", way, allowance=allowance))
    assert ended.value.at == ""
    with pytest.raises(ReadingEnded, match=sentence) as ended:
        list(sandbox.stream(announced, ["a", "b", "c"], "b", way, allowance=allowance, is_careful=True))
    assert ended.value.at == "b"
    with pytest.raises(CollectError, match=r"^bad$"):
        list(sandbox.stream(announced, ["b"], "b", way, allowance=allowance, left_out={"b": "bad"}))


def test_each_announced_file_has_the_time_for_itself() -> None:
    """Ten files of 0.4 seconds are read within a limit of one second, since none of them takes longer."""
    names = [str(number) for number in range(6)]
    stream = sandbox.stream(announced, names, "", "slow", allowance=Allowance(seconds=1.0), is_careful=True)
    assert [item["name"] for item in stream] == names


def test_errors_of_items_are_logged_where_the_caller_logs(tmp_path: Path) -> None:
    """The reader has no log; its texts come with the items, and the reason names the log only if there is one."""
    with item_log(tmp_path / "log.txt"):
        [item] = sandbox.stream(faulty, "a\x1b.jpg", allowance=ALLOWANCE)
    assert item["reason"].endswith("KeyError. The log of the job has the details.")
    log = (tmp_path / "log.txt").read_text(encoding="utf8")
    assert "Traceback" in log
    assert "KeyError" in log
    assert "\x1b" not in log
    [item] = sandbox.stream(faulty, "b.jpg", allowance=ALLOWANCE)
    assert item["reason"].endswith("KeyError.")
