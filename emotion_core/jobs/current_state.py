"""The state that a job is in now, judged from the files of its folder: whether it runs, waits, has ended or is lost."""

import contextlib
import math
import time
from pathlib import Path

import psutil

from emotion_core.documents import Unreadable, not_a_record, read_document, read_value
from emotion_core.errors import DocumentError
from emotion_core.files import read_json
from emotion_core.jobs.process_record import PROCESS_FILE, is_of_this_folder, is_this_boot, is_this_machine
from emotion_core.jobs.processes import is_alive
from emotion_core.jobs.state import (
    ENDED_STATES,
    HEARTBEAT_LOST_SECONDS,
    MAX_ATTEMPTS,
    PAUSE,
    STOP,
    STOP_LATER,
    JobState,
    Record,
)

RECORDS = "records.jsonl"
STATUS = "status.json"


def current_state(path: Path) -> JobState:
    """Return the state of the job in a folder, derived from its status file and its recorded process."""
    process = process_of(path)
    alive = is_process_alive(path, process)
    # The order matters: a process writes its status before it ends, so a status file that is missing now was not
    # written before the process died. Reading it first could report a job that just finished as lost.
    try:
        status = stored_status(path)
    except DocumentError as error:
        return JobState(Unreadable.of(path.name, path / STATUS, error).kind, str(error))
    if status is not None and not (_ended_by_reboot(status) and attempts_of(path) < MAX_ATTEMPTS):
        return JobState(status["state"], status["message"])
    if process is None:
        return _state_without_process(path, "Stopped before it started.", "")
    if not alive and attempts_of(path) < MAX_ATTEMPTS:
        return _state_without_process(
            path, "Stopped on request.", "Its process ended unexpectedly; it continues when its turn comes."
        )
    if not alive:
        return JobState(
            "lost",
            "Its process ended unexpectedly: it was killed, ran out of memory, or the machine was restarted.",
        )
    return JobState("running" if (path / RECORDS).exists() else "starting")


def stored_status(path: Path) -> Record | None:
    """Return how the job in a folder ended, or None if that is not recorded.

    Raises:
        DocumentDamaged: the status file is damaged.
        OtherVersion: a newer version wrote it.
    """
    try:
        status = read_document(path / STATUS)
    except FileNotFoundError:
        return None
    state, message = status.get("state"), status.get("message", "")
    if isinstance(state, str) and state in ENDED_STATES and isinstance(message, str):
        return {**status, "message": message}
    # Of version 0, or another program's: whatever it says, the job has ended, and not well.
    return {"state": "failed", "message": str(not_a_record(STATUS, ValueError(f"state {str(state)[:20]!r}")))}


def records_bytes_at_end(path: Path) -> int | None:
    """Return the size of the job's records when it ended, in bytes; None where that is not recorded."""
    try:
        size = (stored_status(path) or {}).get("records_bytes")
    except DocumentError:
        return None
    return size if isinstance(size, int) else None


def _state_without_process(path: Path, stopped_message: str, queued_message: str) -> JobState:
    """Return the state of a job that no process works on, which depends on the requests made to it."""
    if (path / STOP).exists() or (path / STOP_LATER).exists():
        return JobState("stopped", stopped_message)
    if (path / PAUSE).exists():
        return JobState("paused")
    return JobState("queued", queued_message if attempts_of(path) else "")


def attempts_of(path: Path) -> float:
    """Return how often the job was started since it last made progress; infinite if it cannot be resumed or told."""
    try:
        attempts = read_value(path / "tries.json")
    except (FileNotFoundError, DocumentError):
        return math.inf
    return attempts if isinstance(attempts, int) and not isinstance(attempts, bool) else math.inf


def process_of(path: Path) -> Record | None:
    """Return the record of the job's process, or None if there is none; empty if it is damaged."""
    process = read_json(path / PROCESS_FILE)
    # An empty record matches no process, so that a job with a damaged one is lost rather than queued.
    return process if process is None or isinstance(process, dict) else {}


def is_process_alive(path: Path, process: Record | None) -> bool:
    """Return whether a job's process runs, on this machine or another one.

    Args:
        path: the job's folder, which the process touches while it runs.
        process: its record; None for none.
    """
    if process is None:
        return False
    if is_this_machine(process):
        return is_this_boot(process) and is_of_this_folder(path, process) and is_alive(process)
    # The folder may be on a shared drive. A process of another machine shows only in its heartbeat.
    with contextlib.suppress(OSError):
        age_seconds = time.time() - (path / "heartbeat").stat().st_mtime
        # Both ways: clocks differ a little, but a beat from far in the future says nothing about now.
        return abs(age_seconds) < HEARTBEAT_LOST_SECONDS
    return False


def _ended_by_reboot(status: Record) -> bool:
    """Return whether a reboot ended the job: SIGTERM stopped it, and the machine booted after that.

    Such a stop was not the user's, so the job may continue.
    """
    ended_at = status.get("time")
    return bool(status.get("terminated")) and isinstance(ended_at, int | float) and psutil.boot_time() > ended_at
