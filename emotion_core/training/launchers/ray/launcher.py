"""Runs that are trained on a Ray cluster, each in a process on a node that Ray chooses.

Each run has a detached actor: it outlives the dispatcher, holds the run's processors until the training ends, and is
found again by name. Ray does not retry; whether a run is started again follows from its folder, as on one machine. If
the nodes see program and workspace under the same paths as this machine, runs are trained in their folders; otherwise
they are sent (``shipping``). Which of the two is tried out, unless ``EMOTION_CLUSTER_FILES`` sets it.
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
from emotion_core.training.launchers.ray.shipping import PROGRAM, RUNTIME_ENVIRONMENT, RunShipper, nodes_share
from emotion_core.training.queue import (
    CORES_PER_RUN,
    MAX_RUNS_AT_ONCE,
    chosen_runs_at_once,
    cluster_settings,
    save_cluster_status,
    save_queue_problem,
)

NAMESPACE = "emotion-classifier"
# Checked first: Ray itself tries for two minutes before it reports that the address does not answer.
CONNECT_SECONDS = 5
CONNECT_TRIES = 3
WATCH_SECONDS = 2
# How long Ray tries to reach a head that dies during a call, instead of a minute.
for variable in ("RAY_gcs_rpc_server_reconnect_timeout_s", "RAY_CLIENT_RECONNECT_GRACE_PERIOD"):
    os.environ.setdefault(variable, "10")


class RayLauncher:
    """Trains runs in processes on the nodes of a Ray cluster, which outlive the dispatcher.

    Args:
        workspace: whose runs are trained.
        address: of the cluster: ``auto``, ``host:port`` or ``ray://host:port``.

    Raises:
        SettingsError: Ray is not installed, the cluster does not answer, or an environment variable is invalid.
    """

    def __init__(self, workspace: Workspace, address: str) -> None:
        self._workspace, self._address = workspace, address
        _, self._cpus_setting, self._gpus = cluster_settings(workspace)
        file_mode = _file_mode()
        self._ray = _imported_ray()
        # The process in each run's record when its actor was requested. If it is the same when the actor has ended,
        # the actor failed to start one, which is counted here because the run's folder does not show it.
        self._processes_before: dict[str, Any] = {}
        self._failed_starts: Counter[str] = Counter()
        with self._cluster_errors():
            if address != "auto":
                _check_reachable(address)
            self._connect()
            self._head = self._ray.get_runtime_context().gcs_address if address == "auto" else address
            self._is_shared = self._nodes_share() if file_mode == "auto" else file_mode == "shared"
            if not self._is_shared:
                # The runtime environment, which carries the program, can only be set when connecting.
                self._ray.shutdown()
                self._connect(runtime_env=RUNTIME_ENVIRONMENT)
            self._shipper = RunShipper(self._ray, workspace)
        threading.Thread(target=self._watch, daemon=True).start()

    def _connect(self, **options: Any) -> None:
        for tries_left in reversed(range(CONNECT_TRIES)):
            try:
                self._ray.init(
                    self._address, namespace=NAMESPACE, log_to_driver=False, configure_logging=False, **options
                )
                return
            except ConnectionError:
                # A busy head may refuse a connection at first.
                if not tries_left:
                    raise
                time.sleep(WATCH_SECONDS)

    def _nodes_share(self) -> bool:
        node_ids = [node["NodeID"] for node in self._ray.nodes() if node["Alive"]]
        return nodes_share(self._ray, self._workspace, node_ids)

    def slots(self, folder: JobFolder | None) -> int:
        """Return how many runs at once fit on the living nodes, or the user's number if that is smaller.

        Args:
            folder: ignored: all runs take the same resources on a cluster.

        Raises:
            SettingsError: the cluster does not answer, or no node is large enough for a run.
        """
        nodes = self._nodes()
        cpus = self._cpus_per_run(nodes)
        # Per node: a run cannot be spread over several.
        slots = [int(node.get("CPU", 0) // cpus) for node in nodes]
        if self._gpus:
            slots = [
                min(count, int(node.get("GPU", 0) // self._gpus)) for count, node in zip(slots, nodes, strict=True)
            ]
        if not any(slots):
            raise SettingsError(
                "No node of the cluster is large enough for a run. Expected a node with this many processors and GPUs. "
                f"Received: {CPUS_PER_RUN_VARIABLE}={cpus}, {GPUS_PER_RUN_VARIABLE}={self._gpus}, "
                f"processors of each node={[int(node.get('CPU', 0)) for node in nodes]}. Ask for fewer, or add a node."
            )
        total = min(sum(slots), MAX_RUNS_AT_ONCE)
        save_cluster_status(self._workspace, self._address, nodes, total)
        return min(total, chosen_runs_at_once(self._workspace) or total)

    def start(self, folder: JobFolder) -> None:
        """Request an actor for the run; the run stays queued until Ray has started it."""
        self._processes_before[folder.id] = _recorded_process(folder)
        cpus = self._cpus_per_run(self._nodes())
        options = {"lifetime": "detached", "max_restarts": 0, "num_cpus": cpus, "num_gpus": self._gpus}
        with self._cluster_errors():
            if self._is_shared:
                actor = self._ray.remote(_trainer_class()).options(name=folder.id, **options)
                actor.remote(str(PROGRAM), str(folder.path), cpus)
            else:
                self._shipper.send(folder, cpus, options)

    def poll(self, folders: Iterable[JobFolder]) -> set[str]:
        """Return the ids of the runs that Ray has an actor for, or whose recorded process is alive."""
        by_id = {folder.id: folder for folder in folders}
        with self._cluster_errors():
            _check_reachable(self._head)
            names = self._ray.util.list_named_actors()
            with_actor = self._shipper.sync(by_id, names).union(names) & by_id.keys()
        for run_id in self._processes_before.keys() - with_actor:
            before = self._processes_before.pop(run_id)
            if run_id in by_id and _recorded_process(by_id[run_id]) == before:
                self._count_failed_start(by_id[run_id])
        # Including runs that were started on this machine before the cluster was set.
        return with_actor | {run_id for run_id, folder in by_id.items() if folder.has_process()}

    def stop(self, folder: JobFolder) -> None:
        """End the run's process on its node."""
        with self._cluster_errors():
            for name in (folder.id, self._shipper.actor_name(folder.id)):
                # get_actor raises ValueError if there is no such actor: the run has one of the two, or none any more.
                with contextlib.suppress(ValueError):
                    self._ray.kill(self._ray.get_actor(name))
        folder.kill()

    def _count_failed_start(self, folder: JobFolder) -> None:
        """Count an actor that ended before the run had a process; after a few, the run fails."""
        self._failed_starts[folder.id] += 1
        if self._failed_starts[folder.id] >= MAX_ATTEMPTS:
            folder.finish(
                "failed",
                "The cluster cannot start this run. Expected the requirements to be installed on every node"
                f"{', and program and workspace under the same paths as here' if self._is_shared else ''}. "
                f"Received: program={str(PROGRAM)!r}, run={str(folder.path)!r}. "
                "See the run's log, install what is missing, then resume the run.",
            )

    def _nodes(self) -> list[dict[str, float]]:
        """Return the resources of each living node."""
        with self._cluster_errors():
            return [node["Resources"] for node in self._ray.nodes() if node["Alive"]]

    def _cpus_per_run(self, nodes: list[dict[str, float]]) -> int:
        """Return the processors per run: the user's setting, else as many as speed a run up, if a node has them."""
        largest = max((int(node.get("CPU", 0)) for node in nodes), default=0)
        return self._cpus_setting or max(1, min(CORES_PER_RUN, largest))

    @contextlib.contextmanager
    def _cluster_errors(self) -> Iterator[None]:
        """Turn the errors of a lost connection into a ``SettingsError``, which the dispatcher saves for the user."""
        try:
            yield
        except (OSError, RuntimeError, self._ray.exceptions.RayError) as error:
            raise SettingsError(self._problem_text(error)) from error

    def _problem_text(self, error: Exception) -> str:
        # Ray's errors may contain a traceback from the cluster; its last line is the cause.
        lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
        cause = " ".join(dict.fromkeys((lines[0], lines[-1]))).rstrip(".")
        return (
            f"The Ray cluster cannot be used: {cause}. Expected a cluster that answers at this address. "
            f"Received: address={self._address!r}. Start it with 'ray start --head'. To train on this machine instead, "
            f"remove the address where it was set: on the page Train, with 'cluster --address none', or in "
            f"{CLUSTER_VARIABLE}. The runs stay queued until then."
        )

    def _watch(self) -> None:
        """Save a problem when the head is lost: a pending call may never return, and Ray then ends this process."""
        try:
            while True:
                time.sleep(WATCH_SECONDS)
                _check_reachable(self._head)
        except OSError as error:
            save_queue_problem(self._workspace, self._problem_text(error))


def _trainer_class() -> type:
    """Return the class of the actor for a run in a shared workspace.

    A local class is sent to the node by value. One of this module would be imported there, before the program is on
    the path.
    """

    class EmotionTrainer:
        # All in the constructor: unlike a method call, it runs even if the dispatcher has ended meanwhile.
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


def _file_mode() -> str:
    """Return how nodes get their files: ``shared``, ``shipped``, or ``auto``, which tries it out."""
    mode = os.environ.get(CLUSTER_FILES_VARIABLE, "").strip() or "auto"
    if mode in ("auto", "shared", "shipped"):
        return mode
    raise SettingsError(
        "The setting for the nodes' files is unknown. Expected auto, shared, or shipped. "
        f"Received: {CLUSTER_FILES_VARIABLE}={mode[:40]!r}. Change it, or leave it out, which means auto."
    )


def _imported_ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise SettingsError(
            "Ray is not installed. Expected Ray, because the address of a cluster is set. "
            "Install it with 'pip install -r requirements-cluster.txt', or remove the address to train on this "
            "machine. The runs stay queued until then."
        ) from error
    return ray


def _check_reachable(address: str) -> None:
    """Raise ``OSError`` if no process listens at the address."""
    parts = urlsplit(address if "//" in address else f"//{address}")
    socket.create_connection((parts.hostname or "", parts.port or 0), timeout=CONNECT_SECONDS).close()


def _recorded_process(folder: JobFolder) -> Any:
    return read_json(folder.path / "process.json")
