"""The record file of a job: one JSON object per line, appended while the job runs and readable at any time."""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from emotion_core.jobs.state import Record


def read_records(path: Path, event: str | None = None) -> list[Record]:
    """Return the complete records of a file, oldest first; none if the file is missing.

    Args:
        path: record file.
        event: only records with this value of ``event``; all by default.
    """
    try:
        text = path.read_text(encoding="utf8", errors="replace")
    except OSError:
        return []
    # A line without its newline is still being written.
    lines = text[: text.rfind("\n") + 1].splitlines()
    records = [record for record in map(parse_record, lines) if record is not None]
    return records if event is None else [record for record in records if record.get("event") == event]


@contextlib.contextmanager
def record_writer(path: Path) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Open a record file and yield a function that appends one record with the current time."""
    with path.open("a", encoding="utf8") as stream:

        def append(record: Mapping[str, Any]) -> None:
            stream.write(json.dumps({"time": round(time.time(), 3), **record}) + "\n")
            # Readers follow the job live, and a killed process must not take its last records with it.
            stream.flush()

        yield append


def end_last_line(path: Path) -> None:
    """Terminate a line that a killed process left unfinished, so that the next record starts a line of its own."""
    with path.open("a+b") as stream:
        if stream.tell():
            stream.seek(-1, os.SEEK_END)
            if stream.read() != b"\n":
                stream.write(b"\n")


def parse_record(line: str) -> Record | None:
    """Return the record in one line, or None if the line is damaged."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
