"""Uploaded files on disk: Streamlit reads them into memory, and keeps them for as long as a page holds them."""

import atexit
import contextlib
import io
import os
import shutil
import tempfile
import threading
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import IO, Any

import psutil
from starlette import formparsers
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from streamlit.runtime import memory_uploaded_file_manager
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from emotion_core import images
from emotion_core.errors import UnreadableImage

# Smaller files are settings and small photos, and stay in memory.
MAX_BYTES_IN_MEMORY = 100_000
_CHUNK_BYTES = 1_000_000
_PREFIX = "emotion-uploads-"
_paths: dict[str, Path] = {}
# Files that a session keeps although its page may have let go of them: the session of each, and whether it has.
_holders: dict[str, str] = {}
_let_go: set[str] = set()


class _OnDisk(bytes):
    """No bytes, but as long as the file, whose size Streamlit shows."""

    size: int
    path: Path

    def __new__(cls, size: int, path: Path) -> "_OnDisk":
        empty = super().__new__(cls)
        empty.size, empty.path = size, path
        return empty

    def __len__(self) -> int:
        return self.size


class _PrivateFolder:
    """A folder of this process alone, made when it is needed and removed at the end."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._lock = threading.Lock()

    def keep(self, stream: IO[bytes]) -> Path:
        """Copy a stream into a new file, a little at a time."""
        # The id of an upload is part of an address, so that anything could be in it.
        number, name = tempfile.mkstemp(dir=self._path())
        try:
            with os.fdopen(number, "wb") as copy:
                shutil.copyfileobj(stream, copy, _CHUNK_BYTES)
        except BaseException:
            Path(name).unlink()
            raise
        return Path(name)

    def _path(self) -> Path:
        with self._lock:
            if self._folder is None:
                _remove_leftovers()
                self._folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
                atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
            return self._folder


_private_folder = _PrivateFolder()


class DiskUpload(UploadFile):
    """A file of a form: what Starlette has put on disk because it is large is moved there, and not into memory."""

    async def read(self, size: int = -1) -> bytes:
        """Return the content; of a large file, something that has its size and knows where it lies.

        Args:
            size: most bytes; -1 for all.
        """
        if size >= 0 or (self.size or 0) <= MAX_BYTES_IN_MEMORY:
            return await super().read(size)
        path = await run_in_threadpool(_private_folder.keep, self.file)
        return _OnDisk(self.size or 0, path)


class DiskUploads(MemoryUploadedFileManager):
    """Keeps the content of larger files in a private folder until their page or session lets go of them."""

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Take in a file.

        Args:
            session_id: session that it belongs to.
            file: the file.
        """
        _forget([file.file_id])
        if len(file.data) > MAX_BYTES_IN_MEMORY:
            data = file.data
            if not isinstance(data, _OnDisk):
                data = _OnDisk(len(data), _private_folder.keep(io.BytesIO(data)))
            _paths[file.file_id] = data.path
            file = file._replace(data=data)
        super().add_file(session_id, file)

    def remove_file(self, session_id: str, file_id: str) -> None:
        """Remove one file.

        Args:
            session_id: session that it belongs to.
            file_id: its id.
        """
        if file_id in self.file_storage.get(session_id, {}):
            if file_id in _holders:
                _let_go.add(file_id)
            else:
                _forget([file_id])
        super().remove_file(session_id, file_id)

    def remove_session_files(self, session_id: str) -> None:
        """Remove all files of a session."""
        hold_files(session_id, ())
        _forget(self.file_storage.get(session_id, {}))
        super().remove_session_files(session_id)


def _forget(file_ids: Iterable[str]) -> None:
    for file_id in list(file_ids):
        path = _paths.pop(file_id, None)
        # Windows does not delete a file that is being read; the folder goes at the end.
        with contextlib.suppress(OSError):
            if path is not None:
                path.unlink()


def hold_files(session_id: str, file_ids: Collection[str]) -> None:
    """Keep files after their page has let go of them, until the session holds others or ends.

    Args:
        session_id: session that they belong to.
        file_ids: ids of the uploads that it holds from now on; those that it held before and are not named may go.
    """
    released = [held for held, owner in list(_holders.items()) if owner == session_id and held not in file_ids]
    for file_id in released:
        del _holders[file_id]
    _forget(_let_go.intersection(released))
    _let_go.difference_update(released)
    _holders.update(dict.fromkeys(file_ids, session_id))


def hold_uploads(file_ids: Collection[str]) -> None:
    """Keep uploads of this session, as ``hold_files`` does."""
    context = get_script_run_ctx()
    if context is not None:
        hold_files(context.session_id, file_ids)


def _remove_leftovers() -> None:
    """Remove the folders of servers that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def keep_uploads_on_disk() -> None:
    """Make the server that is created next keep uploads on disk; Streamlit has no setting for it."""
    memory_uploaded_file_manager.MemoryUploadedFileManager = DiskUploads  # type: ignore[misc]
    vars(formparsers)["UploadFile"] = DiskUpload


def upload_content(upload: Any) -> bytes | Path:
    """Return the content of an uploaded file, or where it lies.

    Args:
        upload: what ``st.file_uploader`` or ``st.camera_input`` returned.
    """
    path = _paths.get(upload.file_id)
    return path if path is not None else bytes(upload.getvalue())


def upload_bytes(upload: Any) -> bytes:
    """Return the content of an uploaded file, a photo or less.

    Args:
        upload: what ``st.file_uploader`` or ``st.camera_input`` returned.

    Raises:
        UnreadableImage: it is larger than a photo may be.
    """
    content = upload_content(upload)
    if not isinstance(content, Path):
        return content
    if upload.size > images.MAX_BYTES:
        raise UnreadableImage(
            f"The file is too large. Expected at most {images.MAX_BYTES:,} bytes. Received: {upload.size:,}."
        )
    return content.read_bytes()
