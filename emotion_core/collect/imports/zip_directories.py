"""Count the files of a zip in its central directory, before ``zipfile`` makes an object of each."""

import io
import os
import struct
import zipfile
from pathlib import Path
from typing import IO

_END, _END_LONG, _LOCATOR, _ENTRY = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02"
_END_BYTES, _END_LONG_BYTES, _LOCATOR_BYTES, _ENTRY_BYTES = 22, 56, 20, 46
_MAX_COMMENT_BYTES = 65_535
# Names, extra fields and comments of one entry have 64 kB each; usual entries take a hundred bytes.
_BYTES_PER_ENTRY = 1000


def count_entries(stream: IO[bytes], most: int) -> int:
    """Return the number of entries of a zip, which is what the directory holds, not what the archive claims.

    Args:
        stream: the archive; its position changes.
        most: where the count ends, so that the answer is at most one more.

    Raises:
        zipfile.BadZipFile: there is no directory, or it is larger than that of so many files can be.
    """
    directory = _directory(stream, most * _BYTES_PER_ENTRY)
    count, position = 0, 0
    while position + _ENTRY_BYTES <= len(directory) and count <= most:
        if directory[position : position + 4] != _ENTRY:
            break
        position += _ENTRY_BYTES + sum(struct.unpack_from("<HHH", directory, position + 28))
        count += 1
    return count


def _directory(stream: IO[bytes], max_bytes: int) -> bytes:
    size = stream.seek(0, os.SEEK_END)
    tail_start = max(0, size - _MAX_COMMENT_BYTES - _END_BYTES)
    stream.seek(tail_start)
    tail = stream.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) < end + _END_BYTES:
        raise zipfile.BadZipFile("no end of the directory")
    length, position = struct.unpack_from("<L", tail, end + 12)[0], tail_start + end
    locator = position - _LOCATOR_BYTES
    stream.seek(max(0, locator))
    if locator >= 0 and stream.read(4) == _LOCATOR:
        position = locator - _END_LONG_BYTES
        stream.seek(max(0, position))
        record = stream.read(_END_LONG_BYTES)
        if len(record) < _END_LONG_BYTES or not record.startswith(_END_LONG):
            raise zipfile.BadZipFile("no end of the directory")
        length = struct.unpack_from("<Q", record, 40)[0]
    if length > max_bytes or length > position:
        raise zipfile.BadZipFile("the directory is too large")
    stream.seek(position - length)
    return stream.read(length)


def opened_stream(source: Path | bytes) -> IO[bytes]:
    """Return an archive on disk or in memory, opened for reading."""
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
