"""The actors on a node of a Ray cluster: for a run in a shared workspace, or for one that was sent to the node."""

import contextlib
import hashlib
import os
import shutil
import stat
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil

from emotion_core.dataset.snapshots import SNAPSHOT_FILE, cached_pixels
from emotion_core.errors import SettingsError
from emotion_core.files import write_bytes
from emotion_core.images import Pixels
from emotion_core.jobs import (
    CLUSTER_LOST,
    NODE_LOST,
    PROCESS_ENDED,
    JobFolder,
    Record,
    identity,
    is_alive,
    start_orphan,
)
from emotion_core.network import WEIGHTS_FILE
from emotion_core.settings import STARTER_WEIGHTS_VARIABLE, Workspace
from emotion_core.training.launchers.ray.folder_sync import (
    FileVersion,
    FolderDelta,
    changes_since,
    unpack,
    write_requests,
)
from emotion_core.training.launchers.ray.node_worker import NodeAssignment, command
from emotion_core.training.queue import STANDBY_FILE, assign
from emotion_core.training.store import NODE

POLL_SECONDS = 0.05
_NODE_ID = "node_id"
# Photos that no run has needed for this long are deleted from the node; a run that no dispatcher asks about ends.
RETENTION_SECONDS = 7 * 24 * 3600


class SentPhotos(NamedTuple):
    """Photos as networks see them, in Ray's object store.

    Attributes:
        digest: hash of the pixels, which names their file on each node.
        shape: of all photos, ``(n, height, width, channels)``.
        rows: number of photos in each block except the last.
        blocks: Ray references to uint8 arrays.
    """

    digest: str
    shape: tuple[int, int, int, int]
    rows: int
    blocks: tuple[Any, ...]


class SentRun(NamedTuple):
    """A run and what it needs, as sent to a node.

    Attributes:
        run_id: names its folder.
        files: of that folder, by path.
        snapshot: fingerprint and file of its snapshot.
        photos: of the snapshot.
        starter: file of the starter's weights; None if the network has no starter blocks.
        threads: that TensorFlow may use.
    """

    run_id: str
    files: Mapping[str, bytes]
    snapshot: tuple[str, bytes]
    photos: SentPhotos
    starter: bytes | None
    threads: int


def train(path: str, threads: int) -> None:
    """Have the run in a folder trained by a worker, and return when the worker is done with it.

    Args:
        path: folder of the run in the shared workspace.
        threads: that TensorFlow may use.
    """
    folder = JobFolder(Path(path), this_node())
    if folder.path.is_dir():
        with _log_failure(folder):
            _clean_up()
            _train_on_node(folder, threads, starter=os.environ.get(STARTER_WEIGHTS_VARIABLE, ""))


def _train_on_node(folder: JobFolder, threads: int, **files: str) -> None:
    """Hand a run to a worker that waits on this node, or start one; return when it is done."""
    # Only a worker of the same program is suitable: other versions of it may be on this node, too.
    program = hashlib.sha256(f"{sys.executable} {__file__}".encode()).hexdigest()[:16]
    waits = "" if _has_gpu() else str(_node_folder() / f"waits-{program}")
    if waits:
        # Ray does not hide GPUs from an actor that asked for none.
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    assignment = NodeAssignment(identity(os.getpid()), identity(os.getppid()), threads, this_node(), waits, **files)
    folder.start_attempt(cause_of_end)
    # Other machines see only the heartbeat, and a run without one counts as lost.
    (folder.path / "heartbeat").touch()
    for offer in _node_folder().glob(f"*-waits-{program}/{STANDBY_FILE}") if waits else ():
        if (worker := assign(folder, threads, offer.parent, assignment._asdict())) is not None:
            break
    else:
        pid = start_orphan(command(folder, assignment), folder.path / "log.txt")
        folder.record_process(pid)
        worker = identity(pid)
    while is_alive(worker) and (folder.path / "process.json").exists():
        time.sleep(POLL_SECONDS)


def _has_gpu() -> bool:
    """Return whether Ray gave this process a GPU; TensorFlow occupies it until its process ends."""
    import ray

    return any(ray.get_runtime_context().get_accelerator_ids().values())


@contextlib.contextmanager
def _log_failure(folder: JobFolder) -> Iterator[None]:
    """Write an exception to the run's log; Ray would send it to the dispatcher, which may have ended."""
    try:
        yield
    except Exception:
        with contextlib.suppress(OSError), (folder.path / "log.txt").open("a", encoding="utf8") as log:
            traceback.print_exc(file=log)


class NodeRun:
    """A Ray actor for a run that was sent to a node: a worker trains it, the actor reports its changes.

    The actor stays until the dispatcher has everything, so that nothing is lost while no dispatcher is running.

    Args:
        sent: the run and what it needs.
    """

    def __init__(self, sent: SentRun) -> None:
        self._root = _new_run_folder(sent.run_id)
        self._folder = JobFolder(Workspace(self._root).runs / sent.run_id, this_node())
        self._ended, self._asked_at = False, time.monotonic()
        unpack(sent.files, self._folder.path)
        threading.Thread(target=self._train, args=(sent,), daemon=True).start()

    def _train(self, sent: SentRun) -> None:
        with _log_failure(self._folder):
            fingerprint, snapshot = sent.snapshot
            write_bytes(Workspace(self._root).snapshots / fingerprint / SNAPSHOT_FILE, snapshot, durable=False)
            pixels, starter = _fetch_photos(sent.photos), self._root / WEIGHTS_FILE
            write_bytes(starter, sent.starter or b"", durable=False)
            _train_on_node(self._folder, sent.threads, pixels=str(pixels), starter=str(starter))
        self._ended = True
        while time.monotonic() - self._asked_at < RETENTION_SECONDS:
            time.sleep(60)
        # No dispatcher has asked for a week, so the workspace is probably gone; give the processors back.
        os._exit(0)

    def exchange(self, known: Mapping[str, FileVersion], requests: frozenset[str]) -> FolderDelta:
        """Return the changes of the run's folder, and pass requests on to the run.

        Args:
            known: version of each file that the dispatcher has.
            requests: all current requests to the run.
        """
        # Read before the folder is: the last changes may come between the two.
        ended, self._asked_at = self._ended, time.monotonic()
        write_requests(self._folder.path, requests)
        return changes_since(self._folder.path, known, ended=ended)

    def shut_down(self) -> None:
        """Delete the run's folder on this node and end this process; the dispatcher has everything."""
        import ray

        shutil.rmtree(self._root, ignore_errors=True)
        ray.actor.exit_actor()  # type: ignore[no-untyped-call, unused-ignore]


def this_node() -> dict[str, str]:
    """Return name and id of the node that this process runs on."""
    import ray

    node_id = ray.get_runtime_context().get_node_id()
    return {NODE: next(node["NodeName"] for node in _nodes() if node["NodeID"] == node_id), _NODE_ID: node_id}


def _nodes() -> list[dict[str, Any]]:
    import ray

    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call, unused-ignore]
    return nodes


def cause_of_end(process: Record) -> str:
    """Return why a process on the cluster ended without recording it: by itself, with its node, or with the cluster."""
    alive = {node["NodeID"]: node["Alive"] for node in _nodes()}
    node_id = process.get(_NODE_ID)
    if node_id is None or alive.get(node_id):
        return PROCESS_ENDED
    # A cluster that was restarted knows nothing of its earlier nodes.
    return NODE_LOST if node_id in alive else CLUSTER_LOST


def _node_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"emotion-classifier-{psutil.Process().username()}"


def _clean_up() -> None:
    """Make the private folder for runs on this node, and delete what killed processes left in it."""
    # Private: it holds photos of people, and its files tell worker processes what to run.
    _node_folder().mkdir(mode=0o700, exist_ok=True)
    # lstat, because another user could have placed a link in the shared temporary folder.
    status = _node_folder().lstat()
    is_private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
    if hasattr(os, "getuid") and not (is_private and status.st_uid == os.getuid()):
        raise SettingsError(
            "This node has no private folder for runs. Expected a folder that only its user can read. "
            f"Received: folder={str(_node_folder())!r}, of user {status.st_uid}, "
            f"mode {stat.filemode(status.st_mode)}. Remove it."
        )
    for old in _node_folder().glob("*/"):
        # ValueError: the folder of the photos has no process id in its name.
        with contextlib.suppress(ValueError):
            if not psutil.pid_exists(int(old.name.partition("-")[0])):
                shutil.rmtree(old, ignore_errors=True)


def _new_run_folder(run_id: str) -> Path:
    """Return the path of a new folder for one run."""
    _clean_up()
    return _node_folder() / f"{os.getpid()}-{run_id}"


def _fetch_photos(photos: SentPhotos) -> Path:
    """Return the file of the photos on this node; the first run that needs them fetches them."""
    import ray

    def fetch(rows: slice) -> Pixels:
        blocks = range(rows.start // photos.rows, (rows.stop - 1) // photos.rows + 1)
        pixels = np.concatenate([ray.get(photos.blocks[number]) for number in blocks])
        first_row = blocks.start * photos.rows
        return pixels[rows.start - first_row : rows.stop - first_row]

    path = _node_folder() / "photos" / f"{photos.digest}.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    cached_pixels(path, photos.shape, fetch, lambda done, total: None)
    path.touch()  # its time is that of its last use
    for old in path.parent.glob("*.npy"):
        if time.time() - old.stat().st_mtime > RETENTION_SECONDS:
            old.unlink(missing_ok=True)
    return path
