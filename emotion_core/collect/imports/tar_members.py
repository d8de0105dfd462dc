"""Read the plain files of a compressed tar in one pass, within limits.

The standard library reads the long names, comments and maps of holes that a header may bring whole into memory,
whatever their size, and lists any number of files. None of that is needed here: only headers of plain files count, and
what other kinds of entries bring is passed over.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, cast

_BLOCK_BYTES = 512
_PIECE_BYTES = 1 << 20
_PLAIN = (b"0", b"\0")


class TarTooLarge(Exception):
    """The archive has more or larger files than allowed."""


@dataclass(frozen=True)
class TarLimits:
    """What an archive may hold.

    Attributes:
        members: entries of any kind.
        total_bytes: content of all entries, after decompression.
    """

    members: int
    total_bytes: int


@dataclass
class TarMember:
    """A plain file of an archive.

    Attributes:
        name: its path in the archive.
        size: in bytes.
    """

    name: str
    size: int


def tar_files(stream: IO[bytes], limits: TarLimits) -> Iterator[tuple[TarMember, IO[bytes]]]:
    """Yield the plain files of a gzip-compressed tar; the stream is at the content of each, which may be read.

    Args:
        stream: the archive.
        limits: what it may hold.

    Raises:
        TarTooLarge: it holds more.
        EOFError, OSError, ValueError, zlib.error: it is damaged.
    """
    with gzip.GzipFile(fileobj=stream) as unpacked:
        total, end = 0, 0
        for _ in range(limits.members):
            _skip(unpacked, end)
            header = unpacked.read(_BLOCK_BYTES)
            if not header.strip(b"\0"):  # the end, with or without its two empty blocks
                return
            name, size, kind = _parsed(header)
            total += size + _BLOCK_BYTES
            if total > limits.total_bytes:
                raise TarTooLarge
            start = unpacked.tell()
            if kind in _PLAIN:
                yield TarMember(name, size), cast("IO[bytes]", unpacked)
            end = start + -(-size // _BLOCK_BYTES) * _BLOCK_BYTES
        raise TarTooLarge


def _parsed(header: bytes) -> tuple[str, int, bytes]:
    """Return name, size and kind of an entry."""
    if len(header) < _BLOCK_BYTES:
        raise EOFError
    checksum = sum(header[:148]) + 8 * ord(" ") + sum(header[156:])
    if _octal(header[148:156]) != checksum:
        raise ValueError("wrong checksum")
    return header[:100].partition(b"\0")[0].decode("utf8", "replace"), _octal(header[124:136]), header[156:157]


def _octal(field: bytes) -> int:
    digits = field.strip(b" \0")
    if digits and not digits.isdigit():
        raise ValueError("no number")
    return int(digits or b"0", 8)


def _skip(unpacked: gzip.GzipFile, position: int) -> None:
    while (left := position - unpacked.tell()) > 0:
        if not unpacked.read(min(left, _PIECE_BYTES)):
            raise EOFError
