"""Runs on nodes that do not share the workspace: photos are sent there once, and records come back.

All goes through Ray: the program as a module of its jobs (it has 1 MB; Ray takes 500), photos as blocks in the object
store (what is too much for its memory, Ray puts on disk), run folders as answers of the actors. The nodes need the
requirements only.
"""

import contextlib
import hashlib
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from emotion_core.dataset import Catalog, load_snapshot, snapshot_pixels
from emotion_core.dataset.snapshots import SNAPSHOT_FILE
from emotion_core.errors import EmotionError, SettingsError
from emotion_core.files import write_json
from emotion_core.images import InputSpec
from emotion_core.jobs import JobFolder
from emotion_core.network import starter_weights_file
from emotion_core.settings import PACKAGE, Workspace
from emotion_core.training.launchers.ray.actor import NodeRun, SentPhotos, SentRun
from emotion_core.training.launchers.ray.folder_sync import FileVersion, FolderDelta, apply, pack, requests_of
from emotion_core.training.store import SENDING_FILE, Run

PROGRAM = PACKAGE.parent
RUNTIME = {"py_modules": [str(PACKAGE)], "excludes": ["__pycache__"]}
WORKSPACE_TOKEN_FILE = "cluster_word.txt"
BLOCK_BYTES = 2**25
# A run is asked so often what is new; the charts are drawn once a second.
SYNC_SECONDS = 0.5
PROBE_SECONDS = 60


class Uploader:
    """Sends runs of a workspace to the nodes of a cluster, and brings their folders up to date.

    Args:
        ray: the module, connected.
        workspace: of the runs.
    """

    def __init__(self, ray: Any, workspace: Workspace) -> None:
        self._ray, self._workspace = ray, workspace
        # A copy of the workspace has the same word, and runs of its own.
        self._prefix = hashlib.sha256(f"{_workspace_token(workspace)} {workspace.root}".encode()).hexdigest()[:16] + "/"
        # Photos are decoded aside, lest other runs wait for their news meanwhile.
        self._aside = ThreadPoolExecutor(1)
        self._photos: dict[tuple[str, InputSpec], SentPhotos] = {}
        self._leaving: dict[str, Future[Any]] = {}
        self._correspondence: dict[str, RunChannel] = {}

    def send(self, folder: JobFolder, threads: int, options: Mapping[str, Any]) -> None:
        """Begin to send a run.

        Args:
            folder: the run's.
            threads: that it may use.
            options: of its actor.
        """
        self._leaving[folder.id] = self._aside.submit(self._send, folder, threads, options)

    def _send(self, folder: JobFolder, threads: int, options: Mapping[str, Any]) -> Any:
        """Send a run; return its actor."""
        run = Run(folder)
        photos = self._photos_of(run)
        snapshot = (self._workspace.snapshots / run.snapshot / SNAPSHOT_FILE).read_bytes()
        starter = starter_weights_file().read_bytes() if run.config.starter_blocks else None
        sent = SentRun(folder.id, pack(folder.path), (run.snapshot, snapshot), photos, starter, threads)
        return self._ray.remote(NodeRun).options(name=self.name_of(folder.id), **options).remote(sent)

    def _photos_of(self, run: Run) -> SentPhotos:
        """Return the photos of a run in the object store, put there for the first run that needs them."""
        wanted = (run.snapshot, run.config.input_spec)
        if wanted not in self._photos:
            snapshot = load_snapshot(self._workspace, run.snapshot)
            with _upload_progress(run) as tell:
                pixels = snapshot_pixels(Catalog(self._workspace), snapshot, run.config.input_spec, tell)
                self._photos[wanted] = self._put(pixels, tell)
        return self._photos[wanted]

    def _put(self, pixels: Any, tell: Callable[[int, int], None]) -> SentPhotos:
        rows, digest, blocks = max(1, BLOCK_BYTES // pixels[0].nbytes), hashlib.sha256(), []
        for start in range(0, len(pixels), rows):
            tell(start, len(pixels))
            block = np.array(pixels[start : start + rows])
            digest.update(block.tobytes())
            blocks.append(self._ray.put(block))
        return SentPhotos(digest.hexdigest()[:32], pixels.shape, rows, tuple(blocks))

    def look(self, folders: Mapping[str, JobFolder], names: Collection[str]) -> set[str]:
        """Bring the folders of sent runs up to date with what has come meanwhile, without waiting.

        Args:
            folders: of all runs, by their ids.
            names: of all actors of the cluster.

        Returns:
            The ids of the runs that are being sent, or are there.
        """
        there = {name.removeprefix(self._prefix) for name in names if name.startswith(self._prefix)}
        # Also those that have been sent by now, which were not when the names were listed.
        sent = set(self._leaving)
        self._correspondence = {run_id: one for run_id, one in self._correspondence.items() if run_id in there}
        self._end_sending(folders)
        for run_id in there:
            # Ray knows no actor of that name where it has just ended.
            with contextlib.suppress(ValueError):
                self._look_at(run_id, folders.get(run_id))
        return (there & folders.keys()) | sent

    def _look_at(self, run_id: str, folder: JobFolder | None) -> None:
        if run_id not in self._correspondence:
            self._correspondence[run_id] = RunChannel(self._ray, self._ray.get_actor(self.name_of(run_id)))
        if folder is not None:
            self._correspondence[run_id].go_on(folder)
        else:
            # Deleted while nobody looked.
            self._ray.kill(self._ray.get_actor(self.name_of(run_id)))

    def _end_sending(self, folders: Mapping[str, JobFolder]) -> None:
        for run_id in [run_id for run_id, sending in self._leaving.items() if sending.done()]:
            try:
                # A Ray client starts a process to learn of an actor that it did not make itself, and waits for it.
                self._correspondence[run_id] = RunChannel(self._ray, self._leaving.pop(run_id).result())
            except EmotionError as error:
                folders[run_id].finish("failed", str(error))
            except FileNotFoundError as error:
                folders[run_id].finish(
                    "failed",
                    f"A file that this run needs is gone. Received: file={error.filename!r}. "
                    "Put it back and resume the run, or start a new study from the catalog.",
                )

    def name_of(self, run_id: str) -> str:
        """Return the name of the actor of a run that was sent."""
        return self._prefix + run_id


@contextlib.contextmanager
def _upload_progress(run: Run) -> Iterator[Callable[[int, int], None]]:
    """Return what writes into a run's folder how many of its photos are ready and sent, until they all are."""
    path, told_at = run.path / SENDING_FILE, 0.0

    def tell(done: int, count: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at > SYNC_SECONDS and path.parent.is_dir():
            told_at = time.monotonic()
            write_json(path, {"done": done, "count": count, "time": time.time()})

    try:
        yield tell
    finally:
        path.unlink(missing_ok=True)


class RunChannel:
    """What is asked of one run on a node, and what it answers.

    Args:
        ray: the module, connected.
        actor: that answers.
    """

    def __init__(self, ray: Any, actor: Any) -> None:
        self._ray, self._actor = ray, actor
        self._known: dict[str, FileVersion] = {}
        self._asked: Any = None
        self._asked_at = 0.0

    def go_on(self, folder: JobFolder) -> None:
        """Write the answer that has come into the run's folder, and ask again when it is time."""
        if self._asked is not None and self._ray.wait([self._asked], timeout=0)[0]:
            self._take(folder)
        if self._asked is None and time.monotonic() - self._asked_at > SYNC_SECONDS:
            self._asked_at = time.monotonic()
            self._asked = self._actor.exchange.remote(self._known, requests_of(folder))

    def _take(self, folder: JobFolder) -> None:
        answer, self._asked = self._asked, None
        try:
            news: FolderDelta = self._ray.get(answer)
        except self._ray.exceptions.RayError:
            # Its process has ended, or will be gone with its node in a moment.
            return
        try:
            apply(news, folder.path, self._known)
        except OSError as error:
            raise SettingsError(
                f"What a run records on the cluster cannot be written here: {error.strerror}. Expected room and "
                f"permission to write. Received: folder={str(folder.path)!r}. Its process keeps it until then."
            ) from error
        if news.last:
            self._actor.leave.remote()


def nodes_share(ray: Any, workspace: Workspace, node_ids: Collection[str]) -> bool:
    """Whether each node finds this program and this workspace under the same paths as here: it is tried.

    Args:
        ray: the module, connected.
        workspace: has a file with a random word, which each node is to read.
        node_ids: of the living nodes.
    """
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy as On

    # First of all: of a new workspace it is written by this.
    word = _workspace_token(workspace)
    look = ray.remote(_token_reader(str(PACKAGE), str(workspace.root / WORKSPACE_TOKEN_FILE)))
    asked = [look.options(num_cpus=0, scheduling_strategy=On(one, soft=False)).remote() for one in node_ids]
    try:
        return set(ray.get(asked, timeout=PROBE_SECONDS)) == {word}
    except ray.exceptions.RayError:
        # A node that does not answer says nothing; what is sent arrives anywhere.
        return False


def _token_reader(program: str, word: str) -> Callable[[], str]:
    """Return what reads the word on a node, sent there as it stands: nothing of it is looked up by name."""

    def look() -> str:
        from pathlib import Path

        try:
            return Path(word).read_text(encoding="utf8") if Path(program).is_dir() else ""
        except OSError:
            return ""

    return look


def _workspace_token(workspace: Workspace) -> str:
    """Return a random word that is kept in the workspace."""
    path = workspace.root / WORKSPACE_TOKEN_FILE
    if not path.exists():
        path.write_text(secrets.token_hex(8), encoding="utf8")
    return path.read_text(encoding="utf8")
