"""Zips as Windows and macOS write them: names in an encoding that the zip does not say."""

import struct
import zlib
from collections.abc import Mapping


def unflagged_zip(files: Mapping[bytes, bytes], extra: bytes = b"") -> bytes:
    """Return a zip without the flag for UTF-8.

    Args:
        files: content by name.
        extra: extra field of every file.
    """
    local, central = b"", b""
    for name, data in files.items():
        sizes = (zlib.crc32(data), len(data), len(data), len(name), len(extra))
        header = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x21, *sizes)
        central += b"PK\1\2" + struct.pack("<H", 20) + header + struct.pack("<HHHII", 0, 0, 0, 0, len(local))
        central += name + extra
        local += b"PK\3\4" + header + name + extra + data
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(central), len(local), 0)
    return local + central + b"PK\5\6" + end
