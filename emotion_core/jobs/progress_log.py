"""Progress records in a job's folder, throttled to what a page can show."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

from emotion_core.jobs.folder import JobFolder
from emotion_core.jobs.state import Record

SECONDS_BETWEEN_RECORDS = 0.2
Progress = TypeVar("Progress")


def last_progress(records: Sequence[Record], kind: type[Progress]) -> Progress | None:
    """Return the latest progress among a job's records, or None before the first.

    Args:
        records: records of the job, oldest first.
        kind: dataclass to return; its fields are the keys of the record.
    """
    # Records of another version of this project may have other keys.
    known = {field.name: field.type for field in fields(kind)}  # type: ignore[arg-type]
    for record in reversed(records):
        if record.get("event") == "progress":
            values = {name: value for name, value in record.items() if name in known}
            with contextlib.suppress(TypeError):
                progress = kind(**values)
                # A record of version 0 has no checksum, so it may hold anything.
                if all(_fits(value, str(known[name])) for name, value in values.items()):
                    return progress
    return None


def _fits(value: Any, annotation: str) -> bool:
    allowed = set(annotation.removeprefix("<class '").removesuffix("'>").split(" | "))
    kinds = {"int": (int,), "float": (int, float), "str": (str,), "bool": (bool,), "None": (type(None),)}
    if not allowed <= kinds.keys():
        return True
    return type(value) in {kind for name in allowed for kind in kinds[name]}


class ProgressLog:
    """Writer of progress records that skips those in quick succession.

    Args:
        folder: folder of the job.
    """

    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        self._last: dict[str, Any] | None = None
        self._written: dict[str, Any] | None = None
        self._due = 0.0

    def __call__(self, record: dict[str, Any]) -> None:
        """Record this progress, or hold it back if the last record is too recent."""
        self._last = record
        self.catch_up()

    def catch_up(self) -> bool:
        """Record progress that was held back if enough time has passed, and return whether it has."""
        due = time.monotonic() >= self._due
        if due:
            self.flush()
        return due

    def flush(self) -> None:
        """Record the latest progress now, unless it is recorded already."""
        if self._last is not None and self._last != self._written:
            self.folder.append(self._last)
            self._written = self._last
        self._due = time.monotonic() + SECONDS_BETWEEN_RECORDS
