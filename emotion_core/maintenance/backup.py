"""Back up a workspace that is in use into one file, and check the file before it counts."""

import contextlib
import errno
import hashlib
import shutil
import sqlite3
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from emotion_core.dataset import Catalog
from emotion_core.dataset.snapshots import SNAPSHOT_FILE
from emotion_core.documents import encoded
from emotion_core.errors import DataError
from emotion_core.files import move_into_place, sync_file, sync_folder, temporary_beside
from emotion_core.jobs import JobFolder
from emotion_core.maintenance.backup_file import CHUNK_BYTES, KIND, MANIFEST, is_backup, verify
from emotion_core.maintenance.leftovers import UPLOADS
from emotion_core.maintenance.study_checks import DERIVED
from emotion_core.network.export import KERAS_FILE, LITERT_FILE
from emotion_core.settings import Workspace
from emotion_core.training.engine import BEST_FILE, CHECKPOINT_FILE
from emotion_core.training.store import LOCK_FILE, SCORES_FILE

CATALOG = "catalog.sqlite"
ROOT_FILES = ("runs_at_once.json", "champion.json")
# Jobs that the user may look at or go on with; others hold copies of what is backed up already.
JOB_KINDS = ("scrape", "import", "guided")
STATUS, RECORDS, PROCESS = "status.json", "records.jsonl", "process.json"
# Of one process or one machine, made from other files, or about work that is under way.
LEFT_OUT = (PROCESS, "heartbeat", "sending.json", BEST_FILE, *DERIVED)
_RESULTS = (SCORES_FILE, KERAS_FILE, LITERT_FILE)
# For the zip's own directory and the manifest, per file.
_BYTES_PER_FILE = 600
OnFiles = Callable[[int, int], None]


@dataclass
class BackupContents:
    """What a backup holds.

    Attributes:
        photos: number of photos with their files.
        missing: photos of the catalog whose file is missing or damaged, and which are left out.
        runs: number of runs.
        files: SHA-256 and size of each file, by its name in the backup.
    """

    photos: int = 0
    missing: int = 0
    runs: int = 0
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def total_bytes(self) -> int:
        """Size of all files together."""
        return sum(int(about["bytes"]) for about in self.files.values())


def back_up(workspace: Workspace, file: Path, on_progress: OnFiles = lambda done, total: None) -> BackupContents:
    """Write a backup of a workspace, which may be in use, and verify it before it takes the place of an earlier one.

    The catalog is copied at one instant, with the photos that it lists then. A run in progress is saved as it stands
    after its last whole epoch. Caches and what belongs to running processes are left out.

    Args:
        workspace: to back up.
        file: zip to write.
        on_progress: called with the number of photos written and their total.

    Raises:
        DataError: there is a file of that name that is no backup, the disk is full, or the backup could not be read
            back.
    """
    file = file.expanduser().absolute()
    if file.exists() and not is_backup(file):
        raise DataError(
            "There is a file of that name that is no backup. Expected a new name, or that of an earlier backup. "
            f"Received: file={str(file)!r}. Choose another name."
        )
    temporary = temporary_beside(file)
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as scratch:
            contents = _written(workspace, temporary, Path(scratch), on_progress)
        sync_file(temporary)
        verify(temporary)
        move_into_place(temporary, file)
        sync_folder(file.parent)
    except OSError as error:
        raise _not_written(file, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    return contents


def _not_written(file: Path, error: OSError) -> DataError:
    reason = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror or str(error)
    return DataError(
        f"The backup cannot be written: {reason}. Expected free space and permission to write. "
        f"Received: file={str(file)!r}. Nothing was changed; choose another place or free some space."
    )


class _Writer:
    """The zip of a backup while it is written."""

    def __init__(self, archive: zipfile.ZipFile, contents: BackupContents) -> None:
        self._archive, self._contents = archive, contents

    def data(self, name: str, data: bytes) -> None:
        self._archive.writestr(name, data, zipfile.ZIP_DEFLATED)
        self._note(name, hashlib.sha256(data).hexdigest(), len(data))

    def file(self, name: str, path: Path) -> str:
        """Copy a file as it is when it is opened, and return its SHA-256."""
        digest, size = hashlib.sha256(), 0
        info = zipfile.ZipInfo(name, time.localtime()[:6])
        with path.open("rb") as stream, self._archive.open(info, "w", force_zip64=True) as target:
            while chunk := stream.read(CHUNK_BYTES):
                target.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self._note(name, digest.hexdigest(), size)
        return digest.hexdigest()

    def _note(self, name: str, sha256: str, size: int) -> None:
        self._contents.files[name] = {"sha256": sha256, "bytes": size}


def _written(workspace: Workspace, target: Path, scratch: Path, on_progress: OnFiles) -> BackupContents:
    contents = BackupContents()
    with zipfile.ZipFile(target, "x", zipfile.ZIP_STORED, allowZip64=True) as archive:
        writer = _Writer(archive, contents)
        if any(path.exists() for path in (workspace.catalog, workspace.journal, workspace.photos)):
            _write_photos(workspace, writer, contents, scratch, on_progress)
        _write_studies(workspace, writer, contents)
        _write_jobs(workspace, writer)
        for name in ROOT_FILES:
            with contextlib.suppress(FileNotFoundError):
                writer.data(name, (workspace.root / name).read_bytes())
        about = {"kind": KIND, "created_at": time.time(), "missing_photos": contents.missing}
        archive.writestr(MANIFEST, encoded({**about, "files": contents.files}, None), zipfile.ZIP_DEFLATED)
    return contents


def _write_photos(
    workspace: Workspace, writer: _Writer, contents: BackupContents, scratch: Path, on_progress: OnFiles
) -> None:
    catalog = Catalog(workspace)
    copy = Workspace(scratch)
    with catalog.connection() as source, contextlib.closing(sqlite3.connect(copy.catalog)) as target:
        source.backup(target)
    writer.file(CATALOG, copy.catalog)
    photos = Catalog(copy).photos()
    sizes = [path.stat().st_size for photo in photos if (path := catalog.photo_path(photo)).exists()]
    needed, free = sum(sizes) + _BYTES_PER_FILE * len(photos), shutil.disk_usage(scratch).free
    if needed > free:
        raise OSError(errno.ENOSPC, "No space left on device")
    for number, photo in enumerate(photos):
        on_progress(number, len(photos))
        for path in (catalog.photo_path(photo), catalog.thumbnail_path(photo.photo_id)):
            # The user may delete a photo meanwhile.
            with contextlib.suppress(FileNotFoundError):
                digest = writer.file(path.relative_to(workspace.root).as_posix(), path)
                contents.photos += digest == photo.sha256
    contents.missing = len(photos) - contents.photos
    on_progress(len(photos), len(photos))


def _write_studies(workspace: Workspace, writer: _Writer, contents: BackupContents) -> None:
    with FileLock(workspace.root / LOCK_FILE):
        # Read together, so that each study has the runs that it names.
        studies = {path.name: path.read_bytes() for path in workspace.studies.glob("[!.]*.json")}
        runs = JobFolder.all_in(workspace.runs)
    for path in sorted(workspace.snapshots.glob(f"[!.]*/{SNAPSHOT_FILE}")):
        with contextlib.suppress(FileNotFoundError):
            writer.data(f"snapshots/{path.parent.name}/{SNAPSHOT_FILE}", path.read_bytes())
    for name, data in studies.items():
        writer.data(f"studies/{name}", data)
    for folder in runs:
        contents.runs += _write_folder(writer, f"runs/{folder.id}", folder.path)


def _write_jobs(workspace: Workspace, writer: _Writer) -> None:
    for folder in JobFolder.all_in(workspace.jobs):
        if folder.kind in JOB_KINDS:
            _write_folder(writer, f"jobs/{folder.id}", folder.path)


def _write_folder(writer: _Writer, name: str, folder: Path) -> bool:
    """Write the folder of a run or a job as it stands, and return whether it was there."""
    for _ in range(2):
        status, checkpoint = _read(folder / STATUS), folder / CHECKPOINT_FILE
        with contextlib.suppress(FileNotFoundError), contextlib.ExitStack() as stack:
            # The status is the last file that a job writes: without it, results may be unfinished and are left out.
            left_out = {STATUS, CHECKPOINT_FILE, *LEFT_OUT, *(_RESULTS if status is None else ())}
            opened = None
            if checkpoint.exists():
                opened = stack.enter_context(checkpoint.open("rb"))
            elif status is None and (folder / STATUS).exists():
                # It has ended since: its checkpoint is gone, and its results are there.
                continue
            paths = [path for path in _files_of(folder) if path.name not in left_out]
            if not (folder / "settings.json").exists():
                return False
            for path in paths:
                _write_file(writer, f"{name}/{path.relative_to(folder).as_posix()}", path)
            if opened is not None:
                writer.data(f"{name}/{CHECKPOINT_FILE}", opened.read())
            if status is not None:
                writer.data(f"{name}/{STATUS}", status)
            return True
    return False


def _files_of(folder: Path) -> Iterator[Path]:
    """Yield the files of a job, without hidden and lock files and uploads, in a fixed order."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        is_wanted = not any(part.startswith(".") for part in parts) and path.suffix != ".lock" and parts[0] != UPLOADS
        if is_wanted and path.is_file() and not path.is_symlink():
            yield path


def _write_file(writer: _Writer, name: str, path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if path.name == RECORDS:
            data = path.read_bytes()
            # A last line without newline is not written yet.
            writer.data(name, data[: data.rfind(b"\n") + 1])
        elif path.suffix in (".json", ".txt") or not path.suffix:
            writer.data(name, path.read_bytes())
        else:
            writer.file(name, path)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
