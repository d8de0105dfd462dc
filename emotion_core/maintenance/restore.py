"""Restore a workspace from a backup, which may come from anyone: nothing in it is trusted before it was checked.

Names follow a fixed scheme, so that none leads out of the workspace; sizes are those of the manifest; the catalog's
rows are copied into a catalog made here. Everything is unpacked and checked before anything is moved into place.
"""

import errno
import os
import re
import secrets
import shutil
import struct
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from emotion_core.dataset import Catalog
from emotion_core.dataset.catalog import is_valid, readable_rows, write_catalog
from emotion_core.errors import DataError
from emotion_core.files import make_folder, move_into_place, sync_folder, temporary_beside, write_json
from emotion_core.jobs import JobFolder
from emotion_core.maintenance.backup import CATALOG, LEFT_OUT, PROCESS, ROOT_FILES, STATUS, OnFiles
from emotion_core.maintenance.backup_file import checked_chunks, damaged_backup, read_manifest
from emotion_core.settings import MAX_STORED_SIDE_PX, Workspace

# 64 MB list about 700,000 files, and take Python's zipfile about 400 MB of memory.
MAX_DIRECTORY_BYTES = 64 * 2**20
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x06"
_END_BYTES = 66_000
_ID = r"[0-9a-z][0-9a-z-]{3,63}"
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}"
_NAME = re.compile(
    rf"photos/[0-9a-z]{{1,2}}/[0-9a-z]{{1,64}}\.(?:jpg|png)|thumbnails/[0-9a-z]{{1,2}}/[0-9a-z]{{1,64}}\.jpg"
    rf"|snapshots/[0-9a-f]{{16}}/snapshot\.json|studies/{_ID}\.json|(?:runs|jobs)/{_ID}(?:/{_PART}){{1,4}}"
    rf"|{re.escape(CATALOG)}|{'|'.join(map(re.escape, ROOT_FILES))}"
)
# The catalog comes last: with it, the workspace has its photos.
_MOVED = (*ROOT_FILES, "snapshots", "jobs", "runs", "studies", "thumbnails", "photos", CATALOG)
_REPLACED = (*_MOVED, f"{CATALOG}-wal", f"{CATALOG}-shm", "photos.journal", "near_copies.npz")


def restore(
    workspace: Workspace, file: Path, *, replace: bool = False, on_progress: OnFiles = lambda done, total: None
) -> dict[str, Any]:
    """Restore a backup into an empty workspace.

    Args:
        workspace: that the backup is unpacked into.
        file: backup.
        replace: whether a workspace that has photos or runs may be replaced; what it had is moved into a folder in it.
        on_progress: called with the number of files unpacked and their total.

    Returns:
        Numbers of photos, runs and files, and the folder with what was there before, if anything was.

    Raises:
        DataError: the backup is damaged or not one of this project, the workspace is not empty, or the disk is full.
    """
    is_used = _is_used(workspace)
    if is_used and not replace:
        raise DataError(
            "This workspace is not empty. Expected a new or empty one. "
            f"Received: workspace={str(workspace.root)!r}. Choose another folder with --workspace, or pass --replace, "
            "which sets aside what is there."
        )
    _check_idle(workspace)
    aside = Workspace(temporary_beside(workspace.root / "restore"))
    try:
        aside.root.mkdir()
        numbers = _unpack(file, aside, on_progress)
        before = _set_aside(workspace) if is_used else None
        _move_in(aside, workspace)
    except OSError as error:
        reason = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror or str(error)
        raise DataError(
            f"The backup cannot be restored: {reason}. Received: file={str(file)!r}, "
            f"workspace={str(workspace.root)!r}. Mend that, then try again."
        ) from error
    finally:
        shutil.rmtree(aside.root, ignore_errors=True)
    Catalog(workspace)
    return {**numbers, "set_aside": before}


def _is_used(workspace: Workspace) -> bool:
    if JobFolder.all_in(workspace.runs) or any(workspace.studies.glob("*.json")) or any(workspace.photos.glob("*/*")):
        return True
    if any(workspace.snapshots.glob("[!.]*")) or JobFolder.all_in(workspace.jobs):
        return True
    return any(key.table in ("photos", "deleted") for key in readable_rows(workspace.catalog))


def _check_idle(workspace: Workspace) -> None:
    jobs = (*JobFolder.all_in(workspace.runs), *JobFolder.all_in(workspace.jobs))
    busy = [folder.id for folder in jobs if folder.state().active or folder.has_process()]
    if busy:
        raise DataError(
            "Jobs are under way in this workspace. Expected none while it is replaced. "
            f"Received: id={busy[0]!r}. Stop them first."
        )


def _unpack(file: Path, aside: Workspace, on_progress: OnFiles) -> dict[str, int]:
    """Unpack and check everything into a folder of its own, and return what there is."""
    with _opened(file) as archive:
        files = _checked_names(archive, read_manifest(archive)["files"])
        if sum(about["bytes"] for about in files.values()) > shutil.disk_usage(aside.root).free:
            raise OSError(errno.ENOSPC, "No space left on device")
        for number, (name, about) in enumerate(files.items()):
            on_progress(number, len(files))
            _unpack_file(archive, name, about, aside.root / name)
        on_progress(len(files), len(files))
    photos = _take_catalog(aside)
    _check_photos(aside)
    _end_jobs(aside)
    return {"photos": photos, "runs": len(JobFolder.all_in(aside.runs)), "files": len(files)}


def _opened(file: Path) -> zipfile.ZipFile:
    try:
        if _directory_bytes(file) > MAX_DIRECTORY_BYTES:
            raise damaged_backup("a zip with too many files")
        return zipfile.ZipFile(file)
    except FileNotFoundError as error:
        raise DataError(f"There is no such file. Expected a backup. Received: file={str(file)!r}.") from error
    except (ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise damaged_backup(f"{file.name!r}, which is no zip") from error


def _directory_bytes(file: Path) -> int:
    """Return the size of a zip's directory, all of which is read into memory when it is opened."""
    with file.open("rb") as stream:
        stream.seek(max(stream.seek(0, os.SEEK_END) - _END_BYTES, 0))
        tail = stream.read()
    end, end_64 = tail.rfind(_END), tail.rfind(_END_64)
    if end_64 >= 0 and len(tail) >= end_64 + 48:
        return int(struct.unpack_from("<Q", tail, end_64 + 40)[0])
    return int(struct.unpack_from("<I", tail, end + 12)[0]) if 0 <= end <= len(tail) - 16 else 0


def _checked_names(archive: zipfile.ZipFile, files: Mapping[str, Any]) -> dict[str, Any]:
    """Return the files of the manifest, the catalog first, if the archive has those and no others."""
    names = archive.namelist()
    if len(names) != len(files) + 1 or {name.lower() for name in names} != {"manifest.json", *map(str.lower, files)}:
        raise damaged_backup("other files than its manifest lists")
    if len({name.lower() for name in files}) != len(files):
        raise damaged_backup("a file twice")
    for name in files:
        last = name.rpartition("/")[2]
        if not _NAME.fullmatch(name) or last in LEFT_OUT or last.endswith(".lock"):
            raise damaged_backup(f"a file named {name[:100]!r}")
    return dict(sorted(files.items(), key=lambda item: item[0] != CATALOG))


def _unpack_file(archive: zipfile.ZipFile, name: str, about: Mapping[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Exclusive: a file name that is also another file's folder, or is there twice, ends here.
    with path.open("xb") as stream:
        for chunk in checked_chunks(archive, name, about):
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())


def _take_catalog(aside: Workspace) -> int:
    """Replace the catalog by one made here from its rows, so that its schema runs nothing; return its photos."""
    if not aside.catalog.exists():
        return 0
    rows = readable_rows(aside.catalog)
    if not all(is_valid(key.table, values) for key, values in rows.items()):
        raise damaged_backup("a catalog with rows that this project did not write")
    new = temporary_beside(aside.catalog)
    photos = write_catalog(new, rows, secrets.token_hex(8))
    if photos != sum(key.table == "photos" for key in rows):
        raise damaged_backup("a catalog with rows that this project did not write")
    move_into_place(new, aside.catalog)
    return photos


def _check_photos(aside: Workspace) -> None:
    """Check the size that each photo states, because stored photos are opened without limits later."""
    for path in aside.photos.glob("*/*"):
        try:
            with Image.open(path, formats=("JPEG", "PNG")) as image:
                is_photo = max(image.size) <= MAX_STORED_SIDE_PX
        except Image.DecompressionBombError:
            is_photo = False
        except Exception:  # Pillow raises many error types; a damaged photo is kept, and `check` tells of it.
            is_photo = True
        if not is_photo:
            raise damaged_backup(f"a photo of more than {MAX_STORED_SIDE_PX} pixels, {path.name!r}")


def _end_jobs(aside: Workspace) -> None:
    """Let no restored job look as if a process were about to work on it."""
    for folder in JobFolder.all_in(aside.jobs):
        if not (folder.path / STATUS).exists():
            # A record of no process: the job was interrupted, and can be gone on with. Runs are queued without one.
            write_json(folder.path / PROCESS, {})


def _set_aside(workspace: Workspace) -> str:
    folder = workspace.root / time.strftime("before-restore-%y%m%d-%H%M%S")
    make_folder(folder)
    for name in _REPLACED:
        if (workspace.root / name).exists():
            (workspace.root / name).rename(folder / name)
    sync_folder(workspace.root)
    return str(folder)


def _move_in(aside: Workspace, workspace: Workspace) -> None:
    # What an empty workspace has of these is empty.
    for name in _REPLACED:
        path = workspace.root / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for name in _MOVED:
        if (aside.root / name).exists():
            (aside.root / name).rename(workspace.root / name)
    sync_folder(workspace.root)
