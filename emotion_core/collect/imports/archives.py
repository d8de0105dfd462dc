"""Read zip archives member by member, without writing to disk."""

import contextlib
import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from emotion_core.collect.imports.members import LINK, TOO_DEEP, Listing, Member, count_hidden, is_unwanted, path_of
from emotion_core.collect.imports.zip_directories import count_entries, opened_stream
from emotion_core.collect.imports.zip_names import ZipNames, read_names
from emotion_core.errors import CollectError

MAX_MEMBERS = 100_000
MAX_DEPTH = 100
MAX_TOTAL_BYTES = 4_000_000_000
_ENCRYPTED_FLAG = 0x1
_ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# What zipfile raises for damaged or unsupported archives.
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
    """Whether a file with these first bytes is a zip archive."""
    return start.startswith(_ZIP_SIGNATURES)


def open_archive(source: Path | bytes, name: str) -> zipfile.ZipFile:
    """Open a zip archive and check its limits.

    Args:
        source: path of the archive, or its bytes.
        name: name of the archive in messages.

    Raises:
        CollectError: the archive is damaged, or has more than 100,000 files or 4 GB of content.
    """
    try:
        with opened_stream(source) as stream:
            count = count_entries(stream, MAX_MEMBERS)
        if count > MAX_MEMBERS:
            raise _too_large(name, f"more than {MAX_MEMBERS:,} files")
        archive = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
    except _DAMAGE as error:
        raise CollectError(
            f"The archive is damaged. Expected a zip file. Received: {name!r}. Create or download it again."
        ) from error
    members = archive.infolist()
    total_bytes = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or total_bytes > MAX_TOTAL_BYTES:
        archive.close()
        raise _too_large(name, f"{len(members):,} files and {total_bytes:,} bytes")
    return archive


def _too_large(name: str, content: str) -> CollectError:
    return CollectError(
        f"The archive is too large. Expected at most {MAX_MEMBERS:,} files and {MAX_TOTAL_BYTES:,} bytes in all. "
        f"Received: {name!r} with {content}. Split it."
    )


def archive_members(archive: zipfile.ZipFile) -> list[Member]:
    """Return the files of an archive in its order, without hidden and system files."""
    return list_archive(archive).members


def list_archive(archive: zipfile.ZipFile, names: ZipNames | None = None) -> Listing:
    """Return the files of an archive in its order, and what was left alone in it.

    Args:
        archive: the archive.
        names: names of its files, as ``read_names`` returns them; None to read them here.
    """
    listing = Listing()
    for info, name in zip(archive.infolist(), (names or read_names(archive)).names, strict=True):
        path = path_of(name)
        if name.endswith("/") or any(is_unwanted(part) for part in path.parts if part not in ("..", ".")):
            count_hidden(path, listing)
        elif len(path.parts) > MAX_DEPTH:
            listing.left_alone[TOO_DEEP] += 1
        elif stat.S_ISLNK(info.external_attr >> 16):
            listing.left_alone[LINK] += 1
        else:
            listing.members.append(_member(archive, info, path))
    return listing


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
            f"The file is damaged inside the archive. Expected an intact file. Received: {info.filename!r}. "
            "Create the archive again."
        ) from error
