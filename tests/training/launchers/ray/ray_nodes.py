"""Nodes of a real Ray cluster, as processes of this machine."""

import contextlib
import os
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psutil

from emotion_core.files import read_json
from emotion_core.jobs import JobFolder, is_alive
from emotion_core.settings import Workspace
from emotion_core.training.queue.queue import DISPATCHER_MODULE

Wait = Callable[[Callable[[], Any], str], Any]
NAMES = ("head", "second")
# A node that is gone is given up within seconds.
RAY = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_health_check_period_ms": "500", "RAY_health_check_failure_threshold": "4"}


def free_port() -> int:
    """Return a free port of this machine."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Nodes:
    """A head and a second node, each with a folder for its log and temporary files, each of which may be killed.

    Attributes:
        cpus: that each says it has.
        port: of the head.
        outside: port for those who are not nodes.
        hidden: folders that the nodes see empty.
        folders: by the nodes' names, ``head`` and ``second``.
        processes: likewise; each has all others of its node below it.
    """

    cpus: int
    hidden: Sequence[Path] = ()
    port: int = field(default_factory=free_port)
    outside: int = field(default_factory=free_port)
    # Short, because the paths of sockets may not be long.
    folders: dict[str, Path] = field(default_factory=lambda: {name: Path(mkdtemp(prefix="ray-")) for name in NAMES})
    processes: dict[str, psutil.Popen] = field(default_factory=dict)

    def start(self, name: str, wait_until: Wait) -> None:
        """Start a node and wait until it is up; the head first.

        Args:
            name: ``head`` or ``second``.
            wait_until: the fixture.
        """
        folder = self.folders[name]
        parts = [f"--temp-dir={folder}", f"--ray-client-server-port={self.outside}", "--include-dashboard=false"]
        parts = ["--head", f"--port={self.port}", *parts] if name == "head" else [f"--address=127.0.0.1:{self.port}"]
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--node-ip-address=127.0.0.1"]
        command += [f"--node-name={name}", f"--num-cpus={self.cpus}", "--object-store-memory=80000000", *parts]
        if self.hidden:
            mounts = [f"mount -t tmpfs none {shlex.quote(str(path))}" for path in self.hidden]
            command = ["unshare", "-rm", "sh", "-c", " && ".join([*mounts, f"exec {shlex.join(command)}"])]
        # A node gives up where its helpers take more than 15 seconds, as on a machine with much to do.
        wait_until(lambda: self._started(name, command, wait_until), f"the node {name} has started")

    def _started(self, name: str, command: list[str], wait_until: Wait) -> bool:
        """Start a node once, and tell whether it came up."""
        folder = self.folders[name]
        path = folder / "log.txt"
        with path.open("wb") as log:
            environment = {**os.environ, **RAY, "TMPDIR": str(folder)}
            node = psutil.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True, cwd=folder)
        self.processes[name] = node
        wait_until(lambda: node.poll() is not None or "Ray runtime started" in path.read_text(), "it is up or not")
        return node.poll() is None

    def kill(self, name: str) -> None:
        """End a node and all that runs on it at once, as a power cut would."""
        node = self.processes[name]
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in [node, *node.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            node.wait()

    def actor(self, name: str) -> psutil.Process:
        """Return the process of the one actor that runs on a node."""
        actors = []
        for process in self.processes[name].children(recursive=True):
            # Others may have ended since they were listed.
            with contextlib.suppress(psutil.NoSuchProcess):
                if " ".join(process.cmdline()).startswith("ray::NodeRun"):
                    actors.append(process)
        [actor] = actors
        return actor


def node_of(folder: JobFolder) -> str:
    """Return which node a run's recorded process was begun on, empty where it does not live."""
    process = read_json(folder.path / "process.json") or {}
    return str(process["node"]) if "node" in process and is_alive(process) else ""


@contextlib.contextmanager
def two_nodes(cpus: int, wait_until: Wait, hidden: Sequence[Path] = ()) -> Iterator[Nodes]:
    """Start a cluster, and end it.

    Args:
        cpus: that each node says it has.
        wait_until: the fixture.
        hidden: folders that the nodes see empty, where ``can_hide``.
    """
    nodes = Nodes(cpus, hidden)
    try:
        for name in NAMES:
            nodes.start(name, wait_until)
        yield nodes
    finally:
        for name in reversed(nodes.processes):
            nodes.kill(name)
        for folder in nodes.folders.values():
            shutil.rmtree(folder, ignore_errors=True)


def can_hide() -> bool:
    """Whether a process started here may see other folders than this one does."""
    with contextlib.suppress(FileNotFoundError):
        tried = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True)
        return tried.returncode == 0
    return False


def dispatchers(workspace: Workspace) -> list[psutil.Process]:
    """Return the dispatchers of a workspace."""
    words = {DISPATCHER_MODULE, str(workspace.root)}
    return [process for process in psutil.process_iter(["cmdline"]) if words <= set(process.info["cmdline"] or ())]
