"""Runs on nodes that do not share the workspace: the run and its photos are sent, its records come back.

Everything goes through Ray: the program as a module of the job (it has 1 MB; Ray's limit is 500), photos as blocks in
the object store (Ray moves to disk what does not fit into its memory), run folders as results of actor calls. So the
nodes need only the requirements installed.
"""

import contextlib
import hashlib
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
from emotion_core.training.launchers.ray.folder_sync import FileVersion, FolderDelta, apply_changes, pack, requests_of
from emotion_core.training.launchers.ray.workspace_token import WORKSPACE_TOKEN_FILE, workspace_token
from emotion_core.training.store import SENDING_FILE, Run

PROGRAM = PACKAGE.parent
RUNTIME_ENVIRONMENT = {"py_modules": [str(PACKAGE)], "excludes": ["__pycache__"]}
BLOCK_BYTES = 2**25
# Between two requests for changes of a run; the charts are drawn once a second.
SYNC_SECONDS = 0.5
PROBE_SECONDS = 60


class RunShipper:
    """Sends runs of a workspace to the nodes of a cluster, and keeps their folders here up to date.

    Args:
        ray: the module, connected to the cluster.
        workspace: whose runs are sent.
    """

    def __init__(self, ray: Any, workspace: Workspace) -> None:
        self._ray, self._workspace = ray, workspace
        # The path, too: a workspace may have been copied by a version whose tokens were not bound to their folder.
        self._prefix = hashlib.sha256(f"{workspace_token(workspace)} {workspace.root}".encode()).hexdigest()[:16] + "/"
        # Decoding and sending photos may take minutes; other runs go on to be synchronized meanwhile.
        self._upload_thread = ThreadPoolExecutor(1)
        self._photos: dict[tuple[str, InputSpec], SentPhotos] = {}
        self._uploads: dict[str, Future[Any]] = {}
        self._remote_runs: dict[str, RemoteRun] = {}

    def send(self, folder: JobFolder, threads: int, options: Mapping[str, Any]) -> None:
        """Start sending a run, in another thread.

        Args:
            folder: of the run.
            threads: that TensorFlow may use.
            options: Ray options of the run's actor.
        """
        self._uploads[folder.id] = self._upload_thread.submit(self._send, folder, threads, options)

    def _send(self, folder: JobFolder, threads: int, options: Mapping[str, Any]) -> Any:
        """Send a run and return its actor."""
        run = Run(folder)
        photos = self._photos_of(run)
        snapshot = (self._workspace.snapshots / run.snapshot / SNAPSHOT_FILE).read_bytes()
        starter = starter_weights_file().read_bytes() if run.config.starter_blocks else None
        sent = SentRun(folder.id, pack(folder.path), (run.snapshot, snapshot), photos, starter, threads)
        return self._ray.remote(NodeRun).options(name=self.actor_name(folder.id), **options).remote(sent)

    def _photos_of(self, run: Run) -> SentPhotos:
        """Return the photos of a run in the object store; the first run that needs them puts them there."""
        key = (run.snapshot, run.config.input_spec)
        if key not in self._photos:
            snapshot = load_snapshot(self._workspace, run.snapshot)
            with _upload_progress(run) as report:
                pixels = snapshot_pixels(Catalog(self._workspace), snapshot, run.config.input_spec, report)
                self._photos[key] = self._put(pixels, report)
        return self._photos[key]

    def _put(self, pixels: Any, report: Callable[[int, int], None]) -> SentPhotos:
        rows, digest, blocks = max(1, BLOCK_BYTES // pixels[0].nbytes), hashlib.sha256(), []
        for start in range(0, len(pixels), rows):
            report(start, len(pixels))
            # A copy in memory: the pixels are mapped from a file.
            block = np.array(pixels[start : start + rows])
            digest.update(block.tobytes())
            blocks.append(self._ray.put(block))
        return SentPhotos(digest.hexdigest()[:32], pixels.shape, rows, tuple(blocks))

    def sync(self, folders: Mapping[str, JobFolder], names: Collection[str]) -> set[str]:
        """Bring the folders of sent runs up to date with the changes that have arrived, without waiting for more.

        Args:
            folders: of all runs of the workspace, by id.
            names: of all actors on the cluster.

        Returns:
            The ids of the runs that are being sent or are on a node.
        """
        on_nodes = {name.removeprefix(self._prefix) for name in names if name.startswith(self._prefix)}
        # Taken before the uploads are finished: those that end in this call were not yet in the list of names.
        uploading = set(self._uploads)
        self._remote_runs = {run_id: remote for run_id, remote in self._remote_runs.items() if run_id in on_nodes}
        self._finish_uploads(folders)
        for run_id in on_nodes:
            # get_actor raises ValueError if the actor has just ended.
            with contextlib.suppress(ValueError):
                self._sync_run(run_id, folders.get(run_id))
        return (on_nodes & folders.keys()) | uploading

    def _sync_run(self, run_id: str, folder: JobFolder | None) -> None:
        if run_id not in self._remote_runs:
            self._remote_runs[run_id] = RemoteRun(self._ray, self._ray.get_actor(self.actor_name(run_id)))
        if folder is not None:
            self._remote_runs[run_id].sync(folder)
        else:
            # The run was deleted while no dispatcher was running.
            self._ray.kill(self._ray.get_actor(self.actor_name(run_id)))

    def _finish_uploads(self, folders: Mapping[str, JobFolder]) -> None:
        for run_id in [run_id for run_id, upload in self._uploads.items() if upload.done()]:
            try:
                # The handle is kept: looking an actor up by name makes a Ray client start a process and wait for it.
                self._remote_runs[run_id] = RemoteRun(self._ray, self._uploads.pop(run_id).result())
            except EmotionError as error:
                folders[run_id].finish("failed", str(error))
            except FileNotFoundError as error:
                folders[run_id].finish(
                    "failed",
                    f"A file that this run needs is missing. Received: file={error.filename!r}. "
                    "Put it back and resume the run, or start a new study from the catalog.",
                )

    def actor_name(self, run_id: str) -> str:
        """Return the name of the actor of a sent run."""
        return self._prefix + run_id


@contextlib.contextmanager
def _upload_progress(run: Run) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback that writes the progress of decoding and sending photos to the run's folder.

    The file is deleted at the end.
    """
    path, reported_at = run.path / SENDING_FILE, 0.0

    def report(done: int, count: int) -> None:
        nonlocal reported_at
        # A deleted folder must not be made again.
        if time.monotonic() - reported_at > SYNC_SECONDS and path.parent.is_dir():
            reported_at = time.monotonic()
            write_json(path, {"done": done, "count": count, "time": time.time()}, durable=False)

    try:
        yield report
    finally:
        path.unlink(missing_ok=True)


class RemoteRun:
    """A run on a node, as seen from the dispatcher: asks its actor for changes and passes requests on.

    Args:
        ray: the module, connected to the cluster.
        actor: handle of the run's ``NodeRun``.
    """

    def __init__(self, ray: Any, actor: Any) -> None:
        self._ray, self._actor = ray, actor
        self._known: dict[str, FileVersion] = {}
        self._pending: Any = None
        self._asked_at = 0.0

    def sync(self, folder: JobFolder) -> None:
        """Write changes that have arrived to the run's folder, and ask for more when it is time; never waits."""
        if self._pending is not None and self._ray.wait([self._pending], timeout=0)[0]:
            self._apply_pending(folder)
        if self._pending is None and time.monotonic() - self._asked_at > SYNC_SECONDS:
            self._asked_at = time.monotonic()
            self._pending = self._actor.exchange.remote(self._known, requests_of(folder))

    def _apply_pending(self, folder: JobFolder) -> None:
        result, self._pending = self._pending, None
        try:
            delta: FolderDelta = self._ray.get(result)
        except self._ray.exceptions.RayError:
            # The actor has ended, or its node was lost; the list of actors shows it in the next round.
            return
        try:
            apply_changes(delta, folder.path, self._known)
        except OSError as error:
            raise SettingsError(
                f"The records of a run on the cluster cannot be saved here: {error.strerror}. Expected disk space and "
                f"permission to write. Received: folder={str(folder.path)!r}. The node keeps them until then."
            ) from error
        if delta.is_complete:
            self._actor.shut_down.remote()


def nodes_share(ray: Any, workspace: Workspace, node_ids: Collection[str]) -> bool:
    """Return whether every node sees this program and this workspace under the same paths as here.

    Each node is asked to read a file with a random token from the workspace.

    Args:
        ray: the module, connected to the cluster.
        workspace: that may be shared.
        node_ids: of the living nodes.
    """
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy as On

    # Before the nodes are asked: in a new workspace, this call writes the file.
    token = workspace_token(workspace)
    read_token = ray.remote(_token_reader(str(PACKAGE), str(workspace.root / WORKSPACE_TOKEN_FILE)))
    strategies = [On(node_id, soft=False) for node_id in node_ids]
    answers = [read_token.options(num_cpus=0, scheduling_strategy=strategy).remote() for strategy in strategies]
    try:
        return set(ray.get(answers, timeout=PROBE_SECONDS)) == {token}
    except ray.exceptions.RayError:
        # Unknown, for instance because a node does not answer in time: sending the runs works in any case.
        return False


def _token_reader(program: str, token_file: str) -> Callable[[], str]:
    """Return a function that reads the token on a node.

    A local function is sent to the node by value. One of this module would be imported there, where the program may be
    missing.
    """

    def read_token() -> str:
        from pathlib import Path

        try:
            text = Path(token_file).read_text(encoding="utf8") if Path(program).is_dir() else ""
            return text.partition("\n")[0]
        except OSError:
            return ""

    return read_token
