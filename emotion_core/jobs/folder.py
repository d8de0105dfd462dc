"""The folder of a background job: its settings, append-only records, a heartbeat and the process that works in it.

The folder is the only interface between the working process and its readers, which may open it at any time: files are
replaced atomically, and a record line without its newline counts as not yet written. Requests to the job are empty
files, so that a reader can make them without a lock.
"""

import contextlib
import math
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import psutil
from filelock import FileLock

from emotion_core.disk_space import check_free_space
from emotion_core.documents import DAMAGED, Unreadable, read_document, write_document, write_value
from emotion_core.errors import DocumentDamaged, DocumentError, JobError, JobNotFound, JobUnusable, OtherVersion
from emotion_core.files import remove_file, sync_file, sync_folder, write_json
from emotion_core.jobs.claims import PROCESS_FILE, Claim, is_this_machine, process_record
from emotion_core.jobs.creation import ID_PATTERN, discard_folders, not_started, prepare_folders, publish_folders
from emotion_core.jobs.current_state import (
    RECORDS,
    attempts_of,
    current_state,
    is_process_alive,
    process_of,
    records_bytes_at_end,
    stored_status,
)
from emotion_core.jobs.processes import start_detached
from emotion_core.jobs.record_file import complete_bytes, end_last_line, read_records, record_writer, records_problem
from emotion_core.jobs.state import (
    PAUSE,
    PROCESS_ENDED,
    RESTARTED,
    STOP,
    STOP_LATER,
    JobState,
    PauseRequested,
    Record,
    StopRequested,
    Superseded,
)
from emotion_core.terminal import printable_lines

T = TypeVar("T")
RUNNER = "emotion_core.jobs"


def new_id() -> str:
    """Return a new job id: opaque, sorted by time, safe as a file name."""
    # The random part keeps jobs apart that are started in the same second.
    return time.strftime("%y%m%d-%H%M%S-", time.gmtime()) + secrets.token_hex(3)


class JobFolder:
    """The folder of one job: cheap to construct, reads the disk at each call.

    Args:
        path: job folder, which need not exist before ``create``.
        location: where this process runs, recorded with it; in a cluster, for instance, the node's name.
    """

    def __init__(self, path: Path, location: Mapping[str, str] | None = None) -> None:
        self.path = path
        self._location = dict(location or {})
        self._claim: Claim | None = None

    @classmethod
    def find(cls, parent: Path, job_id: str, *, what: str = "job") -> "JobFolder":
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
    def all_in(cls, parent: Path) -> list["JobFolder"]:
        """Return every job in a folder, oldest first."""
        if not parent.is_dir():
            return []
        with os.scandir(parent) as entries:
            names = sorted(entry.name for entry in entries if ID_PATTERN.fullmatch(entry.name) and entry.is_dir())
        return [cls(parent / name) for name in names]

    @classmethod
    def newest(cls, parent: Path, kind: str) -> "JobFolder | None":
        """Return the job of a kind that was started last, or None.

        Args:
            parent: folder of the jobs.
            kind: value of ``kind`` in the job's settings.
        """
        return next(cls.of_kind(parent, kind), None)

    @classmethod
    def of_kind(cls, parent: Path, kind: str) -> Iterator["JobFolder"]:
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

    def create(self, settings: Mapping[str, Any], fill: Callable[[Path], None] = lambda folder: None) -> None:
        """Create the folder with its settings, durably.

        Args:
            settings: settings of the job, as JSON values.
            fill: writes the job's other files into the folder that it is passed, before readers see the job.

        Raises:
            DiskFull: the disk is full, or nearly.
            JobError: the folder cannot be created.
        """
        check_free_space(self.path)
        # Readers may be looking right now, such as a dispatcher for queued jobs: they see the whole folder or none.
        prepare_folders({self.path: settings}, fill)
        try:
            publish_folders([self.path])
        except OSError as error:
            discard_folders([self.path])
            raise not_started(error, self.path) from error

    def create_active(self, settings: Mapping[str, Any], fill: Callable[[Path], None] = lambda folder: None) -> None:
        """Create the folder, as ``create`` does, as one that this process works in.

        Args:
            settings: settings of the job, as JSON values.
            fill: writes the job's other files, as for ``create``.

        Raises:
            DiskFull: the disk is full, or nearly.
            JobError: the folder cannot be created.
        """

        def fill_all(path: Path) -> None:
            fill(path)
            # Before readers see the job: one without a process would wait forever if this process died now.
            write_json(path / PROCESS_FILE, process_record(path, os.getpid(), self._location), durable=False)

        self.create(settings, fill_all)

    def start(
        self, settings: Mapping[str, Any], module: str, fill: Callable[[Path], None] = lambda folder: None
    ) -> None:
        """Create the folder, as ``create`` does, and start the job's process.

        Args:
            settings: settings of the job, as JSON values.
            module: module whose ``run`` works on the job.
            fill: writes the job's other files, as for ``create``.

        Raises:
            DiskFull: the disk is full, or nearly.
            JobError: the folder cannot be created, or the process cannot be started.
        """
        # This process stands in until the new one is recorded.
        self.create_active(settings, fill)
        try:
            self.launch_job(module)
        except OSError as error:
            self.finish("failed", "The job's process could not be started.")
            raise not_started(error, self.path) from error

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

    def append(self, record: Mapping[str, Any]) -> None:
        """Append one record, which is passed to the operating system before this returns; see ``sync_records``."""
        with self.appending() as append:
            append(record)

    def appending(self) -> contextlib.AbstractContextManager[Callable[[Mapping[str, Any]], None]]:
        """Return a context that yields a function like ``append`` and keeps the file open between records."""
        return record_writer(self._records_path, self.raise_if_superseded)

    def sync_records(self) -> None:
        """Wait until the records so far are on the disk: before anything says that what they tell of is kept."""
        with contextlib.suppress(FileNotFoundError):
            sync_file(self._records_path)
            sync_folder(self.path)

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

    def start_attempt(self, cause_of_end: Callable[[Record], str] | None = None) -> None:
        """Count one more attempt at a job that can be resumed after its process was killed.

        Args:
            cause_of_end: returns why an earlier process ended, given its record; ``PROCESS_ENDED`` by default.
        """
        attempts, before = attempts_of(self.path), process_of(self.path)
        # Released before the count changes: a reader that sees the last attempt together with the dead process would
        # report the job as lost.
        self.release_process()
        self._set_attempts(number := 1 if math.isinf(attempts) else int(attempts) + 1)
        (self.path / "status.json").unlink(missing_ok=True)
        if self._records_path.exists():
            end_last_line(self._records_path)
        if before is not None and number > 1:
            cause = cause_of_end(before) if cause_of_end is not None else PROCESS_ENDED
            self.append({"event": RESTARTED, "cause": cause, "before": before, "place": self._location, "try": number})

    def reset_attempts(self) -> None:
        """Count from one again, because the job has saved progress: only attempts without any count against it."""
        if attempts_of(self.path) != 1:
            self._set_attempts(1)

    def _set_attempts(self, attempts: int) -> None:
        # The user may delete the job while it runs; writing would bring the folder back.
        if self.path.is_dir():
            write_value(self.path / "tries.json", attempts, durable=False)

    def requeue(self) -> None:
        """Queue a job again that has ended, paused or was asked to stop; its records stay."""
        self._set_attempts(0)
        for name in (STOP, STOP_LATER, PAUSE, "status.json"):
            remove_file(self.path / name)

    def start_over(self) -> None:
        """Replace the folder by a new one that keeps only the settings; if that fails, the old one stays.

        Raises:
            JobUnusable: the settings are missing or damaged.
            DiskFull: the disk is full.
            JobError: the folder cannot be created.
        """
        # If this process dies between the two renames, the new folder is aside and complete.
        prepare_folders({self.path: self.settings()})
        removed = self._move_away()
        publish_folders([self.path])
        shutil.rmtree(removed, ignore_errors=True)

    def reopen(self, settings: Mapping[str, Any] | None = None) -> None:
        """Continue an ended job in this process; its records stay.

        Args:
            settings: new settings; by default the earlier ones stay.

        Raises:
            JobError: the job is still active.
        """
        # Two processes may try to continue one job; the second then finds the first one recorded.
        with FileLock(self.path / "reopen.lock"):
            if self.state().active:
                raise JobError(
                    "This job is still active. Expected one that has ended. "
                    f"Received: id={self.id!r}. Wait for it to end, or stop it first."
                )
            for name in (STOP, "status.json"):
                remove_file(self.path / name)
            if settings is not None:
                write_document(self.path / "settings.json", settings)
            end_last_line(self._records_path)
            self.record_process(os.getpid())

    def has_process(self) -> bool:
        """Return whether the recorded process still runs, as it does for a moment after it recorded its end."""
        return is_process_alive(self.path, process_of(self.path))

    def finish(self, state: str, message: str = "", *, durable: bool = True, **more: Any) -> None:
        """Record how the job ended, durably, unless that is recorded already or the folder was deleted.

        Args:
            state: ``finished``, ``stopped`` or ``failed``.
            message: one sentence for the user; empty if the job succeeded.
            durable: whether to wait for the disk; needless where the folder is about to be deleted.
            more: further values for the status file.
        """
        is_superseded = self._claim is not None and not self._claim.is_held()
        if self.path.is_dir() and not is_superseded and not (self.path / "status.json").exists():
            if durable:
                # The status says that what the records tell of is kept.
                self.sync_records()
            # Records that are lost at the end of the file leave no damaged line behind.
            length = complete_bytes(self._records_path)
            status = {"state": state, "message": message, "time": time.time(), **more, "records_bytes": length}
            write_document(self.path / "status.json", status, durable=durable)

    def request(self, what: str, *, durable: bool = True) -> None:
        """Make a request to the job. A deleted job is left alone.

        Args:
            what: ``STOP``, ``STOP_LATER`` or ``PAUSE``.
            durable: whether to wait for the disk, as for ``finish``.
        """
        with contextlib.suppress(FileNotFoundError):
            (self.path / what).touch()
            if durable:
                sync_folder(self.path)

    def requested(self, what: str) -> bool:
        """Return whether ``STOP``, ``STOP_LATER`` or ``PAUSE`` was requested."""
        return (self.path / what).exists()

    def request_stop(self) -> None:
        """Ask the job to stop at its next safe point."""
        self.request(STOP)

    def stop_requested(self) -> bool:
        """Return whether the job was asked to stop."""
        return self.requested(STOP)

    def stop_requested_seconds_ago(self) -> float | None:
        """Return how long ago the job was asked to stop, or None if it was not."""
        try:
            # Without a sign: the clock may have been set back since.
            return abs(time.time() - (self.path / STOP).stat().st_mtime)
        except OSError:
            return None

    def raise_if_stopped(self) -> None:
        """Raise an error at a safe point of the job if it is to end there.

        Raises:
            StopRequested: the job was asked to stop, was deleted, or another process has taken it over.
            PauseRequested: the job was asked to pause.
        """
        self.raise_if_superseded()
        if self.stop_requested() or not (self.path / "settings.json").exists():
            raise StopRequested("Stopped on request.")
        if self.requested(PAUSE):
            raise PauseRequested("Paused on request.")

    def log_end(self, lines: int = 20) -> str:
        """Return the last lines of the process's output."""
        try:
            text = (self.path / "log.txt").read_text(encoding="utf8", errors="replace")
        except OSError:
            return ""
        return printable_lines("\n".join(text.splitlines()[-lines:]))

    def launch(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start ``python -m MODULE FOLDER ARGUMENTS`` as a process that outlives this one, and record it.

        Args:
            module: module to run.
            arguments: further command line arguments.
        """
        with (self.path / "log.txt").open("ab") as log:
            child = start_detached([sys.executable, "-m", module, str(self.path), *arguments], log)
        self.record_process(child.pid)
        return child

    def launch_job(self, module: str) -> None:
        """Start a process that calls a module's ``run`` with this folder."""
        self.launch(RUNNER, module)

    def record_process(self, pid: int) -> None:
        """Record the process that works in this folder."""
        # The process may have ended already.
        with contextlib.suppress(psutil.NoSuchProcess):
            write_json(self.path / PROCESS_FILE, process_record(self.path, pid, self._location), durable=False)

    def claim(self) -> None:
        """Record this process as the one that works in the folder; it writes nothing any more once another one is."""
        record = process_record(self.path, os.getpid(), self._location)
        write_json(self.path / PROCESS_FILE, record, durable=False)
        self._claim = Claim(self.path, record)

    def raise_if_superseded(self) -> None:
        """Raise an error before a write if this process claimed the job and another one has taken it over.

        Raises:
            Superseded: the folder names another process.
        """
        if self._claim is not None and not self._claim.is_held():
            raise Superseded("Another process has taken this job over, so this one ends.")

    def release_process(self) -> None:
        """Remove the record of the process, which works on another job now or is about to be replaced."""
        self._claim = None
        (self.path / PROCESS_FILE).unlink(missing_ok=True)

    def kill(self, *, durable: bool = True) -> None:
        """Kill the recorded process, and record that the job was stopped.

        Args:
            durable: whether to wait for the disk, as for ``finish``.
        """
        # Workers are reused: a process that has ended this job may be working on another one.
        process = None if (self.path / "status.json").exists() else process_of(self.path)
        if process is not None and is_this_machine(process) and is_process_alive(self.path, process):
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(int(process["pid"])).kill()
        self.finish("stopped", "Stopped on request; its process did not respond and was killed.", durable=durable)

    def delete(self, *, durable: bool = True) -> None:
        """Delete the folder, and what was made aside to replace it.

        Args:
            durable: whether to wait for the disk; False for one of several, whose parent the caller waits for once.
        """
        removed = self._move_away(durable=durable)
        shutil.rmtree(removed, ignore_errors=True)
        discard_folders([self.path])

    def _move_away(self, *, durable: bool = True) -> Path:
        """Rename the folder to a name that is no job's id, and return that."""
        # The rename is atomic, so that no reader sees a half-deleted job.
        removed = self.path.with_name(f".{secrets.token_hex(4)}.{self.id}")
        with contextlib.suppress(FileNotFoundError):
            self.path.rename(removed)
            if durable:
                sync_folder(self.path.parent)
        return removed


def unreadable_jobs(parent: Path, *, records: bool = False) -> list[Unreadable]:
    """Return the jobs in a folder that are damaged or of a newer version, oldest first.

    Args:
        parent: folder of the jobs.
        records: whether their records are read as well, which takes a while for large jobs.
    """
    problems = (job_problem(folder, records=records) for folder in JobFolder.all_in(parent))
    return [problem for problem in problems if problem is not None]


def job_problem(folder: JobFolder, *, records: bool = True) -> Unreadable | None:
    """Return what is wrong with a job's settings, status or records, or None.

    Args:
        folder: of the job.
        records: whether its records are read as well.
    """
    try:
        folder.settings()
        stored_status(folder.path)
    except (JobUnusable, DocumentError) as error:
        return Unreadable.of(folder.id, folder.path, error)
    problem = folder.records_problem() if records else ""
    return Unreadable(folder.id, folder.path, DAMAGED, problem) if problem else None
