"""Zip archives, read member by member without writing anything to disk."""

import contextlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from emotion_core.collect.imports.classes import is_hidden
from emotion_core.collect.imports.members import Member
from emotion_core.errors import CollectError

MAX_MEMBERS = 100_000
MAX_TOTAL_BYTES = 4_000_000_000
_ENCRYPTED_FLAG = 0x1
_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)


def looks_like_zip(start: bytes) -> bool:
    """Whether a file that begins like this is a zip archive."""
    return start.startswith(_STARTS)


def open_archive(source: Path | bytes, name: str) -> zipfile.ZipFile:
    """Return an archive that keeps our limits.

    Args:
        source: the file, or its bytes.
        name: for messages.

    Raises:
        CollectError: it is damaged, or larger than anything a person would import.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
    except _DAMAGE as error:
        raise CollectError(
            f"The archive is damaged. Expected a zip file. Received: {name!r}. Make it or download it again."
        ) from error
    members = archive.infolist()
    total_bytes = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or total_bytes > MAX_TOTAL_BYTES:
        archive.close()
        raise CollectError(
            f"The archive is too large. Expected at most {MAX_MEMBERS:,} files of {MAX_TOTAL_BYTES:,} bytes together. "
            f"Received: {name!r} with {len(members):,} files of {total_bytes:,} bytes. Split it."
        )
    return archive


def archive_members(archive: zipfile.ZipFile) -> list[Member]:
    """Return the files of an archive that systems did not leave behind, in the archive's order."""
    members = []
    for info in archive.infolist():
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if not info.is_dir() and not any(is_hidden(part) for part in path.parts if part not in ("..", ".")):
            members.append(_member(archive, info, path))
    return members


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: PurePosixPath) -> Member:
    locked = "The file is encrypted. Expected an archive without a password. Unpack it first."
    return Member(path, lambda: _open(archive, info), locked if info.flag_bits & _ENCRYPTED_FLAG else "")


@contextlib.contextmanager
def _open(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    try:
        with archive.open(info) as stream:
            yield stream
    except _DAMAGE as error:
        raise CollectError(
            f"The file is damaged inside the archive. Expected a whole one. Received: {info.filename!r}. "
            "Make the archive again."
        ) from error
