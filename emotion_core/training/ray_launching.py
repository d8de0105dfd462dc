"""Runs that are trained on a Ray cluster, each in a process of its own that Ray finds a place for.

The nodes see this program and the workspace under the same paths as this machine. A run is a detached actor named by
its id: it lives on when the process that asked for it ends, holds its processors until it has trained, and is found
again by name. Ray retries nothing; whether a run is begun once more is told from its folder, as on one machine.
"""

import contextlib
import socket
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from emotion_core.errors import SettingsError
from emotion_core.files import read_json
from emotion_core.jobs import MAX_TRIES, JobFolder
from emotion_core.settings import CLUSTER_VARIABLE, CPUS_PER_RUN_VARIABLE, GPUS_PER_RUN_VARIABLE, Workspace
from emotion_core.training.capacity import (
    CORES_PER_RUN,
    MAX_RUNS_AT_ONCE,
    chosen_runs_at_once,
    note_cluster_room,
    whole_number,
)

NAMESPACE = "emotion-classifier"
# Ray itself tries for two minutes before it says that nobody answers.
REACH_SECONDS = 5
PROGRAM = str(Path(__file__).resolve().parents[2])


class RayLauncher:
    """Processes on the nodes of a Ray cluster, which outlive the one that started them.

    Args:
        workspace: of the runs, in a folder that all nodes share.
        address: of the cluster: ``auto``, ``host:port`` or ``ray://host:port``.

    Raises:
        SettingsError: Ray is not installed, or the cluster does not answer.
    """

    def __init__(self, workspace: Workspace, address: str) -> None:
        self._workspace, self._address = workspace, address
        self._gpus = whole_number(GPUS_PER_RUN_VARIABLE, 0, 16) or 0
        self._cpus_asked = whole_number(CPUS_PER_RUN_VARIABLE, 1, 1024)
        self._ray = _imported_ray()
        # What was recorded of each run's process before it was asked for here, and how often it never began.
        self._before: dict[str, Any] = {}
        self._never_began: Counter[str] = Counter()
        with self._reached():
            _raise_if_silent(address)
            self._ray.init(address, namespace=NAMESPACE, log_to_driver=False, configure_logging=False)

    def room(self) -> int:
        """Return how many runs the living nodes have processors for, or how many were asked for where that is fewer.

        Raises:
            SettingsError: the cluster does not answer, or no node of it is large enough.
        """
        nodes = self._nodes()
        cpus = self._cpus(nodes)
        places = [int(node.get("CPU", 0) // cpus) for node in nodes]
        if self._gpus:
            places = [min(one, int(node.get("GPU", 0) // self._gpus)) for one, node in zip(places, nodes, strict=True)]
        if not any(places):
            raise SettingsError(
                "No node of the cluster is large enough to train a run. Expected a node with so many processors and "
                f"GPUs. Received: {CPUS_PER_RUN_VARIABLE}={cpus}, {GPUS_PER_RUN_VARIABLE}={self._gpus}, "
                f"processors of each node={[int(node.get('CPU', 0)) for node in nodes]}. Ask for fewer, or add a node."
            )
        room = min(sum(places), MAX_RUNS_AT_ONCE)
        note_cluster_room(self._workspace, room)
        return min(room, chosen_runs_at_once(self._workspace) or room)

    def start(self, folder: JobFolder) -> None:
        """Ask Ray for a process that trains the run; the run stays queued until that process begins."""
        self._before[folder.id] = _recorded(folder)
        cpus = self._cpus(self._nodes())
        with self._reached():
            actor = self._ray.remote(_trainer_class()).options(
                name=folder.id, lifetime="detached", max_restarts=0, num_cpus=cpus, num_gpus=self._gpus
            )
            actor.remote(PROGRAM, str(folder.path), cpus)

    def poll(self, folders: Iterable[JobFolder]) -> set[str]:
        """Return those that Ray has a process for, or whose recorded process shows that it lives."""
        with self._reached():
            names = set(self._ray.util.list_named_actors())
        found = {folder.id: folder for folder in folders}
        busy = {run_id for run_id, folder in found.items() if run_id in names or folder.has_process()}
        for run_id in self._before.keys() - names:
            before = self._before.pop(run_id)
            if run_id in found and _recorded(found[run_id]) == before:
                self._note_never_began(found[run_id])
        return busy

    def stop(self, folder: JobFolder) -> None:
        """End the run's process, on whichever node it is."""
        # Ray knows no actor of that name where the process has just ended.
        with self._reached(), contextlib.suppress(ValueError):
            self._ray.kill(self._ray.get_actor(folder.id))
        folder.kill()

    def _note_never_began(self, folder: JobFolder) -> None:
        """Count a process that ended before it had a word to say; the run fails before that goes on for ever."""
        self._never_began[folder.id] += 1
        if self._never_began[folder.id] >= MAX_TRIES:
            folder.finish(
                "failed",
                "The cluster cannot begin this run. Expected this program, its requirements and the workspace on every "
                f"node, under the same paths as here. Received: program={PROGRAM!r}, run={str(folder.path)!r}. "
                "Put them there, then resume the run.",
            )

    def _nodes(self) -> list[dict[str, float]]:
        """Return the resources of each living node."""
        with self._reached():
            return [node["Resources"] for node in self._ray.nodes() if node["Alive"]]

    def _cpus(self, nodes: list[dict[str, float]]) -> int:
        """Return how many processors a run takes: what was asked for, else as many as help, if a node has them."""
        largest = max((int(node.get("CPU", 0)) for node in nodes), default=0)
        return self._cpus_asked or max(1, min(CORES_PER_RUN, largest))

    @contextlib.contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError, self._ray.exceptions.RayError) as error:
            cause = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
            raise SettingsError(
                f"The Ray cluster cannot be used: {cause}. Expected a cluster that answers there. "
                f"Received: {CLUSTER_VARIABLE}={self._address!r}. Start it with 'ray start --head', or leave the "
                "variable out to train on this machine. The runs stay queued until then."
            ) from error


def train(path: str, threads: int) -> None:
    """Train the run in this folder; this process then looks like one that was started for it alone.

    Args:
        path: the run's folder.
        threads: that TensorFlow may use.
    """
    from emotion_core.training.warm_worker import become_worker
    from emotion_core.training.worker import work_in

    folder = JobFolder(Path(path))
    if not folder.path.is_dir():
        return
    become_worker(folder)
    try:
        folder.begin()
        work_in(folder, threads)
    except Exception:
        # As the interpreter would at its end; Ray would send it to somebody who has long stopped listening.
        traceback.print_exc()


def _trainer_class() -> type:
    """Return what trains a run on a node, sent there as it stands: nothing of it is looked up by name."""

    class EmotionTrainer:
        # All in the constructor: unlike a call, Ray carries it out even where nobody is left who asked for it.
        def __init__(self, program: str, path: str, threads: int) -> None:
            import sys

            import ray

            sys.path.insert(0, program)
            try:
                from emotion_core.training.ray_launching import train

                train(path, threads)
            finally:
                ray.actor.exit_actor()  # type: ignore[no-untyped-call, unused-ignore]

    return EmotionTrainer


def _imported_ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise SettingsError(
            "Ray is not installed, which trains runs on a cluster. "
            f"Received: {CLUSTER_VARIABLE} is set. Install it with 'pip install -r requirements-cluster.txt', "
            "or leave the variable out to train on this machine. The runs stay queued until then."
        ) from error
    return ray


def _raise_if_silent(address: str) -> None:
    """Raise ``OSError`` where nobody listens at the address."""
    if address != "auto":
        parts = urlsplit(address if "//" in address else f"//{address}")
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=REACH_SECONDS).close()


def _recorded(folder: JobFolder) -> Any:
    return read_json(folder.path / "process.json")
