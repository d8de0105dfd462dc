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
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock

from emotion_core.disk_space import check_free_space
from emotion_core.documents import write_document, write_value
from emotion_core.errors import JobError
from emotion_core.files import remove_file, sync_folder, write_json
from emotion_core.jobs.creation import discard_folders, not_started, prepare_folders, publish_folders
from emotion_core.jobs.current_state import attempts_of, is_process_alive, process_of
from emotion_core.jobs.process_record import PROCESS_FILE, is_this_machine, process_record
from emotion_core.jobs.processes import start_detached
from emotion_core.jobs.record_file import end_last_line
from emotion_core.jobs.state import PAUSE, PROCESS_ENDED, RESTARTED, STOP, STOP_LATER, Record
from emotion_core.jobs.writer import JobWriter

RUNNER = "emotion_core.jobs"


def new_id() -> str:
    """Return a new job id: opaque, sorted by time, safe as a file name."""
    # The random part keeps jobs apart that are started in the same second.
    return time.strftime("%y%m%d-%H%M%S-", time.gmtime()) + secrets.token_hex(3)


class JobFolder(JobWriter):
    """The folder of one job, from its creation to its deletion: cheap to construct, reads the disk at each call.

    What readers see is in ``JobReader``, requests are in ``JobRequests``, the claim of the working process is in
    ``ClaimedJob``, and what that process writes is in ``JobWriter``.

    Args:
        path: job folder, which need not exist before ``create``.
        location: where this process runs, recorded with it; in a cluster, for instance, the node's name.
    """

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
