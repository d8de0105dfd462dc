"""The cluster that trains a workspace's runs: where it is, what a run takes of it, what was last seen of it.

Only the process that works the queue talks to the cluster. It notes what it sees, and everybody else reads that note.
"""

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

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

SETTINGS_FILE, SEEN_FILE = "cluster.json", "cluster_seen.json"
MAX_CPUS_PER_RUN, MAX_GPUS_PER_RUN = 1024, 16
# What was seen is written anew when it changes, and so often to show that the cluster still answers.
NOTE_SECONDS = 5.0


class ClusterSettings(NamedTuple):
    """Where runs are trained.

    Attributes:
        address: ``auto``, ``host:port`` or ``ray://host:port``; None trains on this machine.
        cpus: processors that a run takes of its node, and its number of threads; None leaves it to the launcher.
        gpus: GPUs that a run takes of its node.
    """

    address: str | None = None
    cpus: int | None = None
    gpus: int = 0


class ClusterStatus(NamedTuple):
    """What was last seen of a cluster.

    Attributes:
        address: where.
        nodes: computers that were there.
        cpus: processors of all of them.
        gpus: GPUs of all of them.
        room: runs that there is room for at once.
        time: when, in seconds since 1970.
    """

    address: str
    nodes: int
    cpus: int
    gpus: int
    room: int
    time: float


def cluster_settings(workspace: Workspace) -> ClusterSettings:
    """Return where a workspace's runs are trained: each environment variable wins over what the workspace keeps.

    Raises:
        SettingsError: a variable holds something that cannot be used.
    """
    kept = saved_cluster_settings(workspace)
    address = checked_address(os.environ.get(CLUSTER_VARIABLE, ""), CLUSTER_VARIABLE)
    cpus = whole_number(CPUS_PER_RUN_VARIABLE, 1, MAX_CPUS_PER_RUN)
    gpus = whole_number(GPUS_PER_RUN_VARIABLE, 0, MAX_GPUS_PER_RUN)
    return ClusterSettings(address or kept.address, cpus or kept.cpus, kept.gpus if gpus is None else gpus)


def saved_cluster_settings(workspace: Workspace) -> ClusterSettings:
    """Return what was set with ``set_cluster``; a damaged file counts as none."""
    try:
        return ClusterSettings(**read_json(workspace.root / SETTINGS_FILE))
    except TypeError:
        return ClusterSettings()


def set_cluster(workspace: Workspace, address: str = "", cpus: int | None = None, gpus: int = 0) -> None:
    """Keep in the workspace where its runs are trained, from the next start of a run on.

    Args:
        workspace: whose runs.
        address: of the cluster; empty trains on this machine.
        cpus: processors that a run takes, 1 to 1024; None leaves it to the launcher.
        gpus: GPUs that a run takes, 0 to 16.

    Raises:
        SettingsError: one of them cannot be used.
    """
    kept = ClusterSettings(
        checked_address(address, "address"),
        None if cpus is None else checked_number(cpus, "processors", 1, MAX_CPUS_PER_RUN),
        checked_number(gpus, "GPUs", 0, MAX_GPUS_PER_RUN),
    )
    write_json(workspace.root / SETTINGS_FILE, kept._asdict())


def uses_cluster(workspace: Workspace) -> bool:
    """Whether somebody named a cluster, be it one that cannot be used."""
    return bool(os.environ.get(CLUSTER_VARIABLE, "").strip() or saved_cluster_settings(workspace).address)


def last_cluster_status(workspace: Workspace) -> ClusterStatus | None:
    """Return what was last seen of the cluster that is set, None where this machine trains or nobody has looked yet."""
    try:
        seen = ClusterStatus(**read_json(workspace.root / SEEN_FILE))
    except TypeError:
        return None
    here = os.environ.get(CLUSTER_VARIABLE, "").strip() or saved_cluster_settings(workspace).address
    return seen if seen.address == here else None


def save_cluster_status(workspace: Workspace, address: str, nodes: Sequence[Mapping[str, Any]], room: int) -> None:
    """Keep what was seen of a cluster, for whoever does not ask it.

    Args:
        workspace: whose runs it trains.
        address: of the cluster.
        nodes: the resources of each living node, as Ray tells them.
        room: runs that there is room for at once.
    """
    cpus, gpus = (int(sum(node.get(kind, 0) for node in nodes)) for kind in ("CPU", "GPU"))
    seen, before = ClusterStatus(address, len(nodes), cpus, gpus, room, time.time()), last_cluster_status(workspace)
    if before is None or before[:-1] != seen[:-1] or seen.time - before.time > NOTE_SECONDS:
        write_json(workspace.root / SEEN_FILE, seen._asdict())


def cluster_slots(workspace: Workspace) -> int | None:
    """Return how many runs the cluster had room for when it was last seen, None where this machine trains."""
    seen = last_cluster_status(workspace)
    return None if seen is None else seen.room
