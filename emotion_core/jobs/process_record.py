"""The record of the process that works in a job's folder: on which machine, since which boot, in which copy of it."""

import os
import platform
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from emotion_core.jobs.processes import identity
from emotion_core.jobs.state import Record

PROCESS_FILE = "process.json"


def process_record(path: Path, pid: int, location: Mapping[str, str]) -> Record:
    """Return the record of a process that works in a folder.

    Args:
        path: folder of the job.
        pid: id of a process of this machine.
        location: where in a cluster the process runs; the folder is then a copy on a node.

    Raises:
        psutil.NoSuchProcess: there is no such process.
    """
    place = {} if location else {"folder": folder_identity(path)}
    return {**machine(), **identity(pid), **place, **location}


def machine() -> Record:
    """Return what identifies this machine as long as it runs: a process id means nothing elsewhere."""
    return {"host": platform.node(), "namespace": _namespace(), "boot": _boot()}


def is_this_machine(process: Record) -> bool:
    """Return whether a recorded process ran on this machine and in this container, before or after a reboot."""
    # Containers may share a host name and a folder. Records of earlier versions have no namespace.
    same_host = process.get("host", platform.node()) == platform.node()
    return bool(same_host and process.get("namespace", _namespace()) == _namespace())


def is_this_boot(process: Record) -> bool:
    """Return whether the machine has not been restarted since a process was recorded: ids begin again then."""
    return bool(process.get("boot", _boot()) == _boot())


def folder_identity(path: Path) -> list[str | int]:
    """Return path and inode of a folder: a copy has neither, and a folder that was moved keeps one."""
    # Both, because one folder may have several paths, and some network file systems change inodes.
    try:
        return [os.path.realpath(path), path.stat().st_ino]
    except OSError:
        return [os.path.realpath(path), 0]


def is_of_this_folder(path: Path, process: Record) -> bool:
    """Return whether a process was recorded in this folder, not in the one that it was copied from."""
    recorded = process.get("folder")
    # Missing in records of earlier versions, and of processes on a node.
    if not isinstance(recorded, list):
        return True
    return any(one == other for one, other in zip(recorded, folder_identity(path), strict=False))


@cache
def _namespace() -> int:
    """Return the inode of this process's namespace of process ids, which differs between containers; 0 elsewhere."""
    try:
        return Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return 0


@cache
def _boot() -> str:
    """Return a random id of this boot of the machine; empty where there is none."""
    if not sys.platform.startswith("linux"):
        return ""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
