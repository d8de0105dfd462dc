"""A background job is a folder: append-only records, a heartbeat, and one process that works in it.

The folder is the whole interface between the process that works and everybody who watches. Readers may open it at any
time: whole files are replaced atomically, and a record line without its newline is "not written yet".
"""

import contextlib
import json
import math
import os
import platform
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock

from emotion_core.errors import JobError, JobNotFound, JobUnusable
from emotion_core.files import read_json, write_json
from emotion_core.jobs.processes import identity, is_alive, start_detached
from emotion_core.jobs.state import (
    ENDED_STATES,
    HEARTBEAT_LOST_SECONDS,
    MAX_ATTEMPTS,
    PAUSE,
    PROCESS_ENDED,
    RESTARTED,
    STOP,
    STOP_LATER,
    JobState,
    PauseRequested,
    Record,
    StopRequested,
)

RUNNER = "emotion_core.jobs"
_ID = re.compile(r"[0-9a-z][0-9a-z-]{3,63}")


def new_id() -> str:
    """Return an opaque id that sorts by time and is safe as a file name."""
    return time.strftime("%y%m%d-%H%M%S-", time.gmtime()) + secrets.token_hex(3)


class JobFolder:
    """One job's folder; cheap to make, reads the disk at each call.

    Args:
        path: the folder, which need not exist until ``create``.
        place: recorded with the process that works here: the computer's name in a cluster and the like.
    """

    def __init__(self, path: Path, place: Mapping[str, str] | None = None) -> None:
        self.path = path
        self._place = dict(place or {})

    @classmethod
    def find(cls, parent: Path, job_id: str, *, what: str = "job") -> "JobFolder":
        """Return the job of that id under ``parent``.

        Args:
            parent: folder of jobs.
            job_id: what should be the name of one of them.
            what: what such a job is called, for the error message.

        Raises:
            JobNotFound: the id is malformed or no such folder exists.
        """
        folder = cls(parent / job_id) if _ID.fullmatch(job_id) else None
        if folder is None or not folder.path.is_dir():
            raise JobNotFound(
                f"There is no such {what} in this workspace. Expected an id that is listed. "
                f"Received: {what}={job_id!r}. "
                "It may have been deleted, or belong to another workspace."
            )
        return folder

    @classmethod
    def all_in(cls, parent: Path) -> list["JobFolder"]:
        """Return every job under ``parent``, oldest first."""
        if not parent.is_dir():
            return []
        with os.scandir(parent) as entries:
            names = sorted(entry.name for entry in entries if _ID.fullmatch(entry.name) and entry.is_dir())
        return [cls(parent / name) for name in names]

    @classmethod
    def newest(cls, parent: Path, kind: str) -> "JobFolder | None":
        """Return the job under ``parent`` that was started last and whose settings name this ``kind``, or None."""
        for folder in reversed(cls.all_in(parent)):
            settings = read_json(folder.path / "settings.json")
            if isinstance(settings, dict) and settings.get("kind") == kind:
                return folder
        return None

    @classmethod
    def start_alone(cls, parent: Path, settings: Mapping[str, Any], module: str) -> "JobFolder":
        """Start a job under ``parent`` in the place of the last of its kind, unless that one is still under way.

        Args:
            parent: where the jobs are.
            settings: of the job; ``kind`` is one of them.
            module: that works on it.

        Returns:
            The job: a new one, or the one under way.
        """
        kind = str(settings["kind"])
        with FileLock(parent.parent / f"{kind}.lock"):
            newest = cls.newest(parent, kind)
            if newest is not None and newest.state().active:
                return newest
            if newest is not None:
                newest.delete()
            folder = cls(parent / new_id())
            folder.start(settings, module)
            return folder

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.path.name

    def create(self, settings: Mapping[str, Any], fill: Callable[[Path], None] | None = None) -> None:
        """Make the folder with its settings.

        Args:
            settings: what the job is asked to do.
            fill: writes what else the job needs into the folder that it is given, before anybody sees the job.

        Raises:
            JobError: the disk is full, or may not be written to.
        """
        # Under a name that is no id, until it is complete: somebody may be looking for queued jobs right now.
        incomplete = self.path.with_name(f".{self.id}")
        try:
            incomplete.mkdir(parents=True)
            write_json(incomplete / "settings.json", settings)
            if fill is not None:
                fill(incomplete)
            incomplete.rename(self.path)
        except OSError as error:
            raise self._cannot_start(error) from error
        finally:
            # Gone already, unless something went wrong.
            shutil.rmtree(incomplete, ignore_errors=True)

    def start(self, settings: Mapping[str, Any], module: str, fill: Callable[[Path], None] | None = None) -> None:
        """Make the folder, as ``create`` does, and start its process at once.

        Raises:
            JobError: the folder cannot be made, or the process cannot be started.
        """
        self.create(settings, fill)
        # Until the process has its own record: should this one die in between, the job is lost and not queued for ever.
        self.record_process(os.getpid())
        try:
            self.launch_job(module)
        except OSError as error:
            self.finish("failed", "Its process could not be started.")
            raise self._cannot_start(error) from error

    def _cannot_start(self, error: OSError) -> JobError:
        return JobError(
            f"The job cannot be started: {error.strerror}. Expected room and permission to write. "
            f"Received: folder={str(self.path)!r}. Free some space, then try again."
        )

    def settings(self) -> Record:
        """Return what the job was asked to do.

        Raises:
            JobUnusable: the settings file is missing or damaged.
        """
        settings = read_json(self.path / "settings.json")
        if not isinstance(settings, dict):
            raise JobUnusable(
                f"The settings of this job are missing or damaged. Received: id={self.id!r}. "
                "Delete it and start it again."
            )
        return settings

    def append(self, record: Mapping[str, Any]) -> None:
        """Add one record; it is on its way to the disk when this returns."""
        with self.appending() as append:
            append(record)

    @contextlib.contextmanager
    def appending(self) -> Iterator[Callable[[Mapping[str, Any]], None]]:
        """Give what adds one record as ``append`` does, without opening the file for each."""
        with (self.path / "records.jsonl").open("a", encoding="utf8") as stream:

            def append(record: Mapping[str, Any]) -> None:
                stream.write(json.dumps({"time": round(time.time(), 3), **record}) + "\n")
                stream.flush()

            yield append

    def records(self, event: str | None = None) -> list[Record]:
        """Return the records so far, oldest first, those of one ``event`` only where it is given."""
        try:
            text = (self.path / "records.jsonl").read_text(encoding="utf8", errors="replace")
        except OSError:
            return []
        complete = text[: text.rfind("\n") + 1]
        found = [record for record in map(parse_record, complete.splitlines()) if record is not None]
        return found if event is None else [record for record in found if record.get("event") == event]

    def state(self) -> JobState:
        """Return what the job is doing, told from its status file and from the process that was recorded."""
        process = self._process()
        alive = self._lives(process)
        # Read after looking at the process: it writes its status before it ends.
        status = read_json(self.path / "status.json")
        if isinstance(status, dict) and not (_ended_by_reboot(status) and self._attempts() < MAX_ATTEMPTS):
            name = status.get("state")
            return JobState(name if name in ENDED_STATES else "failed", str(status.get("message", "")))
        if process is None:
            return self._waiting("Stopped before it began.", "")
        if not alive and self._attempts() < MAX_ATTEMPTS:
            return self._waiting("Stopped on request.", "Its process ended without a word; it goes on in its turn.")
        if not alive:
            return JobState(
                "lost", "Its process ended without a word: killed, out of memory, or the machine was restarted."
            )
        return JobState("running" if (self.path / "records.jsonl").exists() else "starting")

    def _waiting(self, stopped: str, queued: str) -> JobState:
        """Return the state of a job without a process: what is asked of it decides."""
        if self.stop_requested() or self.requested(STOP_LATER):
            return JobState("stopped", stopped)
        return JobState("paused") if self.requested(PAUSE) else JobState("queued", queued if self._attempts() else "")

    def _attempts(self) -> float:
        """Return how often the job was begun since it last got further; endless where it cannot be taken up again."""
        tries = read_json(self.path / "tries.json")
        return tries if isinstance(tries, int) else math.inf

    def start_attempt(self, fate: Callable[[Record], str] | None = None) -> None:
        """Count one more beginning of a job that may be taken up again when its process is killed.

        Args:
            fate: tells from the record of the earlier process why it ended without a word, where it did.
        """
        tries, before = self._attempts(), self._process()
        # First of all: with the last try counted, whoever looks would take the process before this one for lost.
        self.release_process()
        self._set_attempts(number := 1 if math.isinf(tries) else int(tries) + 1)
        (self.path / "status.json").unlink(missing_ok=True)
        if (self.path / "records.jsonl").exists():
            self._end_last_line()
        if before is not None and number > 1:
            cause = fate(before) if fate is not None else PROCESS_ENDED
            self.append({"event": RESTARTED, "cause": cause, "before": before, "place": self._place, "try": number})

    def reset_attempts(self) -> None:
        """Note that what was done since the job was begun is kept, so that earlier tries no longer count."""
        if self._attempts() != 1:
            self._set_attempts(1)

    def _set_attempts(self, tries: int) -> None:
        # A folder that was deleted stays deleted.
        if self.path.is_dir():
            write_json(self.path / "tries.json", tries)

    def requeue(self) -> None:
        """Let a job that has ended, or was asked to, wait for its turn; its records stay."""
        self._set_attempts(0)
        for name in (STOP, STOP_LATER, PAUSE, "status.json"):
            (self.path / name).unlink(missing_ok=True)

    def start_over(self) -> None:
        """Make the folder anew with the settings that it has; nothing else of it stays.

        Raises:
            JobUnusable: the settings are missing or damaged.
            JobError: the folder cannot be made.
        """
        settings = self.settings()
        self.delete()
        self.create(settings)

    def reopen(self, settings: Mapping[str, Any] | None = None) -> None:
        """Let a job that has ended go on in this process; its records stay.

        Args:
            settings: in place of the earlier ones, where given.

        Raises:
            JobError: it is under way.
        """
        with FileLock(self.path / "reopen.lock"):
            if self.state().active:
                raise JobError(
                    f"This job is under way already. Received: id={self.id!r}. Watch it, or stop it before it goes on."
                )
            for name in (STOP, "status.json"):
                (self.path / name).unlink(missing_ok=True)
            if settings is not None:
                write_json(self.path / "settings.json", settings)
            self._end_last_line()
            self.record_process(os.getpid())

    def _end_last_line(self) -> None:
        """End a record that a process was killed over, lest the next one be written behind it."""
        with (self.path / "records.jsonl").open("a+b") as stream:
            if stream.tell():
                stream.seek(-1, os.SEEK_END)
                if stream.read() != b"\n":
                    stream.write(b"\n")

    def has_process(self) -> bool:
        """Whether the recorded process still runs, which it does for a moment after it has recorded its end."""
        return self._lives(self._process())

    def _lives(self, process: Record | None) -> bool:
        if process is None:
            return False
        if _is_here(process):
            return is_alive(process)
        # In a shared folder, the process of another machine is known by its heartbeat alone.
        with contextlib.suppress(OSError):
            return time.time() - (self.path / "heartbeat").stat().st_mtime < HEARTBEAT_LOST_SECONDS
        return False

    def _process(self) -> Record | None:
        """Return what was recorded of the process, None where none was; a damaged record is that of no process."""
        process = read_json(self.path / "process.json")
        return process if process is None or isinstance(process, dict) else {}

    def finish(self, state: str, message: str = "", **more: Any) -> None:
        """Record how the job ended; the first word stands, and a folder that was deleted stays deleted."""
        if self.path.is_dir() and not (self.path / "status.json").exists():
            write_json(self.path / "status.json", {"state": state, "message": message, "time": time.time(), **more})

    def request(self, what: str) -> None:
        """Ask the job for something: ``STOP``, ``STOP_LATER`` or ``PAUSE``; a job that was deleted is asked nothing."""
        with contextlib.suppress(FileNotFoundError):
            (self.path / what).touch()

    def requested(self, what: str) -> bool:
        """Whether somebody asked the job for that."""
        return (self.path / what).exists()

    def request_stop(self) -> None:
        """Ask the job to stop at its next safe point."""
        self.request(STOP)

    def stop_requested(self) -> bool:
        """Whether somebody asked the job to stop."""
        return self.requested(STOP)

    def stop_requested_seconds_ago(self) -> float | None:
        """Return how long ago a stop was asked for, or None where it was not."""
        try:
            return time.time() - (self.path / STOP).stat().st_mtime
        except OSError:
            return None

    def raise_if_stopped(self) -> None:
        """Raise ``StopRequested`` or ``PauseRequested`` where somebody asked the job for that, or deleted it."""
        if self.stop_requested() or not (self.path / "settings.json").exists():
            raise StopRequested("Stopped on request.")
        if self.requested(PAUSE):
            raise PauseRequested("Paused on request.")

    def log_end(self, lines: int = 20) -> str:
        """Return the last lines of what the process printed."""
        try:
            text = (self.path / "log.txt").read_text(encoding="utf8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def launch(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start ``python -m module FOLDER ARGUMENTS`` as a process that outlives this one, and record it."""
        with (self.path / "log.txt").open("ab") as log:
            child = start_detached([sys.executable, "-m", module, str(self.path), *arguments], log)
        self.record_process(child.pid)
        return child

    def launch_job(self, module: str) -> None:
        """Start a process that calls ``run`` of a module with this folder."""
        self.launch(RUNNER, module)

    def record_process(self, pid: int) -> None:
        """Record the process that works in this folder, with its start time, because ids are used again."""
        with contextlib.suppress(psutil.NoSuchProcess):
            write_json(self.path / "process.json", {"host": platform.node(), **identity(pid), **self._place})

    def release_process(self) -> None:
        """Forget the recorded process: it works on something else, or another one will work here."""
        (self.path / "process.json").unlink(missing_ok=True)

    def kill(self) -> None:
        """End the recorded process at once, and record that it was stopped."""
        # A process that is done with this job may work on another one.
        process = None if (self.path / "status.json").exists() else self._process()
        if process is not None and _is_here(process) and is_alive(process):
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(process["pid"]).kill()
        self.finish("stopped", "Stopped on request; it did not answer, so its process was ended.")

    def delete(self) -> None:
        """Remove the folder and all in it; nobody sees it half removed."""
        gone = self.path.with_name(f".{secrets.token_hex(4)}.{self.id}")
        with contextlib.suppress(FileNotFoundError):
            self.path.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def _is_here(process: Record) -> bool:
    """Whether a recorded process is one of this machine: an id of another says nothing here."""
    return bool(process.get("host", platform.node()) == platform.node())


def _ended_by_reboot(status: Record) -> bool:
    """Whether a signal ended the job and the machine was started again since: nobody meant that job."""
    return bool(status.get("terminated")) and psutil.boot_time() > float(status.get("time", math.inf))


def parse_record(line: str) -> Record | None:
    """Return what one line of a record file says, or None where it is damaged."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
