"""Uploaded files: larger ones lie on disk while a page holds them, and go with it."""

import asyncio
import os
import stat
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from starlette import formparsers
from starlette.datastructures import UploadFile
from starlette.requests import Request
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from emotion_core.errors import UnreadableImage
from pages.components.common import uploads
from pages.components.common.uploads import MAX_BYTES_IN_MEMORY, DiskUpload, DiskUploads, upload_bytes, upload_content


def _upload(manager: DiskUploads, file_id: str, data: bytes) -> Any:
    manager.add_file("session", UploadedFileRec(file_id, "a.jpg", "image/jpeg", data))
    [record] = manager.get_files("session", [file_id])
    return UploadedFile(record, FileURLs())


def test_a_large_upload_lies_in_a_private_folder_until_its_page_lets_go_of_it() -> None:
    """Memory holds nothing of it but its size; the file goes with the widget's file, or with the session."""
    manager, data = DiskUploads("/upload"), bytes(MAX_BYTES_IN_MEMORY + 1)
    first, second = _upload(manager, "1", data), _upload(manager, "../2", data)
    assert (first.size, first.getvalue()) == (len(data), b"")
    path = upload_content(first)
    assert isinstance(path, Path)
    assert (upload_bytes(first), path.read_bytes()) == (data, data)
    if os.name == "posix":
        assert [stat.S_IMODE(made.stat().st_mode) for made in (path.parent, path)] == [0o700, 0o600]
    assert sum(stat_.byte_length for stat_ in next(iter(manager.get_stats().values()))) == 2 * len(data)
    manager.remove_file("session", "1")
    assert not path.exists()
    other = upload_content(second)
    manager.remove_session_files("session")
    assert isinstance(other, Path) and not other.exists()
    assert not manager.file_storage


def test_a_large_upload_never_lies_in_memory() -> None:
    """Of 30 MB, the server holds a few at a time; what is larger than a photo is not read where one is expected."""
    size = 30_000_000
    parts = [b'--x\r\nContent-Disposition: form-data; name="a"; filename="a.zip"\r\n\r\n']
    parts += [bytes(100_000)] * (size // 100_000) + [b"\r\n--x--\r\n", b""]
    messages = iter([{"type": "http.request", "body": part, "more_body": bool(part)} for part in parts])

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def taken() -> bytes:
        headers = [(b"content-type", b"multipart/form-data; boundary=x")]
        [upload] = (await Request({"type": "http", "headers": headers}, receive).form()).values()
        assert isinstance(upload, UploadFile)
        try:
            return await upload.read()
        finally:
            await upload.close()

    before = vars(formparsers)["UploadFile"]
    vars(formparsers)["UploadFile"] = DiskUpload
    tracemalloc.start()
    try:
        data = asyncio.run(taken())
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        vars(formparsers)["UploadFile"] = before
    manager = DiskUploads("/upload")
    upload = _upload(manager, "5", data)
    path = upload_content(upload)
    assert isinstance(path, Path)
    assert (upload.size, path.stat().st_size) == (size, size)
    assert most < 10_000_000
    with pytest.raises(UnreadableImage, match="too large"):
        upload_bytes(upload)
    manager.remove_session_files("session")
    assert not path.exists()


def test_a_small_upload_stays_in_memory() -> None:
    """A file of settings is not written anywhere."""
    upload = _upload(DiskUploads("/upload"), "3", b"text")
    assert (upload_content(upload), upload_bytes(upload)) == (b"text", b"text")


def test_a_session_cannot_remove_the_file_of_another() -> None:
    """The id of a file alone does not do it."""
    manager = DiskUploads("/upload")
    upload = _upload(manager, "4", bytes(MAX_BYTES_IN_MEMORY + 1))
    manager.remove_file("another", "4")
    assert len(upload_bytes(upload)) == MAX_BYTES_IN_MEMORY + 1
    manager.remove_session_files("session")


def test_the_server_keeps_uploads_on_disk() -> None:
    """The class that Streamlit's server makes its store of is ours, and pages read uploads through it."""
    from streamlit.runtime import memory_uploaded_file_manager

    before, form_file = memory_uploaded_file_manager.MemoryUploadedFileManager, vars(formparsers)["UploadFile"]
    try:
        uploads.keep_uploads_on_disk()
        assert memory_uploaded_file_manager.MemoryUploadedFileManager is DiskUploads
        assert vars(formparsers)["UploadFile"] is DiskUpload
    finally:
        vars(formparsers)["UploadFile"] = form_file
        memory_uploaded_file_manager.MemoryUploadedFileManager = before  # type: ignore[misc]
    pages = Path(uploads.__file__).parents[2]
    direct = [path for path in pages.rglob("*.py") if ".getvalue" in path.read_text(encoding="utf8")]
    assert direct == [Path(uploads.__file__)]


def test_a_held_upload_outlives_its_page_until_the_session_holds_another() -> None:
    """A file that is held stays when its page lets go of it, and goes with the session's next choice, or its end."""
    manager, data = DiskUploads("/upload"), bytes(MAX_BYTES_IN_MEMORY + 1)
    paths = [upload_content(_upload(manager, file_id, data)) for file_id in ("1", "2")]
    uploads.hold_files("session", ["1", "2"])
    for file_id in ("1", "2"):
        manager.remove_file("session", file_id)
    assert [path.exists() for path in paths] == [True, True]
    uploads.hold_files("session", ["2"])
    assert [path.exists() for path in paths] == [False, True]
    manager.remove_session_files("session")
    assert [path.exists() for path in paths] == [False, False]
