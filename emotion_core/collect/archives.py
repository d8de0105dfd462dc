"""Zip archives, read member by member without writing anything to disk."""

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from emotion_core import images
from emotion_core.collect.classes import Offered, is_hidden, sort_into_class
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
    """Return an archive that keeps our limits; reading it to the end closes it.

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


def list_archive(archive: zipfile.ZipFile, label: str | None) -> list[tuple[zipfile.ZipInfo, Offered]]:
    """Return the members of an archive that count for an import, in the archive's order.

    Args:
        archive: from ``open_archive``.
        label: the class of every picture; without it the member's folders tell.
    """
    counted = []
    for member in archive.infolist():
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if member.is_dir() or any(is_hidden(part) for part in path.parts if part not in ("..", ".")):
            continue
        entry = sort_into_class(path, label)
        if entry is not None:
            counted.append((member, entry))
    return counted


def read_archive(archive: zipfile.ZipFile, members: Iterable[tuple[zipfile.ZipInfo, Offered]]) -> Iterator[Offered]:
    """Give the members with their bytes, and close the archive at the end."""
    with archive:
        for member, entry in members:
            yield _read_member(archive, member, entry)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, entry: Offered) -> Offered:
    if entry.label is None or entry.problem:
        return entry
    if member.flag_bits & _ENCRYPTED_FLAG:
        return entry.rejected("The file is encrypted. Expected an archive without a password. Unpack it first.")
    if member.file_size > images.MAX_BYTES:
        return entry.rejected(
            f"The file is too large. Expected at most {images.MAX_BYTES:,} bytes. Received: {member.file_size:,}."
        )
    try:
        with archive.open(member) as stream:
            # One byte more than allowed: the size that the archive states may be a lie.
            data = stream.read(images.MAX_BYTES + 1)
    except _DAMAGE:
        return entry.rejected("The file is damaged inside the archive. Expected an image. Make the archive again.")
    return entry.with_data(data)
