"""What runs on a node of a Ray cluster: a run in the shared workspace, or one that was sent there."""

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

LOOK_SECONDS = 0.05
_NODE_ID = "node_id"
# Photos that no run has needed for so long are taken off the node's disk, and runs that nobody asks about end.
KEPT_SECONDS = 7 * 24 * 3600


class SentPhotos(NamedTuple):
    """Photos as networks see them, in Ray's object store.

    Attributes:
        digest: of the pixels, which names their file on each node.
        shape: of all, ``(n, height, width, channels)``.
        rows: photos in each block but the last.
        blocks: references to uint8 arrays.
    """

    digest: str
    shape: tuple[int, int, int, int]
    rows: int
    blocks: tuple[Any, ...]


class SentRun(NamedTuple):
    """A run on its way to a node.

    Attributes:
        run_id: names its folder.
        files: of that folder, by their names.
        snapshot: the fingerprint of its snapshot, and that one's file.
        photos: that it needs.
        starter: the weights that its network begins with, None where it does not.
        threads: that it may use.
    """

    run_id: str
    files: Mapping[str, bytes]
    snapshot: tuple[str, bytes]
    photos: SentPhotos
    starter: bytes | None
    threads: int


def train(path: str, threads: int) -> None:
    """Have the run in this folder trained, and return when its process has let go of it.

    Args:
        path: the run's folder.
        threads: that TensorFlow may use.
    """
    folder = JobFolder(Path(path), this_place())
    if folder.path.is_dir():
        with _log_failure(folder):
            _clean_up()
            _train_on_node(folder, threads, starter=os.environ.get(STARTER_WEIGHTS_VARIABLE, ""))


def _train_on_node(folder: JobFolder, threads: int, **files: str) -> None:
    """Let a process that has trained another run on this node train this one too, or else a new one."""
    program = hashlib.sha256(f"{sys.executable} {__file__}".encode()).hexdigest()[:16]
    waits = "" if _has_gpu() else str(_here() / f"waits-{program}")
    if waits:
        # Ray leaves them in sight where none was asked for.
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    orders = NodeAssignment(identity(os.getpid()), identity(os.getppid()), threads, this_place(), waits, **files)
    folder.start_attempt(cause_of_end)
    # Another machine knows a run that is under way by this alone.
    (folder.path / "heartbeat").touch()
    for offer in _here().glob(f"*-waits-{program}/{STANDBY_FILE}") if waits else ():
        if (worker := assign(folder, threads, offer.parent, orders._asdict())) is not None:
            break
    else:
        pid = start_orphan(command(folder, orders), folder.path / "log.txt")
        folder.record_process(pid)
        worker = identity(pid)
    while is_alive(worker) and (folder.path / "process.json").exists():
        time.sleep(LOOK_SECONDS)


def _has_gpu() -> bool:
    """Whether Ray gave this process a GPU: TensorFlow keeps one, with its memory, until its process ends."""
    import ray

    return any(ray.get_runtime_context().get_accelerator_ids().values())


@contextlib.contextmanager
def _log_failure(folder: JobFolder) -> Iterator[None]:
    """Write what goes wrong into the run's log; Ray would keep it, or send it to who has long stopped listening."""
    try:
        yield
    except Exception:
        with contextlib.suppress(OSError), (folder.path / "log.txt").open("a", encoding="utf8") as log:
            traceback.print_exc(file=log)


class NodeRun:
    """A run that was sent to a node, as a Ray actor: a process of its own trains it, and this one tells how it goes.

    It stays until whoever asks has been told all, so that nothing is lost where nobody asks for a while.

    Args:
        sent: the run.
    """

    def __init__(self, sent: SentRun) -> None:
        self._root = _folder_of(sent.run_id)
        self._folder = JobFolder(Workspace(self._root).runs / sent.run_id, this_place())
        self._ended, self._asked_at = False, time.monotonic()
        unpack(sent.files, self._folder.path)
        threading.Thread(target=self._work, args=(sent,), daemon=True).start()

    def _work(self, sent: SentRun) -> None:
        with _log_failure(self._folder):
            fingerprint, snapshot = sent.snapshot
            write_bytes(Workspace(self._root).snapshots / fingerprint / SNAPSHOT_FILE, snapshot)
            pixels, starter = _received(sent.photos), self._root / WEIGHTS_FILE
            write_bytes(starter, sent.starter or b"")
            _train_on_node(self._folder, sent.threads, pixels=str(pixels), starter=str(starter))
        self._ended = True
        while time.monotonic() - self._asked_at < KEPT_SECONDS:
            time.sleep(60)
        # The workspace is gone, it seems: others want the processors.
        os._exit(0)

    def exchange(self, known: Mapping[str, FileVersion], requests: frozenset[str]) -> FolderDelta:
        """Return what is new in the run's folder, and pass on what is asked of the run.

        Args:
            known: what the other side has of each file.
            requests: all that are asked now.
        """
        ended, self._asked_at = self._ended, time.monotonic()
        write_requests(self._folder.path, requests)
        return changes_since(self._folder.path, known, ended=ended)

    def leave(self) -> None:
        """End this process: all of the folder has been told."""
        import ray

        shutil.rmtree(self._root, ignore_errors=True)
        ray.actor.exit_actor()  # type: ignore[no-untyped-call, unused-ignore]


def this_place() -> dict[str, str]:
    """Return the node that this process runs on, by its name and id."""
    import ray

    mine = ray.get_runtime_context().get_node_id()
    return {NODE: next(node["NodeName"] for node in _nodes() if node["NodeID"] == mine), _NODE_ID: mine}


def _nodes() -> list[dict[str, Any]]:
    import ray

    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call, unused-ignore]
    return nodes


def cause_of_end(process: Record) -> str:
    """Return why a process of a cluster ended without a word, told from whether its node still lives."""
    alive = {node["NodeID"]: node["Alive"] for node in _nodes()}
    node = process.get(_NODE_ID)
    if node is None or alive.get(node):
        return PROCESS_ENDED
    return NODE_LOST if node in alive else CLUSTER_LOST


def _here() -> Path:
    return Path(tempfile.gettempdir()) / f"emotion-classifier-{psutil.Process().username()}"


def _clean_up() -> None:
    """Remove from this node what processes left behind which were killed."""
    # Photos of people are nobody else's business, and nobody else is to tell processes what to train.
    _here().mkdir(mode=0o700, exist_ok=True)
    found = _here().lstat()
    private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    if hasattr(os, "getuid") and not (private and found.st_uid == os.getuid()):
        raise SettingsError(
            "This node has no folder for runs. Expected a folder that is its user's and that no other may look into. "
            f"Received: {str(_here())!r}, of user {found.st_uid}, mode {stat.filemode(found.st_mode)}. Remove it."
        )
    for old in _here().glob("*/"):
        with contextlib.suppress(ValueError):
            if not psutil.pid_exists(int(old.name.partition("-")[0])):
                shutil.rmtree(old, ignore_errors=True)


def _folder_of(run_id: str) -> Path:
    """Return a folder for one run."""
    _clean_up()
    return _here() / f"{os.getpid()}-{run_id}"


def _received(photos: SentPhotos) -> Path:
    """Return the file of the photos on this node, fetched by the first run that needs them."""
    import ray

    def fetch(rows: slice) -> Pixels:
        blocks = range(rows.start // photos.rows, (rows.stop - 1) // photos.rows + 1)
        whole = np.concatenate([ray.get(photos.blocks[number]) for number in blocks])
        before = blocks.start * photos.rows
        return whole[rows.start - before : rows.stop - before]

    path = _here() / "photos" / f"{photos.digest}.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    cached_pixels(path, photos.shape, fetch, lambda done, total: None)
    path.touch()
    for old in path.parent.glob("*.npy"):
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            old.unlink(missing_ok=True)
    return path
