"""The cluster that trains a workspace's runs: its address, what each run takes, its last known status.

Only the dispatcher talks to the cluster. It saves the cluster's status to a file, which pages and the command line
read without a connection of their own.
"""

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from emotion_core.documents import not_a_record, read_document, write_document
from emotion_core.errors import DocumentError
from emotion_core.files import read_json, write_json
from emotion_core.settings import (
    CLUSTER_VARIABLE,
    CPUS_PER_RUN_VARIABLE,
    GPUS_PER_RUN_VARIABLE,
    Workspace,
    checked_address,
    checked_number,
    whole_number,
)

SETTINGS_FILE, STATUS_FILE = "cluster.json", "cluster_seen.json"
MAX_CPUS_PER_RUN, MAX_GPUS_PER_RUN = 1024, 16
# The status is also written without a change, so that its time shows that the cluster still answers.
STATUS_SECONDS = 5.0


class ClusterSettings(NamedTuple):
    """Where runs are trained.

    Attributes:
        address: ``auto``, ``host:port`` or ``ray://host:port``; None trains on this machine.
        cpus: processors per run, which is also its number of threads; None leaves it to the launcher.
        gpus: GPUs per run.
    """

    address: str | None = None
    cpus: int | None = None
    gpus: int = 0


class ClusterStatus(NamedTuple):
    """The last known status of a cluster.

    Attributes:
        address: of the cluster.
        nodes: number of living nodes.
        cpus: processors of all nodes.
        gpus: GPUs of all nodes.
        room: number of runs that fit at once.
        time: of the status, in seconds since 1970.
    """

    address: str
    nodes: int
    cpus: int
    gpus: int
    room: int
    time: float


def cluster_settings(workspace: Workspace) -> ClusterSettings:
    """Return where a workspace's runs are trained; environment variables win over the workspace's own settings.

    Raises:
        SettingsError: a variable has an invalid value.
    """
    saved = saved_cluster_settings(workspace)
    address = checked_address(os.environ.get(CLUSTER_VARIABLE, ""), CLUSTER_VARIABLE)
    cpus = whole_number(CPUS_PER_RUN_VARIABLE, 1, MAX_CPUS_PER_RUN)
    gpus = whole_number(GPUS_PER_RUN_VARIABLE, 0, MAX_GPUS_PER_RUN)
    return ClusterSettings(address or saved.address, cpus or saved.cpus, saved.gpus if gpus is None else gpus)


def saved_cluster_settings(workspace: Workspace) -> ClusterSettings:
    """Return the settings that ``set_cluster`` saved; damaged ones count as none, and ``queue_problem`` names them."""
    try:
        return _stored_settings(workspace)
    except DocumentError:
        return ClusterSettings()


def cluster_settings_problem(workspace: Workspace) -> str:
    """Return what is wrong with the file of ``set_cluster``, as a sentence for the user; empty without a problem."""
    try:
        _stored_settings(workspace)
    except DocumentError as error:
        return str(error)
    return ""


def _stored_settings(workspace: Workspace) -> ClusterSettings:
    try:
        settings = ClusterSettings(**read_document(workspace.root / SETTINGS_FILE))
    except FileNotFoundError:
        return ClusterSettings()
    except TypeError as error:
        raise not_a_record(SETTINGS_FILE, error) from error
    numbers = (settings.cpus, settings.gpus)
    if not isinstance(settings.address, str | None) or not all(isinstance(number, int | None) for number in numbers):
        raise not_a_record(SETTINGS_FILE, TypeError("an address or a number of another kind"))
    return settings


def set_cluster(workspace: Workspace, address: str = "", cpus: int | None = None, gpus: int = 0) -> None:
    """Save where a workspace's runs are trained, from the next start of a run on.

    Args:
        workspace: where the settings are saved.
        address: of the cluster; empty trains on this machine.
        cpus: processors per run, 1 to 1024; None leaves it to the launcher.
        gpus: GPUs per run, 0 to 16.

    Raises:
        SettingsError: one of the values is invalid.
    """
    settings = ClusterSettings(
        checked_address(address, "address"),
        None if cpus is None else checked_number(cpus, "processors", 1, MAX_CPUS_PER_RUN),
        checked_number(gpus, "GPUs", 0, MAX_GPUS_PER_RUN),
    )
    write_document(workspace.root / SETTINGS_FILE, settings._asdict())


def uses_cluster(workspace: Workspace) -> bool:
    """Return whether a cluster is set, even if its address is invalid."""
    return bool(os.environ.get(CLUSTER_VARIABLE, "").strip() or saved_cluster_settings(workspace).address)


def last_cluster_status(workspace: Workspace) -> ClusterStatus | None:
    """Return the last known status of the cluster that is set; None without a cluster or before the first contact."""
    try:
        status = ClusterStatus(**read_json(workspace.root / STATUS_FILE))
        if not all(isinstance(number, int | float) for number in status[1:]):
            return None
    except TypeError:
        return None
    # The file may be about a cluster that was set before.
    address = os.environ.get(CLUSTER_VARIABLE, "").strip() or saved_cluster_settings(workspace).address
    return status if status.address == address else None


def save_cluster_status(workspace: Workspace, address: str, nodes: Sequence[Mapping[str, Any]], room: int) -> None:
    """Save the status of a cluster, for processes that are not connected to it.

    Args:
        workspace: whose runs it trains.
        address: of the cluster.
        nodes: resources of each living node, as Ray reports them.
        room: number of runs that fit at once.
    """
    cpus, gpus = (int(sum(node.get(kind, 0) for node in nodes)) for kind in ("CPU", "GPU"))
    status, before = ClusterStatus(address, len(nodes), cpus, gpus, room, time.time()), last_cluster_status(workspace)
    if before is None or before[:-1] != status[:-1] or status.time - before.time > STATUS_SECONDS:
        write_json(workspace.root / STATUS_FILE, status._asdict(), durable=False)


def cluster_slots(workspace: Workspace) -> int | None:
    """Return how many runs at once fit on the cluster by its last known status; None without one."""
    status = last_cluster_status(workspace)
    return None if status is None else status.room
