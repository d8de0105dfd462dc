"""Runs that are trained on a Ray cluster, each in a process of its own that Ray finds a place for.

A run is a detached actor: it lives on when the process that asked for it ends, holds its processors until it has
trained, and is found again by name. Ray retries nothing; whether a run is begun once more is told from its folder, as
on one machine. Where the nodes share program and workspace under the same paths as here, runs are trained in their
folders; else they are sent (``ray_shipping``). It is tried which, unless ``EMOTION_CLUSTER_FILES`` says so.
"""

import contextlib
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from emotion_core.errors import SettingsError
from emotion_core.files import read_json
from emotion_core.jobs import MAX_ATTEMPTS, JobFolder
from emotion_core.settings import (
    CLUSTER_FILES_VARIABLE,
    CLUSTER_VARIABLE,
    CPUS_PER_RUN_VARIABLE,
    GPUS_PER_RUN_VARIABLE,
    Workspace,
)
from emotion_core.training.launchers.ray.shipping import PROGRAM, RUNTIME, Uploader, nodes_share
from emotion_core.training.queue import (
    CORES_PER_RUN,
    MAX_RUNS_AT_ONCE,
    chosen_runs_at_once,
    cluster_settings,
    save_cluster_status,
    save_queue_problem,
)

NAMESPACE = "emotion-classifier"
# Ray itself tries for two minutes before it says that nobody answers.
REACH_SECONDS = 5
CONNECT_TRIES = 3
WATCH_SECONDS = 2
# Where a head dies during a call, Ray tries to reach it for so long instead of a minute.
for variable in ("RAY_gcs_rpc_server_reconnect_timeout_s", "RAY_CLIENT_RECONNECT_GRACE_PERIOD"):
    os.environ.setdefault(variable, "10")


class RayLauncher:
    """Processes on the nodes of a Ray cluster, which outlive the one that started them.

    Args:
        workspace: of the runs.
        address: of the cluster: ``auto``, ``host:port`` or ``ray://host:port``.

    Raises:
        SettingsError: Ray is not installed, the cluster does not answer, or a variable holds something else.
    """

    def __init__(self, workspace: Workspace, address: str) -> None:
        self._workspace, self._address = workspace, address
        _, self._cpus_asked, self._gpus = cluster_settings(workspace)
        files = _files_asked()
        self._ray = _imported_ray()
        # What was recorded of each run's process before it was asked for here, and how often it never began.
        self._before: dict[str, Any] = {}
        self._never_began: Counter[str] = Counter()
        with self._reached():
            if address != "auto":
                _raise_if_silent(address)
            self._connect()
            self._head = self._ray.get_runtime_context().gcs_address if address == "auto" else address
            self._shares = self._nodes_share() if files == "auto" else files == "shared"
            if not self._shares:
                self._ray.shutdown()
                self._connect(runtime_env=RUNTIME)
            self._shipping = Uploader(self._ray, workspace)
        threading.Thread(target=self._watch, daemon=True).start()

    def _connect(self, **more: Any) -> None:
        for tries_left in reversed(range(CONNECT_TRIES)):
            try:
                self._ray.init(self._address, namespace=NAMESPACE, log_to_driver=False, configure_logging=False, **more)
                return
            except ConnectionError:
                # A head with much to do is slow to make room for one more.
                if not tries_left:
                    raise
                time.sleep(WATCH_SECONDS)

    def _nodes_share(self) -> bool:
        node_ids = [node["NodeID"] for node in self._ray.nodes() if node["Alive"]]
        return nodes_share(self._ray, self._workspace, node_ids)

    def slots(self, folder: JobFolder | None) -> int:
        """Return how many runs the living nodes have processors for, or how many were asked for where that is fewer.

        Args:
            folder: of the run that is the next; all take the same here.

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
        save_cluster_status(self._workspace, self._address, nodes, room)
        return min(room, chosen_runs_at_once(self._workspace) or room)

    def start(self, folder: JobFolder) -> None:
        """Ask Ray for a process that trains the run; the run stays queued until that process begins."""
        self._before[folder.id] = _recorded(folder)
        cpus = self._cpus(self._nodes())
        options = {"lifetime": "detached", "max_restarts": 0, "num_cpus": cpus, "num_gpus": self._gpus}
        with self._reached():
            if self._shares:
                actor = self._ray.remote(_trainer_class()).options(name=folder.id, **options)
                actor.remote(str(PROGRAM), str(folder.path), cpus)
            else:
                self._shipping.send(folder, cpus, options)

    def poll(self, folders: Iterable[JobFolder]) -> set[str]:
        """Return those that Ray has a process for, or whose recorded process shows that it lives."""
        found = {folder.id: folder for folder in folders}
        with self._reached():
            _raise_if_silent(self._head)
            names = self._ray.util.list_named_actors()
            kept = self._shipping.look(found, names).union(names) & found.keys()
        for run_id in self._before.keys() - kept:
            before = self._before.pop(run_id)
            if run_id in found and _recorded(found[run_id]) == before:
                self._note_never_began(found[run_id])
        return kept | {run_id for run_id, folder in found.items() if folder.has_process()}

    def stop(self, folder: JobFolder) -> None:
        """End the run's process, on whichever node it is."""
        with self._reached():
            for name in (folder.id, self._shipping.name_of(folder.id)):
                # Ray knows no actor of that name where the process has just ended.
                with contextlib.suppress(ValueError):
                    self._ray.kill(self._ray.get_actor(name))
        folder.kill()

    def _note_never_began(self, folder: JobFolder) -> None:
        """Count a process that ended before it had a word to say; the run fails before that goes on for ever."""
        self._never_began[folder.id] += 1
        if self._never_began[folder.id] >= MAX_ATTEMPTS:
            folder.finish(
                "failed",
                "The cluster cannot begin this run. Expected its requirements on every node"
                f"{', and program and workspace under the same paths as here' if self._shares else ''}. "
                f"Received: program={str(PROGRAM)!r}, run={str(folder.path)!r}. "
                "Look into its log, put there what is missing, then resume the run.",
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
            raise SettingsError(self._unreached(error)) from error

    def _unreached(self, error: Exception) -> str:
        # Of a traceback that the cluster sends, the last line says most.
        lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
        cause = " ".join(dict.fromkeys((lines[0], lines[-1]))).rstrip(".")
        return (
            f"The Ray cluster cannot be used: {cause}. Expected a cluster that answers there. "
            f"Received: address={self._address!r}. Start it with 'ray start --head', or train here: take the "
            f"address away on the page Train, with 'cluster --address none', or from {CLUSTER_VARIABLE}, where it was "
            "set. The runs stay queued until then."
        )

    def _watch(self) -> None:
        """Note it when the head is gone: a call that was under way does not come back, and Ray ends this process."""
        try:
            while True:
                time.sleep(WATCH_SECONDS)
                _raise_if_silent(self._head)
        except OSError as error:
            save_queue_problem(self._workspace, self._unreached(error))


def _trainer_class() -> type:
    """Return what trains a run on a node, sent there as it stands: nothing of it is looked up by name."""

    class EmotionTrainer:
        # All in the constructor: unlike a call, Ray carries it out even where nobody is left who asked for it.
        def __init__(self, program: str, path: str, threads: int) -> None:
            import sys

            import ray

            sys.path.insert(0, program)
            try:
                from emotion_core.training.launchers.ray.actor import train

                train(path, threads)
            finally:
                ray.actor.exit_actor()  # type: ignore[no-untyped-call, unused-ignore]

    return EmotionTrainer


def _files_asked() -> str:
    """Return whether the nodes share the workspace: ``shared``, ``shipped``, or ``auto``, which tries it."""
    asked = os.environ.get(CLUSTER_FILES_VARIABLE, "").strip() or "auto"
    if asked in ("auto", "shared", "shipped"):
        return asked
    raise SettingsError(
        "It cannot be told whether the nodes share the workspace. Expected auto, shared, or shipped. "
        f"Received: {CLUSTER_FILES_VARIABLE}={asked[:40]!r}. Change it, or leave it out: then it is tried."
    )


def _imported_ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise SettingsError(
            "Ray is not installed, which trains runs on a cluster. "
            "Received: the address of a cluster. Install Ray with 'pip install -r requirements-cluster.txt', "
            "or take the address away to train on this machine. The runs stay queued until then."
        ) from error
    return ray


def _raise_if_silent(address: str) -> None:
    """Raise ``OSError`` where nobody listens at the address."""
    parts = urlsplit(address if "//" in address else f"//{address}")
    socket.create_connection((parts.hostname or "", parts.port or 0), timeout=REACH_SECONDS).close()


def _recorded(folder: JobFolder) -> Any:
    return read_json(folder.path / "process.json")
