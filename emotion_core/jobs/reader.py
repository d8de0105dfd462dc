"""What readers see of a job: which there are, their settings, records, state and output; nothing here writes."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self, TypeVar

from emotion_core.documents import read_document
from emotion_core.errors import DocumentDamaged, JobNotFound, JobUnusable, OtherVersion
from emotion_core.jobs.creation import ID_PATTERN
from emotion_core.jobs.current_state import RECORDS, current_state, is_process_alive, process_of, records_bytes_at_end
from emotion_core.jobs.record_file import read_records, records_problem
from emotion_core.jobs.state import JobState, Record
from emotion_core.terminal import printable_lines

T = TypeVar("T")


class JobReader:
    """The folder of one job, as its readers see it: cheap to construct, reads the disk at each call.

    Args:
        path: job folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def find(cls, parent: Path, job_id: str, *, what: str = "job") -> Self:
        """Return the job with an id.

        Args:
            parent: folder of the jobs.
            job_id: id from a page, an address or the command line; need not be well-formed.
            what: name for such a job in the error message.

        Raises:
            JobNotFound: the id is malformed, or there is no job with it.
        """
        # The pattern also rejects path separators and dots, so that an id never leads out of the parent folder.
        folder = cls(parent / job_id) if ID_PATTERN.fullmatch(job_id) else None
        if folder is None or not folder.path.is_dir():
            raise JobNotFound(
                f"There is no such {what} in this workspace. Expected the id of an existing {what}. "
                f"Received: {what}={job_id!r}. It may have been deleted, or belong to another workspace."
            )
        return folder

    @classmethod
    def all_in(cls, parent: Path) -> list[Self]:
        """Return every job in a folder, oldest first."""
        if not parent.is_dir():
            return []
        with os.scandir(parent) as entries:
            names = sorted(entry.name for entry in entries if ID_PATTERN.fullmatch(entry.name) and entry.is_dir())
        return [cls(parent / name) for name in names]

    @classmethod
    def newest(cls, parent: Path, kind: str) -> Self | None:
        """Return the job of a kind that was started last, or None.

        Args:
            parent: folder of the jobs.
            kind: value of ``kind`` in the job's settings.
        """
        return next(cls.of_kind(parent, kind), None)

    @classmethod
    def of_kind(cls, parent: Path, kind: str) -> Iterator[Self]:
        """Yield the jobs of a kind, newest first; ``unreadable_jobs`` returns those whose kind cannot be read.

        Args:
            parent: folder of the jobs.
            kind: value of ``kind`` in the job's settings.
        """
        for folder in reversed(cls.all_in(parent)):
            if folder.kind == kind:
                yield folder

    @property
    def id(self) -> str:
        """The job's id, which is the folder's name."""
        return self.path.name

    @property
    def kind(self) -> str | None:
        """Value of ``kind`` in the job's settings; None without one, or where the settings cannot be read."""
        try:
            kind = self.settings().get("kind")
        except JobUnusable:
            return None
        return kind if isinstance(kind, str) else None

    def settings(self) -> Record:
        """Return the job's settings.

        Raises:
            JobUnusable: the settings file is missing or damaged, or a newer version of this program wrote it.
        """
        try:
            return read_document(self.path / "settings.json")
        except OtherVersion as error:
            raise JobUnusable(str(error)) from error
        except (FileNotFoundError, DocumentDamaged) as error:
            reason = str(error) if isinstance(error, DocumentDamaged) else "Expected the file settings.json."
            raise JobUnusable(
                f"The settings of this job are missing or damaged. {reason} Received: id={self.id!r}. "
                "Restore them from a backup, or delete the job and start it again."
            ) from error

    @property
    def _records_path(self) -> Path:
        return self.path / RECORDS

    def records(self, event: str | None = None) -> list[Record]:
        """Return the records so far, oldest first; only those of one ``event`` if it is given."""
        return read_records(self._records_path, event)

    def records_problem(self) -> str:
        """Return what is wrong with the records, as a sentence for the user; empty without a problem."""
        return records_problem(self._records_path, records_bytes_at_end(self.path))

    def parsed(self, record: Record, parse: Callable[[Record], T]) -> T:
        """Return what a function makes of one of the folder's records.

        Args:
            record: one that ``records`` returned.
            parse: gives the same for the same record; a folder that is read again and again may keep its result.
        """
        return parse(record)

    def state(self) -> JobState:
        """Return the state of the job, derived from its status file and its recorded process."""
        return current_state(self.path)

    def has_process(self) -> bool:
        """Return whether the recorded process still runs, as it does for a moment after it recorded its end."""
        return is_process_alive(self.path, process_of(self.path))

    def log_end(self, lines: int = 20) -> str:
        """Return the last lines of the process's output."""
        try:
            text = (self.path / "log.txt").read_text(encoding="utf8", errors="replace")
        except OSError:
            return ""
        return printable_lines("\n".join(text.splitlines()[-lines:]))
