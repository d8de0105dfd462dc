"""Uploaded files on disk: Streamlit keeps them in memory for as long as a page holds them."""

import atexit
import contextlib
import os
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any

import psutil
from streamlit.runtime import memory_uploaded_file_manager
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

# Smaller files are settings and small photos, and stay in memory.
MAX_BYTES_IN_MEMORY = 100_000
_PREFIX = "emotion-uploads-"
_paths: dict[str, Path] = {}


class _OnDisk(bytes):
    """No bytes, but as long as the file, whose size Streamlit shows."""

    size: int

    def __new__(cls, size: int) -> "_OnDisk":
        empty = super().__new__(cls)
        empty.size = size
        return empty

    def __len__(self) -> int:
        return self.size


class DiskUploads(MemoryUploadedFileManager):
    """Keeps the content of larger files in a private folder until their page or session lets go of them.

    Args:
        upload_endpoint: address that browsers send files to.
    """

    def __init__(self, upload_endpoint: str) -> None:
        super().__init__(upload_endpoint)
        self._folder: Path | None = None
        self._folder_lock = threading.Lock()

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Take in a file.

        Args:
            session_id: session that it belongs to.
            file: the file.
        """
        self._forget([file.file_id])
        if len(file.data) > MAX_BYTES_IN_MEMORY:
            # The id is part of an address, so that anything could be in it.
            number, name = tempfile.mkstemp(dir=self._private_folder())
            with os.fdopen(number, "wb") as stream:
                stream.write(file.data)
            _paths[file.file_id] = Path(name)
            file = file._replace(data=_OnDisk(len(file.data)))
        super().add_file(session_id, file)

    def remove_file(self, session_id: str, file_id: str) -> None:
        """Remove one file.

        Args:
            session_id: session that it belongs to.
            file_id: its id.
        """
        if file_id in self.file_storage.get(session_id, {}):
            self._forget([file_id])
        super().remove_file(session_id, file_id)

    def remove_session_files(self, session_id: str) -> None:
        """Remove all files of a session."""
        self._forget(list(self.file_storage.get(session_id, {})))
        super().remove_session_files(session_id)

    def _private_folder(self) -> Path:
        with self._folder_lock:
            if self._folder is None:
                _remove_leftovers()
                self._folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
                atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
            return self._folder

    @staticmethod
    def _forget(file_ids: list[str]) -> None:
        for file_id in file_ids:
            path = _paths.pop(file_id, None)
            # Windows does not delete a file that is being read; the folder goes at the end.
            with contextlib.suppress(OSError):
                if path is not None:
                    path.unlink()


def _remove_leftovers() -> None:
    """Remove the folders of servers that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def keep_uploads_on_disk() -> None:
    """Make the server that is created next keep uploads on disk; Streamlit has no setting for it."""
    memory_uploaded_file_manager.MemoryUploadedFileManager = DiskUploads  # type: ignore[misc]


def upload_content(upload: Any) -> bytes | Path:
    """Return the content of an uploaded file, or where it lies.

    Args:
        upload: what ``st.file_uploader`` or ``st.camera_input`` returned.
    """
    path = _paths.get(upload.file_id)
    return path if path is not None else bytes(upload.getvalue())


def upload_bytes(upload: Any) -> bytes:
    """Return the content of an uploaded file.

    Args:
        upload: what ``st.file_uploader`` or ``st.camera_input`` returned.
    """
    content = upload_content(upload)
    return content.read_bytes() if isinstance(content, Path) else content
