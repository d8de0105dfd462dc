"""The record file of a job: one JSON object per line, appended while the job runs and readable at any time.

Each line ends with a checksum of its other bytes, as the object's last key::

    {"time": 1.5, "event": "epoch", ..., "crc": "CRC-32 of the line without this key, in hex"}

Lines of a file from before there were checksums have none, until a later version goes on with the job.
"""

import contextlib
import json
import re
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from emotion_core.jobs.state import Record

_BEGINNING = b'{"time": '
_CHECKSUM = re.compile(rb', "crc": "([0-9a-f]{8})"\}\Z')


class RecordParser:
    """Reads the lines of one record file in their order, and counts those that are damaged.

    Attributes:
        damaged: number of lines that are not what was written.
    """

    def __init__(self) -> None:
        self.damaged = 0
        self._has_checksums = False

    def records(self, data: bytes) -> list[Record]:
        """Return the records in the next complete lines of the file.

        Args:
            data: whole lines, each with its newline.
        """
        parsed = [self._record(line) for line in data.split(b"\n")[:-1] if line]
        return [record for record in parsed if record is not None]

    def _record(self, line: bytes) -> Record | None:
        match = _CHECKSUM.search(line)
        if match is not None:
            self._has_checksums = True
            line = line[: match.start()] + b"}"
        # After one line with a checksum, every line has one: another one has lost its own.
        is_intact = zlib.crc32(line) == int(match[1], 16) if match is not None else not self._has_checksums
        record = _parsed(line) if is_intact else None
        self.damaged += record is None and (self._has_checksums or not _is_cut(line))
        return record


def _is_cut(line: bytes) -> bool:
    """Return whether a killed process left this line of version 0 unfinished; a later one ended it with a newline."""
    return line.startswith(_BEGINNING) and not line.endswith(b"}") and b'"crc"' not in line


def _parsed(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    is_record = isinstance(record, dict) and isinstance(record.get("time", 0.0), int | float)
    return record if is_record else None


def read_records(path: Path, event: str | None = None) -> list[Record]:
    """Return the complete records of a file, oldest first; none if the file is missing.

    Args:
        path: record file.
        event: only records with this value of ``event``; all by default.
    """
    records = RecordParser().records(_complete_lines(path))
    return records if event is None else [record for record in records if record.get("event") == event]


def records_with(records: Iterable[Record], **types: type) -> list[Record]:
    """Return the records that hold a value of the given type under each of these keys.

    A record of version 0 has no checksum, so it may hold anything.

    Args:
        records: records of one event.
        types: type by key; ``float`` stands for any number.
    """
    return [record for record in records if all(_is_a(record.get(key), kind) for key, kind in types.items())]


def _is_a(value: Any, kind: type) -> bool:
    if kind is float:
        return type(value) in (int, float)
    return type(value) is kind


def records_problem(path: Path, written_bytes: int | None = None) -> str:
    """Return what is wrong with a record file, as a sentence for the user; empty without a problem.

    Args:
        path: record file.
        written_bytes: size of its complete lines when the job ended; None where that was not recorded.
    """
    data, parser = _complete_lines(path), RecordParser()
    parser.records(data)
    return problem_text(path.name, parser.damaged, len(data), written_bytes)


def problem_text(name: str, damaged: int, complete_bytes: int, written_bytes: int | None) -> str:
    """Return what is wrong with a record file, as a sentence for the user; empty without a problem.

    Args:
        name: name of the file.
        damaged: number of damaged lines.
        complete_bytes: size of its complete lines.
        written_bytes: the same when the job ended; None where that was not recorded.
    """
    if damaged:
        lines = "1 line is" if damaged == 1 else f"{damaged} lines are"
        return f"{lines} damaged in the file {name}, and what they recorded is missing. Restore it from a backup."
    if written_bytes is not None and complete_bytes < written_bytes:
        return (
            f"The file {name} is damaged: its end is missing. Expected {written_bytes:,} bytes. "
            f"Received: {complete_bytes:,}. Restore it from a backup."
        )
    return ""


def complete_bytes(path: Path) -> int:
    """Return the size of a record file up to its last newline, in bytes."""
    return len(_complete_lines(path))


def _complete_lines(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError:
        return b""
    # A line without its newline is still being written.
    return data[: data.rfind(b"\n") + 1]


@contextlib.contextmanager
def record_writer(path: Path, before_write: Callable[[], None]) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Open a record file and yield a function that appends one record with the current time.

    Args:
        path: record file, which is created if needed.
        before_write: called before each record; raises where it must not be written.
    """
    with path.open("ab") as stream:

        def append(record: Mapping[str, Any]) -> None:
            before_write()
            stream.write(encoded_record({"time": round(time.time(), 3), **record}))
            # Readers follow the job live, and a killed process must not take its last records with it.
            stream.flush()

        yield append


def encoded_record(record: Mapping[str, Any]) -> bytes:
    """Return the line of a record, with its checksum and newline."""
    line = json.dumps(record).encode()
    return line[:-1] + b', "crc": "%08x"}\n' % zlib.crc32(line)


def end_last_line(path: Path) -> None:
    """Drop a line that a killed process left unfinished, so that the next record starts a line of its own."""
    with contextlib.suppress(FileNotFoundError), path.open("r+b") as stream:
        stream.truncate(complete_bytes(path))
