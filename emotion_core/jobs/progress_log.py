"""Progress in a job's folder, not more often than a person can follow."""

import time
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

from emotion_core.jobs.folder import JobFolder
from emotion_core.jobs.state import Record

SECONDS_BETWEEN_RECORDS = 0.2
Progress = TypeVar("Progress")


def last_progress(records: Sequence[Record], kind: type[Progress]) -> Progress | None:
    """Return the last progress among a job's records as a dataclass of this kind, or None before the first."""
    last = next((record for record in reversed(records) if record.get("event") == "progress"), None)
    if last is None:
        return None
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in last.items() if name in known})


class ProgressLog:
    """Writes progress records into a job's folder.

    Args:
        folder: the job's.
    """

    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        self._last: dict[str, Any] | None = None
        self._written: dict[str, Any] | None = None
        self._due = 0.0

    def __call__(self, record: dict[str, Any]) -> None:
        """Record this progress, or keep it for later where the last record is young."""
        self._last = record
        self.catch_up()

    def catch_up(self) -> bool:
        """Record what was kept for later, once it is time, and return whether it was."""
        due = time.monotonic() >= self._due
        if due:
            self.flush()
        return due

    def flush(self) -> None:
        """Record the latest progress, unless it is recorded already."""
        if self._last is not None and self._last != self._written:
            self.folder.append(self._last)
            self._written = self._last
        self._due = time.monotonic() + SECONDS_BETWEEN_RECORDS
